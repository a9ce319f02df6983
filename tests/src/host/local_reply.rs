//! Responses that the filter sends by itself.

use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use super::headers::{HeaderMap, Headers};

/// What is escaped in `grpc-message`. Source: Envoy `Http::Utility::PercentEncoding::encode`.
const MESSAGE: &AsciiSet = &CONTROLS.add(b'%');

/// A response of the filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalReply {
    /// The HTTP status.
    pub status: u32,
    /// The headers that the filter gave, in lower case, in its order.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// The gRPC status, if the filter gave one.
    pub grpc_status: Option<u32>,
    /// The response code details, spaces replaced by underscores as Envoy does.
    pub details: String,
}

impl LocalReply {
    /// A reply of Envoy's own, without headers and body.
    pub(crate) fn of_status(status: u32) -> Self {
        Self {
            status,
            headers: Headers::new(),
            body: Vec::new(),
            grpc_status: None,
            details: String::new(),
        }
    }

    /// As [`encode`](Self::encode), in plain lists.
    pub(crate) fn encode_for(&self, request: &Headers) -> (Headers, Vec<u8>) {
        let (headers, body) = self.encode(&HeaderMap::new(request.clone()));
        (headers.entries().clone(), body)
    }

    /// What Envoy makes of it for this request: plain HTTP, or the headers-only form of gRPC.
    pub(super) fn encode(&self, request: &HeaderMap) -> (HeaderMap, Vec<u8>) {
        let content_type = request.first("content-type").unwrap_or_default();
        if content_type == b"application/grpc" || content_type.starts_with(b"application/grpc+") {
            let head = request.first(":method") == Some(b"HEAD");
            (self.encode_grpc(head), Vec::new())
        } else {
            (self.encode_http(), self.body.clone())
        }
    }

    fn encode_http(&self) -> HeaderMap {
        let mut map = self.status_and_headers(self.status);
        if self.body.is_empty() {
            map.remove("content-length");
            map.remove("content-type");
            return map;
        }
        map.replace("content-length", self.body.len().to_string().into_bytes());
        if map.first("content-type").is_none() {
            map.add("content-type", b"text/plain".to_vec());
        }
        map
    }

    /// The body is the message, but not in an answer to `HEAD`.
    fn encode_grpc(&self, head: bool) -> HeaderMap {
        let mut map = self.status_and_headers(200);
        let status = self.grpc_status.unwrap_or_else(|| grpc_status(self.status));
        map.replace("content-type", b"application/grpc".to_vec());
        map.replace("grpc-status", status.to_string().into_bytes());
        if !self.body.is_empty() && !head {
            let message = percent_encode(&self.body, MESSAGE).to_string();
            map.replace("grpc-message", message.into_bytes());
        }
        map
    }

    fn status_and_headers(&self, status: u32) -> HeaderMap {
        let mut headers = vec![(":status".to_owned(), status.to_string().into_bytes())];
        headers.extend(self.headers.iter().cloned());
        HeaderMap::new(headers)
    }
}

/// The status that gRPC defines for an HTTP status without one of its own.
fn grpc_status(http: u32) -> u32 {
    match http {
        400 => 13,
        401 => 16,
        403 => 7,
        404 => 12,
        429 | 502 | 503 | 504 => 14,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(body: &str) -> LocalReply {
        LocalReply {
            status: 503,
            headers: vec![("x-a".to_owned(), b"1".to_vec())],
            body: body.as_bytes().to_vec(),
            grpc_status: None,
            details: String::new(),
        }
    }

    #[test]
    fn a_body_brings_its_length_and_type() {
        let (map, body) = reply("no").encode(&HeaderMap::default());
        assert_eq!(map.first(":status"), Some(&b"503"[..]));
        assert_eq!(map.first("content-length"), Some(&b"2"[..]));
        assert_eq!(map.first("content-type"), Some(&b"text/plain"[..]));
        assert_eq!(body, b"no");
    }

    #[test]
    fn a_grpc_client_gets_headers_only() {
        let request = HeaderMap::new(vec![("content-type".to_owned(), b"application/grpc".to_vec())]);
        let (map, body) = reply("no\n%").encode(&request);
        assert_eq!(map.first(":status"), Some(&b"200"[..]));
        assert_eq!(map.first("grpc-status"), Some(&b"14"[..]));
        assert_eq!(map.first("grpc-message"), Some(&b"no%0A%25"[..]));
        assert_eq!(body, b"");
    }
}
