//! Labels, and what selects by them. Source: Istio `labels.Instance.Validate`, `ValidateAlphaWorkloadSelector`,
//! `validateWorkloadSelector`.

use alloc::format;

use super::findings::Findings;
use super::names::has_label_form;
use crate::report::Field;
use crate::resources::Labels;

const CODE: &str = "invalid-label";
/// Of labels in Kubernetes.
const LONGEST_VALUE: usize = 63;

/// Labels that something carries, or has to carry.
pub(super) fn check(labels: &Labels, field: &Field<'_>, findings: &mut Findings) {
    for (key, value) in labels {
        let field = field.key(key);
        if let Some(reason) = wrong_key(key) {
            let help = "use letters, digits, `-`, `_` and `.`, after a domain with `/` if need be";
            findings.error(&field, CODE, format!("invalid tag key: {key:?}{reason}"), help);
        }
        if !value.is_empty() && !is_qualified_name(value) {
            let help = "use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends";
            findings.error(&field, CODE, format!("invalid tag value: {value:?}"), help);
        }
    }
}

/// What is wrong with a key, as the end of a message.
fn wrong_key(key: &str) -> Option<&'static str> {
    let (prefix, name) = key
        .rsplit_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if !is_qualified_name(name) || prefix.is_some_and(|prefix| !prefix.split('.').all(has_label_form)) {
        return Some("");
    }
    if prefix.is_some_and(|prefix| prefix.len() > 253) {
        return Some(" (DNS prefix is too long)");
    }
    (name.len() > 63).then_some(" (name is too long)")
}

fn is_qualified_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric();
    text.chars().all(|c| plain(c) || matches!(c, '-' | '_' | '.'))
        && text.starts_with(plain)
        && text.ends_with(plain)
}

/// Labels that workloads are selected by; says whether they can be.
pub(super) fn selector(labels: &Labels, field: &Field<'_>, findings: &mut Findings) -> bool {
    let mut valid = true;
    for (key, value) in labels {
        let pair = format!("{key}={value}");
        if key.is_empty() {
            let message = format!("empty key is not supported in selector: {pair:?}");
            findings.error(&field.key(key), CODE, message, "name the label");
            valid = false;
        }
        if pair.contains('*') {
            let message = format!("wildcard is not supported in selector: {pair:?}");
            let help = "write the whole value; leave the label out to select every value";
            findings.error(&field.key(key), CODE, message, help);
            valid = false;
        }
        if value.len() > LONGEST_VALUE {
            let message = format!("label value {value:?} is longer than {LONGEST_VALUE} characters");
            findings.error(
                &field.key(key),
                CODE,
                message,
                "no workload carries such a label: use a shorter one",
            );
        }
    }
    valid
}

/// A selector that selects everything. `whose` begins the message.
pub(super) fn warn_of_empty(
    labels: &Labels,
    whose: &str,
    effect: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    if labels.is_empty() {
        let message = format!("{whose}workload selector specified without labels{effect}");
        let help = "name the labels of the workloads, or remove the selector";
        findings.warn(field, "empty-selector", message, help);
    }
}
