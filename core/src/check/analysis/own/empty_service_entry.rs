//! `mainsheet.EmptyServiceEntry`: a ServiceEntry has ports, and where its endpoints are written they are there.

use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;
use crate::resources::service_entry::Resolution;

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    for object in &input.bundle.service_entries {
        let spec = &object.spec;
        if spec.ports.is_empty() && !spec.hosts.is_empty() {
            let message = "without `ports` no proxy listens for these hosts";
            let finding = Diagnostic::warning("service-entry-without-ports", message)
                .at("spec.ports")
                .help("write the ports, such as `{number: 443, name: tls, protocol: TLS}`");
            findings.add(object, finding);
        }
        let is_static = spec.resolution == Resolution::Static;
        if is_static && spec.endpoints.is_empty() && spec.workload_selector.is_none() {
            let message = "`resolution: STATIC` has no endpoints to send requests to: they get 503";
            let finding = Diagnostic::warning("service-entry-without-endpoints", message)
                .at("spec.resolution")
                .help("write `endpoints` or `workloadSelector`, or `resolution: DNS` to look the host up");
            findings.add(object, finding);
        }
    }
}
