//! Which rule decides.

use alloc::format;
use alloc::string::String;

use super::super::model::RuleExpect;
use super::Differences;
use crate::input::{Segment, parse_path};
use crate::trace::SourceTrace;
use crate::view::DecisionView;

pub(super) fn compare_rule(expected: &RuleExpect, decision: &DecisionView, all: &mut Differences) {
    let source = decision.source.as_ref();
    let name = decision.route.clone().unwrap_or_default();
    if let Some(wanted) = &expected.name {
        let is_block = name
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
        if name != *wanted && !is_block {
            let got = if name.is_empty() { shown(source) } else { name };
            all.add("rule.name", &wanted, &got);
        }
    }
    if let Some(wanted) = &expected.virtual_service {
        let holds = source.is_some_and(|source| is_called(source, wanted));
        if !holds {
            all.add("rule.virtualService", &wanted, &shown(source));
        }
    }
    let position = source.map(position).unwrap_or_default();
    let differs = |wanted: Option<usize>, got: Option<usize>| wanted.is_some() && wanted != got;
    if differs(expected.index, position.0) {
        all.add("rule.index", &expected.index.unwrap_or_default(), &shown(source));
    } else if differs(expected.block, position.1) {
        all.add("rule.match", &expected.block.unwrap_or_default(), &shown(source));
    }
}

/// `name`, or `namespace/name`.
fn is_called(source: &SourceTrace, wanted: &str) -> bool {
    match wanted.split_once('/') {
        Some((namespace, name)) => source.namespace == namespace && source.name == name,
        None => source.name == wanted,
    }
}

fn shown(source: Option<&SourceTrace>) -> String {
    source.map_or_else(
        || "no rule".into(),
        |source| {
            format!(
                "{} {}/{} {}",
                source.kind, source.namespace, source.name, source.path
            )
        },
    )
}

/// The index of the rule, and that of its match block.
pub(in crate::cases) fn position(source: &SourceTrace) -> (Option<usize>, Option<usize>) {
    let mut indexes = parse_path(&source.path)
        .into_iter()
        .filter_map(|segment| match segment {
            Segment::Index(index) => Some(index),
            Segment::Key(_) => None,
        });
    (indexes.next(), indexes.next())
}
