//! Lengths of time.

use alloc::format;
use alloc::string::ToString;
use core::fmt;

use super::fraction;
use super::text::{ScalarError, written_as_text};

/// A length of time, as Go writes it: `1h30m`, `1.5s`, `100ms`, `0s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

written_as_text!(Duration, "a duration such as `1.5s`");

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds; saturates.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// In nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// In whole milliseconds, the rest dropped.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Reads Go's notation.
    ///
    /// # Errors
    /// Says what is wrong with the text, and how such a duration is written.
    pub fn parse(text: &str) -> Result<Self, ScalarError> {
        let (negative, body) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if body == "0" {
            return Ok(Self::ZERO);
        }
        let mut rest = body;
        let mut nanos: i128 = 0;
        loop {
            let (part, after) = duration_part(rest).ok_or_else(|| duration_error(text))?;
            nanos = nanos.saturating_add(part);
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let signed = if negative { -nanos } else { nanos };
        i64::try_from(signed).map(Self).map_err(|_| ScalarError {
            message: format!("the duration `{text}` is too long"),
            help: "the longest one is about 292 years".to_string(),
        })
    }
}

/// Reads one number with its unit; gives nanoseconds and the rest of the text.
fn duration_part(text: &str) -> Option<(i128, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, after) = text.split_at_checked(number_end)?;
    let unit_end = after
        .find(|c: char| c.is_ascii_digit() || c == '.')
        .unwrap_or(after.len());
    let (unit, rest) = after.split_at_checked(unit_end)?;
    let scale: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole_nanos = if whole.is_empty() {
        0
    } else {
        whole.parse::<i64>().ok()?.into()
    } * scale;
    Some((whole_nanos + fraction::of(fraction, scale)?, rest))
}

fn duration_error(text: &str) -> ScalarError {
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let help = if is_number {
        format!("add the unit: `{text}s` or `{text}ms`")
    } else {
        "write numbers with units (h, m, s, ms, us, ns), such as `1.5s`, `100ms` or `1h30m`".to_string()
    };
    ScalarError {
        message: format!("`{text}` is not a duration"),
        help,
    }
}

/// Writes seconds, as protobuf's JSON does: `2s`, `0.3s`.
impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        write!(f, "{sign}{}", nanos / 1_000_000_000)?;
        fraction::write_nanos(f, nanos % 1_000_000_000)?;
        f.write_str("s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, canonical) in [
            ("0s", "0s"),
            ("0", "0s"),
            ("1h30m", "5400s"),
            ("1.5s", "1.5s"),
            (".5s", "0.5s"),
            ("100ms", "0.1s"),
            ("300ms", "0.3s"),
            ("1us", "0.000001s"),
            ("-2s", "-2s"),
            ("1h0m2.000000001s", "3602.000000001s"),
        ] {
            assert_eq!(Duration::parse(text).unwrap().to_string(), canonical, "{text}");
        }
        for (text, help) in [
            ("5", "add the unit: `5s` or `5ms`"),
            ("5 s", "write numbers"),
            ("", "write numbers"),
            ("s", "write numbers"),
            (".s", "write numbers"),
            ("1d", "write numbers"),
            ("9999999h", "the longest one"),
        ] {
            let error = Duration::parse(text).unwrap_err();
            assert!(error.help.starts_with(help), "{text}: {error}");
        }
    }
}
