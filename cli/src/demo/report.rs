//! The figures as a table, or as JSON.

use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use mainsheet_tests::artifact;
use mainsheet_tests::envoy::EnvoyBinary;
use serde::Serialize;

use super::check::Check;
use crate::error::{Error, Result};
use crate::output::{self, BAD, GOOD, styled};

/// Everything that was compared.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    filter_sha256: &'static str,
    envoy: String,
    seconds: f64,
    passed: bool,
    checks: Vec<Check>,
}

impl Report {
    /// What was compared with this Envoy.
    pub(super) fn new(checks: Vec<Check>, envoy: &EnvoyBinary, elapsed: Duration) -> Self {
        Self {
            filter_sha256: artifact::sha256(),
            envoy: envoy.path().display().to_string(),
            seconds: elapsed.as_secs_f64(),
            passed: checks.iter().all(|check| check.passed),
            checks,
        }
    }

    /// Prints it.
    pub(super) fn print(&self, json: bool) -> Result<()> {
        if json {
            let text = serde_json::to_string_pretty(self);
            output::line(text.map_err(|error| Error::Failed(error.to_string()))?);
            return Ok(());
        }
        output::line(self.table());
        let all = self.checks.len();
        let good = self.checks.iter().filter(|check| check.passed).count();
        let style = if self.passed { GOOD } else { BAD };
        output::line(styled(
            style,
            format_args!("{good} of {all} as expected, in {:.1} s", self.seconds),
        ));
        output::line(format_args!(
            "Envoy {}\nfilter sha256:{}",
            self.envoy, self.filter_sha256
        ));
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(UTF8_FULL_CONDENSED)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["scene", "sent", "expected", "seen", ""]);
        for check in &self.checks {
            let mark = if check.passed { "✓" } else { "✗" };
            table.add_row([
                check.scene.as_str(),
                &check.sent,
                &check.expected,
                &check.seen,
                mark,
            ]);
        }
        table
    }

    /// Fails if a figure is off.
    pub(super) fn verdict(&self) -> Result<()> {
        let off = self.checks.iter().filter(|check| !check.passed);
        let scenes: Vec<&str> = off.map(|check| check.scene.as_str()).collect();
        if scenes.is_empty() {
            Ok(())
        } else {
            Err(Error::Failed(format!("not as expected: {}", scenes.join(", "))))
        }
    }
}
