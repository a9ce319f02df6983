//! DestinationRules. Source: Istio `ValidateDestinationRule`.

use alloc::collections::BTreeSet;
use alloc::format;

use super::export_to::{self, Owner};
use super::findings::Findings;
use super::{labels, names, traffic_policy};
use crate::report::Field;
use crate::resources::Object;
use crate::resources::destination_rule::{DestinationRule, Subset};

/// One DestinationRule.
pub(super) fn check(object: &Object<DestinationRule>, findings: &mut Findings) {
    let (spec, namespace) = (&object.spec, object.metadata.namespace.as_str());
    let field = Field::SPEC;
    findings.judge(names::wildcard_domain(&spec.host), &field.name("host"));
    if let Some(policy) = &spec.traffic_policy {
        traffic_policy::check(policy, namespace, &field.name("trafficPolicy"), findings);
    }
    check_subsets(&spec.subsets, namespace, &field.name("subsets"), findings);
    let owner = match spec.workload_selector {
        Some(_) => Owner::SelectingRule,
        None => Owner::Other,
    };
    export_to::check(
        &spec.export_to,
        owner,
        namespace,
        &field.name("exportTo"),
        findings,
    );
    if let Some(selector) = &spec.workload_selector {
        let field = field.name("workloadSelector");
        let list = &selector.match_labels;
        labels::selector(list, &field.name("matchLabels"), findings);
        labels::warn_of_empty(list, "", ", it selects every workload", &field, findings);
    }
}

fn check_subsets(subsets: &[Subset], namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, subset) in subsets.iter().enumerate() {
        let field = field.index(index);
        if !seen.insert(subset.name.as_str()) {
            let message = format!("duplicate subset names: {}", subset.name);
            let help = "give each subset a name of its own";
            findings.error(&field.name("name"), "duplicate-name", message, help);
        }
        findings.judge(names::subset_name(&subset.name), &field.name("name"));
        labels::check(&subset.labels, &field.name("labels"), findings);
        if let Some(policy) = &subset.traffic_policy {
            traffic_policy::check(policy, namespace, &field.name("trafficPolicy"), findings);
        }
    }
}
