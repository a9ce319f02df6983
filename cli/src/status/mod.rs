//! `mainsheet status`: which version of its configuration each running Envoy has. Source of the form: istioctl
//! `proxy-status`.

mod delivered;
mod envoy;

use std::net::SocketAddr;

use clap::Args;
use serde::Serialize;

use self::delivered::{Kind, State};
use self::envoy::Report;
use crate::error::{Error, Result};
use crate::output;
use crate::table::Rows;

const LEGEND: &str = "\
  SYNCED    Envoy uses what its files say
  STALE     it does not yet, or its files cannot be read from here
  REJECTED  it has refused what they say, and keeps what it had
  NOT SENT  there is nothing of this kind

Example:
  mainsheet status 127.0.0.1:9901";

/// Arguments of `mainsheet status`.
#[derive(Args, Clone, Debug)]
#[command(after_help = LEGEND)]
pub struct StatusArgs {
    /// Where the administration of each Envoy listens
    #[arg(required = true, value_name = "ADDRESS:PORT")]
    admins: Vec<SocketAddr>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// An Envoy, and what is known of it.
#[derive(Serialize)]
struct Row<'r> {
    admin: SocketAddr,
    #[serde(flatten)]
    report: &'r Report,
}

/// Runs `mainsheet status`. An Envoy that has refused something makes it fail.
pub async fn run(args: StatusArgs) -> Result<()> {
    let mut reports = Vec::new();
    for admin in &args.admins {
        reports.push(Report::ask(*admin).await?);
    }
    let rows: Vec<Row<'_>> = args
        .admins
        .iter()
        .zip(&reports)
        .map(|(admin, report)| Row {
            admin: *admin,
            report,
        })
        .collect();
    if args.json {
        let text = serde_json::to_string_pretty(&rows);
        output::line(text.map_err(|error| Error::Failed(error.to_string()))?);
    } else {
        output::line(table(&rows).to_string().trim_end());
    }
    let reasons: Vec<String> = rows.iter().filter_map(reason).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    Err(Error::Failed(reasons.join("\n")))
}

fn table(rows: &[Row<'_>]) -> Rows {
    let mut table = Rows::new([
        "NAME", "VERSION", "CDS", "LDS", "EDS", "RDS", "ECDS", "FILTER", "MEMORY",
    ]);
    for row in rows {
        let [cds, lds, eds, rds, ecds] = Kind::ALL.map(|kind| row.report.state(kind).to_string());
        table.add([
            row.admin.to_string(),
            row.report.version.clone(),
            cds,
            lds,
            eds,
            rds,
            ecds,
            row.report.short_digest(),
            format!("{} MB", row.report.memory_bytes / 1_000_000),
        ]);
    }
    table
}

/// What Envoy says of a refusal.
fn reason(row: &Row<'_>) -> Option<String> {
    let refused = Kind::ALL
        .into_iter()
        .any(|kind| row.report.state(kind) == State::Rejected);
    let reason = row.report.reason.as_deref();
    refused.then(|| {
        format!(
            "{} has refused a part of its configuration: {}",
            row.admin,
            reason.unwrap_or("its log says why")
        )
    })
}
