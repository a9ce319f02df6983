//! The scenes: a configuration, requests, and what has to come of them.

use mainsheet_tests::client::Request;

use super::check::{Check, Share};
use super::stage::Stage;
use super::traffic::{Answer, count, counted};
use crate::error::Result;

/// Requests of a scene in which shares are counted.
const MANY: usize = 2000;
/// Requests of a scene in which all have to be the same.
const SOME: usize = 200;
/// Requests of a scene that takes its time.
const FEW: usize = 16;

fn reviews() -> Request {
    Request::get("reviews:9080", "/reviews/0")
}

fn ratings() -> Request {
    Request::get("ratings:9080", "/ratings/0")
}

fn jason(request: Request) -> Request {
    request.header("end-user", "jason")
}

fn all(answers: &[Answer], good: impl Fn(&Answer) -> bool) -> bool {
    !answers.is_empty() && answers.iter().all(good)
}

/// Paths of the Gateway, and one that it does not have.
pub(super) async fn gateway(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(None).await?;
    let mut checks = Vec::new();
    let paths = [
        ("/productpage", 200),
        ("/static/a.css", 200),
        ("/login", 200),
        ("/logout", 200),
        ("/api/v1/products", 200),
        ("/", 404),
        ("/productpage/x", 404),
        ("/api/v2", 404),
    ];
    for (path, status) in paths {
        let answers = stage
            .through_gateway(&Request::get("bookinfo.example", path), FEW)
            .await?;
        let check = Check::new(
            "gateway on port 8080",
            format!("{FEW} × GET {path}"),
            format!("all {status}"),
        );
        let passed = all(&answers, |answer| answer.status() == status);
        checks.push(check.saw(counted(answers.iter().map(Answer::status)), passed));
    }
    Ok(checks)
}

/// Everything to the first version.
pub(super) async fn all_v1(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(None).await?;
    let mut checks = Vec::new();
    for service in ["productpage", "details", "ratings", "reviews"] {
        let answers = stage
            .outbound(&Request::get(&format!("{service}:9080"), "/"), SOME)
            .await?;
        let check = Check::new("everything to v1", format!("{SOME} × {service}"), "all from v1");
        let passed = all(&answers, |answer| answer.version() == "v1");
        checks.push(check.saw(counted(answers.iter().map(Answer::version)), passed));
    }
    Ok(checks)
}

/// Shares by weight.
pub(super) async fn splits(stage: &mut Stage) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for (file, version, expected) in [
        ("reviews-80-20.yaml", "v2", 0.2),
        ("reviews-50-50.yaml", "v3", 0.5),
    ] {
        stage.play(Some(file)).await?;
        let answers = stage.outbound(&reviews(), MANY).await?;
        let versions = count(answers.iter().map(Answer::version));
        let share = Share {
            expected,
            requests: answers.len(),
        };
        let found = versions.get(version).copied().unwrap_or(0);
        let other = versions.get("v1").copied().unwrap_or(0);
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let wanted = format!(
            "{} {version} (± {}), the rest v1",
            percent(expected),
            percent(share.tolerance())
        );
        let check = Check::new(scene_name(file), format!("{MANY} × reviews"), wanted);
        let passed = share.fits(found) && found + other == answers.len();
        checks.push(check.saw(format!("{} {version}", percent(share.of(found))), passed));
    }
    Ok(checks)
}

fn scene_name(file: &str) -> &str {
    file.strip_suffix(".yaml").unwrap_or(file)
}

/// One user sees another version.
pub(super) async fn by_user(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("reviews-jason-v2.yaml")).await?;
    let mut checks = Vec::new();
    for (who, request, version) in [("jason", jason(reviews()), "v2"), ("nobody", reviews(), "v1")] {
        let answers = stage.outbound(&request, SOME).await?;
        let check = Check::new(
            "reviews-jason-v2",
            format!("{SOME} × reviews as {who}"),
            format!("all from {version}"),
        );
        let passed = all(&answers, |answer| answer.version() == version);
        checks.push(check.saw(counted(answers.iter().map(Answer::version)), passed));
    }
    Ok(checks)
}

