//! `mirror` and `mirrors`. Source: Istio `TranslateRequestMirrorPolicy`.

use alloc::vec::Vec;

use super::actions::RuleScope;
use crate::action::{Fraction, Mirror};
use crate::report::Report;

/// Percent are hundredths here, and millionths where the percentage is a number with a fraction.
const WHOLE: f64 = 100.0;

/// `mirror` first, then `mirrors`; an absent percentage is always, and what is never happens is left out.
pub(super) fn compile(scope: &RuleScope<'_>, report: &mut Report) -> Vec<Mirror> {
    let route = &scope.rule.route;
    let deprecated = route.mirror_percent.map(f64::from);
    let percentage = route.mirror_percentage.as_ref().map(|percent| percent.value);
    let single = route.mirror.as_ref().map(|mirror| Mirror {
        cluster: scope.listener.cluster(mirror),
        fraction: Fraction::from_percent(percentage.or(deprecated).unwrap_or(WHOLE)),
    });
    let field = scope.field.name("mirrors");
    let several = route.mirrors.iter().enumerate().filter_map(|(index, mirror)| {
        let Some(destination) = &mirror.destination else {
            let message = "destination is required for mirrors";
            let help = "name a destination.host";
            scope.error(report, &field.index(index), "missing-destination", message, help);
            return None;
        };
        let percentage = mirror.percentage.as_ref().map(|percent| percent.value);
        Some(Mirror {
            cluster: scope.listener.cluster(destination),
            fraction: Fraction::from_percent(percentage.unwrap_or(WHOLE)),
        })
    });
    single
        .into_iter()
        .chain(several)
        .filter(|mirror| mirror.fraction != Fraction::default())
        .collect()
}
