//! RE2's language, read as RE2 reads it with its default options, which Envoy leaves as they are.
//!
//! Other parsers take other languages, and some texts mean something else there, without an error: `[a&&b]`,
//! `[[a]]`, `a{,2}`, `\w` and `\b` beyond ASCII, `(?x)`.
//!
//! Source: RE2 `re2/parse.cc` and `re2/compile.cc`; <https://github.com/google/re2/wiki/Syntax>.
//!
//! Two limits are ours: groups nest at most [`NESTING_LIMIT`] deep, and the size of the compiled program is
//! limited by whoever compiles it.

mod charset;
mod class;
mod cursor;
mod error;
mod escape;
mod group;
mod parser;
mod repeat;
mod unicode;

#[cfg(test)]
mod tests;

pub(super) use error::SyntaxError;
use regex_syntax::hir::Hir;

/// How deep groups nest. RE2 has no limit; what compiles the program here is recursive.
const NESTING_LIMIT: usize = 100;

/// A pattern that has been read.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    /// What it matches, in bytes.
    pub(super) hir: Hir,
    /// How many groups it has, those that nothing can match among them.
    pub(super) groups: usize,
}

/// Reads `pattern`.
pub(super) fn parse(pattern: &str) -> Result<Parsed, SyntaxError<'_>> {
    parser::Parser::new(pattern).parse()
}
