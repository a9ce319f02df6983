//! The conformance runner: case files of other projects, and recordings of Istio with Envoy, put to every
//! subject. Whatever a case states is checked; what the runner does not know is a failure.
//!
//! * [`mod@file`]: case files. * [`expect`]: what they state. * [`request`]: what they ask.
//! * [`scenario`]: their resources, compiled. * [`run`]: one case through one subject. * [`check`]: held against
//!   what was seen. * [`skips`]: what no HTTP filter can see. * [`delegates`], [`findings`]: the suites that
//!   no subject is asked about.
//! * [`report`]: the outcome in figures and words. * [`explain`]: one case at length.

pub mod check;
pub mod delegates;
pub mod expect;
pub mod explain;
pub mod file;
pub mod findings;
pub mod report;
pub mod request;
pub mod run;
pub mod scenario;
pub mod skips;
