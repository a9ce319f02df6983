//! From the mesh to the table of one proxy. The only place that builds regexes and indexes.

mod actions;
mod assemble;
mod cluster;
mod connections;
mod cors;
mod domains;
mod faults;
mod gateway;
mod hashes;
mod header_ops;
mod listener;
mod matches;
mod mirrors;
mod place;
mod proxy;
mod redirects;
mod responses;
mod retries;
mod rules;
mod sidecar;

use alloc::vec::Vec;

#[cfg(feature = "check")]
pub(crate) use domains::service_names;
#[cfg(feature = "check")]
pub(crate) use faults::GRPC_STATUSES;
#[cfg(feature = "check")]
pub(crate) use gateway::server_hosts;

pub use cluster::{
    BLACKHOLE_CLUSTER, BLOCK_ALL, PASSTHROUGH_CLUSTER, inbound_name, name as cluster_name, sni_name,
};
pub use gateway::{GatewayPort, GatewayServer, Traffic, gateway_ports, gateway_servers};
pub(crate) use matches::compile as compile_match;
pub(crate) use place::{Elsewhere, Place};
pub use proxy::{Proxy, ProxyKind};

use crate::diagnostic::Diagnostic;
use crate::mesh::Mesh;
use crate::report::Report;
use crate::resources::{Bundle, MeshConfig};
use crate::table::RouteTable;

/// Something has an error, which is in the report.
#[derive(Clone, Copy, Debug)]
struct Failed;

/// A table, and what was noticed on the way to it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The table.
    pub table: RouteTable,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Compiles the table of one proxy.
///
/// # Errors
/// All findings, when at least one of them is an error. Nothing is compiled then.
pub fn compile(bundle: &Bundle, config: &MeshConfig, proxy: &Proxy) -> Result<Compiled, Vec<Diagnostic>> {
    let mut report = Report::default();
    let mesh = Mesh::new(bundle, config, &mut report);
    compile_mesh(&mesh, proxy, report)
}

/// Compiles the table of one proxy from a mesh that is resolved already; `report` holds what was found
/// while it was.
///
/// # Errors
/// All findings, when at least one of them is an error.
pub fn compile_mesh(mesh: &Mesh, proxy: &Proxy, mut report: Report) -> Result<Compiled, Vec<Diagnostic>> {
    let table = match proxy.kind {
        ProxyKind::Sidecar => sidecar::compile(mesh, proxy, &mut report),
        ProxyKind::Gateway => gateway::compile(mesh, proxy, &mut report),
    };
    if report.has_errors() {
        return Err(report.into_diagnostics());
    }
    Ok(Compiled {
        table,
        diagnostics: report.into_diagnostics(),
    })
}
