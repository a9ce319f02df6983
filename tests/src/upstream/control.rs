//! What the request wants the upstream to do.

use std::time::Duration;

use hyper::HeaderMap;

/// The parsed `x-echo-…` headers; what cannot be read is ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Control {
    pub(super) status: Option<u16>,
    pub(super) failures: u32,
    pub(super) delay: Option<Duration>,
    pub(super) headers: Vec<(String, String)>,
}

impl Control {
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::trim)
        };
        Self {
            status: text("x-echo-status").and_then(|text| text.parse().ok()),
            failures: text("x-echo-fail")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            delay: text("x-echo-delay").and_then(parse_duration),
            headers: text("x-echo-headers").map(parse_headers).unwrap_or_default(),
        }
    }

    /// The status of this attempt, counted from 1.
    pub(super) fn status_of(&self, attempt: u32) -> u16 {
        match (self.failures, attempt <= self.failures) {
            (0, _) => self.status.unwrap_or(200),
            (_, true) => self.status.unwrap_or(503),
            (_, false) => 200,
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    if let Some(number) = text.strip_suffix("ms") {
        return number.trim().parse().ok().map(Duration::from_millis);
    }
    text.strip_suffix('s')?
        .trim()
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

fn parse_headers(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse_duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(parse_duration("-1s"), None);
        assert_eq!(parse_duration("10"), None);
    }

    #[test]
    fn the_first_attempts_fail_and_later_ones_do_not() {
        let control = Control {
            failures: 2,
            ..Control::default()
        };
        assert_eq!(
            [1, 2, 3].map(|attempt| control.status_of(attempt)),
            [503, 503, 200]
        );
        let control = Control {
            failures: 1,
            status: Some(429),
            ..Control::default()
        };
        assert_eq!([1, 2].map(|attempt| control.status_of(attempt)), [429, 200]);
        let control = Control {
            status: Some(404),
            ..Control::default()
        };
        assert_eq!(control.status_of(1), 404);
    }
}
