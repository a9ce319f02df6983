//! Requests as they stand on the wire.

use mainsheet_core::sent::{SentRequest, Values};

use super::url;

/// How many headers Envoy takes.
const HEADERS: usize = 100;

/// A request line, headers, and what follows an empty line, which nobody looks at. The end of the headers may be
/// missing; a version of HTTP other than 1 is one that somebody has copied from a browser.
pub(crate) fn parse(bytes: &[u8]) -> Result<SentRequest, String> {
    let bytes = as_http_1(bytes.trim_ascii_start());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed
        .parse(&bytes)
        .map_err(|error| format!("this is no request of HTTP: {error}"))?;
    let (Some(method), Some(target)) = (parsed.method, parsed.path) else {
        return Err("this is no request of HTTP: it has no line such as `GET / HTTP/1.1`".to_owned());
    };
    let mut request = SentRequest {
        method: Some(method.to_owned()),
        ..SentRequest::default()
    };
    for header in parsed.headers.iter().filter(|header| !header.name.is_empty()) {
        let values = request.headers.entry(header.name.to_ascii_lowercase());
        if let Values::Several(values) = values.or_insert(Values::Several(Vec::new())) {
            values.push(String::from_utf8_lossy(header.value).trim().to_owned());
        }
    }
    request.url = if target.contains("://") {
        // The form for proxies takes the place of the host.
        request.headers.remove("host");
        url::complete(target)?
    } else {
        let host = request.headers.remove("host");
        let host = host.as_ref().and_then(|values| values.iter().next());
        let host = host.ok_or("the request has no header `host`")?;
        url::complete(&format!("http://{host}{target}"))?
    };
    Ok(request)
}

/// The request line in the words of HTTP/1.1, with an end of the headers.
fn as_http_1(bytes: &[u8]) -> Vec<u8> {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii();
    let rest = lines.next().unwrap_or_default();
    let mut words: Vec<&[u8]> = first.split(|byte| *byte == b' ').collect();
    match words.last_mut() {
        Some(version) if version.starts_with(b"HTTP/") => *version = b"HTTP/1.1",
        _ => words.push(b"HTTP/1.1"),
    }
    [words.join(&b' ').as_slice(), b"\r\n", rest, b"\r\n\r\n"].concat()
}
