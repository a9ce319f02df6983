//! Rules and match blocks that others take everything from. Source: Istio `analyzeUnreachableHTTPRules` and its
//! likes for TCP and TLS.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::Findings;
use super::overlaps;
use crate::report::Field;
use crate::resources::virtual_service::{HTTPMatchRequest, HTTPRoute, VirtualService};

/// `istioctl analyze`: VirtualServiceUnreachableRule.
const UNREACHABLE: &str = "IST0130";
/// `istioctl analyze`: VirtualServiceIneffectiveMatch.
const INEFFECTIVE: &str = "IST0131";

/// What is compared of a rule.
struct Rule<M> {
    name: String,
    blocks: Vec<Block<M>>,
}

/// A match block: what it asks for, without its name.
struct Block<M> {
    name: String,
    asks: M,
}

/// All rules of a VirtualService, each kind by itself.
pub(super) fn check(spec: &VirtualService, findings: &mut Findings) {
    let http: Vec<_> = spec.http.iter().enumerate().map(http_rule).collect();
    compare(&http, &Field::SPEC.name("http"), findings);
    overlaps::check(&spec.http, findings);
    let tcp: Vec<_> = spec
        .tcp
        .iter()
        .map(|rule| &rule.matches)
        .enumerate()
        .map(unnamed)
        .collect();
    compare(&tcp, &Field::SPEC.name("tcp"), findings);
    let tls: Vec<_> = spec
        .tls
        .iter()
        .map(|rule| &rule.matches)
        .enumerate()
        .map(unnamed)
        .collect();
    compare(&tls, &Field::SPEC.name("tls"), findings);
}

/// How messages call a rule or a block: by its name, or by its place.
pub(super) fn called(name: &str, index: usize) -> String {
    if name.is_empty() {
        format!("#{index}")
    } else {
        format!("{name:?}")
    }
}

fn http_rule((index, rule): (usize, &HTTPRoute)) -> Rule<HTTPMatchRequest> {
    let blocks = rule.matches.iter().enumerate().map(|(index, block)| Block {
        name: called(&block.name, index),
        asks: HTTPMatchRequest {
            name: String::new(),
            ..block.clone()
        },
    });
    Rule {
        name: called(&rule.name, index),
        blocks: blocks.collect(),
    }
}

fn unnamed<M: Clone>((index, blocks): (usize, &Vec<M>)) -> Rule<M> {
    let blocks = blocks.iter().enumerate().map(|(index, block)| Block {
        name: called("", index),
        asks: block.clone(),
    });
    Rule {
        name: called("", index),
        blocks: blocks.collect(),
    }
}

fn compare<M: PartialEq>(rules: &[Rule<M>], field: &Field<'_>, findings: &mut Findings) {
    let mut catch_all = false;
    let mut seen: Vec<(&M, &str)> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let field = field.index(index);
        if rule.blocks.is_empty() {
            if catch_all {
                unreachable(rule, "only the last rule can have no matches", &field, findings);
            }
            catch_all = true;
        } else if catch_all {
            unreachable(rule, "route without matches defined before", &field, findings);
        } else if duplicates(rule, &mut seen, &field, findings) == rule.blocks.len() {
            unreachable(rule, "all matches used by prior rules", &field, findings);
        }
    }
}

/// Notes the blocks that were seen before; says how many they are.
fn duplicates<'r, M: PartialEq>(
    rule: &'r Rule<M>,
    seen: &mut Vec<(&'r M, &'r str)>,
    field: &Field<'_>,
    findings: &mut Findings,
) -> usize {
    let mut count = 0;
    let blocks = field.name("match");
    for (index, block) in rule.blocks.iter().enumerate() {
        match seen.iter().find(|(asks, _)| **asks == block.asks) {
            Some((_, earlier)) => {
                ineffective(&rule.name, &block.name, earlier, &blocks.index(index), findings);
                count += 1;
            }
            None => seen.push((&block.asks, &rule.name)),
        }
    }
    count
}

fn unreachable<M>(rule: &Rule<M>, why: &str, field: &Field<'_>, findings: &mut Findings) {
    let message = format!("virtualService rule {} not used ({why})", rule.name);
    let help = "move it in front of the rule that takes its requests, or remove it";
    findings.warn_as(UNREACHABLE, field, "unused-rule", message, help);
}

/// A block whose requests an earlier one takes.
pub(super) fn ineffective(
    rule: &str,
    block: &str,
    earlier: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let message = format!(
        "virtualService rule {rule} match {block} is not used (duplicate/overlapping match in rule {earlier})"
    );
    let help = "put the narrower match first, or remove it";
    findings.warn_as(INEFFECTIVE, field, "unused-match", message, help);
}
