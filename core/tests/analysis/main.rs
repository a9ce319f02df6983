//! What the analyzers find: Istio's own cases where they are beside the workspace, and cases of ours.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "check"))]
#![expect(
    clippy::print_stderr,
    reason = "suites that are left out are named, and others counted"
)]

mod cases;
mod istio;
mod samples;
