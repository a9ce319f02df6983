//! Cutting a failing trial down: what can be taken away without the failure going with it is taken away.
//!
//! It works on the trial as a tree: resources, rules, match blocks, conditions, headers are all elements of
//! lists or fields of objects. What then no longer compiles does not fail, and stays.

use mainsheet_core::sent::SentRequest;
use serde_json::Value;

use super::decider::Decider;
use super::trial::{Trial, Verdict};

/// Keys whose values are names of kinds; shortening them only costs time.
const FIXED: [&str; 2] = ["apiVersion", "kind"];

/// The smallest trial on which the same decider still disagrees, and its verdict there.
pub fn shrink(trial: &Trial, verdict: &Verdict, deciders: &mut [Box<dyn Decider>]) -> (Trial, Verdict) {
    let position = deciders
        .iter()
        .position(|decider| decider.name() == verdict.decider)
        .unwrap_or_default();
    let culprit = deciders.get_mut(position..=position).unwrap_or_default();
    let mut best = (trial.clone(), verdict.clone());
    let mut run = |candidate: &Trial| candidate.run(culprit).filter(|found| is_alike(found, verdict));
    for candidate in fewer_requests(trial, verdict) {
        if let Some(verdict) = run(&candidate) {
            best = (candidate, verdict);
            break;
        }
    }
    let Ok(mut tree) = serde_json::to_value(&best.0) else {
        return best;
    };
    let mut accept = |tree: &Value| {
        let candidate: Option<Trial> = serde_json::from_value(tree.clone()).ok();
        let failed = candidate.and_then(|candidate| Some((run(&candidate)?, candidate)));
        failed.is_some_and(|(verdict, candidate)| {
            best = (candidate, verdict);
            true
        })
    };
    while reduce(&mut tree, "", &mut accept) {}
    best
}

/// Whether it differs in the same part: another failure on the way would lead elsewhere.
fn is_alike(found: &Verdict, wanted: &Verdict) -> bool {
    let part = |verdict: &Verdict| verdict.disagreements.first().map(|first| first.part.clone());
    part(found) == part(wanted)
}

/// The request alone with the draws of the corpus, or with its own; else all up to it.
fn fewer_requests(trial: &Trial, verdict: &Verdict) -> Vec<Trial> {
    let Some((index, seed)) = verdict.request else {
        return Vec::new();
    };
    let with = |requests: &[SentRequest], seed| Trial {
        requests: requests.to_vec(),
        seed,
        ..trial.clone()
    };
    let alone = trial.requests.get(index..=index).unwrap_or_default();
    let until = trial.requests.get(..=index).unwrap_or_default();
    vec![with(alone, 1), with(alone, seed), with(until, trial.seed)]
}

/// Is told a whole tree; whether it still fails.
type Accept<'a> = dyn FnMut(&Value) -> bool + 'a;

/// Makes the part of `tree` at `pointer` smaller wherever the whole is still accepted; whether it could.
pub fn reduce(tree: &mut Value, pointer: &str, accept: &mut Accept<'_>) -> bool {
    match tree.pointer(pointer) {
        Some(Value::Array(_)) => reduce_array(tree, pointer, accept),
        Some(Value::Object(_)) => reduce_object(tree, pointer, accept),
        Some(Value::String(text)) => {
            let text = text.clone();
            reduce_string(tree, pointer, &text, accept)
        }
        Some(Value::Number(number)) if number.as_u64() != Some(0) && pointer != "/seed" => {
            let smaller = [Value::from(0), Value::from(1)];
            let smaller = smaller
                .into_iter()
                .take_while(|value| value.as_u64() != number.as_u64());
            smaller
                .collect::<Vec<_>>()
                .into_iter()
                .any(|value| try_with(tree, pointer, accept, |part| *part = value))
        }
        _ => false,
    }
}

/// Puts `change` into the tree if the whole is then accepted.
fn try_with(
    tree: &mut Value,
    pointer: &str,
    accept: &mut Accept<'_>,
    change: impl FnOnce(&mut Value),
) -> bool {
    let mut candidate = tree.clone();
    let Some(part) = candidate.pointer_mut(pointer) else {
        return false;
    };
    change(part);
    let accepted = candidate != *tree && accept(&candidate);
    if accepted {
        *tree = candidate;
    }
    accepted
}

/// The next length of runs: half of it, rounded up, so that pairs are tried before single ones.
fn shorter(run: usize) -> usize {
    if run > 1 { run.div_ceil(2) } else { 0 }
}

/// Elements go in runs, halves first, then one by one; those that stay are made smaller.
fn reduce_array(tree: &mut Value, pointer: &str, accept: &mut Accept<'_>) -> bool {
    let length = |tree: &Value| {
        tree.pointer(pointer)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let mut changed = false;
    let mut run = length(tree);
    while run > 0 {
        // From the end: what is written later depends on what is written before.
        let mut end = length(tree);
        while end > 0 {
            let start = end.saturating_sub(run);
            changed |= try_with(tree, pointer, accept, |part| {
                if let Value::Array(elements) = part {
                    elements.drain(start..end.min(elements.len()));
                }
            });
            end = start;
        }
        run = shorter(run);
    }
    for index in 0..length(tree) {
        changed |= reduce(tree, &format!("{pointer}/{index}"), accept);
    }
    changed
}

fn reduce_object(tree: &mut Value, pointer: &str, accept: &mut Accept<'_>) -> bool {
    let mut changed = false;
    let keys: Vec<String> = match tree.pointer(pointer) {
        Some(Value::Object(fields)) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    };
    for key in keys.iter().filter(|key| !FIXED.contains(&key.as_str())) {
        let removed = try_with(tree, pointer, accept, |part| {
            if let Value::Object(fields) = part {
                fields.remove(key);
            }
        });
        let escaped = key.replace('~', "~0").replace('/', "~1");
        changed |= removed || reduce(tree, &format!("{pointer}/{escaped}"), accept);
    }
    changed
}

/// Runs of characters go as elements of a list do. An empty text is tried by that too.
fn reduce_string(tree: &mut Value, pointer: &str, text: &str, accept: &mut Accept<'_>) -> bool {
    let mut left: Vec<char> = text.chars().collect();
    let mut run = left.len();
    while run > 0 {
        let mut end = left.len();
        while end > 0 {
            let start = end.saturating_sub(run);
            let mut rest = left.clone();
            rest.drain(start..end);
            let candidate: String = rest.iter().collect();
            if try_with(tree, pointer, accept, |part| *part = Value::String(candidate)) {
                left = rest;
            }
            end = start.min(left.len());
        }
        run = shorter(run);
    }
    left.len() < text.chars().count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_does_not_matter_goes() {
        let mut tree = json!({
            "a": [1, {"keep": "xyz", "drop": true}, 3],
            "b": {"c": ["long text", "x~/y"]},
            "kind": "Fixed",
        });
        // It fails as long as some text has a `y` in it, under any key of an element of `a`.
        let mut fails = |tree: &Value| {
            let elements = tree.get("a").and_then(Value::as_array).into_iter().flatten();
            elements
                .filter_map(|element| element.get("keep")?.as_str())
                .any(|text| text.contains('y'))
        };
        while reduce(&mut tree, "", &mut fails) {}
        assert_eq!(tree, json!({"a": [{"keep": "y"}], "kind": "Fixed"}));
    }
}