/// Injected delays. Envoy's clock moves in steps, so that 2 s may be over some milliseconds early; the upper ends
/// leave room for a busy machine and still tell a delay from none.
pub(super) async fn delay(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("ratings-delay.yaml")).await?;
    let cases = [
        ("jason", jason(ratings()), 1.95, 4.0),
        ("nobody", ratings(), 0.0, 1.5),
    ];
    let mut checks = Vec::new();
    for (who, request, from, to) in cases {
        let answers = stage.outbound(&request, FEW).await?;
        let expected = format!("all 200 after {from} s to {to} s");
        let check = Check::new("ratings-delay", format!("{FEW} × ratings as {who}"), expected);
        let passed = all(&answers, |answer| {
            answer.status() == 200 && (from..to).contains(&answer.seconds())
        });
        checks.push(check.saw(times(&answers), passed));
    }
    Ok(checks)
}

fn times(answers: &[Answer]) -> String {
    let seconds = || answers.iter().map(Answer::seconds);
    let (least, most) = (
        seconds().fold(f64::INFINITY, f64::min),
        seconds().fold(0.0, f64::max),
    );
    format!(
        "{}, {least:.3} s to {most:.3} s",
        counted(answers.iter().map(Answer::status))
    )
}

/// Injected errors.
pub(super) async fn abort(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("ratings-abort.yaml")).await?;
    let answers = stage.outbound(&ratings(), SOME).await?;
    let check = Check::new(
        "ratings-abort",
        format!("{SOME} × ratings"),
        "all 500, none from a workload",
    );
    let passed = all(&answers, |answer| {
        answer.status() == 500 && answer.echo().is_none()
    });
    Ok(vec![
        check.saw(counted(answers.iter().map(Answer::status)), passed),
    ])
}

/// Retries that succeed in the end, and ones that do not.
pub(super) async fn retries(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("details-retries.yaml")).await?;
    let mut checks = Vec::new();
    for (failures, status, attempts) in [("2", 200, 3), ("9", 503, 4)] {
        let request = Request::get("details:9080", "/details/0").header("x-echo-fail", failures);
        let answers = stage.outbound(&request, FEW).await?;
        let sent = format!("{FEW} × details that fails {failures} times");
        let check = Check::new(
            "details-retries",
            sent,
            format!("all {status} at attempt {attempts}"),
        );
        let attempt = |answer: &Answer| answer.echo().unwrap_or_default().attempt;
        let passed = all(&answers, |answer| {
            (answer.status(), attempt(answer)) == (status, attempts)
        });
        let seen = answers
            .iter()
            .map(|answer| format!("{} at attempt {}", answer.status(), attempt(answer)));
        checks.push(check.saw(counted(seen), passed));
    }
    Ok(checks)
}

/// A limit of time.
pub(super) async fn timeout(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("reviews-timeout.yaml")).await?;
    let mut checks = Vec::new();
    for (delay, status, from, to) in [("3s", 504, 0.45, 2.5), ("100ms", 200, 0.05, 0.45)] {
        let answers = stage
            .outbound(&reviews().header("x-echo-delay", delay), FEW)
            .await?;
        let expected = format!("all {status} after {from} s to {to} s");
        let check = Check::new(
            "reviews-timeout",
            format!("{FEW} × reviews that takes {delay}"),
            expected,
        );
        let passed = all(&answers, |answer| {
            answer.status() == status && (from..to).contains(&answer.seconds())
        });
        checks.push(check.saw(times(&answers), passed));
    }
    Ok(checks)
}

/// A subset that no DestinationRule names.
pub(super) async fn missing_subset(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(Some("reviews-no-such-subset.yaml")).await?;
    let answers = stage.outbound(&reviews(), SOME).await?;
    let check = Check::new(
        "reviews-no-such-subset",
        format!("{SOME} × reviews"),
        "all 503, none from a workload",
    );
    let passed = all(&answers, |answer| {
        answer.status() == 503 && answer.echo().is_none()
    });
    Ok(vec![
        check.saw(counted(answers.iter().map(Answer::status)), passed),
    ])
}
