//! Results, for people and for programs.

mod github;
mod json;
mod junit;
mod tap;
mod text;

use super::outcome::{CaseResult, Results};
use super::{Format, TestArgs};
use crate::error::Result;
use crate::output;

/// Prints everything in the form that was asked for.
pub(super) fn print(args: &TestArgs, results: &Results) -> Result<()> {
    if !results.warnings.is_empty() {
        output::note(&results.warnings);
    }
    let text = match args.format {
        Format::Text => text::report(results, args.verbose, args.coverage || args.fail_under.is_some()),
        Format::Json => json::report(results)?,
        Format::Junit => junit::report(results)?,
        Format::Tap => tap::report(results),
        Format::Github => github::report(results),
    };
    output::line(text.trim_end());
    Ok(())
}

/// Why a case has failed, line by line and without colours.
fn reasons(case: &CaseResult) -> Vec<String> {
    let mut lines = vec![case.request.clone()];
    lines.extend(case.differences.iter().map(|difference| {
        format!(
            "{}: expected {}, got {}",
            difference.field, difference.expected, difference.got
        )
    }));
    lines.extend(case.error.clone());
    lines.extend(case.rule.iter().map(|rule| format!("decided by {rule}")));
    if let Some(nearest) = &case.nearest {
        lines.push(format!("nearly by {}", nearest.place));
        lines.extend(nearest.because.iter().map(|reason| format!("  {reason}")));
    }
    lines.extend(case.notes.iter().cloned());
    lines
}

/// A text without escape sequences.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
