//! What the analyzers find: cases of ours, and Istio's samples where they are beside the workspace.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "check"))]
#![expect(
    clippy::print_stderr,
    reason = "suites that are left out are named, and others counted"
)]

mod cases;
mod samples;
