//! Retries that have no time, or nothing to retry.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::written::{Written, rules};
use crate::diagnostic::{Diagnostic, Severity};
use crate::resources::virtual_service::HTTPRetry;
use crate::resources::{Bundle, Duration};

const CODE: &str = "retries-out-of-time";

pub(super) fn findings(bundle: &Bundle) -> Vec<Diagnostic> {
    rules(bundle).filter_map(|rule| finding(&rule)).collect()
}

fn finding(written: &Written<'_>) -> Option<Diagnostic> {
    let retries = written
        .rule
        .retries
        .as_ref()
        .filter(|retries| retries.attempts > 0)?;
    let answer = if written.rule.redirect.is_some() {
        Some("a redirect")
    } else {
        written.rule.direct_response.as_ref().map(|_| "a direct response")
    };
    if let Some(answer) = answer {
        let message = format!("nothing is ever retried: the proxy gives {answer} by itself");
        let found = written.found(Severity::Warning, CODE, ".retries", message);
        return Some(found.help("remove retries"));
    }
    let each = nanoseconds(retries.per_try_timeout)?;
    let whole = nanoseconds(written.rule.timeout)?;
    if each >= whole {
        return Some(no_time(written, each, whole));
    }
    too_many(written, retries, each, whole)
}

/// Absence, and zero, are no limit.
fn nanoseconds(duration: Option<Duration>) -> Option<u64> {
    let nanoseconds = u64::try_from(duration?.as_nanos()).ok()?;
    Some(nanoseconds).filter(|nanoseconds| *nanoseconds > 0)
}

fn no_time(written: &Written<'_>, each: u64, whole: u64) -> Diagnostic {
    let message = format!(
        "perTryTimeout {} never strikes, as timeout {} ends the whole request: a try that hangs is not retried",
        seconds(each),
        seconds(whole)
    );
    written
        .found(Severity::Warning, CODE, ".retries.perTryTimeout", message)
        .help("make perTryTimeout shorter than timeout, which is for all tries together")
}

/// Try number `n` begins when `n - 1` tries have had their time; the pauses between them can be as good as none.
fn too_many(written: &Written<'_>, retries: &HTTPRetry, each: u64, whole: u64) -> Option<Diagnostic> {
    let attempts = u64::try_from(retries.attempts).ok()?;
    let needed = each.checked_mul(attempts)?;
    if needed < whole {
        return None;
    }
    let possible = whole.div_ceil(each) - 1;
    let what = match possible {
        0 => "none of the retries begins".into(),
        1 => "only the first retry begins".into(),
        several => format!("only {several} retries begin"),
    };
    let (each, needed, whole) = (seconds(each), seconds(needed), seconds(whole));
    let message = format!(
        "where tries hang, {what}: {attempts} × {each} = {needed} pass before the last one, and timeout is {whole}"
    );
    let help = format!(
        "a timeout for all tries is longer than {needed}; or write fewer attempts or a shorter perTryTimeout"
    );
    let found = written.found(Severity::Info, CODE, ".retries.attempts", message);
    Some(found.help(help))
}

/// `2s`, `1.5s`, `250ms`.
fn seconds(nanoseconds: u64) -> String {
    let milliseconds = nanoseconds / 1_000_000;
    match (milliseconds / 1000, milliseconds % 1000) {
        (whole, 0) => format!("{whole}s"),
        (0, part) => format!("{part}ms"),
        (whole, part) => {
            let part = format!("{part:03}");
            format!("{whole}.{}s", part.trim_end_matches('0'))
        }
    }
}
