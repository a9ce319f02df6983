//! The request as the upstream sees it, and headers in both directions.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::model::RewriteExpect;
use super::{Differences, NONE, Seen, outcome};
use crate::resources::virtual_service::HeaderOperations;

pub(super) fn compare_rewrite(expected: &RewriteExpect, seen: &Seen<'_>, all: &mut Differences) {
    let Some(upstream) = seen.upstream else {
        all.add("rewrite", &"a request at the upstream", &outcome(seen));
        return;
    };
    all.compare("rewrite.uri", expected.uri.as_ref(), Some(&upstream.path));
    all.compare(
        "rewrite.authority",
        expected.authority.as_ref(),
        Some(&upstream.authority),
    );
}

pub(super) fn compare_headers(
    base: &str,
    expected: &HeaderOperations,
    seen: &[(String, String)],
    all: &mut Differences,
) {
    let values = |name: &str| -> Vec<&str> {
        let named = seen.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    };
    let shown = |values: &[&str]| match values {
        [] => NONE.to_string(),
        values => values.join(","),
    };
    let sets: [(&str, &BTreeMap<String, String>); 2] = [("set", &expected.set), ("add", &expected.add)];
    for (operation, entries) in sets {
        for (name, value) in entries {
            let got = values(name);
            let holds = match operation {
                "set" => !got.is_empty() && got.join(",") == *value,
                _ => got
                    .iter()
                    .any(|line| line == value || line.split(',').any(|one| one.trim() == value)),
            };
            if !holds {
                all.add(&format!("{base}.{operation}[{name:?}]"), &value, &shown(&got));
            }
        }
    }
    for name in &expected.remove {
        let got = values(name);
        if !got.is_empty() {
            all.add(
                &format!("{base}.remove"),
                &format!("no {name}"),
                &format!("{name}: {}", shown(&got)),
            );
        }
    }
}
