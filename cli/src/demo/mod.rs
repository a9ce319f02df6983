//! `mainsheet demo`: Bookinfo through a stock Envoy, with figures.

mod check;
mod files;
mod report;
mod scenes;
mod stage;
mod swaps;
mod traffic;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use mainsheet_tests::envoy::EnvoyBinary;

use self::report::Report;
use self::stage::Stage;
use crate::error::Result;

/// The options of `mainsheet demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// The Envoy to run; else MAINSHEET_ENVOY, PATH, the cache, or a download.
    #[arg(long, value_name = "FILE")]
    pub envoy: Option<PathBuf>,

    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// Plays all scenes, prints the figures, and fails if one is off.
pub async fn run(args: DemoArgs) -> Result<()> {
    let envoy = EnvoyBinary::find(args.envoy.as_deref())?;
    let started = Instant::now();
    let mut stage = Stage::open(envoy.clone()).await?;
    let mut checks = scenes::gateway(&mut stage).await?;
    checks.extend(scenes::all_v1(&mut stage).await?);
    checks.extend(scenes::splits(&mut stage).await?);
    checks.extend(scenes::by_user(&mut stage).await?);
    checks.extend(scenes::delay(&mut stage).await?);
    checks.extend(scenes::abort(&mut stage).await?);
    checks.extend(scenes::retries(&mut stage).await?);
    checks.extend(scenes::timeout(&mut stage).await?);
    checks.extend(scenes::missing_subset(&mut stage).await?);
    checks.extend(swaps::swaps(&mut stage).await?);
    drop(stage);
    let report = Report::new(checks, &envoy, started.elapsed());
    report.print(args.json)?;
    report.verdict()
}
