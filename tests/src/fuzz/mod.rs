//! The differential fuzzer: random configurations and requests, on which everything that decides has to agree.
//!
//! [`generate`] makes them from a seed, [`decider`] holds the compiled table, its explanation and the filter
//! against the linear reference, and [`shrink`] cuts what they disagree on down to a case for the corpus.

mod case;
mod configuration;
pub mod decider;
mod dice;
pub mod generate;
mod run;
pub mod shrink;
mod tally;
mod trial;
mod words;

pub use case::print;
pub use configuration::{Configuration, Setting};
pub use dice::Dice;
pub use run::{Found, Plan, check_suite, run};
pub use tally::Tally;
pub use trial::{Trial, Verdict};
