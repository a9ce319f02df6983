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

/// A rule and the full name of its host.
type Rule<'b> = (String, &'b Object<DestinationRule>);

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let resolve = |host: &str, namespace: &str| input.hosts().full_name(host, namespace);
    let rules = input.bundle.destination_rules.iter();
    let rules: Vec<Rule<'_>> = rules
        .map(|rule| (resolve(&rule.spec.host, &rule.metadata.namespace), rule))
        .collect();
    for object in &input.bundle.virtual_services {
        let destinations = destinations::all(&object.spec);
        for named in destinations.iter().filter(|named| !named.subset().is_empty()) {
            // The rules whose host is, or takes in, that of the destination.
            let name = resolve(named.host(), &object.metadata.namespace);
            let of_host = rules.iter().filter(|(host, _)| names::contains(host, &name));
            let of_host: Vec<&Object<DestinationRule>> = of_host.map(|(_, rule)| *rule).collect();
            check(object, named, &of_host, findings);
        }
    }
}

fn check(
    object: &Object<VirtualService>,
    named: &Named<'_>,
    rules: &[&Object<DestinationRule>],
    findings: &mut Findings,
) {
    let (host, subset) = (named.host(), named.subset());
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
