//! Names and values of headers, and their changes. Source: Istio `ValidateHTTPHeaderNameOrJwtClaimRoute`,
//! `ValidateHTTPHeaderOperationName`, `ValidateHTTPHeaderValue`, `validateAuthorityRewrite`.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::findings::{Findings, Verdict, refuse};
use super::header_value;
use crate::attributes::claim_path;
use crate::report::Field;
use crate::resources::virtual_service::{HTTPRewrite, HeaderOperations, Headers};

const NAME: &str = "invalid-header-name";
const NAME_HELP: &str = "use letters, digits, `-` and `_`";
const PSEUDO: [&str; 5] = [":method", ":scheme", ":authority", ":path", ":status"];

/// A name that a condition may have: of a header, a pseudo header, or a claim.
pub fn name_or_claim(name: &str) -> Verdict {
    if !name.is_empty() && (claim_path(name).is_some() || PSEUDO.contains(&name)) {
        return Ok(());
    }
    token(name)
}

/// A name that is more than HTTP asks for: no punctuation.
pub fn strict_name(name: &str) -> Verdict {
    not_empty(name)?;
    let strict = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if strict { Ok(()) } else { invalid(name) }
}

/// A name in a list of CORS, where `*` stands for all.
pub(super) fn cors_name(name: &str) -> Verdict {
    if name == "*" { Ok(()) } else { token(name) }
}

fn token(name: &str) -> Verdict {
    not_empty(name)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.chars().all(token) {
        Ok(())
    } else {
        invalid(name)
    }
}

fn not_empty(name: &str) -> Verdict {
    if name.is_empty() {
        return refuse(NAME, "header name cannot be empty", "name the header");
    }
    Ok(())
}

fn invalid(name: &str) -> Verdict {
    refuse(
        NAME,
        format!("header name {name} is not a valid header name"),
        NAME_HELP,
    )
}

/// A value that a change gives a header.
pub fn value(value: &str) -> Verdict {
    const CODE: &str = "invalid-header-value";
    let control = |byte: u8| byte < 0x20 && byte != b'\t' || byte == 0x7f;
    if value.bytes().any(control) {
        let message =
            format!("header value configuration {value:?} is invalid: it holds a control character");
        return refuse(CODE, message, "remove the control character");
    }
    header_value::parse(value).or_else(|why| {
        let message = format!("header value configuration {value} is invalid: {why}");
        refuse(
            CODE,
            message,
            "write %% for a percent sign, and %COMMAND% for what Envoy fills in",
        )
    })
}

/// Changes of a rule or a destination.
pub(super) fn check(headers: Option<&Headers>, field: &Field<'_>, findings: &mut Findings) {
    let Some(headers) = headers else { return };
    let request = headers.request.as_ref();
    operations(request, true, &field.name("request"), findings);
    operations(
        headers.response.as_ref(),
        false,
        &field.name("response"),
        findings,
    );
}

fn operations(
    operations: Option<&HeaderOperations>,
    of_request: bool,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let Some(operations) = operations else { return };
    for (list, name) in [(&operations.set, "set"), (&operations.add, "add")] {
        let field = field.name(name);
        for (header, text) in list {
            let field = field.key(header);
            findings.judge(changed_name(header, of_request), &field);
            findings.judge(value(text), &field);
        }
    }
    let field = field.name("remove");
    for (index, header) in operations.remove.iter().enumerate() {
        findings.judge(changed_name(header, false), &field.index(index));
    }
}

/// The authority may be set on the way to the upstream; other pseudo headers cannot be changed.
fn changed_name(name: &str, authority: bool) -> Verdict {
    not_empty(name)?;
    if authority && is_authority(name) {
        return Ok(());
    }
    if name.eq_ignore_ascii_case("host") {
        let message = format!("invalid header {name:?}: cannot set Host header");
        return refuse(
            NAME,
            message,
            "set it in `request.set`, or use `rewrite.authority`",
        );
    }
    if name.starts_with(':') {
        let message = format!("invalid header {name:?}: header cannot have \":\" prefix");
        return refuse(NAME, message, "use `rewrite`, or a header without the colon");
    }
    Ok(())
}

fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

/// The authority is set in one place only; `field` is that of the rule.
pub(super) fn authority(
    rewrite: Option<&HTTPRewrite>,
    headers: Option<&Headers>,
    field: &Field<'_>,
    findings: &mut Findings,
) {
    let Some(request) = headers.and_then(|headers| headers.request.as_ref()) else {
        return;
    };
    let mut current = rewrite.map_or("", |rewrite| rewrite.authority.as_str());
    let headers = field.name("headers");
    let operations = headers.name("request");
    let lists: [(&BTreeMap<String, String>, _); 2] = [(&request.set, "set"), (&request.add, "add")];
    for (list, name) in lists {
        for (header, value) in list.iter().filter(|(header, _)| is_authority(header)) {
            if !current.is_empty() {
                let message = format!(
                    "authority header cannot be set multiple times: have {current:?}, attempting to set {value:?}"
                );
                let field = operations.name(name);
                let help = "keep `rewrite.authority` or the header, not both";
                findings.error(&field.key(header), "conflicting-fields", message, help);
                return;
            }
            current = value;
        }
    }
}
