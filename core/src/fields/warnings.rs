//! Warnings of what is written and has no effect yet: nothing is passed over in silence.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use std::sync::LazyLock;

use serde_json::Value;

use super::{Entry, KINDS, Table};
use crate::diagnostic::Diagnostic;
use crate::input::{Finding, Path};

/// Where users read what is there.
const HELP: &str = "docs/fields.md says which fields have an effect";

/// Warns of the fields of an object that have no effect, each at the outermost one of which nothing has.
///
/// `object` has only what is written and not the default; `path` is where it stands in its document.
pub(crate) fn warn(name: &str, object: &Value, path: &Path, findings: &mut Vec<Finding>) {
    if let Some(table) = TABLES.get(name) {
        visit(table, object, "", path, findings);
    }
}

/// The tables of all kinds, by name.
static TABLES: LazyLock<BTreeMap<&str, Table>> = LazyLock::new(|| {
    let tables = KINDS.iter().map(|kind| (kind.name, Table::new(kind)));
    tables.collect()
});

/// `pattern` is where `value` is in the object, in the words of the list.
fn visit(table: &Table, value: &Value, pattern: &str, path: &Path, findings: &mut Vec<Finding>) {
    let own = table.covering(pattern);
    if table.has_no_effect(pattern) {
        findings.extend(finding(own, value, pattern, path));
        return;
    }
    if table.within(pattern).next().is_none() {
        return;
    }
    match value {
        Value::Array(items) => {
            let pattern = format!("{pattern}[]");
            for (index, item) in items.iter().enumerate() {
                visit(table, item, &pattern, &path.index(index), findings);
            }
        }
        Value::Object(fields) => {
            let is_map = is_map(table, pattern);
            for (name, value) in fields {
                let pattern = match pattern {
                    "" => name.clone(),
                    _ if is_map => format!("{pattern}{{}}"),
                    _ => format!("{pattern}.{name}"),
                };
                visit(table, value, &pattern, &path.key(name.as_str()), findings);
            }
        }
        _ => {}
    }
}

/// Whether the names in a field are not those of fields.
fn is_map(table: &Table, pattern: &str) -> bool {
    let mut within = table.within(pattern);
    within.any(|entry| {
        entry
            .path
            .strip_prefix(pattern)
            .is_some_and(|rest| rest.starts_with("{}"))
    })
}

fn finding(entry: Option<&Entry>, value: &Value, pattern: &str, path: &Path) -> Option<Finding> {
    let (harmless, note) = entry.map_or((&[][..], ""), |entry| (entry.harmless, entry.note));
    if value.as_str().is_some_and(|text| harmless.contains(&text)) {
        return None;
    }
    let name = pattern.rsplit('.').next().unwrap_or(pattern);
    let separator = if note.is_empty() { "" } else { ": " };
    let message = format!("`{name}` is not supported yet and has no effect{separator}{note}");
    let diagnostic = Diagnostic::warning("unsupported-field", message)
        .at(path.to_string())
        .help(HELP);
    Some(Finding {
        diagnostic,
        mark: None,
    })
}
