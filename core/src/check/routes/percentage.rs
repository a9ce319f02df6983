//! Faults and mirrors that do not say how often: a fault is then never, a mirror always.
//! Source: Istio `TranslateFault`, `TranslateRequestMirrorPolicy`.

use alloc::format;
use alloc::vec::Vec;

use super::written::{Written, rules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::Bundle;

const CODE: &str = "percentage-missing";

pub(super) fn findings(bundle: &Bundle) -> Vec<Diagnostic> {
    rules(bundle)
        .flat_map(|rule| faults(&rule).into_iter().chain(mirrors(&rule)))
        .collect()
}

fn faults(written: &Written<'_>) -> Vec<Diagnostic> {
    let Some(fault) = &written.rule.fault else {
        return Vec::new();
    };
    let delay = fault.delay.as_ref();
    let delay = delay.filter(|delay| delay.percentage.is_none() && delay.percent == 0);
    let abort = fault.abort.as_ref().filter(|abort| abort.percentage.is_none());
    let never = |name: &str| {
        let message = format!("the {name} never happens: without percentage it is for 0 % of the requests");
        written
            .found(Severity::Warning, CODE, &format!(".fault.{name}"), message)
            .help("write percentage: {value: 100}, or a smaller share")
    };
    let delay = delay.map(|_| never("delay"));
    delay.into_iter().chain(abort.map(|_| never("abort"))).collect()
}

fn mirrors(written: &Written<'_>) -> Vec<Diagnostic> {
    let rule = written.rule;
    let always = |behind: &str, field: &str| {
        let message = "all requests are copied: without percentage it is for 100 % of them";
        written.found(Severity::Info, CODE, behind, message).help(format!(
            "write {field}: {{value: 100}} if that is meant, or a smaller share"
        ))
    };
    let unsaid = rule.mirror_percentage.is_none() && rule.mirror_percent.is_none();
    let single = rule.mirror.as_ref().filter(|_| unsaid);
    let single = single.map(|_| always(".mirror", "mirrorPercentage"));
    let several = rule.mirrors.iter().enumerate();
    let several = several.filter(|(_, mirror)| mirror.percentage.is_none());
    let several = several.map(|(index, _)| always(&format!(".mirrors[{index}]"), "percentage"));
    single.into_iter().chain(several).collect()
}
