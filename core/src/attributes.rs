//! What a proxy knows of a request besides its headers: Envoy's attributes, and what its filters have left.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

/// An attribute of a connection that header values can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `%PROTOCOL%`: `HTTP/1.1`, `HTTP/2`.
    Protocol,
    /// `%DOWNSTREAM_REMOTE_ADDRESS%`: the client's address with its port.
    RemoteAddress,
    /// `%DOWNSTREAM_LOCAL_ADDRESS%`: the address that the client has connected to, with its port.
    LocalAddress,
    /// `%REQUESTED_SERVER_NAME%`: the client's SNI.
    ServerName,
    /// `%DOWNSTREAM_TLS_VERSION%`.
    TlsVersion,
    /// `%DOWNSTREAM_PEER_SUBJECT%`.
    PeerSubject,
    /// `%DOWNSTREAM_LOCAL_SUBJECT%`.
    LocalSubject,
}

/// Answers for what a proxy knows. What it does not know is `None`.
pub trait Attributes: fmt::Debug {
    /// An attribute as Envoy writes it.
    fn attribute(&self, attribute: Attribute) -> Option<Vec<u8>>;

    /// The texts of a claim of the request's token: of a list all its entries, and one of a single text.
    /// `None` where there is no token, no such claim, or where it is neither.
    /// Source: metadata of Envoy's `envoy.filters.http.jwt_authn`.
    fn claim(&self, path: &[String]) -> Option<Vec<Vec<u8>>>;
}

/// Attributes that a person or a case file gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenAttributes {
    /// `HTTP/1.1` unless said otherwise.
    pub protocol: Option<String>,
    /// Address and port of the client.
    pub remote_address: Option<String>,
    /// Address and port that the client has connected to.
    pub local_address: Option<String>,
    /// SNI.
    pub server_name: Option<String>,
    /// The claims that request authentication has established: an object.
    pub claims: Value,
}

impl Attributes for GivenAttributes {
    fn attribute(&self, attribute: Attribute) -> Option<Vec<u8>> {
        let given = match attribute {
            Attribute::Protocol => self.protocol.as_deref().or(Some("HTTP/1.1")),
            Attribute::RemoteAddress => self.remote_address.as_deref(),
            Attribute::LocalAddress => self.local_address.as_deref(),
            Attribute::ServerName => self.server_name.as_deref(),
            Attribute::TlsVersion | Attribute::PeerSubject | Attribute::LocalSubject => None,
        };
        given.map(|text| text.as_bytes().to_owned())
    }

    fn claim(&self, path: &[String]) -> Option<Vec<Vec<u8>>> {
        let found = path.iter().try_fold(&self.claims, |value, key| value.get(key))?;
        match found {
            Value::String(text) => Some(Vec::from([text.as_bytes().to_owned()])),
            Value::Array(entries) => {
                let texts = entries.iter().filter_map(Value::as_str);
                Some(texts.map(|text| text.as_bytes().to_owned()).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }
}

/// Nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct Unknown;

impl Attributes for Unknown {
    fn attribute(&self, _attribute: Attribute) -> Option<Vec<u8>> {
        None
    }

    fn claim(&self, _path: &[String]) -> Option<Vec<Vec<u8>>> {
        None
    }
}

/// The name of an attribute in a header value, without its `%` signs.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protocol => "PROTOCOL",
            Self::RemoteAddress => "DOWNSTREAM_REMOTE_ADDRESS",
            Self::LocalAddress => "DOWNSTREAM_LOCAL_ADDRESS",
            Self::ServerName => "REQUESTED_SERVER_NAME",
            Self::TlsVersion => "DOWNSTREAM_TLS_VERSION",
            Self::PeerSubject => "DOWNSTREAM_PEER_SUBJECT",
            Self::LocalSubject => "DOWNSTREAM_LOCAL_SUBJECT",
        })
    }
}

/// The address in front of the last colon, IPv6 without its brackets.
pub fn without_port(address: &[u8]) -> &[u8] {
    let (host, _) = halves(address);
    host.strip_prefix(b"[")
        .and_then(|host| host.strip_suffix(b"]"))
        .unwrap_or(host)
}

/// What follows the last colon of an address.
pub(crate) fn port_of(address: &[u8]) -> &[u8] {
    halves(address).1
}

fn halves(address: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = address.rsplitn(2, |byte| *byte == b':');
    match (halves.next(), halves.next()) {
        (Some(port), Some(host)) => (host, port),
        _ => (address, &[]),
    }
}

/// The keys of a claim in a header match: `@request.auth.claims.a.b` or `@request.auth.claims[a][b]`.
/// `None` for a name that is no claim. Source: Istio `jwt.ToRoutingClaim`.
pub fn claim_path(name: &str) -> Option<Vec<String>> {
    const PREFIX: &str = "@request.auth.claims";
    let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
    if !prefix.eq_ignore_ascii_case(PREFIX) {
        return None;
    }
    let keys: Vec<String> = if let Some(dotted) = rest.strip_prefix('.') {
        dotted.split('.').map(ToString::to_string).collect()
    } else {
        let bracketed = rest.strip_prefix('[')?.strip_suffix(']')?;
        bracketed.split("][").map(ToString::to_string).collect()
    };
    keys.iter().all(|key| !key.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use serde_json::json;

    #[test]
    fn claims_are_named_with_dots_or_brackets() {
        for (name, path) in [
            ("@request.auth.claims.iss", Some(&["iss"][..])),
            ("@request.auth.claims.a.b", Some(&["a", "b"])),
            ("@request.auth.claims[a][b.c]", Some(&["a", "b.c"])),
            ("@request.auth.claims", None),
            ("@request.auth.claims.", None),
            ("@request.auth.claims[a", None),
            ("x-claims", None),
        ] {
            let path = path.map(|keys| keys.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(claim_path(name), path, "{name}");
        }
    }

    #[test]
    fn a_claim_is_a_text_or_a_list_of_texts() {
        let given = GivenAttributes {
            claims: json!({"iss": "me", "groups": ["a", 1, "b"], "n": 1, "deep": {"x": "y"}}),
            ..GivenAttributes::default()
        };
        let claim =
            |name: &str| given.claim(&claim_path(&alloc::format!("@request.auth.claims.{name}")).unwrap());
        assert_eq!(claim("iss"), Some(vec![b"me".to_vec()]));
        assert_eq!(claim("groups"), Some(vec![b"a".to_vec(), b"b".to_vec()]));
        assert_eq!(claim("deep.x"), Some(vec![b"y".to_vec()]));
        assert_eq!(claim("n"), None);
        assert_eq!(claim("none"), None);
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        for (address, host, number) in [
            ("127.0.0.1:80", "127.0.0.1", "80"),
            ("[::1]:80", "::1", "80"),
            ("10.0.0.1", "10.0.0.1", ""),
        ] {
            assert_eq!(without_port(address.as_bytes()), host.as_bytes());
            assert_eq!(port_of(address.as_bytes()), number.as_bytes());
        }
    }
}
