//! Tests of routing configuration: what a test file says, the requests that it stands for, and how what it expects is
//! held against a decision. Whoever runs them, a command or a page, brings the files and a subject to ask.
//!
//! ```
//! use mainsheet_core::cases::TestFile;
//!
//! let file = TestFile::read("reviews.test.yaml", "
//! tests:
//! - name: everybody sees the first version
//!   request: {host: reviews, method: [GET, HEAD], path: [/, /reviews/1]}
//!   expect: {destination: {subset: v1}}
//! ");
//! assert!(file.diagnostics.is_empty());
//! assert_eq!(file.suite.tests[0].cases().unwrap().len(), 4);
//! ```

mod compare;
mod draws;
mod expand;
mod file;
mod generate;
mod list;
mod model;
mod names;
mod nearest;
mod point_of_view;
mod sample;

pub use compare::{Difference, Seen};
pub use draws::Drawn;
pub use expand::{Case, LIMIT, TooMany};
pub use file::{Pattern, TestFile};
pub use generate::generate;
pub use list::OneOrMany;
pub use model::{
    AbortExpect, DelayExpect, DestinationExpect, Draws, Expect, FaultExpect, HeadersExpect, MirrorExpect,
    PointOfView, Request, RetryExpect, RewriteExpect, RuleExpect, Suite, Test, WeightExpect,
};
pub use names::{Cluster, Names};
pub use nearest::{nearest, shadowed};
pub use point_of_view::arrival_port;

/// The JSON Schema of test files, for editors.
pub const SCHEMA: &str = include_str!("schema.json");
