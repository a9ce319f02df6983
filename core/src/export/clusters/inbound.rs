//! The clusters behind the inbound listeners of Sidecars: a workload each. Source: Istio `buildInboundCluster`.

use alloc::vec::Vec;

use super::discovery::Discovery;
use super::locality::Group;
use super::transport_socket::Names;
use super::{Cluster, Plan, check, findings};
use crate::compile::inbound_name;
use crate::diagnostic::Diagnostic;
use crate::export::endpoints::Host;
use crate::export::inbound::{self, Inbound};
use crate::export::{ExportOptions, ProxyExport};
use crate::mesh::Mesh;
use crate::resources::destination_rule::{ConnectionPoolSettings, H2UpgradePolicy, TrafficPolicy};

/// Those of a proxy. What is wrong with its listeners is said where they are listed.
pub(super) fn clusters(
    mesh: &Mesh,
    options: &ExportOptions,
    proxy: &ProxyExport,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Cluster> {
    let (served, _) = inbound::of_proxy(mesh, options, proxy);
    let mut cluster = |inbound: &Inbound<'_>| {
        let mut policy = TrafficPolicy {
            connection_pool: Some(limits(inbound)),
            ..TrafficPolicy::default()
        };
        let problems = check::leave_out(&mut policy).into_iter();
        findings.extend(problems.map(|problem| findings::of_inbound(problem, inbound)));
        let host = Host::own(&inbound.endpoint);
        let plan = Plan {
            name: inbound_name(inbound.port),
            discovery: Discovery::Fixed(Vec::from([Group::only(host)])),
            protocol: inbound.protocol,
            policy: &policy,
            names: Names::default(),
        };
        plan.cluster(mesh, options)
    };
    served.iter().map(&mut cluster).collect()
}

/// The limits of the listener, else those of the Sidecar. The version of HTTP is the workload's.
fn limits(inbound: &Inbound<'_>) -> ConnectionPoolSettings {
    let own = inbound.written.connection_pool.as_ref();
    let written = own.or(inbound.sidecar.spec.inbound_connection_pool.as_ref());
    let mut limits = written.cloned().unwrap_or_default();
    let http = limits.http.get_or_insert_default();
    http.h2_upgrade_policy = H2UpgradePolicy::DoNotUpgrade;
    limits
}
