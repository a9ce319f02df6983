//! What is written and has no effect yet: nothing is passed over in silence.

use alloc::format;

use crate::mesh::Mesh;
use crate::report::{Field, Report, Subject};

/// Where users read what is there.
const HELP: &str = "docs/fields.md says which fields have an effect";

/// Warns of resources, and of their parts beside the rules.
pub(super) fn warn_of_mesh(mesh: &Mesh, report: &mut Report) {
    for virtual_service in &mesh.virtual_services {
        let written = [("tls", virtual_service.has_tls), ("tcp", virtual_service.has_tcp)];
        for (name, _) in written.iter().filter(|(_, written)| *written) {
            warn(
                &virtual_service.subject,
                &Field::SPEC.name(name),
                &format!("spec.{name}"),
                report,
            );
        }
    }
}

fn warn(subject: &Subject, field: &Field<'_>, what: &str, report: &mut Report) {
    let message = format!("{what} is not supported yet and has no effect");
    report.warn(subject, field, "unsupported-field", message, HELP);
}
