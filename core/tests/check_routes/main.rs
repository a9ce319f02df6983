//! Findings about the rules of VirtualServices: cases as data, and a property.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "check"))]

mod cases;
mod property;
