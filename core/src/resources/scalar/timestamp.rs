//! Points in time.

use alloc::format;
use alloc::string::ToString;
use core::fmt;

use super::fraction;
use super::text::{ScalarError, written_as_text};

/// A point in time. Parsed from RFC 3339, ordered, written in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds after that second.
    pub nanos: u32,
}

written_as_text!(Timestamp, "a time such as `2023-01-31T12:00:00Z`");

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
    let nanos = u32::try_from(fraction::of(fraction, 1_000_000_000)?).ok()?;
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
        fraction::write_nanos(f, self.nanos.into())?;
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
