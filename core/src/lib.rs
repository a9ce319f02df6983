//! Istio's traffic rules, decided.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod diagnostic;
pub mod input;
pub mod resources;
#[cfg(feature = "yaml")]
pub mod yaml;
