//! `fault`: delays and aborts on purpose.

use core::time::Duration;

use serde::Serialize;

use crate::entropy::Entropy;
use crate::reply::has_no_body;

/// Part of a million, which is what Istio makes of a percentage (cutting off what is smaller).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fraction(u32);

impl Fraction {
    const WHOLE: u32 = 1_000_000;

    /// Always.
    pub const ALWAYS: Self = Self(Self::WHOLE);

    /// A `percentage.value`. What is below 0 or not a number is never, what is above 100 is always.
    pub fn from_percent(percent: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "Istio cuts off too, and `as` saturates"
        )]
        Self(((percent * 10_000.0) as u32).min(Self::WHOLE))
    }

    /// The value in parts of a million.
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// The value as a percentage.
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Draws whether it happens. Certain outcomes cost no draw.
    pub fn happens(self, entropy: &mut Entropy) -> bool {
        match self.0 {
            0 => false,
            Self::WHOLE => true,
            part => entropy.below(u64::from(Self::WHOLE)) < u64::from(part),
        }
    }
}

/// What an abort answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Abort {
    /// `httpStatus`.
    HttpStatus(u16),
    /// `grpcStatus` as its number; to a request that is not gRPC it is status 200 with a body.
    GrpcStatus(u8),
}

impl Abort {
    /// Whether the answer ends with its headers, to a client that is not gRPC.
    pub fn rules_out_body(self) -> bool {
        matches!(self, Self::HttpStatus(status) if has_no_body(status))
    }
}

/// `fault.delay`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// `fixedDelay`.
    pub duration: Duration,
    /// `percentage`; absent is never.
    pub fraction: Fraction,
}

/// `fault`. Delay and abort are drawn independently of each other. Source: Envoy's fault filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// Holds the request back.
    pub delay: Option<Delay>,
    /// Answers in place of the destination.
    pub abort: Option<(Abort, Fraction)>,
}

impl Fault {
    /// Draws what happens to one request.
    pub fn draw(&self, entropy: &mut Entropy) -> (Option<Duration>, Option<Abort>) {
        let delay = self
            .delay
            .filter(|delay| delay.fraction.happens(entropy))
            .map(|delay| delay.duration);
        let abort = self
            .abort
            .filter(|(_, fraction)| fraction.happens(entropy))
            .map(|(abort, _)| abort);
        (delay, abort)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_cut_off_at_a_millionth() {
        for (percent, part) in [
            (0.0, 0),
            (0.000_05, 0),
            (0.0001, 1),
            (50.0, 500_000),
            (100.0, 1_000_000),
            (f64::NAN, 0),
            (-1.0, 0),
        ] {
            assert_eq!(Fraction::from_percent(percent), Fraction(part), "{percent}");
        }
    }

    #[test]
    fn certain_outcomes_leave_the_entropy_alone() {
        let fault = Fault {
            delay: Some(Delay {
                duration: Duration::from_secs(1),
                fraction: Fraction::ALWAYS,
            }),
            abort: Some((Abort::HttpStatus(500), Fraction::default())),
        };
        let mut entropy = Entropy::new(7);
        assert_eq!(fault.draw(&mut entropy), (Some(Duration::from_secs(1)), None));
        assert_eq!(entropy.next_u64(), Entropy::new(7).next_u64());
    }
}
