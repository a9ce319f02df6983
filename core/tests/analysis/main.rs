//! What the analyzers find: Istio's own cases where they are beside the workspace, and cases of ours.
#![cfg(test)]
#![cfg(all(feature = "yaml", feature = "check"))]

mod cases;
mod istio;
mod samples;
