//! The request to route, written after `--` much as curl is asked.

use clap::Parser;
use mainsheet_core::request::split_port;
use mainsheet_core::sent::{SentRequest, Values};

use crate::error::{Error, Result};

/// The request.
#[derive(Clone, Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct RequestArgs {
    /// Method and URL, or a URL alone for GET.
    #[arg(required = true, num_args = 1..=2, value_name = "METHOD URL")]
    line: Vec<String>,
    /// A header, `name: value`; repeat it for more.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
}

/// Reads what stands after `--`.
pub(super) fn parse(arguments: &[String]) -> Result<SentRequest> {
    let parsed = RequestArgs::try_parse_from(arguments);
    let arguments = parsed.map_err(|error| usage(first_line(&error.to_string())))?;
    let (method, url) = match arguments.line.as_slice() {
        [url] => (None, url),
        [method, url] => (Some(method.to_ascii_uppercase()), url),
        _ => return Err(usage("a request is a method and a URL")),
    };
    let mut request = SentRequest {
        method,
        url: with_scheme(url),
        ..SentRequest::default()
    };
    if let Some(problem) = problem(&request) {
        return Err(usage(&problem));
    }
    for header in &arguments.headers {
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| usage(&format!("`{header}` is not `name: value`")))?;
        let values = request
            .headers
            .entry(name.trim().to_ascii_lowercase())
            .or_insert(Values::Several(Vec::new()));
        if let Values::Several(values) = values {
            values.push(value.trim().to_owned());
        }
    }
    Ok(request)
}

/// What is wrong, without the word that every error is printed with.
fn first_line(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// What is no URL of a request that a proxy could get.
fn problem(request: &SentRequest) -> Option<String> {
    let (scheme, rest) = request.url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = split_port(authority.as_bytes()).1;
    let known = port.is_none_or(|port| str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()));
    if !matches!(scheme, "http" | "https") {
        Some(format!(
            "`{scheme}` is no scheme of a request: write http or https"
        ))
    } else if authority.is_empty() {
        Some(format!("`{}` names no host", request.url))
    } else if !known {
        Some(format!("`{authority}` has no port from 0 to 65535"))
    } else {
        None
    }
}

fn with_scheme(url: &str) -> String {
    if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    }
}

fn usage(message: &str) -> Error {
    Error::Usage(format!(
        "{message}\nWrite the request after `--`: -- GET http://reviews:9080/ -H 'end-user: jason'"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(arguments: &[&str]) -> Result<SentRequest> {
        parse(
            &arguments
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn requests_are_written_as_for_curl() {
        let asked = request(&[
            "post",
            "reviews:9080/a?b",
            "-H",
            "End-User: jason",
            "-H",
            "x:1",
            "-H",
            "x: 2",
        ])
        .unwrap();
        assert_eq!(
            (asked.method(), asked.port(), asked.target()),
            ("POST", 9080, "/a?b")
        );
        let headers = [("end-user", "jason"), ("x", "1"), ("x", "2")];
        assert_eq!(
            asked.plain_headers(),
            headers.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(request(&["http://a"]).unwrap().method(), "GET");
    }

    #[test]
    fn what_is_no_request_is_a_usage_error() {
        for arguments in [
            &[][..],
            &["GET", "http://a", "more"],
            &["http://a", "-H", "novalue"],
            &["http://a:99999/"],
            &["ftp://a/"],
            &["GET", ""],
        ] {
            let error = request(arguments).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
            assert!(!error.to_string().starts_with("error"), "{error}");
        }
    }
}
