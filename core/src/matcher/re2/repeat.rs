//! `*`, `+`, `?` and `{n,m}`.

use alloc::boxed::Box;

use regex_syntax::hir::{self, Hir};

use super::cursor::Cursor;
use super::error::{Problem, SyntaxError};
use super::parser::{Item, Parser};

/// Counts go up to this, and so does what nested counts come to.
const COUNT_LIMIT: u32 = 1000;

/// RE2 takes digits beyond this for text, and with them the brace.
const INTEGER_LIMIT: u32 = 100_000_000;

/// An operator and its place.
#[derive(Clone, Copy)]
pub(super) struct Repetition<'p> {
    start: Cursor<'p>,
    min: u32,
    max: Option<u32>,
    /// A `?` follows it.
    lazy: bool,
}

impl<'p> Parser<'p> {
    /// Takes an operator, if one comes next.
    pub(super) fn repetition_operator(&mut self) -> Option<Repetition<'p>> {
        let start = self.cursor;
        let (min, max) = match self.cursor.peek()? {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => {
                let (bounds, after) = counts(self.cursor)?;
                self.cursor = after;
                bounds
            }
            _ => return None,
        };
        if start.peek() != Some('{') {
            self.cursor.next();
        }
        Some(Repetition {
            start,
            min,
            max,
            lazy: self.cursor.eat("?"),
        })
    }

    /// Repeats what has been read last. The order of the checks is RE2's.
    pub(super) fn repeat(&mut self, repetition: Repetition<'p>) -> Result<(), SyntaxError<'p>> {
        let Repetition {
            start,
            min,
            max,
            lazy,
        } = repetition;
        if let Some(previous) = self.repetition {
            return Err(Problem::NestedRepetition.of(previous.to(self.cursor)));
        }
        let text = start.to(self.cursor);
        let most = max.unwrap_or(min);
        if most < min || most > COUNT_LIMIT {
            return Err(Problem::RepeatCount.of(text));
        }
        let Some(item) = self.pop_item() else {
            return Err(Problem::MissingOperand.of(text));
        };
        let copies = item.copies.saturating_mul(most.max(1));
        if most >= 2 && copies > COUNT_LIMIT {
            return Err(Problem::RepeatCount.of(text));
        }
        self.push_item(Item {
            hir: Hir::repetition(hir::Repetition {
                min,
                max,
                greedy: lazy == self.flags.ungreedy,
                sub: Box::new(item.hir),
            }),
            copies,
        });
        Ok(())
    }
}

/// `{2}`, `{2,}` and `{2,4}`. Anything else, `{,4}` too, is text.
fn counts(mut cursor: Cursor<'_>) -> Option<((u32, Option<u32>), Cursor<'_>)> {
    cursor.next();
    let min = integer(&mut cursor)?;
    let max = if !cursor.eat(",") {
        Some(min)
    } else if cursor.peek() == Some('}') {
        None
    } else {
        Some(integer(&mut cursor)?)
    };
    cursor.eat("}").then_some(((min, max), cursor))
}

/// A number without leading zeros.
fn integer(cursor: &mut Cursor<'_>) -> Option<u32> {
    let mut digits = 0_u32;
    let mut number = 0;
    let starts_with_zero = cursor.peek() == Some('0');
    while let Some(digit) = cursor.peek().and_then(|next| next.to_digit(10)) {
        if number >= INTEGER_LIMIT {
            return None;
        }
        cursor.next();
        number = number * 10 + digit;
        digits += 1;
    }
    (digits == 1 || digits > 1 && !starts_with_zero).then_some(number)
}
