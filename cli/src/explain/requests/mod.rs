//! The requests that are asked about, however they are written.

mod access_log;
mod curl;
mod list;
mod raw;
#[cfg(test)]
mod tests;
mod url;

use std::io::Read;
use std::path::{Path, PathBuf};

use mainsheet_core::sent::SentRequest;

pub(super) use curl::{from_line as curl_line, from_words};

use crate::error::{Error, Result};

/// A request, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Its line in a file of several.
    pub(super) line: usize,
    /// The request.
    pub(super) request: SentRequest,
    /// What an access log says of it.
    pub(super) logged: Option<Logged>,
}

/// What an access log says of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Logged {
    /// The port that it has arrived on.
    pub(super) port: Option<u16>,
    /// The status of the answer.
    pub(super) status: Option<u16>,
    /// The cluster that it has gone to.
    pub(super) cluster: Option<String>,
}

/// A line that is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// Its number.
    pub(super) line: usize,
    /// What is wrong with it.
    pub(super) why: String,
}

/// Many requests.
#[derive(Clone, Debug, Default)]
pub(super) struct Many {
    /// Those that could be read.
    pub(super) requests: Vec<Written>,
    /// The other lines.
    pub(super) unread: Vec<Unread>,
}

impl Many {
    /// One URL or curl command a line.
    pub(super) fn of_list(path: &Path) -> Result<Self> {
        Ok(list::parse(&text(path)?))
    }

    /// One access-log entry a line.
    pub(super) fn of_access_log(path: &Path) -> Result<Self> {
        Ok(access_log::parse(&text(path)?))
    }
}

/// A request as it stands on the wire.
pub(super) fn of_raw(path: &Path) -> Result<SentRequest> {
    raw::parse(&bytes(path)?).map_err(|why| usage(&why))
}

/// Bytes that are no text are taken for unknown characters: logs have such things.
fn text(path: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&bytes(path)?).into_owned())
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    read.map_err(|source| Error::Input {
        path: PathBuf::from(path),
        source,
    })?;
    Ok(bytes)
}

/// What is wrong with a request on the command line.
pub(super) fn usage(why: &str) -> Error {
    Error::Usage(format!(
        "{why}\nWrite the request after `--`, as for curl: -- http://reviews:9080/ -H 'end-user: jason'"
    ))
}
