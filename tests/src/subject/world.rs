//! Resources, resolved and compiled for one proxy: what a subject is given before it is asked.

use std::collections::BTreeSet;

use mainsheet_core::compile::{Compiled, Proxy, compile_mesh};
use mainsheet_core::diagnostic::Diagnostic;
use mainsheet_core::export::cluster_names;
use mainsheet_core::mesh::Mesh;
use mainsheet_core::report::Report;
use mainsheet_core::resources::{Bundle, MeshConfig};

/// One proxy and everything it knows.
#[derive(Clone, Debug)]
pub struct World {
    /// Unique among the worlds that one subject sees.
    pub name: String,
    /// The resources.
    pub bundle: Bundle,
    /// Mesh-wide settings.
    pub config: MeshConfig,
    /// Whose point of view.
    pub proxy: Proxy,
    /// The resources, resolved.
    pub mesh: Mesh,
    /// The table of the proxy.
    pub compiled: Compiled,
    /// The clusters that exist: a request to any other is a 503.
    pub clusters: BTreeSet<String>,
    /// The ports that will be asked for.
    pub ports: BTreeSet<u16>,
}

impl World {
    /// Compiles the table of `proxy`.
    ///
    /// # Errors
    /// All findings, when one of them is an error.
    pub fn new(
        name: String,
        bundle: Bundle,
        config: MeshConfig,
        proxy: Proxy,
        ports: BTreeSet<u16>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut report = Report::default();
        let mesh = Mesh::new(&bundle, &config, &mut report);
        let compiled = compile_mesh(&mesh, &proxy, report)?;
        let clusters = cluster_names(&mesh, &proxy);
        Ok(Self {
            name,
            bundle,
            config,
            proxy,
            mesh,
            compiled,
            clusters,
            ports,
        })
    }
}
