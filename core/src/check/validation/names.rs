//! Names as DNS has them. Source: Istio `ValidateFQDN`, `ValidateWildcardDomain`, `labels.IsDNS1123Label`.

use alloc::format;

use super::findings::{Verdict, refuse};

const HOST: &str = "invalid-host";
const HOST_HELP: &str =
    "use letters, digits and `-` between the dots; only the first part may begin with `*`";
const NAME: &str = "invalid-name";
const NAME_HELP: &str =
    "use letters, digits and `-`, at most 63 of them, with a letter or digit at both ends";

/// Whether this is one part of a name: letters, digits and `-`, the latter not at an end.
pub(super) fn is_label(text: &str) -> bool {
    text.len() <= 63 && has_label_form(text)
}

/// As [`is_label`], of any length.
pub(super) fn has_label_form(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric();
    text.chars().all(|c| plain(c) || c == '-') && text.starts_with(plain) && text.ends_with(plain)
}

/// Whether this is `*`, or one part of a name that `*` or `*-` may stand before.
fn is_wildcard_label(text: &str) -> bool {
    let rest = text.strip_prefix("*-").or_else(|| text.strip_prefix('*'));
    text == "*" || text.len() <= 63 && has_label_form(rest.unwrap_or(text))
}

/// A full name without wildcards.
pub(super) fn fqdn(domain: &str) -> Verdict {
    length(domain)?;
    labels(domain)
}

/// A full name whose first part may be or begin with `*`.
pub(super) fn wildcard_domain(domain: &str) -> Verdict {
    length(domain)?;
    let (first, rest) = domain
        .split_once('.')
        .map_or((domain, None), |(first, rest)| (first, Some(rest)));
    if !is_wildcard_label(first) {
        return invalid_label(domain, first);
    }
    rest.map_or(Ok(()), labels)
}

/// As [`wildcard_domain`], for a VirtualService that is bound to gateways: where it routes by SNI, also the names
/// that Istio makes for passing TLS on, `outbound_.80_._.host`. A port that begins with 9 is none to Istio.
pub(super) fn gateway_domain(by_sni: bool, domain: &str) -> Verdict {
    length(domain)?;
    match domain.strip_prefix("outbound_.").filter(|_| by_sni) {
        Some(rest) if rest.starts_with(|c: char| matches!(c, '0'..='8')) => Ok(()),
        Some(_) => invalid_label(domain, "outbound_"),
        None => wildcard_domain(domain),
    }
}

/// A wildcard stands for whole parts of a name.
pub(super) fn whole_wildcard(host: &str) -> Verdict {
    if host.contains('*') && host != "*" && !host.starts_with("*.") {
        let help = "write the wildcard as a part of its own: `*.example.com`";
        return refuse(HOST, format!("partial wildcard {host:?} not allowed"), help);
    }
    Ok(())
}

/// The name of a port.
pub fn port_name(name: &str) -> Verdict {
    if is_label(name) {
        return Ok(());
    }
    refuse(NAME, format!("invalid port name: {name}"), NAME_HELP)
}

/// The name of a subset.
pub(super) fn subset_name(name: &str) -> Verdict {
    if name.is_empty() {
        return refuse(NAME, "subset name cannot be empty", "name the subset");
    }
    if is_label(name) {
        return Ok(());
    }
    refuse(NAME, format!("subset name is invalid: {name}"), NAME_HELP)
}

fn length(domain: &str) -> Verdict {
    if domain.len() > 255 {
        let message = format!("domain name {domain:?} too long (max 255)");
        return refuse(HOST, message, "use a shorter name");
    }
    if domain.is_empty() {
        return refuse(HOST, "empty domain name not allowed", "name a host");
    }
    Ok(())
}

/// The last part may be empty: `istio.io.` is a full name.
fn labels(domain: &str) -> Verdict {
    let mut parts = domain.split('.');
    let top = parts.next_back().unwrap_or_default();
    if top.parse::<i64>().is_ok() {
        let message =
            format!("domain name {domain:?} invalid (top level domain {top:?} cannot be all-numeric)");
        return refuse(
            HOST,
            message,
            "end the name with letters; ports are fields of their own",
        );
    }
    let last = Some(top).filter(|top| !top.is_empty());
    match parts.chain(last).find(|label| !is_label(label)) {
        Some(label) => invalid_label(domain, label),
        None => Ok(()),
    }
}

fn invalid_label(domain: &str, label: &str) -> Verdict {
    let message = format!("domain name {domain:?} invalid (label {label:?} invalid)");
    refuse(HOST, message, remedy(domain))
}

/// What to write instead of what is no name.
pub(super) fn remedy(text: &str) -> &'static str {
    let port = text.rsplit_once(':').map(|(_, port)| port);
    if text.contains("{{") {
        "this is a template: render it first (`helm template`, `gomplate`), and check the result"
    } else if text.contains("//") || text.contains('/') {
        "write the name of the host alone, without scheme and path"
    } else if port.is_some_and(|port| port.parse::<u16>().is_ok()) {
        "take the port out: it is a field of its own, such as `port: {number: 80}`"
    } else {
        HOST_HELP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_begin_a_name() {
        for (name, wildcard, full) in [
            ("reviews", true, true),
            ("*", true, false),
            ("*.example.com", true, false),
            ("*example.com", true, false),
            ("*-a.example.com", true, false),
            ("*-.example.com", false, false),
            ("a.*.com", false, false),
            ("example.com.", true, true),
            ("example..com", false, false),
            ("-a.com", false, false),
            ("1.2.3.4", false, false),
            ("ns/a.com", false, false),
            ("", false, false),
        ] {
            assert_eq!(wildcard_domain(name).is_ok(), wildcard, "{name}");
            assert_eq!(fqdn(name).is_ok(), full, "{name}");
        }
    }

    #[test]
    fn names_for_passing_tls_on() {
        let made = "outbound_.80_._.a.b.svc.cluster.local";
        assert!(gateway_domain(true, made).is_ok());
        assert!(gateway_domain(false, made).is_err());
        assert!(gateway_domain(true, "outbound_.x").is_err());
        assert!(gateway_domain(true, "outbound_.9080_._.a.b.svc.cluster.local").is_err());
    }

    #[test]
    fn a_wildcard_is_a_part_of_its_own() {
        assert!(whole_wildcard("*.a.com").is_ok() && whole_wildcard("*").is_ok());
        assert!(whole_wildcard("*a.com").is_err());
    }
}
