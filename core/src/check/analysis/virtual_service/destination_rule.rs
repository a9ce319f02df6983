//! `virtualservice.DestinationRuleAnalyzer`: every subset that a destination names is one of a DestinationRule.
//!
//! Unlike Istio's it knows wildcard rules, and rules of other namespaces for hosts outside of Kubernetes.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::check::analysis::destinations::{self, Named};
use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::input::nearest;
use crate::mesh::names;
use crate::resources::{DestinationRule, Object, VirtualService};

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.virtual_services {
        for named in destinations::all(&object.spec) {
            check(input, object, &named, findings);
        }
    }
}

fn check(input: &Input<'_>, object: &Object<VirtualService>, named: &Named<'_>, findings: &mut Findings) {
    let (host, subset) = (named.host(), named.subset());
    if subset.is_empty() {
        return;
    }
    let rules = rules_for(input, host, &object.metadata.namespace);
    let known: Vec<&str> = rules
        .iter()
        .flat_map(|rule| &rule.spec.subsets)
        .map(|subset| subset.name.as_str())
        .collect();
    if known.contains(&subset) {
        return;
    }
    let what = if named.is_mirror { "mirror" } else { "host" };
    let message = format!(
        "referenced {what}+subset in destinationrule not found: {:?}",
        format!("{host}+{subset}")
    );
    let finding = Diagnostic::error("unknown-subset", message)
        .alias("IST0101")
        .alias("KIA1107")
        .at(named.field("subset"))
        .help(help(host, subset, &known));
    let finding = rules.iter().fold(finding, |finding, rule| {
        let message = "this rule is for that host, without the subset";
        finding.related(rule.document, "spec.host", message)
    });
    findings.add(object, finding);
}

/// The rules whose host is, or takes in, that of the destination.
fn rules_for<'b>(input: &Input<'b>, host: &str, namespace: &str) -> Vec<&'b Object<DestinationRule>> {
    let hosts = input.hosts();
    let name = hosts.full_name(host, namespace);
    let is_for = |rule: &&Object<DestinationRule>| {
        let rule_host = hosts.full_name(&rule.spec.host, &rule.metadata.namespace);
        names::contains(&rule_host, &name)
    };
    input.bundle.destination_rules.iter().filter(is_for).collect()
}

fn help(host: &str, subset: &str, known: &[&str]) -> String {
    let list = known.join("`, `");
    match nearest(subset, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => {
            format!("add a DestinationRule for `{host}` with the subset; requests get 503 until then")
        }
        None => format!("its subsets are `{list}`; requests get 503"),
    }
}
