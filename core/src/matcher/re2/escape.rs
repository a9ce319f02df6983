//! Escapes that stand for one character.

use super::cursor::Cursor;
use super::error::{Problem, SyntaxError};

const LAST_CHARACTER: u32 = 0x0010_ffff;

/// Takes a backslash and what belongs to it.
pub(super) fn character<'p>(cursor: &mut Cursor<'p>) -> Result<u32, SyntaxError<'p>> {
    let before = *cursor;
    cursor.next();
    if cursor.is_at_end() {
        return Err(Problem::TrailingBackslash.of(""));
    }
    escaped(cursor).ok_or_else(|| Problem::Escape.of(before.to(*cursor)))
}

fn escaped(cursor: &mut Cursor<'_>) -> Option<u32> {
    match cursor.next()? {
        'a' => Some(0x07),
        't' => Some(0x09),
        'n' => Some(0x0a),
        'v' => Some(0x0b),
        'f' => Some(0x0c),
        'r' => Some(0x0d),
        'x' => hexadecimal(cursor),
        '0' => Some(octal(0, cursor)),
        // One digit alone would be a reference to a group.
        first @ '1'..='7' => {
            cursor.peek().filter(|next| next.is_digit(8))?;
            Some(octal(first.to_digit(8)?, cursor))
        }
        sign if sign.is_ascii() && !sign.is_ascii_alphanumeric() => Some(u32::from(sign)),
        _ => None,
    }
}

/// Up to two more digits.
fn octal(first: u32, cursor: &mut Cursor<'_>) -> u32 {
    let mut code = first;
    for _ in 0..2 {
        let Some(digit) = cursor.peek().and_then(|next| next.to_digit(8)) else {
            break;
        };
        cursor.next();
        code = code * 8 + digit;
    }
    code
}

/// Two digits, or any number of them in braces.
fn hexadecimal(cursor: &mut Cursor<'_>) -> Option<u32> {
    if !cursor.eat("{") {
        let high = cursor.next()?;
        let low = cursor.next()?;
        return Some(high.to_digit(16)? * 16 + low.to_digit(16)?);
    }
    let mut code = cursor.next()?.to_digit(16)?;
    loop {
        match cursor.next()? {
            '}' => return Some(code),
            digit => code = code * 16 + digit.to_digit(16)?,
        }
        if code > LAST_CHARACTER {
            return None;
        }
    }
}
