//! Classes of characters: `[…]`, `[[:alpha:]]`, `\d` and `\pL`.

use super::charset::CharSet;
use super::cursor::Cursor;
use super::error::{Problem, SyntaxError};
use super::{escape, unicode};

/// A class that has a name, before it is negated.
type Ranges<'r> = &'r [(u32, u32)];

const ALNUM: Ranges<'_> = &[(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)];
const ALPHA: Ranges<'_> = &[(0x41, 0x5a), (0x61, 0x7a)];
const ASCII: Ranges<'_> = &[(0, 0x7f)];
const BLANK: Ranges<'_> = &[(0x09, 0x09), (0x20, 0x20)];
const CNTRL: Ranges<'_> = &[(0, 0x1f), (0x7f, 0x7f)];
const DIGIT: Ranges<'_> = &[(0x30, 0x39)];
const GRAPH: Ranges<'_> = &[(0x21, 0x7e)];
const LOWER: Ranges<'_> = &[(0x61, 0x7a)];
const PRINT: Ranges<'_> = &[(0x20, 0x7e)];
const PUNCT: Ranges<'_> = &[(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)];
const SPACE: Ranges<'_> = &[(0x09, 0x0d), (0x20, 0x20)];
const UPPER: Ranges<'_> = &[(0x41, 0x5a)];
const WORD: Ranges<'_> = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];
const XDIGIT: Ranges<'_> = &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)];
/// `\s`, which has no vertical tab as `[[:space:]]` has.
const PERL_SPACE: Ranges<'_> = &[(0x09, 0x0a), (0x0c, 0x0d), (0x20, 0x20)];

/// Takes `[…]`.
pub(super) fn bracketed<'p>(cursor: &mut Cursor<'p>, ignore_case: bool) -> Result<CharSet, SyntaxError<'p>> {
    let before = *cursor;
    cursor.next();
    let negated = cursor.eat("^");
    let mut set = CharSet::default();
    // As the first character, `]` is one of the class.
    let mut first = true;
    while first || cursor.peek() != Some(']') {
        if cursor.is_at_end() {
            return Err(Problem::MissingBracket.of(before.rest()));
        }
        first = false;
        if let Some(named) = posix(cursor, ignore_case)? {
            set.add_all(&named);
        } else if let Some(named) = escaped(cursor, ignore_case)? {
            set.add_all(&named);
        } else {
            let (low, high) = range(cursor, before)?;
            set.add_cased(low, high, ignore_case);
        }
    }
    cursor.next();
    Ok(if negated { set.negated() } else { set })
}

/// Takes `\d`, `\pL`, `\p{Greek}` and their like, if one comes next.
pub(super) fn escaped<'p>(
    cursor: &mut Cursor<'p>,
    ignore_case: bool,
) -> Result<Option<CharSet>, SyntaxError<'p>> {
    let before = *cursor;
    let mut ahead = *cursor;
    if !ahead.eat("\\") {
        return Ok(None);
    }
    let (ranges, negated) = match ahead.next() {
        Some('d') => (DIGIT, false),
        Some('D') => (DIGIT, true),
        Some('s') => (PERL_SPACE, false),
        Some('S') => (PERL_SPACE, true),
        Some('w') => (WORD, false),
        Some('W') => (WORD, true),
        Some(letter @ ('p' | 'P')) => {
            *cursor = ahead;
            return property(cursor, before, letter == 'P', ignore_case).map(Some);
        }
        _ => return Ok(None),
    };
    *cursor = ahead;
    Ok(Some(CharSet::named(ranges, negated, ignore_case)))
}

/// What follows `\p`: one letter, or a name in braces. A `^` before the name negates it.
fn property<'p>(
    cursor: &mut Cursor<'p>,
    before: Cursor<'p>,
    negated: bool,
    ignore_case: bool,
) -> Result<CharSet, SyntaxError<'p>> {
    let start = *cursor;
    let name = if cursor.eat("{") {
        cursor
            .until("}")
            .ok_or_else(|| Problem::ClassRange.of(before.rest()))?
    } else {
        cursor.next();
        start.to(*cursor)
    };
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, !negated),
        None => (name, negated),
    };
    match unicode::class(name) {
        Some(ranges) => Ok(CharSet::named(&ranges, negated, ignore_case)),
        None => Err(Problem::ClassRange.of(before.to(*cursor))),
    }
}

/// Takes `[:alpha:]` or `[:^alpha:]`, if one comes next. Without its end, `[` is a character of the class.
fn posix<'p>(cursor: &mut Cursor<'p>, ignore_case: bool) -> Result<Option<CharSet>, SyntaxError<'p>> {
    let before = *cursor;
    let mut ahead = *cursor;
    if !ahead.eat("[:") {
        return Ok(None);
    }
    let Some(name) = ahead.until(":]") else {
        return Ok(None);
    };
    *cursor = ahead;
    let (name, negated) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let ranges = match name {
        "alnum" => ALNUM,
        "alpha" => ALPHA,
        "ascii" => ASCII,
        "blank" => BLANK,
        "cntrl" => CNTRL,
        "digit" => DIGIT,
        "graph" => GRAPH,
        "lower" => LOWER,
        "print" => PRINT,
        "punct" => PUNCT,
        "space" => SPACE,
        "upper" => UPPER,
        "word" => WORD,
        "xdigit" => XDIGIT,
        _ => return Err(Problem::ClassRange.of(before.to(ahead))),
    };
    Ok(Some(CharSet::named(ranges, negated, ignore_case)))
}

/// Takes one character or a range. A `-` is a character wherever it makes no range.
fn range<'p>(cursor: &mut Cursor<'p>, class: Cursor<'p>) -> Result<(u32, u32), SyntaxError<'p>> {
    let before = *cursor;
    let low = member(cursor, class)?;
    let mut ahead = *cursor;
    if !ahead.eat("-") || ahead.is_at_end() || ahead.peek() == Some(']') {
        return Ok((low, low));
    }
    *cursor = ahead;
    let high = member(cursor, class)?;
    if high < low {
        return Err(Problem::ClassRange.of(before.to(*cursor)));
    }
    Ok((low, high))
}

fn member<'p>(cursor: &mut Cursor<'p>, class: Cursor<'p>) -> Result<u32, SyntaxError<'p>> {
    if cursor.peek() == Some('\\') {
        return escape::character(cursor);
    }
    let next = cursor.next();
    next.map(u32::from)
        .ok_or_else(|| Problem::MissingBracket.of(class.rest()))
}
