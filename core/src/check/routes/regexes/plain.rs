//! Regexes that match one text, all that begin with one, or everything: the API has plainer words for that, and
//! plainer conditions are found in an index.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Pattern, Subject};
use crate::check::routes::language::{Answer, Automata, Question, Text, Universe};
use crate::check::routes::written::Written;
use crate::diagnostic::{Diagnostic, Severity};

/// Joint states of one question.
const STATES: usize = 2000;

/// What it says in other words.
enum Plain {
    All,
    Exact(String),
    Prefix(String),
}

pub(super) fn finding(
    written: &Written<'_>,
    pattern: &Pattern<'_>,
    automata: &mut Automata,
    universe: &Universe,
) -> Option<Diagnostic> {
    let regex = automata.regex(pattern.text);
    let all = pattern.subject.universe(universe)?;
    let (plain, any_case) = plain(&regex, all, pattern.subject)?;
    let help = help(&plain, any_case, pattern)?;
    let message = match plain {
        Plain::All => format!("the regex {} matches everything", pattern.text),
        Plain::Exact(text) => format!("the regex {} matches {text} and nothing else", pattern.text),
        Plain::Prefix(text) => format!("the regex {} matches whatever begins with {text}", pattern.text),
    };
    let message = if any_case {
        format!("{message}, in any case")
    } else {
        message
    };
    let help = match pattern.subject {
        // Elsewhere a regex is often searched for.
        Subject::Header | Subject::Query if help.starts_with("write exact") => {
            format!(
                "{help}, or regex: .*{}.* where it may stand anywhere in the value",
                pattern.text
            )
        }
        _ => help,
    };
    let found = written.found(Severity::Info, "regex-is-plain", &pattern.behind, message);
    Some(found.help(help))
}

/// The plain form, and whether case does not matter to it.
fn plain(regex: &Text, all: &Text, subject: Subject) -> Option<(Plain, bool)> {
    let shortest = match question(&[regex, all], None) {
        Answer::Found(text) => String::from_utf8(text).ok()?,
        Answer::Nothing | Answer::Unknown => return None,
    };
    if is_empty(&[all], regex) {
        return Some((Plain::All, false));
    }
    let bytes = || shortest.as_bytes().into();
    let cases: &[bool] = match subject {
        Subject::Path { .. } => &[false, true],
        _ => &[false],
    };
    for ignore_case in cases.iter().copied() {
        let exact = Text::Exact {
            text: bytes(),
            ignore_case,
        };
        if is_same(regex, &exact, all) {
            return Some((Plain::Exact(shortest), ignore_case));
        }
        let prefix = Text::Prefix {
            text: bytes(),
            ignore_case,
        };
        if is_same(regex, &prefix, all) {
            return Some((Plain::Prefix(shortest), ignore_case));
        }
    }
    None
}

fn is_same(one: &Text, other: &Text, all: &Text) -> bool {
    is_empty(&[one, all], other) && is_empty(&[other, all], one)
}

/// Whether nothing satisfies the first and not the second.
fn is_empty(all: &[&Text], none: &Text) -> bool {
    question(all, Some(none)) == Answer::Nothing
}

fn question(all: &[&Text], none: Option<&Text>) -> Answer<Vec<u8>> {
    let question = Question {
        all: all.to_vec(),
        none: none.into_iter().collect(),
    };
    question.answer(&[], STATES)
}

/// What to write instead; `None` where that would mean something else.
fn help(plain: &Plain, any_case: bool, pattern: &Pattern<'_>) -> Option<String> {
    let instead = match plain {
        Plain::All => return without(pattern).map(ToString::to_string),
        Plain::Exact(text) => format!("exact: {}", value(text)),
        Plain::Prefix(text) => format!("prefix: {}", value(text)),
    };
    match pattern.subject {
        Subject::Path { ignore_case, .. } if any_case && !ignore_case => {
            Some(format!("write {instead}, and ignoreUriCase: true beside uri"))
        }
        // A regex does not heed it, and what takes its place would.
        Subject::Path {
            ignore_case: true, ..
        } if !any_case => Some(format!("write {instead}, and leave ignoreUriCase out")),
        _ => Some(format!("write {instead}")),
    }
}

fn without(pattern: &Pattern<'_>) -> Option<&'static str> {
    match pattern.subject {
        // Without `uri` the rule would go behind those of other VirtualServices of the host.
        Subject::Path { at_gateway: true, .. } if pattern.text != ".*" => None,
        Subject::Path { .. } => Some("leave uri out"),
        Subject::Method | Subject::Scheme | Subject::Authority => Some("leave it out"),
        Subject::Header | Subject::Query => Some("write {} to ask only that it is there"),
        Subject::WithoutHeader | Subject::Origin | Subject::Part => None,
    }
}

/// As a value of YAML.
fn value(text: &str) -> String {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    if is_plain && begins {
        text.into()
    } else {
        format!("{text:?}")
    }
}
