//! Conditions on one text, as sets of texts: which of them are satisfied together, and by what?

mod product;
mod universe;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::rc::Rc;
use alloc::string::String;

pub(super) use product::{Answer, Question};
pub(super) use universe::{Universe, of_hosts};

use crate::matcher::{Automaton, PathMatcher, State, StringMatcher, ValueMatcher};

/// The texts that satisfy a condition.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// All of them.
    Any,
    /// One, or all that differ from it in case.
    Exact { text: Box<[u8]>, ignore_case: bool },
    /// Those that begin so.
    Prefix { text: Box<[u8]>, ignore_case: bool },
    /// The text, and what goes on with `/` behind it.
    Segments { text: Box<[u8]> },
    /// Those that a pattern matches.
    Regex(Rc<Automaton>),
    /// A pattern that is too large to think about.
    Unknown,
}

/// How far a condition has read a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Position {
    /// So many bytes are as they have to be.
    At(usize),
    /// Whatever follows, the condition holds.
    Holds,
    /// Whatever follows, it does not.
    Fails,
    /// As the automaton has it.
    Automaton(State),
}

/// Automata by pattern: many rules have the same.
#[derive(Debug, Default)]
pub(super) struct Automata(BTreeMap<String, Option<Rc<Automaton>>>);

impl Automata {
    /// What a pattern matches.
    pub(super) fn regex(&mut self, pattern: &str) -> Text {
        let known = self.0.entry(pattern.into());
        let automaton = known.or_insert_with(|| Automaton::new(pattern).map(Rc::new));
        automaton.clone().map_or(Text::Unknown, Text::Regex)
    }

    /// The texts of a `StringMatch`.
    pub(super) fn string(&mut self, matcher: &StringMatcher) -> Text {
        match matcher {
            StringMatcher::Exact(text) => Text::exact(text),
            StringMatcher::Prefix(text) => Text::prefix(text),
            StringMatcher::Regex(regex) => self.regex(regex.as_str()),
        }
    }

    /// The texts of a header or a query parameter that is there.
    pub(super) fn value(&mut self, matcher: &ValueMatcher) -> Text {
        match matcher {
            ValueMatcher::Present => Text::Any,
            ValueMatcher::Value(matcher) => self.string(matcher),
        }
    }

    /// The texts of a path.
    pub(super) fn path(&mut self, matcher: &PathMatcher) -> Text {
        match matcher {
            PathMatcher::Exact { path, ignore_case } => Text::Exact {
                text: path.as_bytes().into(),
                ignore_case: *ignore_case,
            },
            PathMatcher::Prefix { prefix, ignore_case } => Text::Prefix {
                text: prefix.as_bytes().into(),
                ignore_case: *ignore_case,
            },
            PathMatcher::Segments { prefix } => Text::Segments {
                text: prefix.as_bytes().into(),
            },
            PathMatcher::Regex(regex) => self.regex(regex.as_str()),
        }
    }
}

impl Text {
    /// One text.
    pub(super) fn exact(text: &str) -> Self {
        Self::Exact {
            text: text.as_bytes().into(),
            ignore_case: false,
        }
    }

    /// All texts that begin so.
    pub(super) fn prefix(text: &str) -> Self {
        Self::Prefix {
            text: text.as_bytes().into(),
            ignore_case: false,
        }
    }

    /// Where the reading begins; `None` where nothing can be said.
    fn start(&self) -> Option<Position> {
        Some(match self {
            Self::Any => Position::Holds,
            Self::Prefix { text, .. } if text.is_empty() => Position::Holds,
            Self::Exact { .. } | Self::Prefix { .. } | Self::Segments { .. } => Position::At(0),
            Self::Regex(automaton) => Position::Automaton(automaton.start()?),
            Self::Unknown => return None,
        })
    }

    /// Where one more byte leads.
    fn next(&self, position: Position, byte: u8) -> Option<Position> {
        let read = match position {
            Position::At(read) => read,
            Position::Automaton(state) => return self.step(state, byte),
            Position::Holds | Position::Fails => return Some(position),
        };
        let (Self::Exact { text, .. } | Self::Prefix { text, .. } | Self::Segments { text }) = self else {
            return None;
        };
        Some(match text.get(read) {
            Some(expected) if self.agree(*expected, byte) => {
                let done = read + 1 == text.len() && matches!(self, Self::Prefix { .. });
                if done {
                    Position::Holds
                } else {
                    Position::At(read + 1)
                }
            }
            None if byte == b'/' && matches!(self, Self::Segments { .. }) => Position::Holds,
            _ => Position::Fails,
        })
    }

    fn step(&self, state: State, byte: u8) -> Option<Position> {
        let Self::Regex(automaton) = self else {
            return None;
        };
        let next = automaton.next(state, byte)?;
        Some(if next.is_dead() {
            Position::Fails
        } else {
            Position::Automaton(next)
        })
    }

    /// Whether the condition holds for a text that ends here.
    fn accepts(&self, position: Position) -> Option<bool> {
        match (position, self) {
            (Position::Holds, _) => Some(true),
            (Position::Fails, _) => Some(false),
            (Position::At(read), Self::Exact { text, .. } | Self::Segments { text }) => {
                Some(read == text.len())
            }
            (Position::At(_), _) => Some(false),
            (Position::Automaton(state), Self::Regex(automaton)) => automaton.accepts(state),
            (Position::Automaton(_), _) => None,
        }
    }

    /// Whether the condition holds for a text.
    pub(super) fn is_match(&self, text: &[u8]) -> Option<bool> {
        let mut position = self.start()?;
        for byte in text {
            position = self.next(position, *byte)?;
        }
        self.accepts(position)
    }

    fn ignores_case(&self) -> bool {
        matches!(
            self,
            Self::Exact {
                ignore_case: true,
                ..
            } | Self::Prefix {
                ignore_case: true,
                ..
            }
        )
    }

    fn agree(&self, expected: u8, byte: u8) -> bool {
        expected == byte || (self.ignores_case() && expected.eq_ignore_ascii_case(&byte))
    }

    /// A number that bytes have in common which the condition does not tell apart.
    fn class(&self, byte: u8) -> u16 {
        match self {
            Self::Exact { text, .. } | Self::Prefix { text, .. } => {
                let known = text.iter().find(|expected| self.agree(**expected, byte));
                known.map_or(0, |expected| 1 + u16::from(*expected))
            }
            Self::Segments { text } if byte == b'/' || text.contains(&byte) => 1 + u16::from(byte),
            Self::Regex(automaton) => u16::from(automaton.class(byte)),
            Self::Any | Self::Segments { .. } | Self::Unknown => 0,
        }
    }

    /// Whether it is evidently the same set.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, Self::Any) => true,
            (Self::Regex(own), Self::Regex(other)) => Rc::ptr_eq(own, other),
            (
                Self::Exact { text, ignore_case },
                Self::Exact {
                    text: same,
                    ignore_case: also,
                },
            )
            | (
                Self::Prefix { text, ignore_case },
                Self::Prefix {
                    text: same,
                    ignore_case: also,
                },
            ) => text == same && ignore_case == also,
            (Self::Segments { text }, Self::Segments { text: same }) => text == same,
            _ => false,
        }
    }
}
