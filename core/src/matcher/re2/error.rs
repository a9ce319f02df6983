//! Why a text is no pattern, in the words of Go's `regexp`: users know them from Istio's webhook.

use core::fmt;

/// What is wrong, and with which part of the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::matcher) struct SyntaxError<'p> {
    problem: Problem,
    text: &'p str,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    ClassRange,
    Escape,
    GroupName,
    MissingBracket,
    MissingOperand,
    MissingParenthesis,
    NestedRepetition,
    NestsTooDeeply,
    PerlSyntax,
    RepeatCount,
    TrailingBackslash,
    UnexpectedParenthesis,
}

impl Problem {
    /// The problem with this part of the pattern.
    pub(super) fn of(self, text: &str) -> SyntaxError<'_> {
        SyntaxError { problem: self, text }
    }

    fn words(self) -> &'static str {
        match self {
            Self::ClassRange => "invalid character class range",
            Self::Escape => "invalid escape sequence",
            Self::GroupName => "invalid named capture",
            Self::MissingBracket => "missing closing ]",
            Self::MissingOperand => "missing argument to repetition operator",
            Self::MissingParenthesis => "missing closing )",
            Self::NestedRepetition => "invalid nested repetition operator",
            Self::NestsTooDeeply => "expression nests too deeply",
            Self::PerlSyntax => "invalid or unsupported Perl syntax",
            Self::RepeatCount => "invalid repeat count",
            Self::TrailingBackslash => "trailing backslash at end of expression",
            Self::UnexpectedParenthesis => "unexpected )",
        }
    }
}

impl fmt::Display for SyntaxError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.words())?;
        if self.text.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", self.text)
    }
}
