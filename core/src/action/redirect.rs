//! `redirect`, and the redirect to https of a gateway server.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::{HeaderMutations, PathRewrite};
use crate::matcher::PathMatcher;
use crate::request::Request;

/// Where the client is sent. Empty texts keep what the request has.
#[derive(Clone, Debug, Default)]
pub struct Redirect {
    /// 301, 302, 303, 307 or 308; another one in a route that Envoy refuses.
    pub status: u16,
    /// `uri`: takes the place of the path; the request's query stays unless this has one.
    pub path: String,
    /// What becomes of the path where only its beginning is replaced; takes the place of `path`.
    pub path_rewrite: Option<PathRewrite>,
    /// `authority`.
    pub authority: String,
    /// `scheme`.
    pub scheme: String,
    /// `port`, or what `derivePort` says, unless it is the usual one of the scheme.
    pub port: Option<u16>,
    /// `headers.response` of the rule.
    pub response_headers: HeaderMutations,
}

impl Redirect {
    /// The `location` header. `matched` is the condition that the path has satisfied.
    /// Source: Envoy `Utility::newUri`.
    pub fn location(&self, request: &Request<'_>, matched: Option<&PathMatcher>) -> Vec<u8> {
        let scheme = if self.scheme.is_empty() {
            request.scheme
        } else {
            self.scheme.as_bytes()
        };
        let mut location = [scheme, b"://", self.host(request, scheme)].concat();
        if let Some(port) = self.port {
            location.extend_from_slice(alloc::format!(":{port}").as_bytes());
        }
        self.write_path(request, matched, &mut location);
        location
    }

    fn host<'s>(&'s self, request: &Request<'s>, scheme: &[u8]) -> &'s [u8] {
        if !self.authority.is_empty() {
            return self.authority.as_bytes();
        }
        let (host, port) = split_explicit_port(request.authority);
        if self.port.is_some() || is_usual_port_of_old_scheme(request, scheme, port) {
            host
        } else {
            request.authority
        }
    }

    fn write_path(&self, request: &Request<'_>, matched: Option<&PathMatcher>, location: &mut Vec<u8>) {
        let path = match (&self.path_rewrite, matched) {
            (Some(rewrite), Some(matched)) => rewrite.rewrite(matched, request.path),
            _ if self.path.is_empty() => Cow::Borrowed(request.path),
            _ => Cow::Borrowed(self.path.as_bytes()),
        };
        if path.first() != Some(&b'/') {
            location.push(b'/');
        }
        location.extend_from_slice(&path);
        if let Some(query) = request.query.filter(|_| !self.path.contains('?')) {
            location.push(b'?');
            location.extend_from_slice(query);
        }
    }
}

/// Where a server with `httpsRedirect` sends clients, with status 301: the authority stays as it is, port and
/// all. Source: Envoy `createSslRedirectPath`.
pub fn https_location(request: &Request<'_>) -> Vec<u8> {
    let mut location = [b"https://", request.authority, request.path].concat();
    if let Some(query) = request.query {
        location.push(b'?');
        location.extend_from_slice(query);
    }
    location
}

/// A port that went without saying in the old scheme does not belong to the new one.
fn is_usual_port_of_old_scheme(request: &Request<'_>, scheme: &[u8], port: &[u8]) -> bool {
    let forwarded = request.header_values("x-forwarded-proto").next();
    let old = forwarded
        .filter(|value| !value.is_empty())
        .unwrap_or(request.scheme);
    scheme != old && matches!((old, port), (b"http", b":80") | (b"https", b":443"))
}

/// Host and `:port`. Source: Envoy `processRequestHost`.
fn split_explicit_port(authority: &[u8]) -> (&[u8], &[u8]) {
    let colon = if authority.first() == Some(&b'[') {
        authority
            .windows(2)
            .rposition(|pair| pair == b"]:")
            .map(|bracket| bracket + 1)
    } else {
        authority.iter().rposition(|byte| *byte == b':')
    };
    colon
        .and_then(|colon| authority.split_at_checked(colon))
        .unwrap_or((authority, b""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Header;

    fn location(redirect: &Redirect, authority: &str, path: &str) -> String {
        let pairs = [(":scheme", "http"), (":authority", authority), (":path", path)];
        let headers: Vec<Header> = pairs.map(|(name, value)| (name.into(), value.into())).into();
        String::from_utf8(redirect.location(&Request::new(80, &headers), None)).unwrap()
    }

    #[test]
    fn https_keeps_the_authority_as_it_is() {
        let pairs = [(":scheme", "http"), (":authority", "b:80"), (":path", "/a?b")];
        let headers: Vec<Header> = pairs.map(|(name, value)| (name.into(), value.into())).into();
        assert_eq!(https_location(&Request::new(80, &headers)), b"https://b:80/a?b");
    }

    #[test]
    fn locations_keep_what_the_redirect_does_not_name() {
        let with = |path: &str, authority: &str, scheme: &str, port| Redirect {
            status: 301,
            path: path.into(),
            path_rewrite: None,
            authority: authority.into(),
            scheme: scheme.into(),
            port,
            ..Redirect::default()
        };
        for (redirect, authority, path, expected) in [
            (with("/new", "", "", None), "b", "/foo?q=1", "http://b/new?q=1"),
            (with("/new?z", "", "", None), "b", "/foo?q=1", "http://b/new?z"),
            (with("new", "", "", None), "b", "/foo", "http://b/new"),
            (with("", "c", "", None), "b:80", "/foo", "http://c/foo"),
            (with("", "", "https", None), "b:80", "/foo", "https://b/foo"),
            (
                with("", "", "https", None),
                "b:8080",
                "/foo",
                "https://b:8080/foo",
            ),
            (with("", "", "", Some(8443)), "b:80", "/foo", "http://b:8443/foo"),
            (with("", "", "", Some(81)), "[::1]:80", "/", "http://[::1]:81/"),
        ] {
            assert_eq!(location(&redirect, authority, path), expected);
        }
    }
}
