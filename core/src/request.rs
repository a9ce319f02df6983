//! The request as the connection manager hands it over: pseudo headers first, path already normalised.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::str;
use core::time::Duration;

use crate::attributes::{Attribute, Attributes, Unknown};

/// One header: a lower-case name and the bytes of one value. A repeated header is several of these.
pub type Header = (String, Vec<u8>);

/// A borrowed view of one request. Building it looks at each header once and copies nothing.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The port the connection arrived on: the Service port for a sidecar, the server port for a gateway.
    pub port: u16,
    /// `:method`.
    pub method: &'a [u8],
    /// `:scheme`.
    pub scheme: &'a [u8],
    /// `:authority` as sent, with its port.
    pub authority: &'a [u8],
    /// `:path` without the query string.
    pub path: &'a [u8],
    /// The query string without its `?`; `None` where the path has none.
    pub query: Option<&'a [u8]>,
    /// The IP address that a sidecar's client has connected to, where it is known: before redirection to the
    /// proxy. Decides only on ports whose protocol is not declared.
    pub address: Option<&'a [u8]>,
    headers: &'a [Header],
    attributes: &'a dyn Attributes,
}

impl<'a> Request<'a> {
    /// A view of `headers`, pseudo headers included. An absent pseudo header reads as empty.
    pub fn new(port: u16, headers: &'a [Header]) -> Self {
        let (mut method, mut scheme, mut authority, mut target) = (&[][..], &[][..], &[][..], &[][..]);
        for (name, value) in headers {
            match name.as_str() {
                ":method" => method = value,
                ":scheme" => scheme = value,
                ":authority" => authority = value,
                ":path" => target = value,
                _ => {}
            }
        }
        let (path, query) = split_query(target);
        Self {
            port,
            method,
            scheme,
            authority,
            path,
            query,
            address: None,
            headers,
            attributes: &Unknown,
        }
    }

    /// The same request, sent to an address.
    #[must_use]
    pub fn with_address(self, address: Option<&'a [u8]>) -> Self {
        Self { address, ..self }
    }

    /// The same request, with what is known beside its headers.
    #[must_use]
    pub fn with_attributes(self, attributes: &'a dyn Attributes) -> Self {
        Self { attributes, ..self }
    }

    /// What is known beside the headers.
    pub fn attributes(&self) -> &'a dyn Attributes {
        self.attributes
    }

    /// All headers, pseudo headers included, in the order received.
    pub fn headers(&self) -> &'a [Header] {
        self.headers
    }

    /// The values of one header, each on its own, as Envoy has matched them since 1.39.
    pub fn header_values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let headers: &'a [Header] = self.headers;
        headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_slice())
    }

    /// The first value of a query parameter, undecoded. Source: Envoy `parseQueryString`.
    pub fn query_parameter(&self, name: &[u8]) -> Option<&'a [u8]> {
        let query: &'a [u8] = self.query?;
        query.split(|byte| *byte == b'&').find_map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let key: &'a [u8] = halves.next()?;
            (key == name).then(|| halves.next().unwrap_or_default())
        })
    }

    /// Whether the request is gRPC: local answers then become trailers-only responses.
    /// Source: Envoy `Grpc::Common::isGrpcRequestHeaders`.
    pub fn is_grpc(&self) -> bool {
        self.header_values("content-type").next().is_some_and(|value| {
            value
                .strip_prefix(b"application/grpc")
                .is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
        })
    }

    /// The deadline that a gRPC client asks for; `None` where it asks for none, or not in the form of gRPC.
    pub fn grpc_timeout(&self) -> Option<Duration> {
        let value = self
            .header_values("grpc-timeout")
            .next()
            .filter(|_| self.is_grpc())?;
        let (unit, digits) = value.split_last()?;
        let number: u64 = str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.len() <= 8)?
            .parse()
            .ok()?;
        Some(match unit {
            b'H' => Duration::from_secs(number * 3600),
            b'M' => Duration::from_secs(number * 60),
            b'S' => Duration::from_secs(number),
            b'm' => Duration::from_millis(number),
            b'u' => Duration::from_micros(number),
            b'n' => Duration::from_nanos(number),
            _ => return None,
        })
    }

    /// The name that the client has asked for in TLS, in lower case: the host of the request where it is not known,
    /// which is what clients ask for.
    pub fn server_name(&self) -> Cow<'a, [u8]> {
        match self.attributes.attribute(Attribute::ServerName) {
            Some(name) => Cow::Owned(name.to_ascii_lowercase()),
            None => self.host(),
        }
    }

    /// The host that virtual hosts are chosen by: lower-case, without the port.
    pub fn host(&self) -> Cow<'a, [u8]> {
        let host: &'a [u8] = strip_port(self.authority);
        if host.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        }
    }
}

/// Cuts `:port` off an authority. Source: Envoy `HeaderUtility::getPortStart`, which does not look at
/// what follows the last colon, except that a colon inside `[…]` belongs to an IPv6 address.
pub fn strip_port(authority: &[u8]) -> &[u8] {
    split_port(authority).0
}

/// Host and port of an authority; the port is what follows the colon, unparsed.
pub fn split_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    let Some(colon) = authority.iter().rposition(|byte| *byte == b':') else {
        return (authority, None);
    };
    match authority.split_at_checked(colon) {
        Some((host, port)) if !port.contains(&b']') => (host, port.get(1..)),
        _ => (authority, None),
    }
}

fn split_query(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = target.splitn(2, |byte| *byte == b'?');
    (halves.next().unwrap_or_default(), halves.next())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use alloc::string::ToString;

    /// A list of headers.
    pub(crate) fn headers(pairs: &[(&str, &str)]) -> Vec<Header> {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn ports_are_cut_as_envoy_cuts_them() {
        for (authority, host) in [
            ("reviews", "reviews"),
            ("reviews:9080", "reviews"),
            ("reviews:", "reviews"),
            ("reviews:http", "reviews"),
            ("[::1]", "[::1]"),
            ("[::1]:80", "[::1]"),
            (":80", ""),
        ] {
            assert_eq!(strip_port(authority.as_bytes()), host.as_bytes(), "{authority}");
        }
    }

    #[test]
    fn query_parameters_are_the_first_and_undecoded() {
        let list = headers(&[(":path", "/a?b=%20&c&b=2&=x")]);
        let request = Request::new(80, &list);
        assert_eq!(request.path, b"/a");
        assert_eq!(request.query_parameter(b"b"), Some(&b"%20"[..]));
        assert_eq!(request.query_parameter(b"c"), Some(&b""[..]));
        assert_eq!(request.query_parameter(b"d"), None);
    }

    #[test]
    fn grpc_is_told_by_its_content_type() {
        for (value, grpc) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;charset=x", true),
            ("application/grpc-web", false),
            ("application/json", false),
        ] {
            let list = headers(&[("content-type", value)]);
            assert_eq!(Request::new(80, &list).is_grpc(), grpc, "{value}");
        }
    }
}
