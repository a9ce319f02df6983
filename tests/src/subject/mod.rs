//! Four ways to ask what becomes of a request. One corpus goes through all of them, so that they agree.

mod decision;
mod envoy;
mod facts;
mod observation;
mod question;
mod router;
mod wasm;
mod world;

use std::error::Error;

pub use decision::{Linear, Table};
pub use envoy::RealEnvoy;
pub use facts::Facts;
pub use observation::{Decided, Observation};
pub use question::{Answer, Question};
pub use router::Router;
pub use wasm::{ExplainingFilter, Wasm, WasmError, connection};
pub use world::World;

/// Something that can be asked.
pub trait Subject {
    /// Its name in reports: `reference`, `table`, `wasm`, `envoy`.
    fn name(&self) -> &'static str;

    /// Whether it tells how it has decided, and not only what came of it.
    fn explains(&self) -> bool {
        true
    }

    /// Takes over a configuration.
    ///
    /// # Errors
    /// When it refuses it, or fails.
    fn load(&mut self, world: &World) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Puts a request to the configuration loaded last.
    ///
    /// # Errors
    /// When it fails to answer.
    fn ask(&mut self, question: &Question) -> Result<Observation, Box<dyn Error + Send + Sync>>;
}
