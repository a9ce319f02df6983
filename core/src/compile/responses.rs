//! `directResponse`. Source: Istio `ApplyDirectResponse`.

use alloc::vec::Vec;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Failed;
use super::actions::RuleScope;
use crate::action::{DirectResponse, HeaderMutations};
use crate::report::Report;
use crate::resources::virtual_service::HTTPDirectResponse;

/// Largest body, in bytes: what Istio sets as `max_direct_response_body_size_bytes`.
const BODY_LIMIT: usize = 1 << 20;

/// `bytes` in JSON; padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Compiles `directResponse`.
pub(super) fn compile(
    scope: &RuleScope<'_>,
    response: &HTTPDirectResponse,
    response_headers: HeaderMutations,
    report: &mut Report,
) -> Result<DirectResponse, Failed> {
    let field = scope.field.name("directResponse");
    let Ok(status @ 200..=599) = u16::try_from(response.status) else {
        let message = alloc::format!("HTTP status {} is not in range 200-599", response.status);
        let help = "give a status from 200 to 599";
        return Err(scope.error(report, &field.name("status"), "invalid-status", &message, help));
    };
    let Some(body) = body(response) else {
        let message = "bytes are not base64";
        return Err(scope.error(
            report,
            &field.name("body"),
            "invalid-body",
            message,
            "encode the body, or use string",
        ));
    };
    if body.len() > BODY_LIMIT {
        let message = "large direct_responses may impact control plane performance, must be less than 1MB";
        return Err(scope.error(
            report,
            &field.name("body"),
            "large-body",
            message,
            "serve it from a destination",
        ));
    }
    Ok(DirectResponse {
        status,
        body,
        response_headers,
    })
}

fn body(response: &HTTPDirectResponse) -> Option<Vec<u8>> {
    let Some(body) = &response.body else {
        return Some(Vec::new());
    };
    match (&body.string, &body.bytes) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(encoded)) => BASE64.decode(encoded).ok(),
        (None, None) => Some(Vec::new()),
    }
}
