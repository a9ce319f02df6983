//! Asking a running Envoy about itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use mainsheet_tests::artifact;
use mainsheet_tests::client::{Client, Request};
use serde::Serialize;
use serde_json::Value;

use super::delivered::{Kind, State, Used, written};
use crate::error::{Error, Result};
use crate::json;
use crate::up::{LOG_FILE, reason_in};

/// How much of a digest people need.
const SHORT: usize = 12;

/// What is known of an Envoy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// Such as `1.40.0`.
    pub(super) version: String,
    /// By kind of configuration.
    configuration: BTreeMap<Kind, State>,
    /// SHA-256 of the filter that it has loaded, where its file can be read from here.
    filter: Option<String>,
    /// Resident memory.
    pub(super) memory_bytes: u64,
    /// Why it has refused something, where its log can be read from here.
    pub(super) reason: Option<String>,
}

impl Report {
    /// Asks for everything.
    pub(super) async fn ask(admin: SocketAddr) -> Result<Self> {
        let info = parse(admin, &get(admin, "/server_info").await?)?;
        let memory = parse(admin, &get(admin, "/memory").await?)?;
        let dump = parse(admin, &get(admin, "/config_dump").await?)?;
        let stats = get(admin, "/stats?filter=(version_text|update_rejected|config_fail)$").await?;
        let directory = directory(&dump);
        let written = directory.as_deref().and_then(written);
        let log = directory.and_then(|directory| std::fs::read_to_string(directory.join(LOG_FILE)).ok());
        Ok(Self {
            version: version(json::text(&info, "/version")).to_owned(),
            configuration: Used::read(&stats).compare(written.as_ref()),
            filter: wasm(&dump).and_then(|path| Some(artifact::hex_sha256(&std::fs::read(path).ok()?))),
            memory_bytes: json::text(&memory, "/total_physical_bytes")
                .parse()
                .unwrap_or_default(),
            reason: log.and_then(|log| reason_in(&log)),
        })
    }

    /// The state of a kind.
    pub(super) fn state(&self, kind: Kind) -> State {
        self.configuration.get(&kind).copied().unwrap_or(State::NotSent)
    }

    /// The beginning of the filter's digest, and whether it is the filter of this command.
    pub(super) fn short_digest(&self) -> String {
        let Some(digest) = &self.filter else {
            return "-".to_owned();
        };
        let short = digest.get(..SHORT).unwrap_or(digest);
        if digest == artifact::sha256() {
            short.to_owned()
        } else {
            format!("{short} (not this command's)")
        }
    }
}

async fn get(admin: SocketAddr, path: &str) -> Result<String> {
    let request = Request::get(&admin.to_string(), path);
    Ok(Client::without_keep_alive().send(admin, &request).await?.text())
}

fn parse(admin: SocketAddr, text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|error| Error::Failed(format!("{admin} is not Envoy's administration: {error}")))
}

/// `commit/1.40.0/Clean/RELEASE/BoringSSL`.
fn version(text: &str) -> &str {
    text.split('/').nth(1).unwrap_or(text)
}

/// Where the files are that Envoy was started to watch.
fn directory(dump: &Value) -> Option<PathBuf> {
    let parts = json::list(dump, "/configs").iter();
    let mut paths = parts.map(|part| {
        json::text(
            part,
            "/bootstrap/dynamic_resources/lds_config/path_config_source/path",
        )
    });
    let path = paths.find(|path| !path.is_empty())?;
    Path::new(path).parent().map(Path::to_owned)
}

/// The module that the filters have loaded.
fn wasm(dump: &Value) -> Option<&str> {
    let filters = json::list(dump, "/configs")
        .iter()
        .flat_map(|part| json::list(part, "/ecds_filters"));
    let mut files = filters.map(|filter| {
        json::text(
            filter,
            "/ecds_filter/typed_config/config/vm_config/code/local/filename",
        )
    });
    files.find(|file| !file.is_empty())
}
