//! Sending requests, many at a time, and reading what the echo upstreams say.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use mainsheet_tests::client::{Client, ClientError, Request, Response};
use serde::Deserialize;
use tokio::task::JoinSet;

/// How many requests are on their way at one time.
const AT_ONCE: usize = 16;

/// What an echo upstream says about a request.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Echo {
    /// Labels of the workload.
    pub(super) labels: BTreeMap<String, String>,
    /// Which attempt of the request this was.
    pub(super) attempt: u32,
}

/// What came back for one request.
#[derive(Debug)]
pub(super) struct Answer {
    /// What the proxy answered, or why it did not.
    pub(super) response: Result<Response, ClientError>,
}

impl Answer {
    /// The status; 0 without a response.
    pub(super) fn status(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.status)
    }

    /// What the upstream said, if it was one.
    pub(super) fn echo(&self) -> Option<Echo> {
        serde_json::from_slice(&self.response.as_ref().ok()?.body).ok()
    }

    /// The version of the workload that answered, `-` if none did.
    pub(super) fn version(&self) -> String {
        let echo = self.echo().unwrap_or_default();
        echo.labels
            .get("version")
            .cloned()
            .unwrap_or_else(|| "-".to_owned())
    }

    /// How long it took, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.response
            .as_ref()
            .map_or(0.0, |response| response.elapsed.as_secs_f64())
    }
}

/// Sends a request so many times.
pub(super) async fn send(to: SocketAddr, request: &Request, times: usize) -> Vec<Answer> {
    let (client, request) = (Arc::new(Client::new()), Arc::new(request.clone()));
    let mut senders = JoinSet::new();
    for sender in 0..AT_ONCE.min(times) {
        let own = (sender..times).step_by(AT_ONCE).count();
        let (client, request) = (Arc::clone(&client), Arc::clone(&request));
        senders.spawn(async move {
            let mut answers = Vec::with_capacity(own);
            for _ in 0..own {
                answers.push(Answer {
                    response: client.send(to, &request).await,
                });
            }
            answers
        });
    }
    senders.join_all().await.into_iter().flatten().collect()
}

/// How often each value occurs.
pub(super) fn count<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_insert(0) += 1;
    }
    counts
}

/// `1998 × v1, 2 × v2`.
pub(super) fn counted<T: Ord + std::fmt::Display>(values: impl Iterator<Item = T>) -> String {
    let counts = count(values)
        .into_iter()
        .map(|(value, count)| format!("{count} × {value}"));
    counts.collect::<Vec<_>>().join(", ")
}
