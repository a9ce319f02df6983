//! A stock Envoy on loopback: finding it, running it, feeding it files.

mod error;
mod fetch;
mod files;
mod locate;
mod process;
mod watchdog;

pub use self::{
    error::{EnvoyError, Result},
    files::XdsDirectory,
    locate::{ENVOY_VERSION, EnvoyBinary},
    process::{Envoy, EnvoyOptions},
};
