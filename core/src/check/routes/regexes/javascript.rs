//! Regexes as JavaScript writes them: between slashes, with anchors, with what RE2 does not know.

use alloc::format;
use alloc::string::String;

use super::{Pattern, Subject};
use crate::check::routes::written::Written;
use crate::diagnostic::{Diagnostic, Severity};

const CODE: &str = "regex-javascript";

/// What looks around, and what to write instead.
const AROUND: [(&str, &str); 4] = [
    ("(?=", "a lookahead"),
    ("(?!", "a negative lookahead"),
    ("(?<=", "a lookbehind"),
    ("(?<!", "a negative lookbehind"),
];

pub(super) fn finding(written: &Written<'_>, pattern: &Pattern<'_>) -> Option<Diagnostic> {
    let found = |severity, message: String, help: String| {
        let found = written.found(severity, CODE, &pattern.behind, message).help(help);
        // What RE2 refuses is an error to `istioctl analyze` too.
        Some(if severity == Severity::Error {
            found.alias("IST0106")
        } else {
            found
        })
    };
    if let Some((name, help)) = unknown(pattern.text) {
        let message = format!("{name} is JavaScript's: Istio's regexes are RE2's, which refuses it");
        return found(Severity::Error, message, help.into());
    }
    if let Some((inner, flags)) = between_slashes(pattern) {
        let inner = cleaned(inner);
        let inner = if flags.contains('i') {
            format!("(?i){inner}")
        } else {
            inner
        };
        let what = match flags {
            "" => "the slashes around it".into(),
            flags => format!("the slashes and {flags}"),
        };
        let message = format!("{what} are JavaScript's: here they are part of what is matched");
        return found(Severity::Warning, message, format!("write {inner}"));
    }
    let clean = cleaned(pattern.text);
    if pattern.subject == Subject::Part || clean == pattern.text {
        return None;
    }
    let message = match (pattern.text.contains(r"\/"), is_anchored(pattern.text)) {
        (true, true) => {
            r"the anchors and the backslashes before / change nothing: the whole value has to match"
        }
        (true, false) => r"the backslashes before / change nothing",
        _ => "the anchors change nothing: the whole value has to match anyway",
    };
    found(Severity::Info, message.into(), format!("write {clean}"))
}

/// What RE2 refuses.
fn unknown(text: &str) -> Option<(&'static str, &'static str)> {
    let around = AROUND.iter().find(|(opening, _)| occurs(text, opening));
    if let Some((opening, name)) = around {
        let help = if opening.ends_with('!') {
            "put a rule for the exception before this one, or use withoutHeaders"
        } else {
            "match the whole value, or write several match blocks"
        };
        return Some((name, help));
    }
    let back = (1..=9).any(|group| occurs(text, &format!("\\{group}")));
    back.then_some((
        "a reference to a group",
        "write out what may be repeated, or several match blocks",
    ))
}

/// Whether a piece of syntax occurs that is neither escaped nor within a class.
fn occurs(text: &str, piece: &str) -> bool {
    let (mut rest, mut in_class) = (text, false);
    while let Some(first) = rest.chars().next() {
        if !in_class && rest.starts_with(piece) {
            return true;
        }
        let skip = match first {
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            other => {
                in_class = (in_class || other == '[') && other != ']';
                other.len_utf8()
            }
        };
        rest = rest.get(skip..).unwrap_or_default();
    }
    false
}

/// The inside and the flags of `/inside/gi`. As a path, a single flag could also be a last segment.
fn between_slashes<'p>(pattern: &Pattern<'p>) -> Option<(&'p str, &'p str)> {
    let (inner, flags) = pattern.text.strip_prefix('/')?.rsplit_once('/')?;
    // Behind the first slash of a path an anchor can never match.
    let are_flags = (!flags.is_empty() || inner.starts_with('^'))
        && flags.len() <= 4
        && flags.bytes().all(|flag| b"gimsuy".contains(&flag));
    let is_text = matches!(pattern.subject, Subject::Path { .. } | Subject::Part);
    let is_evident = inner.starts_with('^') || inner.ends_with('$') || inner.contains(r"\/");
    let is_meant = !is_text || is_evident || (flags.len() > 1 && flags.contains('g'));
    (are_flags && is_meant && !inner.is_empty()).then_some((inner, flags))
}

fn is_anchored(text: &str) -> bool {
    text.starts_with('^') || ends_with_anchor(text)
}

fn ends_with_anchor(text: &str) -> bool {
    let before = text.strip_suffix('$');
    before.is_some_and(|before| {
        let backslashes = before.bytes().rev().take_while(|byte| *byte == b'\\').count();
        backslashes % 2 == 0
    })
}

/// The same regex without what changes nothing. Alternatives at its top keep their anchors, which would have to be
/// taken from each of them.
fn cleaned(text: &str) -> String {
    let mut clean = text;
    if !occurs(text, "|") {
        clean = clean.strip_prefix('^').unwrap_or(clean);
        if ends_with_anchor(clean) {
            clean = clean.strip_suffix('$').unwrap_or(clean);
        }
    }
    unescaped(clean)
}

/// `\/` is `/`.
fn unescaped(text: &str) -> String {
    let (mut clean, mut characters) = (String::with_capacity(text.len()), text.chars());
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('/') => clean.push('/'),
                escaped => {
                    clean.push('\\');
                    clean.extend(escaped);
                }
            },
            (plain, _) => clean.push(plain),
        }
    }
    clean
}
