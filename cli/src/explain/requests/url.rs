//! URLs that a proxy could be asked for.

use mainsheet_core::request::split_port;

/// The URL with a scheme, without fragment.
pub(super) fn complete(url: &str) -> Result<String, String> {
    let url = url.split('#').next().unwrap_or_default();
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    match problem(&url) {
        Some(problem) => Err(problem),
        None => Ok(without_user(&url)),
    }
}

/// What is no URL of a request that a proxy could get.
fn problem(url: &str) -> Option<String> {
    let (scheme, authority) = parts(url)?;
    let port = split_port(authority.as_bytes()).1;
    let known = port.is_none_or(|port| str::from_utf8(port).is_ok_and(|port| port.parse::<u16>().is_ok()));
    if !matches!(scheme, "http" | "https") {
        Some(format!(
            "`{scheme}` is no scheme of a request: write http or https"
        ))
    } else if authority.is_empty() {
        Some(format!("`{url}` names no host"))
    } else if !known {
        Some(format!("`{authority}` has no port from 0 to 65535"))
    } else {
        None
    }
}

fn parts(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    Some((scheme, rest.split(['/', '?']).next().unwrap_or_default()))
}

/// `user:password@` does not travel in the request line.
fn without_user(url: &str) -> String {
    let user = parts(url).and_then(|(_, authority)| Some(authority.rsplit_once('@')?.0));
    match user {
        Some(user) => url.replacen(&format!("{user}@"), "", 1),
        None => url.to_owned(),
    }
}
