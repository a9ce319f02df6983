//! `mainsheet.UnusedDelegate`: a VirtualService without hosts is one that another delegates to.

use crate::check::analysis::{Findings, Input};
use crate::diagnostic::Diagnostic;

pub(in crate::check::analysis) fn run(input: &Input<'_>, findings: &mut Findings) {
    let services = &input.bundle.virtual_services;
    for object in services.iter().filter(|object| object.spec.hosts.is_empty()) {
        let own = &object.metadata;
        let is_named = services.iter().any(|root| {
            let delegates = root.spec.http.iter().filter_map(|rule| rule.delegate.as_ref());
            let mut named = delegates.map(|delegate| match delegate.namespace.as_str() {
                "" => (&root.metadata.namespace, &delegate.name),
                _ => (&delegate.namespace, &delegate.name),
            });
            named.any(|named| named == (&own.namespace, &own.name))
        });
        if !is_named {
            let message =
                "this VirtualService has no `hosts`, and no other delegates to it: its rules have no effect";
            let finding = Diagnostic::warning("unused-delegate", message)
                .at("spec")
                .help("write `hosts`, or name it in `delegate` of a rule of another VirtualService");
            findings.add(object, finding);
        }
    }
}
