//! One case at length: what is written, what was decided and why, what does not hold.

use std::io::{self, Write};

use mainsheet_core::entropy::Entropy;
use mainsheet_core::request::Request as CoreRequest;
use mainsheet_core::table::PathCache;
use mainsheet_core::trace::Trace;
use mainsheet_core::view::{DecisionView, Explanation};
use serde::Deserialize;
use serde_json::Value;

use super::request::Request;
use super::run::{Named, Prepared, Verdict};
use crate::subject::World;

/// Whether `wanted` names the case, or one of its exchanges as `case/exchange`.
pub fn names(wanted: &str, id: &str) -> bool {
    wanted
        .strip_prefix(id)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Writes the case with the exchanges that are wanted; `outcomes` are those of one subject.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    out: &mut impl Write,
    wanted: &str,
    prepared: &Prepared,
    outcomes: &[(&str, Vec<Named>)],
) -> io::Result<()> {
    let case = &prepared.case;
    writeln!(
        out,
        "case {}\nproxy {}",
        case.id,
        Value::Object(case.proxy.clone())
    )?;
    writeln!(out, "mesh {}\n", Value::Object(case.mesh.clone()))?;
    for (number, line) in (1..).zip(case.resources.lines()) {
        writeln!(out, "{number:5}  {line}")?;
    }
    if let Err(error) = &prepared.world {
        writeln!(out, "\n{error}")?;
    }
    let wanted = wanted
        .strip_prefix(&case.id)
        .and_then(|rest| rest.strip_prefix('/'));
    for exchange in &case.exchanges {
        let name = exchange.get("name").and_then(Value::as_str).unwrap_or_default();
        if wanted.is_some_and(|wanted| wanted != name) {
            continue;
        }
        writeln!(out, "\nexchange {name}")?;
        for key in ["request", "expect", "backendResponse", "skip", "derived"] {
            if let Some(value) = exchange.get(key).filter(|value| !value.is_null()) {
                writeln!(out, "{key} {value:#}")?;
            }
        }
        if let Ok(world) = &prepared.world {
            decision(out, world, exchange)?;
        }
        verdicts(out, name, outcomes)?;
    }
    if case.exchanges.is_empty() {
        verdicts(out, "resources", outcomes)?;
    }
    Ok(())
}

fn decision(out: &mut impl Write, world: &World, exchange: &Value) -> io::Result<()> {
    let question = exchange
        .get("request")
        .and_then(|request| Request::deserialize(request).ok())
        .and_then(|request| request.question(crate::subject::Answer::default()));
    let headers = question
        .as_ref()
        .and_then(|question| question.headers_at_filter(&world.config, world.proxy.kind));
    let (Some(question), Some(headers)) = (question, headers) else {
        return writeln!(out, "no decision: the request does not get to a filter");
    };
    let request = CoreRequest::new(question.port, &headers);
    let mut trace = Trace::default();
    let decision = world.compiled.table.decide(
        &request,
        &mut Entropy::new(question.draw),
        &mut PathCache::default(),
        &mut trace,
    );
    let explanation = Explanation {
        decision: DecisionView::new(&decision, &request),
        trace,
    };
    let text = serde_json::to_string_pretty(&explanation).map_err(io::Error::other)?;
    writeln!(out, "decision and trace {text}")
}

fn verdicts(out: &mut impl Write, name: &str, outcomes: &[(&str, Vec<Named>)]) -> io::Result<()> {
    for (subject, outcomes) in outcomes {
        for (_, verdict) in outcomes.iter().filter(|(exchange, _)| exchange == name) {
            match verdict {
                Verdict::Passed => writeln!(out, "{subject}: passed")?,
                Verdict::Skipped(reason) => writeln!(out, "{subject}: skipped, {reason}")?,
                Verdict::Failed(mismatches) => {
                    writeln!(out, "{subject}: failed")?;
                    for mismatch in mismatches {
                        writeln!(out, "  {mismatch}")?;
                    }
                }
            }
        }
    }
    Ok(())
}
