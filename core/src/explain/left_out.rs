//! Rules that the table leaves out: blocks that do not apply at this place, and those behind a rule that takes
//! everything.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::model::{RuleFinding, Verdict};
use super::watch::Conditions;
use super::{Explainer, hosts};
use crate::compile::{Elsewhere, Place, compile_match};
use crate::decision::Decision;
use crate::mesh::{Rule, Semantics, VirtualService};
use crate::report::{Field, Report};
use crate::request::Request;
use crate::table::{RouteMatcher, RouteSource};
use crate::trace::SourceTrace;

/// Adds the rules of the virtual host's resources that are not in its table, each at its place.
pub(super) fn add(
    explainer: &Explainer<'_>,
    request: &Request<'_>,
    decision: &Decision<'_>,
    rules: &mut Vec<RuleFinding>,
) {
    let Some(virtual_host) = decision.virtual_host else {
        return;
    };
    let routes = virtual_host.routes.routes().iter();
    let sources: Vec<&RouteSource> = routes.filter_map(|route| route.source.as_ref()).collect();
    let written = explainer.mesh.virtual_services.iter();
    let written = written.filter(|written| written.semantics == Semantics::Istio);
    for root in written.filter(|written| is_root(&sources, written)) {
        let places = hosts::places(explainer, request, root);
        let mut position = None;
        for (rule, block) in blocks(root) {
            let source = source(root, rule, block);
            let known = rules
                .iter()
                .position(|known| known.source.as_ref() == Some(&SourceTrace::from(&source)));
            if known.is_some() {
                position = known;
                continue;
            }
            let left_out = LeftOut {
                explainer,
                request,
                rule,
                block,
            };
            let next = position.map_or(0, |position| position + 1).min(rules.len());
            rules.insert(next, left_out.finding(&places, SourceTrace::from(&source)));
            position = Some(next);
        }
    }
}

fn is_root(sources: &[&RouteSource], written: &VirtualService) -> bool {
    sources
        .iter()
        .any(|source| source.root == written.subject.resource)
}

/// Every block of every rule; a rule without blocks once.
fn blocks(root: &VirtualService) -> impl Iterator<Item = (&Rule, Option<usize>)> {
    root.http.iter().flat_map(|rule| {
        let whole = rule.route.matches.is_empty().then_some(None);
        whole
            .into_iter()
            .chain((0..rule.route.matches.len()).map(Some))
            .map(move |block| (rule, block))
    })
}

fn source(root: &VirtualService, rule: &Rule, block: Option<usize>) -> RouteSource {
    RouteSource {
        resource: rule.subject.resource.clone(),
        root: root.subject.resource.clone(),
        semantics: rule.semantics,
        rule: rule.index,
        block: block.and_then(|block| rule.blocks.get(block).copied().flatten()),
    }
}

/// A block that the table has not.
struct LeftOut<'l> {
    explainer: &'l Explainer<'l>,
    request: &'l Request<'l>,
    rule: &'l Rule,
    block: Option<usize>,
}

impl LeftOut<'_> {
    fn finding(&self, places: &[Place<'_>], source: SourceTrace) -> RuleFinding {
        let matched = self.block.and_then(|block| self.rule.route.matches.get(block));
        let refused = matched.and_then(|block| {
            let mut reasons = places.iter().map(|place| place.refuses(block));
            let first = reasons.next()?;
            reasons.all(|reason| reason.is_some()).then_some(first)?
        });
        let mut finding = RuleFinding {
            name: self.rule.route.name.clone(),
            source: Some(source),
            at: None,
            verdict: Verdict::NotHere,
            unreachable: false,
            why: refused.map(|reason| self.words(reason, places)),
            conditions: Vec::new(),
        };
        if refused.is_none() {
            self.try_conditions(&mut finding);
        }
        finding
    }

    /// As the table would, if the rule could be reached.
    fn try_conditions(&self, finding: &mut RuleFinding) {
        let Some(matcher) = self.matcher() else { return };
        let mut conditions = Conditions::default();
        let matched = matcher.is_match(self.request, &mut conditions);
        finding.verdict = if matched {
            Verdict::WouldTake
        } else {
            Verdict::Misses
        };
        finding.unreachable = true;
        finding.conditions = conditions.0;
    }

    fn matcher(&self) -> Option<RouteMatcher> {
        let Some(block) = self.block else {
            return Some(RouteMatcher::any());
        };
        let block = self.rule.route.matches.get(block)?;
        let repeated = self.explainer.proxy.repeated_headers;
        let matcher = compile_match(
            block,
            repeated,
            &self.rule.subject,
            &Field::SPEC,
            &mut Report::default(),
        )?;
        Some(self.rule.semantics.refine(matcher))
    }

    fn words(&self, reason: Elsewhere<'_>, places: &[Place<'_>]) -> String {
        let proxy = self.explainer.proxy;
        let labels = |labels: &crate::resources::Labels| {
            let labels: Vec<String> = labels
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            if labels.is_empty() {
                "none".to_string()
            } else {
                labels.join(",")
            }
        };
        let gateway = places.first().map_or("mesh", |place| place.gateway);
        let port = places.first().map_or(self.request.port, |place| place.port);
        match reason {
            Elsewhere::Port(other) => format!("its `port` is {other}, and here it is {port}"),
            Elsewhere::Gateways(others) => {
                format!(
                    "its `gateways` are {}, and here it is {gateway}",
                    others.join(", ")
                )
            }
            Elsewhere::SourceLabels(asked) => format!(
                "its `sourceLabels` ask for {}, and the proxy has {}",
                labels(asked),
                labels(&proxy.labels)
            ),
            Elsewhere::SourceNamespace(other) => {
                format!(
                    "its `sourceNamespace` is {other}, and the proxy is in {}",
                    proxy.namespace
                )
            }
        }
    }
}
