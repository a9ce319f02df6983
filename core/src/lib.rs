//! Istio's traffic rules, decided.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod action;
pub mod compile;
mod decide;
pub mod decision;
pub mod diagnostic;
pub mod entropy;
#[cfg(feature = "export")]
pub mod export;
pub mod matcher;
pub mod mesh;
pub mod observe;
pub mod report;
pub mod request;
pub mod resources;
pub mod settings;
pub mod table;
pub mod trace;
pub mod view;
pub mod wire;
