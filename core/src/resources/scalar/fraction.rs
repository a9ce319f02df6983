//! Digits after a point.

use core::fmt;

/// The part of `scale` that the digits after a point stand for.
pub(super) fn of(digits: &str, scale: i128) -> Option<i128> {
    let mut unit = scale;
    let mut sum = 0;
    for digit in digits.chars() {
        unit /= 10;
        sum += unit * i128::from(digit.to_digit(10)?);
    }
    Some(sum)
}

/// Writes so many billionths with their point; nothing where there are none.
pub(super) fn write_nanos(f: &mut fmt::Formatter<'_>, nanos: u64) -> fmt::Result {
    let digits = alloc::format!("{nanos:09}");
    match digits.trim_end_matches('0') {
        "" => Ok(()),
        digits => write!(f, ".{digits}"),
    }
}
