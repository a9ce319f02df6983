//! The pattern, token by token.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look};

use super::charset::{self, CharSet};
use super::cursor::Cursor;
use super::error::{Problem, SyntaxError};
use super::{NESTING_LIMIT, Parsed, class, escape};

/// What `(?…)` switches.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`
    pub(super) ignore_case: bool,
    /// `m`: `^` and `$` match at lines too.
    pub(super) multi_line: bool,
    /// `s`: `.` takes a newline too.
    pub(super) dot_all: bool,
    /// `U`: `x*` takes as little as it can, and `x*?` as much.
    pub(super) ungreedy: bool,
}

/// A part of the pattern.
pub(super) struct Item {
    pub(super) hir: Hir,
    /// How many copies of one character the counted repetitions in it make.
    pub(super) copies: u32,
}

/// A group that is not closed yet, or the pattern itself.
#[derive(Default)]
struct Group {
    /// The number of a capturing group.
    number: Option<u32>,
    /// What holds again when it is closed.
    flags: Flags,
    /// The alternatives before the present one.
    branches: Vec<Item>,
    /// The present one.
    items: Vec<Item>,
}

pub(super) struct Parser<'p> {
    pattern: &'p str,
    pub(super) cursor: Cursor<'p>,
    pub(super) flags: Flags,
    /// The groups around the present one, outermost first.
    outer: Vec<Group>,
    group: Group,
    groups: u32,
    /// Where the repetition operator begins that has just been read.
    pub(super) repetition: Option<Cursor<'p>>,
}

impl<'p> Parser<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self {
            pattern,
            cursor: Cursor::new(pattern),
            flags: Flags::default(),
            outer: Vec::new(),
            group: Group::default(),
            groups: 0,
            repetition: None,
        }
    }

    pub(super) fn parse(mut self) -> Result<Parsed, SyntaxError<'p>> {
        while !self.cursor.is_at_end() {
            let before = self.cursor;
            self.repetition = self.token()?.then_some(before);
        }
        if !self.outer.is_empty() {
            return Err(Problem::MissingParenthesis.of(self.pattern));
        }
        Ok(Parsed {
            hir: self.group.close().hir,
            groups: usize::try_from(self.groups).unwrap_or(usize::MAX),
        })
    }

    /// Reads one token, and says whether it was a repetition operator.
    fn token(&mut self) -> Result<bool, SyntaxError<'p>> {
        if let Some(repetition) = self.repetition_operator() {
            self.repeat(repetition)?;
            return Ok(true);
        }
        match self.cursor.peek() {
            Some('(') => self.open()?,
            Some(')') => self.close()?,
            Some('[') => {
                let class = class::bracketed(&mut self.cursor, self.flags.ignore_case)?;
                self.push(class.into_hir());
            }
            Some('\\') => self.backslash()?,
            _ => self.plain(),
        }
        Ok(false)
    }

    fn plain(&mut self) {
        match self.cursor.next() {
            Some('|') => self.group.end_branch(),
            Some('^') if self.flags.multi_line => self.push(Hir::look(Look::StartLF)),
            Some('^') => self.push(Hir::look(Look::Start)),
            Some('$') if self.flags.multi_line => self.push(Hir::look(Look::EndLF)),
            Some('$') => self.push(Hir::look(Look::End)),
            Some('.') => self.push(CharSet::dot(self.flags.dot_all).into_hir()),
            Some(literal) => self.push_literal(u32::from(literal)),
            None => {}
        }
    }

    fn backslash(&mut self) -> Result<(), SyntaxError<'p>> {
        if self.cursor.eat(r"\b") {
            self.push(Hir::look(Look::WordAscii));
        } else if self.cursor.eat(r"\B") {
            self.push(Hir::look(Look::WordAsciiNegate));
        } else if self.cursor.eat(r"\A") {
            self.push(Hir::look(Look::Start));
        } else if self.cursor.eat(r"\z") {
            self.push(Hir::look(Look::End));
        } else if self.cursor.eat(r"\C") {
            let any = ClassBytes::new([ClassBytesRange::new(0, u8::MAX)]);
            self.push(Hir::class(Class::Bytes(any)));
        } else if self.cursor.eat(r"\Q") {
            self.quoted();
        } else if let Some(class) = class::escaped(&mut self.cursor, self.flags.ignore_case)? {
            self.push(class.into_hir());
        } else {
            let literal = escape::character(&mut self.cursor)?;
            self.push_literal(literal);
        }
        Ok(())
    }

    /// `\Q…\E`; without an end, all that follows.
    fn quoted(&mut self) {
        while !self.cursor.eat(r"\E") {
            let Some(literal) = self.cursor.next() else {
                return;
            };
            self.push_literal(u32::from(literal));
        }
    }

    fn push_literal(&mut self, literal: u32) {
        let hir = if self.flags.ignore_case {
            let mut cases = CharSet::default();
            cases.add_folded(literal, literal);
            cases.into_hir()
        } else {
            charset::literal(literal)
        };
        self.push(hir);
    }

    fn push(&mut self, hir: Hir) {
        self.push_item(Item { hir, copies: 1 });
    }

    pub(super) fn push_item(&mut self, item: Item) {
        self.group.items.push(item);
    }

    /// What a repetition operator repeats.
    pub(super) fn pop_item(&mut self) -> Option<Item> {
        self.group.items.pop()
    }

    /// Opens a group, which restores the present flags when it is closed.
    pub(super) fn open_group(&mut self, captures: bool) -> Result<(), SyntaxError<'p>> {
        if self.outer.len() >= NESTING_LIMIT {
            return Err(Problem::NestsTooDeeply.of(""));
        }
        let number = captures.then(|| {
            self.groups = self.groups.saturating_add(1);
            self.groups
        });
        let group = Group {
            number,
            flags: self.flags,
            ..Group::default()
        };
        self.outer.push(mem::replace(&mut self.group, group));
        Ok(())
    }

    fn close(&mut self) -> Result<(), SyntaxError<'p>> {
        let Some(outer) = self.outer.pop() else {
            return Err(Problem::UnexpectedParenthesis.of(self.pattern));
        };
        self.cursor.next();
        let group = mem::replace(&mut self.group, outer);
        self.flags = group.flags;
        self.push_item(group.close());
        Ok(())
    }
}

impl Group {
    fn end_branch(&mut self) {
        let items = mem::take(&mut self.items);
        self.branches.push(Item::of(items, Hir::concat));
    }

    fn close(mut self) -> Item {
        self.end_branch();
        let item = Item::of(self.branches, Hir::alternation);
        let Some(index) = self.number else {
            return item;
        };
        // No name: RE2 lets two groups have the same one, and nothing here asks for a group by its name.
        let capture = Capture {
            index,
            name: None,
            sub: Box::new(item.hir),
        };
        Item {
            hir: Hir::capture(capture),
            copies: item.copies,
        }
    }
}

impl Item {
    fn of(items: Vec<Self>, join: impl FnOnce(Vec<Hir>) -> Hir) -> Self {
        let copies = items.iter().map(|item| item.copies).max().unwrap_or(1);
        let hirs = items.into_iter().map(|item| item.hir).collect();
        Self {
            hir: join(hirs),
            copies,
        }
    }
}
