//! `directResponse`. Source: Istio `validateHTTPDirectResponse`.

use super::findings::Findings;
use super::{numbers, one_of};
use crate::report::Field;
use crate::resources::virtual_service::{HTTPBody, HTTPDirectResponse};

/// Size above which a body is refused, in bytes.
const TOO_LARGE: usize = 1 << 20;
/// Size above which there is a warning.
const LARGE: usize = 100 << 10;

/// One response.
pub fn check(response: &HTTPDirectResponse, field: &Field<'_>, findings: &mut Findings) {
    findings.judge(
        numbers::http_status(response.status.into()),
        &field.name("status"),
    );
    let Some(body) = &response.body else { return };
    let field = field.name("body");
    let given = [("string", body.string.is_some()), ("bytes", body.bytes.is_some())];
    one_of::check(&given, &field, findings);
    let help = "serve it from a destination";
    if size(body) > TOO_LARGE {
        let message = "large direct_responses may impact control plane performance, must be less than 1MB";
        findings.error(&field, "large-body", message, help);
    } else if size(body) > LARGE {
        let message = "large direct_responses may impact control plane performance";
        findings.warn(&field, "large-body", message, help);
    }
}

/// Four characters of base64 are three bytes; what is no base64 is found elsewhere.
fn size(body: &HTTPBody) -> usize {
    match (&body.string, &body.bytes) {
        (Some(text), _) => text.len(),
        (None, Some(encoded)) => encoded.trim_end_matches('=').len() * 3 / 4,
        (None, None) => 0,
    }
}
