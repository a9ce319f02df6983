//! What cannot be known of a part of a configuration: who checks rules alone is not told that every service is
//! missing.

use alloc::vec::Vec;

use super::analysis;
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::Bundle;

/// What takes Services to be known.
const ABOUT_SERVICES: [&str; 5] = [
    "backend-not-found",
    "parent-not-found",
    "short-host-of-other-namespace",
    "unknown-destination-host",
    "unknown-rule-host",
];
/// What takes pods to be known.
const ABOUT_PODS: [&str; 3] = [
    "gateway-without-pods",
    "sidecar-without-pods",
    "subset-without-pods",
];

/// What takes rules to be known.
const ABOUT_RULES: [&str; 1] = ["server-without-rules"];

/// Takes out the findings that something is missing where the input has nothing at all of that sort, and says once
/// that this was not checked.
#[must_use]
pub fn without_unknowable(bundle: &Bundle, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let services = bundle.services.len() + bundle.service_entries.len();
    let workloads = analysis::workloads(bundle) + bundle.workload_entries.len();
    let rules = bundle.virtual_services.len() + bundle.http_routes.len();
    let sorts = [
        (
            rules,
            ABOUT_RULES.as_slice(),
            "no-rules",
            "there is no VirtualService or HTTPRoute in the input, so whether servers have rules was not checked",
            "name the files with the rules too",
        ),
        (
            services,
            ABOUT_SERVICES.as_slice(),
            "no-services",
            "there is no Service or ServiceEntry in the input, so whether hosts exist was not checked",
            "name the files with the Services too",
        ),
        (
            workloads,
            ABOUT_PODS.as_slice(),
            "no-workloads",
            "there is no Deployment or Pod in the input, so whether labels select any pod was not checked",
            "name the files with the Deployments too",
        ),
    ];
    for (count, codes, code, message, help) in sorts {
        if count > 0 {
            continue;
        }
        let is_about = |finding: &Diagnostic| codes.contains(&finding.code.as_str());
        let first = found.iter().find(|finding| is_about(finding));
        let remark = first.map(|first| {
            let remark = Diagnostic::new(Severity::Info, code, message)
                .at(&first.path)
                .help(help);
            Diagnostic {
                document: first.document,
                resource: first.resource.clone(),
                ..remark
            }
        });
        found.retain(|finding| !is_about(finding));
        found.extend(remark);
    }
    found
}
