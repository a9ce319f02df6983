//! A stock Envoy on loopback: finding it, running it, feeding it files.

mod error;
mod fetch;
mod files;
mod fixed;
mod locate;
mod mesh;
mod process;
mod watchdog;

pub use self::{
    error::{EnvoyError, Result},
    files::XdsDirectory,
    fixed::fixed_bootstrap,
    locate::{ENVOY_VERSION, EnvoyBinary},
    mesh::RunningMesh,
    process::{Envoy, EnvoyOptions},
};
