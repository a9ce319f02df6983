//! What is said by the regexes of rules, and what their authors may have meant.

mod dot;
mod javascript;
mod plain;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::language::{Automata, Text, Universe};
use super::written::{Written, rules};
use crate::diagnostic::Diagnostic;
use crate::mesh::names::MESH;
use crate::report::Field;
use crate::resources::Bundle;
use crate::resources::virtual_service::{HTTPMatchRequest, StringMatch, StringMatches};

/// What a regex is matched with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// A path; whether the block ignores its case, and whether a gateway has the rule.
    Path {
        ignore_case: bool,
        at_gateway: bool,
    },
    Method,
    Scheme,
    Authority,
    /// A header.
    Header,
    /// A header of `withoutHeaders`.
    WithoutHeader,
    Query,
    /// The origin of a CORS request.
    Origin,
    /// A part of a path, which is searched for.
    Part,
}

impl Subject {
    /// All that can be matched.
    fn universe(self, universe: &Universe) -> Option<&Text> {
        Some(match self {
            Self::Path { .. } => &universe.path,
            Self::Method => &universe.method,
            Self::Scheme => &universe.scheme,
            Self::Authority => &universe.authority,
            Self::Header | Self::WithoutHeader | Self::Origin => &universe.value,
            Self::Query => &universe.query,
            Self::Part => return None,
        })
    }
}

/// A regex of a rule.
#[derive(Clone, Debug)]
struct Pattern<'b> {
    subject: Subject,
    /// The path behind the rule's: `.match[0].uri.regex`.
    behind: String,
    text: &'b str,
}

/// All findings about regexes.
pub(super) fn findings(bundle: &Bundle, automata: &mut Automata, universe: &Universe) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for written in rules(bundle) {
        for pattern in patterns(&written) {
            match plain::finding(&written, &pattern, automata, universe) {
                Some(found) => findings.push(found),
                None => findings.extend(javascript::finding(&written, &pattern)),
            }
            findings.extend(dot::finding(&written, &pattern));
        }
    }
    findings
}

fn patterns<'b>(written: &Written<'b>) -> Vec<Pattern<'b>> {
    let mut patterns = Vec::new();
    let at_gateway = written.object.spec.gateways.iter().any(|gateway| gateway != MESH);
    for (index, block) in written.rule.matches.iter().enumerate() {
        add_block(block, &format!(".match[{index}]"), at_gateway, &mut patterns);
    }
    let origins = written
        .rule
        .cors_policy
        .iter()
        .flat_map(|policy| &policy.allow_origins);
    for (index, origin) in origins.enumerate() {
        let behind = format!(".corsPolicy.allowOrigins[{index}]");
        add(Some(origin), &behind, Subject::Origin, &mut patterns);
    }
    let rewrite = written.rule.rewrite.as_ref();
    if let Some(regex) = rewrite.and_then(|rewrite| rewrite.uri_regex_rewrite.as_ref()) {
        patterns.push(Pattern {
            subject: Subject::Part,
            behind: ".rewrite.uriRegexRewrite.match".into(),
            text: &regex.pattern,
        });
    }
    patterns
}

fn add_block<'b>(
    block: &'b HTTPMatchRequest,
    behind: &str,
    at_gateway: bool,
    patterns: &mut Vec<Pattern<'b>>,
) {
    let path = Subject::Path {
        ignore_case: block.ignore_uri_case,
        at_gateway,
    };
    let single = [
        (&block.uri, "uri", path),
        (&block.scheme, "scheme", Subject::Scheme),
        (&block.method, "method", Subject::Method),
        (&block.authority, "authority", Subject::Authority),
    ];
    for (matcher, name, subject) in single {
        add(matcher.as_ref(), &format!("{behind}.{name}"), subject, patterns);
    }
    let maps = [
        (&block.headers, "headers", Subject::Header),
        (&block.without_headers, "withoutHeaders", Subject::WithoutHeader),
        (&block.query_params, "queryParams", Subject::Query),
    ];
    for (map, name, subject) in maps {
        add_map(map, behind, name, subject, patterns);
    }
}

fn add_map<'b>(
    map: &'b StringMatches,
    behind: &str,
    name: &str,
    subject: Subject,
    patterns: &mut Vec<Pattern<'b>>,
) {
    let list = Field::SPEC.name(name);
    for (key, matcher) in map {
        let field = format!("{}", list.key(key));
        let field = field.strip_prefix("spec").unwrap_or(&field);
        add(matcher.as_ref(), &format!("{behind}{field}"), subject, patterns);
    }
}

fn add<'b>(
    matcher: Option<&'b StringMatch>,
    behind: &str,
    subject: Subject,
    patterns: &mut Vec<Pattern<'b>>,
) {
    // Istio takes the text `*` for a question of presence.
    let regex = matcher.and_then(|matcher| matcher.regex.as_deref());
    if let Some(text) = regex.filter(|text| *text != "*" && !text.is_empty()) {
        patterns.push(Pattern {
            subject,
            behind: format!("{behind}.regex"),
            text,
        });
    }
}
