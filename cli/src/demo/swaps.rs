//! Configurations that change while requests run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mainsheet_tests::client::{Client, Request};
use tokio::task::JoinSet;

use super::check::Check;
use super::stage::Stage;
use super::traffic::Answer;
use crate::error::{Error, Result};

/// How often the configuration changes.
const SWAPS: usize = 12;
/// Clients that send without a pause.
const CLIENTS: usize = 4;
/// How long each configuration serves at least.
const PAUSE: Duration = Duration::from_millis(100);
/// Fewer requests than this would prove nothing.
const LEAST: usize = 300;

/// Changes the configuration again and again; every request has to be answered by a workload.
pub(super) async fn swaps(stage: &mut Stage) -> Result<Vec<Check>> {
    stage.play(None).await?;
    let to = stage.outbound_address()?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(keep_sending(to, Arc::clone(&stop)));
    }
    let changed = change(stage).await;
    stop.store(true, Ordering::Relaxed);
    let answers: Vec<Answer> = clients.join_all().await.into_iter().flatten().collect();
    let slowest = changed?;
    let failures = answers
        .iter()
        .filter(|answer| answer.status() != 200 || answer.echo().is_none())
        .count();
    let sent = format!("{} × reviews during {SWAPS} changes", answers.len());
    let check = Check::new("changes under load", sent, "0 failures");
    let seen = format!("{failures} failures; slowest change {} ms", slowest.as_millis());
    Ok(vec![check.saw(seen, failures == 0 && answers.len() >= LEAST)])
}

/// The slowest change.
async fn change(stage: &mut Stage) -> Result<Duration> {
    let files = [
        "reviews-80-20.yaml",
        "reviews-50-50.yaml",
        "reviews-jason-v2.yaml",
    ];
    let mut slowest = Duration::ZERO;
    for file in files.iter().cycle().take(SWAPS) {
        let applied = stage.play(Some(file)).await?;
        if applied.changed.is_empty() {
            return Err(Error::Failed(format!("{file} changed nothing")));
        }
        slowest = slowest.max(applied.confirmed_after);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(slowest)
}

async fn keep_sending(to: SocketAddr, stop: Arc<AtomicBool>) -> Vec<Answer> {
    let client = Client::new();
    let request = Request::get("reviews:9080", "/reviews/0");
    let mut answers = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        answers.push(Answer {
            response: client.send(to, &request).await,
        });
    }
    answers
}
