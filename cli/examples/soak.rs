//! Load on `mainsheet up` while rules and endpoints change: nothing may fail, and memory may not grow.
//!
//! `make soak`, or `cargo run --release -p mainsheet --example soak -- --seconds 300`

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use mainsheet::error::{Error, Result};
use mainsheet::input::InputFile;
use mainsheet::up::{Session, SessionOptions};
use mainsheet_tests::client::{Client, Request};
use mainsheet_tests::envoy::EnvoyBinary;
use mainsheet_tests::upstream::{Echo, Workload};
use tokio::task::JoinSet;

/// Puts load on a stock Envoy while its configuration changes
#[derive(Debug, Parser)]
struct Arguments {
    /// How long
    #[arg(long, default_value_t = 300)]
    seconds: u64,
    /// Clients that send without a pause
    #[arg(long, default_value_t = 4)]
    clients: usize,
}

/// Between two changes of a rule.
const RULE_PERIOD: Duration = Duration::from_secs(1);
/// Every third change is one of endpoints as well.
const ENDPOINT_PERIOD: u64 = 3;
/// The first changes fill caches and pools; memory is compared with what it is after them.
const WARM_UP: u64 = 10;
/// What memory may grow by, in percent.
const GROWTH: u64 = 10;

/// What has happened so far.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    failed: AtomicU64,
}

/// What was changed, and how.
#[derive(Debug, Default)]
struct Changes {
    rules: u64,
    endpoints: u64,
    /// Files beside those that such a change is about.
    astray: Vec<String>,
    slowest: Duration,
    /// Resident memory of Envoy in kB, after the warm-up.
    memory: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match soak(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

async fn soak(arguments: &Arguments) -> Result<bool> {
    let echo = Echo::start(["a", "b", "c"].map(workload).into())
        .await
        .map_err(Error::io("starting upstreams"))?;
    let addresses: Vec<SocketAddr> = echo.addresses().iter().map(|(_, address)| *address).collect();
    let envoy = EnvoyBinary::find(None)?;
    let (mut session, _) = Session::start(SessionOptions::new(envoy), &input(0, 0, &addresses)).await?;
    let to = session
        .outbound()
        .ok_or_else(|| Error::Failed("there is no sidecar".to_owned()))?;
    let (counts, stop) = (Arc::new(Counts::default()), Arc::new(AtomicBool::new(false)));
    let mut clients = JoinSet::new();
    for _ in 0..arguments.clients {
        clients.spawn(keep_sending(to, Arc::clone(&counts), Arc::clone(&stop)));
    }
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let changes = change(&mut session, &addresses, end).await;
    stop.store(true, Ordering::Relaxed);
    clients.join_all().await;
    report(&changes?, &counts, resident(session.envoy().pid())?)
}

fn workload(name: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        service: "reviews".to_owned(),
        ..Workload::default()
    }
}

/// Changes the rule every second and the endpoints every third time.
async fn change(session: &mut Session, addresses: &[SocketAddr], end: Instant) -> Result<Changes> {
    let mut changes = Changes::default();
    let (mut rule, mut endpoints) = (0, 0);
    while Instant::now() < end {
        tokio::time::sleep(RULE_PERIOD).await;
        rule += 1;
        changes.rules += 1;
        apply(session, input(rule, endpoints, addresses), "ecds-", &mut changes).await?;
        if rule % ENDPOINT_PERIOD == 0 {
            endpoints += 1;
            changes.endpoints += 1;
            apply(session, input(rule, endpoints, addresses), "eds-", &mut changes).await?;
        }
        if rule == WARM_UP {
            changes.memory = resident(session.envoy().pid())?;
        }
    }
    Ok(changes)
}

/// Applies a configuration, which may touch only files of one kind.
async fn apply(
    session: &mut Session,
    input: Vec<InputFile>,
    kind: &str,
    changes: &mut Changes,
) -> Result<()> {
    let applied = session.apply(&input).await?;
    changes.slowest = changes.slowest.max(applied.confirmed_after);
    let astray = applied.changed.into_iter().filter(|file| !file.starts_with(kind));
    changes.astray.extend(astray);
    Ok(())
}

/// A service with two of three endpoints, and a rule that is never the same.
fn input(rule: u64, endpoints: u64, addresses: &[SocketAddr]) -> Vec<InputFile> {
    let mut text = "apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\n\
                    spec: {ports: [{name: http, port: 80}]}\n"
        .to_owned();
    let left_out = usize::try_from(endpoints).unwrap_or_default() % addresses.len();
    for (number, address) in addresses
        .iter()
        .enumerate()
        .filter(|(number, _)| *number != left_out)
    {
        text += &format!(
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: reviews-{number}, labels: {{kubernetes.io/service-name: reviews}}}}\n\
             addressType: IPv4\nports: [{{name: http, port: {}}}]\nendpoints: [{{addresses: ['{}']}}]\n",
            address.port(),
            address.ip()
        );
    }
    text += &format!(
        "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: reviews}}\n\
         spec:\n  hosts: [reviews]\n  http:\n\
         \x20 - match: [{{uri: {{regex: '/never/{rule}/.*'}}}}]\n    directResponse: {{status: 418}}\n\
         \x20 - headers: {{request: {{set: {{x-rule: '{rule}'}}}}}}\n    route: [{{destination: {{host: reviews}}}}]\n"
    );
    vec![InputFile {
        name: "soak.yaml".to_owned(),
        text,
    }]
}

async fn keep_sending(to: SocketAddr, counts: Arc<Counts>, stop: Arc<AtomicBool>) {
    let client = Client::new();
    let request = Request::get("reviews", "/reviews/1");
    while !stop.load(Ordering::Relaxed) {
        let answer = client.send(to, &request).await;
        counts.sent.fetch_add(1, Ordering::Relaxed);
        if !answer.is_ok_and(|answer| answer.status == 200) {
            counts.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Resident memory of a process in kB. Source: `proc_pid_status(5)`.
fn resident(pid: u32) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let text = std::fs::read_to_string(&path).map_err(Error::io(format!("reading {path}")))?;
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("VmRSS:"));
    let number = lines
        .next()
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    number.ok_or_else(|| Error::Failed(format!("{path} does not tell the resident memory")))
}

/// Says what has happened; whether it is as it has to be.
fn report(changes: &Changes, counts: &Counts, memory: u64) -> Result<bool> {
    let (sent, failed) = (
        counts.sent.load(Ordering::Relaxed),
        counts.failed.load(Ordering::Relaxed),
    );
    say(format_args!("requests              {sent}"));
    say(format_args!("  failed              {failed}"));
    say(format_args!("changes of rules      {}", changes.rules));
    say(format_args!("changes of endpoints  {}", changes.endpoints));
    say(format_args!(
        "  slowest             {} ms",
        changes.slowest.as_millis()
    ));
    say(format_args!(
        "  files astray        {}",
        changes.astray.join(", ")
    ));
    say(format_args!(
        "memory of Envoy       {} kB, then {memory} kB",
        changes.memory
    ));
    if changes.memory == 0 {
        return Err(Error::Failed(format!(
            "fewer than {WARM_UP} changes tell nothing of memory"
        )));
    }
    let flat = memory * 100 <= changes.memory * (100 + GROWTH);
    Ok(sent > 0 && failed == 0 && changes.astray.is_empty() && flat)
}

/// Whoever has closed the output does not want the line.
fn say(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
