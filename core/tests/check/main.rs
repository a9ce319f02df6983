//! What is found in resources that load.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "check"))]

mod validation;
