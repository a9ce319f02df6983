//! `exportTo`. Source: Istio `validateExportTo`, `visibility.Instance.Validate`.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

use super::findings::{Findings, Verdict, refuse};
use super::names::is_label;
use crate::report::Field;

const CODE: &str = "invalid-export-to";

/// Whose list it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// Neither of the others.
    #[default]
    Other,
    /// A ServiceEntry, which may be seen by nobody.
    ServiceEntry,
    /// A DestinationRule with a selector, which counts in its own namespace only.
    SelectingRule,
}

/// A list of namespaces, in a resource of `namespace`.
pub fn check(list: &[String], owner: Owner, namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, written) in list.iter().enumerate() {
        let field = field.index(index);
        let key = if written == "." { namespace } else { written };
        if seen.contains(key) {
            let message = if key == written {
                format!("duplicate entries in exportTo for entry {written}")
            } else {
                format!("duplicate entries in exportTo: . and current namespace {namespace}")
            };
            findings.error(&field, CODE, message, "name each namespace once");
            continue;
        }
        let verdict = entry(key, owner);
        if verdict.is_ok() {
            seen.insert(key);
        }
        findings.judge(verdict, &field);
    }
    combinations(&seen, list.len(), owner, namespace, field, findings);
}

fn entry(key: &str, owner: Owner) -> Verdict {
    let help = "use `.` for the own namespace, `*` for all, or the name of a namespace";
    match key {
        "*" | "." => Ok(()),
        "~" if owner == Owner::ServiceEntry => Ok(()),
        "~" => refuse(
            CODE,
            "exportTo ~ (none) is not allowed for Istio configuration objects",
            help,
        ),
        _ if is_label(key) => Ok(()),
        _ => {
            let message =
                format!("only .,*, or a valid DNS 1123 label is allowed as exportTo entry, found {key:?}");
            refuse(CODE, message, help)
        }
    }
}

fn combinations(
    seen: &BTreeSet<&str>,
    written: usize,
    owner: Owner,
    namespace: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let mut error = |message: &str, help: &str| findings.error(field, CODE, message, help);
    if owner == Owner::SelectingRule && !seen.is_empty() {
        let help = "write `exportTo: [.]`, or leave it out";
        if !seen.contains(namespace) {
            error(
                "destination rule with workload selector cannot have exportTo beyond current namespace",
                help,
            );
        } else if seen.len() > 1 {
            error(
                "destination rule with workload selector cannot have multiple entries in exportTo",
                help,
            );
        }
    }
    if seen.contains("*") && written > 1 {
        let message = "cannot have both public (*) and non-public exportTo values for a resource";
        error(message, "keep `*` alone, or remove it");
    }
    if seen.contains("~") && written > 1 {
        let message = "cannot export service entry to no one (~) and someone";
        error(message, "keep `~` alone, or remove it");
    }
}
