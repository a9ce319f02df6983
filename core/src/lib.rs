//! Istio's traffic rules, decided.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod action;
mod decide;
pub mod decision;
pub mod diagnostic;
pub mod entropy;
pub mod matcher;
pub mod observe;
pub mod request;
pub mod table;
