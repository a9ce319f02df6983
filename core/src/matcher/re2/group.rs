//! `(`, and what may follow it: names and flags.

use super::cursor::Cursor;
use super::error::{Problem, SyntaxError};
use super::parser::{Flags, Parser};
use super::unicode;

impl<'p> Parser<'p> {
    /// `(`, `(?flags)`, `(?flags:`, `(?P<name>` and `(?<name>`.
    pub(super) fn open(&mut self) -> Result<(), SyntaxError<'p>> {
        let before = self.cursor;
        if !self.cursor.eat("(?") {
            self.cursor.next();
            return self.open_group(true);
        }
        if ["<=", "<!", "=", "!"].iter().any(|look| self.cursor.eat(look)) {
            return Err(Problem::PerlSyntax.of(before.to(self.cursor)));
        }
        if self.cursor.eat("P<") || self.cursor.eat("<") {
            return self.open_named(before);
        }
        let (flags, opens) = self.flags(before)?;
        if opens {
            self.open_group(false)?;
        }
        self.flags = flags;
        Ok(())
    }

    fn open_named(&mut self, before: Cursor<'p>) -> Result<(), SyntaxError<'p>> {
        let Some(name) = self.cursor.until(">") else {
            return Err(Problem::GroupName.of(before.rest()));
        };
        if name.is_empty() || !name.chars().all(unicode::is_name) {
            return Err(Problem::GroupName.of(before.to(self.cursor)));
        }
        self.open_group(true)
    }

    /// The flags that hold from here on, and whether a group begins.
    fn flags(&mut self, before: Cursor<'p>) -> Result<(Flags, bool), SyntaxError<'p>> {
        let mut flags = self.flags;
        let mut on = true;
        // `(?-)` switches nothing off.
        let mut complete = true;
        loop {
            match self.cursor.next() {
                Some('i') => flags.ignore_case = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('U') => flags.ungreedy = on,
                Some('-') if on => {
                    on = false;
                    complete = false;
                    continue;
                }
                Some(end @ (')' | ':')) if complete => return Ok((flags, end == ':')),
                _ => return Err(Problem::PerlSyntax.of(before.to(self.cursor))),
            }
            complete = true;
        }
    }
}
