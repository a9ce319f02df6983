//! Durations, percentages, points in time, and numbers that may be names.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Name under which [`Duration`] asks a deserializer for its text.
pub(crate) const DURATION: &str = "Duration";
/// Name under which [`Timestamp`] asks a deserializer for its text.
pub(crate) const TIMESTAMP: &str = "Timestamp";
/// The same for a number that may be a name.
pub(crate) const INT_OR_STRING: &str = "IntOrString";

/// Whether a field can be left out on output.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Why a text is no scalar of the wanted type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalarError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for ScalarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.help)
    }
}

/// A length of time, as Go writes it: `1h30m`, `1.5s`, `100ms`, `0s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

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
    Some((whole_nanos + fraction_of(fraction, scale)?, rest))
}

/// The part of `scale` that the digits after a point stand for.
fn fraction_of(digits: &str, scale: i128) -> Option<i128> {
    let mut unit = scale;
    let mut sum = 0;
    for digit in digits.chars() {
        unit /= 10;
        sum += unit * i128::from(digit.to_digit(10)?);
    }
    Some(sum)
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
        let fraction = format!("{:09}", nanos % 1_000_000_000);
        let digits = fraction.trim_end_matches('0');
        if !digits.is_empty() {
            write!(f, ".{digits}")?;
        }
        f.write_str("s")
    }
}

/// A share in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Percent {
    /// From 0 to 100.
    #[serde(skip_serializing_if = "is_default")]
    pub value: f64,
}

/// A point in time. Parsed from RFC 3339, ordered, written in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds after that second.
    pub nanos: u32,
}

impl Timestamp {
    /// Reads RFC 3339: `2023-01-01T00:00:00Z`, `2023-01-01T00:00:00.25+02:00`.
    ///
    /// # Errors
    /// Says how such a point in time is written.
    pub fn parse(text: &str) -> Result<Self, ScalarError> {
        parse_timestamp(text).ok_or_else(|| ScalarError {
            message: format!("`{text}` is not a point in time"),
            help: "write it as `2023-01-31T12:00:00Z`".to_string(),
        })
    }
}

fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date_parts = date.splitn(3, '-');
    let year = number(date_parts.next()?, 4, 9999)?;
    let month = number(date_parts.next()?, 2, 12)?;
    let day = number(date_parts.next()?, 2, 31)?;
    let (clock, offset) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock_parts = clock.splitn(3, ':');
    let hour = number(clock_parts.next()?, 2, 23)?;
    let minute = number(clock_parts.next()?, 2, 59)?;
    let second = number(clock_parts.next()?, 2, 60)?;
    if month == 0 || day == 0 || fraction.is_empty() {
        return None;
    }
    let nanos = u32::try_from(fraction_of(fraction, 1_000_000_000)?).ok()?;
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    Some(Timestamp { seconds, nanos })
}

/// A number of exactly so many digits that is not too large.
fn number(text: &str, digits: usize, max: i64) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|value| plain && *value <= max)
}

/// Splits `12:00:00+02:00` into the clock and the offset in seconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let (clock, offset) = time.rsplit_once(['+', '-'])?;
    let (hours, minutes) = offset.split_once(':')?;
    let seconds = number(hours, 2, 23)? * 3_600 + number(minutes, 2, 59)? * 60;
    let behind = time.contains('-');
    Some((clock, if behind { -seconds } else { seconds }))
}

/// Days since 1970-01-01 in the Gregorian calendar, which is counted in eras of 400 years from March on.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        write!(f, "{year:04}-{month:02}-{day:02}T")?;
        write!(
            f,
            "{:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        )?;
        if self.nanos > 0 {
            let fraction = format!("{:09}", self.nanos);
            write!(f, ".{}", fraction.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Reads a scalar from its text.
struct TextVisitor<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, ScalarError>,
}

impl<'de, T> Visitor<'de> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(E::custom)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = TextVisitor {
            expected: "a duration such as `1.5s`",
            parse: Self::parse,
        };
        deserializer.deserialize_newtype_struct(DURATION, visitor)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = TextVisitor {
            expected: "a time such as `2023-01-31T12:00:00Z`",
            parse: Self::parse,
        };
        deserializer.deserialize_newtype_struct(TIMESTAMP, visitor)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A port by number or by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// By number.
    Int(i64),
    /// By name.
    String(String),
}

struct IntOrStringVisitor;

impl<'de> Visitor<'de> for IntOrStringVisitor {
    type Value = IntOrString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a name")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<IntOrString, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<IntOrString, E> {
        Ok(IntOrString::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<IntOrString, E> {
        i64::try_from(value).map(IntOrString::Int).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<IntOrString, E> {
        Ok(value
            .parse()
            .map_or_else(|_| IntOrString::String(value.to_string()), IntOrString::Int))
    }
}

impl<'de> Deserialize<'de> for IntOrString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(INT_OR_STRING, IntOrStringVisitor)
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

    #[test]
    fn timestamps_are_ordered_by_time() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        assert_eq!(at("1970-01-01T00:00:00Z").seconds, 0);
        assert_eq!(at("2023-01-01T00:00:00Z").seconds, 1_672_531_200);
        assert_eq!(at("2024-02-29T01:00:00+01:00"), at("2024-02-29T00:00:00Z"));
        assert_eq!(at("2024-02-28T19:00:00-05:00"), at("2024-02-29T00:00:00Z"));
        assert!(at("2023-01-01T00:00:00.25Z") > at("2023-01-01T00:00:00.2Z"));
        for text in [
            "2023-01-01T00:00:00.25Z",
            "2000-02-29T23:59:59Z",
            "1969-12-31T23:59:59Z",
            "2023-12-31T00:00:00Z",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
        for text in [
            "2023-01-01",
            "2023-1-1T00:00:00Z",
            "2023-01-01T00:00:00",
            "x",
            "2023-01-01T24:00:00Z",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }
}
