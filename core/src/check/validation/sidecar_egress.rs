//! What proxies reach. Source: Istio `ValidateSidecar`, `validateSidecarEgressPortBindAndCaptureMode`.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;

use super::findings::Findings;
use super::sidecar::{check_bind, check_port, check_unique};
use super::{addresses, host_parts, numbers};
use crate::report::Field;
use crate::resources::sidecar::{CaptureMode, IstioEgressListener, SidecarPort};

/// All listeners, in a resource of `namespace`.
pub(super) fn check(
    list: &[IstioEgressListener],
    namespace: &str,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let (mut ports, mut sockets) = (BTreeSet::new(), BTreeSet::new());
    for (index, listener) in list.iter().enumerate() {
        let field = field.index(index);
        match &listener.port {
            None if index + 1 == list.len() => {}
            None => {
                let message =
                    "sidecar: the egress listener with empty port should be the last listener in the list";
                let help = "move it to the end, or give it a port: there is one without a port at most";
                findings.error(&field, "missing-port", message, help);
            }
            Some(port) => {
                check_listener(listener, port, &field, findings);
                let at = field.name("port");
                if port.number != 0 {
                    check_unique(&mut ports, port.number, &at, findings);
                } else if !sockets.insert(listener.bind.as_str()) {
                    let message = "sidecar: unix domain socket values for listeners must be unique";
                    let help = "give each listener a socket of its own";
                    findings.error(&field.name("bind"), "duplicate-port", message, help);
                }
            }
        }
        check_hosts(&listener.hosts, namespace, &field.name("hosts"), findings);
    }
}

fn check_listener(
    listener: &IstioEgressListener,
    port: &SidecarPort,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let at = field.name("port");
    check_port(port, &at, findings);
    if port.number != 0 {
        findings.judge(numbers::port(port.number), &at.name("number"));
        check_bind(&listener.bind, field, findings);
        return;
    }
    match listener.bind.strip_prefix(addresses::UNIX) {
        Some(path) => findings.judge(addresses::unix_path(path), &field.name("bind")),
        None => {
            let message = "sidecar: ports with 0 value must have a unix domain socket bind address";
            let help = "give the number of the port, or bind to `unix:///path/to/socket`";
            findings.error(&at.name("number"), "invalid-port", message, help);
        }
    }
    if listener.capture_mode == CaptureMode::Iptables {
        let message = "sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners";
        let help = "remove it: connections to sockets are not redirected";
        findings.error(&field.name("captureMode"), "conflicting-fields", message, help);
    }
}

fn check_hosts(list: &[String], namespace: &str, field: &Field<'_>, findings: &mut Findings) {
    if list.is_empty() {
        let message = "sidecar: egress listener must contain at least one host";
        let help = "add `hosts`, such as `./*` for the own namespace";
        findings.error(field, "missing-hosts", message, help);
    }
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (index, written) in list.iter().enumerate() {
        let field = field.index(index);
        // What is left out makes nothing superfluous.
        let parts = written.split_once('/').filter(|_| !written.starts_with('~'));
        if let Some((owner, host)) = parts {
            let owner = if owner == "." { namespace } else { owner };
            let known = seen.entry(owner).or_default();
            let covered = if host == "*" {
                !known.is_empty()
            } else {
                known.contains(host) || known.contains("*")
            };
            if covered {
                let message = format!("duplicated egress host: {written}");
                let help = "remove it, or the others that say the same";
                findings.warn(&field, "duplicate-host", message, help);
            }
            known.insert(host);
        }
        host_parts::of_egress(written, &field, findings);
    }
    let everything = seen.get("*").is_some_and(|hosts| hosts.contains("*"));
    if everything && seen.len() > 1 {
        let message = "`*/*` host select all resources, no other hosts can be added";
        findings.warn(field, "duplicate-host", message, "remove `*/*`, or all others");
    }
}
