//! Names of gateways. Source: Istio `validateGatewayNames`.

use alloc::format;
use alloc::string::String;

use super::findings::Findings;
use super::names::{fqdn, is_label};
use crate::report::Field;

const CODE: &str = "invalid-name";

/// `namespace/name`, or `name`. Istio looks at nothing behind the first without a namespace, and so does this.
/// `converted`: names that Istio made.
pub(super) fn check(names: &[String], converted: bool, field: &Field<'_>, findings: &mut Findings) {
    for (index, written) in names.iter().enumerate() {
        let field = field.index(index);
        let Some((namespace, name)) = written.split_once('/') else {
            warn_of_legacy_form(written, &field, findings);
            findings.judge(fqdn(written), &field);
            return;
        };
        let help = "write `namespace/name` of a Gateway; wildcards are not taken here";
        if namespace.is_empty() || name.is_empty() {
            let message = "config namespace and gateway name cannot be empty";
            findings.error(&field, CODE, message, help);
        }
        if !is_label(namespace) {
            let message = format!("invalid value for namespace: {namespace:?}");
            findings.error(&field, CODE, message, help);
        }
        if !is_label(name) && !converted {
            let message = format!("invalid value for gateway name: {name:?}");
            findings.error(&field, CODE, message, help);
        }
    }
}

fn warn_of_legacy_form(written: &str, field: &Field<'_>, findings: &mut Findings) {
    let Some((name, rest)) = written.split_once('.') else {
        return;
    };
    let namespace = rest.split('.').next().unwrap_or_default();
    let message = format!(
        "using legacy gatewayName format {written:?}; prefer the <namespace>/<name> format: \"{namespace}/{name}\""
    );
    findings.warn(field, "deprecated", message, "write `namespace/name`");
}
