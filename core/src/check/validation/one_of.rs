//! Fields of which protobuf takes one only. Source: Istio's API, `oneof`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::Findings;
use crate::report::Field;

/// Alternatives by name, and whether each is written.
pub(super) fn check(alternatives: &[(&'static str, bool)], field: &Field<'_>, findings: &mut Findings) {
    let mut given = alternatives.iter().filter(|(_, given)| *given);
    if let (Some(_), Some((second, _))) = (given.next(), given.next()) {
        let names: Vec<String> = alternatives.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("only one of {} can be given", names.join(", "));
        findings.error(
            &field.name(second),
            "conflicting-fields",
            message,
            "remove all but one",
        );
    }
}
