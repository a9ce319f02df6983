//! What the host knows of a request besides its headers.

use std::cell::Cell;

use mainsheet_core::attributes::{Attribute, Attributes};

use crate::host::{self, HostError};

/// Metadata in which Envoy's JWT filter leaves the claims of a token that it has accepted.
const CLAIMS: &[u8] = b"metadata\0filter_metadata\0envoy.filters.http.jwt_authn\0payload";

/// Properties of the stream. Remembers a call that failed for any other reason than that there is nothing.
#[derive(Debug, Default)]
pub(crate) struct HostAttributes {
    failed: Cell<Option<HostError>>,
}

impl HostAttributes {
    /// Whether all that was asked was answered.
    pub(crate) fn finish(&self) -> Result<(), HostError> {
        self.failed.get().map_or(Ok(()), Err)
    }

    fn property(&self, path: &[u8]) -> Option<Vec<u8>> {
        match host::property(path) {
            Ok(value) => Some(value),
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                self.failed.set(Some(error));
                None
            }
        }
    }
}

impl Attributes for HostAttributes {
    fn attribute(&self, attribute: Attribute) -> Option<Vec<u8>> {
        self.property(match attribute {
            Attribute::Protocol => b"request\0protocol",
            Attribute::RemoteAddress => b"source\0address",
            Attribute::LocalAddress => b"destination\0address",
            Attribute::ServerName => b"connection\0requested_server_name",
            Attribute::TlsVersion => b"connection\0tls_version",
            Attribute::PeerSubject => b"connection\0subject_peer_certificate",
            Attribute::LocalSubject => b"connection\0subject_local_certificate",
        })
    }

    /// Entries of a list are asked for one by one: as a whole it would come in a form of its own.
    fn claim(&self, path: &[String]) -> Option<Vec<Vec<u8>>> {
        let mut claim = CLAIMS.to_vec();
        for key in path {
            claim.push(0);
            claim.extend_from_slice(key.as_bytes());
        }
        let entry =
            |index: usize| self.property(&[&claim, &b"\0"[..], index.to_string().as_bytes()].concat());
        let entries: Vec<Vec<u8>> = (0..).map_while(entry).collect();
        if entries.is_empty() {
            self.property(&claim).map(|text| vec![text])
        } else {
            Some(entries)
        }
    }
}
