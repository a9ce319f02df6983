//! Four ways to ask what becomes of a request. One corpus goes through all of them, so that they agree.

mod decision;
mod envoy;
mod observation;
mod wasm;

use std::error::Error;

use mainsheet_core::sent::SentRequest;

pub use decision::{Linear, Table};
pub use envoy::RealEnvoy;
pub use observation::Observation;
pub use wasm::{ExplainingFilter, Wasm, WasmError};

use crate::corpus::Scenario;

/// Something that can be asked.
pub trait Subject {
    /// Its name in reports: `reference`, `table`, `wasm`, `envoy`.
    fn name(&self) -> &'static str;

    /// Takes over a configuration.
    ///
    /// # Errors
    /// When it refuses it, or fails.
    fn load(&mut self, scenario: &Scenario) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Puts a request to the configuration loaded last.
    ///
    /// # Errors
    /// When it fails to answer.
    fn ask(&mut self, request: &SentRequest) -> Result<Observation, Box<dyn Error + Send + Sync>>;
}
