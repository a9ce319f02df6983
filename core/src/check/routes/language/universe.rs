//! What a path, a header value, a method can be at all. Requests with other texts do not exist, or nobody means
//! them: control characters, and bytes that are no UTF-8.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Automata, Text};

/// All texts of each kind.
#[derive(Debug)]
pub(in crate::check::routes) struct Universe {
    /// Paths begin with `/`; query and fragment are cut off. `OPTIONS *` is answered before any rule is asked.
    pub(in crate::check::routes) path: Text,
    /// Values of headers, and texts of claims.
    pub(in crate::check::routes) value: Text,
    /// Values of query parameters, undecoded.
    pub(in crate::check::routes) query: Text,
    /// Methods.
    pub(in crate::check::routes) method: Text,
    /// Envoy puts its own in the place of any other. Source: Envoy `Utility::schemeIsValid`.
    pub(in crate::check::routes) scheme: Text,
    /// Authorities, with a port or without.
    pub(in crate::check::routes) authority: Text,
}

impl Universe {
    pub(in crate::check::routes) fn new(automata: &mut Automata) -> Self {
        Self {
            path: automata.regex(r"/[!-\x22$->@-~\x{80}-\x{10ffff}]*"),
            value: automata.regex(r"[\t -~\x{80}-\x{10ffff}]*"),
            query: automata.regex(r"[!-\x22$%'-~\x{80}-\x{10ffff}]*"),
            method: automata.regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"),
            scheme: automata.regex("https?"),
            authority: automata.regex(r"[!-~]+"),
        }
    }
}

/// The authorities that lead to one of the hosts: any case, and any port behind a colon.
/// Source: Envoy `HeaderUtility::getPortStart`, `RouteMatcher::findVirtualHost`.
pub(in crate::check::routes) fn of_hosts<'h>(
    hosts: impl Iterator<Item = &'h str>,
    automata: &mut Automata,
) -> Text {
    let of_host = |host: &str| match host.strip_prefix('*') {
        Some(suffix) => format!("[!-~]+{}", escaped(suffix)),
        None => escaped(host),
    };
    let hosts: Vec<String> = hosts.map(of_host).collect();
    automata.regex(&format!(r"(?i:{})(?::[!-9;-\\^-~]*)?", hosts.join("|")))
}

/// The text as a pattern that matches nothing else.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\.+*?()|[]{}^$".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
