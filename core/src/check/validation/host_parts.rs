//! Hosts with a namespace: `namespace/host`. Source: Istio `ValidateNamespaceSlashWildcardHostname`.

use alloc::format;

use super::findings::Findings;
use super::{addresses, names};
use crate::report::Field;

const CODE: &str = "invalid-host";

/// A host of a server; the namespace may be left out.
pub(super) fn of_server(text: &str, converted: bool, field: &Field<'_>, findings: &mut Findings) {
    let Some((namespace, host)) = text.split_once('/') else {
        check_host(text, true, field, findings);
        return;
    };
    let known = matches!(namespace, "*" | ".") || converted && namespace == "~";
    check_namespace(namespace, host, known, "gateway", field, findings);
    check_host(host, true, field, findings);
}

/// A host that a Sidecar reaches; `~` in front of the namespace leaves hosts out.
pub(super) fn of_egress(text: &str, field: &Field<'_>, findings: &mut Findings) {
    let Some((namespace, host)) = text.split_once('/') else {
        let message = "host must be of form namespace/dnsName";
        let help = "write `namespace/host`, `./host` or `*/host`";
        findings.error(field, CODE, message, help);
        return;
    };
    let excluding = namespace.strip_prefix('~').unwrap_or(namespace);
    let known = matches!(excluding, "*" | ".") || namespace == "~";
    check_namespace(excluding, host, known, "sidecar", field, findings);
    check_host(host, false, field, findings);
}

fn check_namespace(
    namespace: &str,
    host: &str,
    known: bool,
    place: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let help = match namespace.contains(':') {
        true => names::remedy("//"),
        false => "write the name of a namespace, `.` for the own one or `*` for all",
    };
    if namespace.is_empty() && !known || host.is_empty() {
        let message = "config namespace and dnsName in host entry cannot be empty";
        findings.error(field, CODE, message, help);
    }
    if !known && !names::is_label(namespace) {
        let message = format!("invalid namespace value {namespace:?} in {place}");
        findings.error(field, CODE, message, help);
    }
}

fn check_host(host: &str, may_be_address: bool, field: &Field<'_>, findings: &mut Findings) {
    if host != "*" && !host.contains('.') && !(may_be_address && addresses::is_ip(host)) {
        let message = "short names (non FQDN) are not allowed";
        findings.error(
            field,
            CODE,
            message,
            "write the full name: `host.namespace.svc.cluster.local`",
        );
    }
    if !(may_be_address && addresses::is_ip(host)) {
        findings.judge(names::wildcard_domain(host), field);
    }
    findings.judge(names::whole_wildcard(host), field);
}
