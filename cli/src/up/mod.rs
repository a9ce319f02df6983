//! `mainsheet up`: a stock Envoy that obeys the input.

mod apply;
mod args;
mod confirm;
mod follow;
mod generate;
mod options;
mod proxies;
mod registration;
mod session;
mod stage;
mod standins;
mod summary;
mod upstreams;
mod watch;

pub use args::UpArgs;
pub(crate) use args::port_pair;
pub(crate) use confirm::reason_in;
pub(crate) use generate::WASM_FILE;
pub use options::SessionOptions;
pub(crate) use proxies::add_service_labels;
pub use proxies::{ProxyChoice, SidecarChoice};
pub(crate) use session::LOG_FILE;
pub use session::{Applied, Session, socket};
pub(crate) use stage::Stage;

use crate::error::Result;
use crate::output;

/// Runs Envoy until somebody stops it.
pub async fn run(args: UpArgs) -> Result<()> {
    let stop = follow::Stop::listen()?;
    let files = args.input.read()?;
    let watcher = watch::Watcher::start(&args.input)?;
    // Before Envoy is looked for, which may take a download.
    generate::Draft::read(&files, &args.input.mesh_config()?)?;
    let options = args.options()?;
    let started = tokio::select! {
        started = Session::start(options, &files) => started?,
        () = stop.wait() => return Ok(()),
    };
    let (session, applied) = started;
    if !applied.findings.is_empty() {
        output::note(&applied.findings);
    }
    summary::print(&session);
    follow::follow(session, &args.input, files, watcher, &stop).await
}
