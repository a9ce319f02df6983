//! The request as its destination gets it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{milliseconds, text};
use crate::action::HeaderMap;
use crate::decision::Forward;
use crate::request::{Header, Request};
use crate::wire::is_reserved;

/// The request as the upstream sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// `:method`.
    pub method: String,
    /// `:authority`.
    pub authority: String,
    /// `:path` with its query.
    pub path: String,
    /// Every other header, in order.
    pub headers: Vec<(String, String)>,
}

impl Upstream {
    /// What the rule makes of it.
    pub(super) fn of_forward(forward: &Forward<'_>, request: &Request<'_>) -> Self {
        let mut headers = sent(request);
        forward.apply_request(request, &mut headers);
        if let Some(timeout) = forward.try_timeout(request).filter(|_| request.is_grpc()) {
            headers.set("grpc-timeout", grpc_timeout(milliseconds(timeout)).as_bytes());
        }
        Self::of_headers(&headers)
    }

    /// As it came.
    pub(super) fn unchanged(request: &Request<'_>) -> Self {
        Self::of_headers(&sent(request))
    }

    fn of_headers(headers: &[Header]) -> Self {
        let find = |name: &str| {
            let mut found = headers.iter().filter(|(key, _)| key == name);
            found.next().map(|(_, value)| text(value)).unwrap_or_default()
        };
        let plain = headers.iter().filter(|(name, _)| !name.starts_with(':'));
        Self {
            method: find(":method"),
            authority: find(":authority"),
            path: find(":path"),
            // Blanks around a value do not travel.
            headers: plain
                .map(|(name, value)| (name.clone(), text(value.trim_ascii())))
                .collect(),
        }
    }
}

/// The headers without those that only the filter may send.
fn sent(request: &Request<'_>) -> Vec<Header> {
    let sent = request.headers().iter().filter(|(name, _)| !is_reserved(name));
    sent.cloned().collect()
}

/// The deadline that Envoy tells gRPC servers: in milliseconds, or in the next unit whose number has eight digits.
/// Source: Envoy `Grpc::Common::toGrpcTimeout`.
pub fn grpc_timeout(milliseconds: u64) -> String {
    const LIMIT: u64 = 99_999_999;
    let units = [("m", 1), ("S", 1000), ("M", 60_000), ("H", 3_600_000)];
    let mut fitting = units.into_iter().filter(|(_, size)| milliseconds / size <= LIMIT);
    let (unit, size) = fitting.next().unwrap_or(("H", 3_600_000));
    alloc::format!("{}{unit}", (milliseconds / size).min(LIMIT))
}
