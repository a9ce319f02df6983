//! Texts that are taken literally, where a pattern or another spelling was meant.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::written::{Written, rules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::Bundle;
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch};

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
];

pub(super) fn findings(bundle: &Bundle) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for written in rules(bundle) {
        for (index, block) in written.rule.matches.iter().enumerate() {
            found.extend(wildcards(&written, block, index));
            found.extend(method(&written, block, index));
        }
        found.extend(group(&written));
    }
    found
}

/// `prefix: /reviews/*`: only a regex knows a wildcard.
fn wildcards<'w>(
    written: &'w Written<'_>,
    block: &'w HTTPMatchRequest,
    index: usize,
) -> impl Iterator<Item = Diagnostic> + 'w {
    let fields = [("uri", &block.uri), ("authority", &block.authority)].into_iter();
    let texts = fields.filter_map(|(field, matcher)| Some((field, literal(matcher.as_ref()?)?)));
    texts
        .filter(|(_, (_, text))| text.contains('*'))
        .map(move |(field, (kind, text))| {
            let message = format!("the * in {kind}: {text} is a plain character, no wildcard");
            let behind = format!(".match[{index}].{field}.{kind}");
            let found = written.found(Severity::Warning, "literal-wildcard", &behind, message);
            found.help(instead(field, kind, text))
        })
}

fn literal(matcher: &StringMatch) -> Option<(&'static str, &str)> {
    let exact = matcher.exact.as_deref().map(|text| ("exact", text));
    exact.or_else(|| matcher.prefix.as_deref().map(|text| ("prefix", text)))
}

fn instead(field: &str, kind: &str, text: &str) -> String {
    let before = text.trim_end_matches('*');
    match (field, before.contains('*')) {
        ("uri", false) if before.is_empty() => "write `prefix: /`, or leave the condition out".into(),
        ("uri", false) if kind == "prefix" => {
            format!("write `prefix: {before}`: whatever goes on behind it matches")
        }
        ("uri", false) => format!("write `prefix: {before}`"),
        _ => "write a `regex`, in which `[^/]*` stands for a part and `.*` for anything".into(),
    }
}

/// `exact: get`: the names of methods have capitals.
fn method(written: &Written<'_>, block: &HTTPMatchRequest, index: usize) -> Option<Diagnostic> {
    let (kind, text) = literal(block.method.as_ref()?)?;
    let capitals = text.to_ascii_uppercase();
    if capitals == text || !METHODS.contains(&capitals.as_str()) {
        return None;
    }
    let message = format!("no client sends the method {text}: methods are told apart by their capitals");
    let behind = format!(".match[{index}].method.{kind}");
    let found = written.found(Severity::Warning, "method-case", &behind, message);
    Some(found.help(format!("write `{capitals}`")))
}

/// `rewrite: {uri: /$1}`: groups are known to `uriRegexRewrite` alone.
fn group(written: &Written<'_>) -> Option<Diagnostic> {
    let uri = written.rule.rewrite.as_ref()?.uri.as_str();
    let refers = |sign: char| {
        let mut behind = uri.split(sign).skip(1);
        behind.any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    if !refers('$') && !refers('\\') {
        return None;
    }
    let message = format!("{uri} is taken as it stands: rewrite.uri knows no groups of the regex");
    let found = written.found(Severity::Warning, "rewrite-group", ".rewrite.uri", message);
    Some(found.help(r"write `uriRegexRewrite: {match: …, rewrite: …}`, with `\1` for the first group"))
}
