//! What a route asks of a request. A pattern is a `…Matcher`; matchers are built once and never fail at
//! request time.

#[cfg(feature = "check")]
mod automaton;
mod claim;
mod example;
mod header;
mod path;
mod query;
mod re2;
mod regex;
mod search;
mod string;

#[cfg(feature = "check")]
pub(crate) use automaton::{Automaton, State};
pub use claim::ClaimMatcher;
pub use header::{HeaderMatcher, RepeatedHeaders, ValueMatcher};
pub use path::PathMatcher;
pub use query::QueryMatcher;
pub use regex::{InvalidRegex, Regex, RegexSet, RegexSetCache};
pub use search::SearchRegex;
pub use string::StringMatcher;
