//! Match blocks whose own conditions no request satisfies.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::listing::Entry;
use super::region::{Condition, Dimension};
use super::survey::Survey;
use crate::diagnostic::Diagnostic;
use crate::matcher::PathMatcher;
use crate::report::Field;

pub(super) const CODE: &str = "match-never";

/// One finding for each such block.
pub(super) fn findings(survey: &Survey<'_>) -> Vec<Diagnostic> {
    let statuses = survey.places.values().filter(|status| status.is_unreachable());
    let never = statuses.filter(|status| status.taken.is_none());
    never
        .filter_map(|status| status.never.as_ref())
        .map(|(entry, dimension)| diagnostic(entry, dimension))
        .collect()
}

fn diagnostic(entry: &Entry, dimension: &Dimension) -> Diagnostic {
    let conditions = entry.conditions.iter();
    let conditions: Vec<&Condition> = conditions
        .filter(|condition| condition.dimension == *dimension)
        .collect();
    let (message, help) = match (dimension, conditions.len()) {
        (Dimension::Path, 0 | 1) => path_reason(&entry.matcher.path),
        _ => reason(dimension, &conditions),
    };
    let block = entry.place.path();
    let fields: Vec<String> = conditions
        .iter()
        .map(|condition| field(&block, condition))
        .collect();
    let own = fields.first().unwrap_or(&block);
    let mut found = Diagnostic::warning(CODE, message)
        .at(own)
        .about(entry.subject.resource.clone(), entry.subject.document)
        .help(help);
    for other in fields.iter().skip(1) {
        found = found.related(entry.place.document, other, "excludes it");
    }
    found
}

/// `spec.http[0].match[0].headers["end-user"]`.
fn field(block: &str, condition: &Condition) -> String {
    let (name, key) = &condition.field;
    let Some(key) = key else {
        return format!("{block}.{name}");
    };
    let list = Field::SPEC.name(name);
    let key = list.key(key).to_string();
    format!("{block}{}", key.strip_prefix("spec").unwrap_or(&key))
}

/// Why no path satisfies the one condition on it.
fn path_reason(matcher: &PathMatcher) -> (&'static str, &'static str) {
    let text = match matcher {
        PathMatcher::Exact { path, .. } => path,
        PathMatcher::Prefix { prefix, .. } | PathMatcher::Segments { prefix } => prefix,
        PathMatcher::Regex(_) => {
            return (
                "no path satisfies this: the whole path has to match, which begins with / and has no query",
                "begin the regex with / and end it with what may follow; match the query with queryParams",
            );
        }
    };
    if text.contains("://") {
        return (
            "no path satisfies this: a path has neither scheme nor host",
            "write only what stands behind the host; hosts are matched by `hosts` and `authority`",
        );
    }
    if text.contains('?') {
        return (
            "no path satisfies this: the query is not part of it",
            "match the query with `queryParams`",
        );
    }
    if !text.starts_with('/') {
        return (
            "no path satisfies this: every path begins with /",
            "put a / before it",
        );
    }
    (
        "no path satisfies this: paths begin with /, and neither query nor fragment is part of them",
        "begin with /, and match the query with `queryParams`",
    )
}

fn reason(dimension: &Dimension, conditions: &[&Condition]) -> (&'static str, &'static str) {
    let inverted = conditions.iter().any(|condition| condition.invert);
    match (dimension, conditions.len()) {
        (Dimension::Path, _) => (
            "no path satisfies this: paths begin with /, and neither query nor fragment is part of them",
            "begin with /, match the query with queryParams, and write a regex that matches the whole path",
        ),
        (Dimension::Header(name), 1) if &**name == ":authority" => (
            "no authority satisfies this: it matches none of the VirtualService's hosts",
            "match the name of one of `hosts`, without scheme, or leave the condition out",
        ),
        (Dimension::Header(name), 1) if &**name == ":scheme" => (
            "no scheme satisfies this: it is http or https, in lower case",
            "write http or https",
        ),
        (Dimension::Header(_), 1) if inverted => (
            "no request satisfies this: every value matches, and a header that is not there counts as an empty one",
            "to ask that it is not there, write {} or regex: \"*\"",
        ),
        (_, 1) => (
            "no value satisfies this: the regex matches none",
            "write a regex that matches the whole value",
        ),
        _ => (
            "no request satisfies this: the conditions on it exclude each other",
            "remove one of them, or write two match blocks where either will do",
        ),
    }
}
