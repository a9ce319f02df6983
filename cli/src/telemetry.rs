//! What is observed of an Envoy's work.

use clap::Args;
use mainsheet_core::resources::MeshConfig;

/// What is observed of an Envoy's work.
#[derive(Args, Clone, Debug, Default)]
pub struct TelemetryArgs {
    /// Write a line for each request and connection to this file, such as /dev/stdout, as MeshConfig's accessLogFile
    #[arg(long, value_name = "FILE")]
    pub access_log: Option<String>,

    /// Keep a histogram for each rule of how long its requests take
    #[arg(long)]
    pub durations: bool,
}

impl TelemetryArgs {
    /// Mesh-wide settings with the access log that was asked for.
    pub fn mesh(&self, mesh: MeshConfig) -> MeshConfig {
        MeshConfig {
            access_log_file: self.access_log.clone().unwrap_or(mesh.access_log_file),
            ..mesh
        }
    }
}
