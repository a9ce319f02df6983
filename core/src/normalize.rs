//! What the connection manager does to a request before any route is looked at.
//!
//! In Envoy this has happened when the filter is asked; who decides without Envoy does it with this.

use alloc::vec::Vec;

use crate::request::Header;
use crate::resources::mesh_config::NormalizationType;

/// The `:path` that routes see, or `None` for one that Envoy answers with 400.
/// Source: mesh `pathNormalization`, Envoy `ConnectionManagerUtility::maybeNormalizePath`.
pub fn normalize(target: &[u8], normalization: NormalizationType) -> Option<Vec<u8>> {
    let target = cut(target, b'#');
    if normalization == NormalizationType::None {
        return Some(target.to_vec());
    }
    let path = cut(target, b'?');
    let query = target.get(path.len()..).unwrap_or_default();
    if path.first() != Some(&b'/') {
        return Some(target.to_vec());
    }
    let mut path = path.to_vec();
    if normalization == NormalizationType::DecodeAndMergeSlashes {
        path = decode_slashes(&path);
    }
    path = canonical(&path)?;
    if matches!(
        normalization,
        NormalizationType::MergeSlashes | NormalizationType::DecodeAndMergeSlashes
    ) {
        path = merged(&path);
    }
    path.extend_from_slice(query);
    Some(path)
}

/// Slashes in a row become one; nothing but slashes becomes two, as the first and the last always stay.
/// Source: Envoy `PathUtil::mergeSlashes`.
fn merged(path: &[u8]) -> Vec<u8> {
    let only_slashes = path.len() > 1 && path.iter().all(|byte| *byte == b'/');
    if only_slashes {
        return b"//".to_vec();
    }
    let mut merged = path.to_vec();
    merged.dedup_by(|next, previous| *next == b'/' && *previous == b'/');
    merged
}

/// Headers that Envoy keeps in one value each: values of a second line are appended with `,`, empty ones are
/// not. Source: Envoy `HeaderMapImpl`, `INLINE_REQ_STRING_HEADERS` and what its filters register.
const SINGLE_VALUE: [&str; 30] = [
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "connection",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "keep-alive",
    "origin",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-decorator-operation",
    "x-envoy-force-trace",
    "x-envoy-internal",
    "x-envoy-ip-tags",
    "x-envoy-original-path",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// Joins repeated lines of headers that Envoy keeps in one value. Cookies and all others stay apart.
pub fn join_repeated(headers: &mut Vec<Header>) {
    let mut joined: Vec<Header> = Vec::with_capacity(headers.len());
    for (name, value) in headers.drain(..) {
        let single = SINGLE_VALUE.contains(&name.as_str());
        let known = joined.iter_mut().find(|(known, _)| single && *known == name);
        match known {
            Some(_) if value.is_empty() => {}
            Some((_, known)) if known.is_empty() => *known = value,
            Some((_, known)) => {
                known.push(b',');
                known.extend(value);
            }
            None => joined.push((name, value)),
        }
    }
    *headers = joined;
}

fn cut(text: &[u8], end: u8) -> &[u8] {
    text.split(|byte| *byte == end).next().unwrap_or_default()
}

fn decode_slashes(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((byte, after)) = rest.split_first() {
        match escaped(rest) {
            Some((slash @ (b'/' | b'\\'), behind)) => {
                decoded.push(slash);
                rest = behind;
            }
            _ => {
                decoded.push(*byte);
                rest = after;
            }
        }
    }
    decoded
}

/// Backslashes become slashes, escaped unreserved characters themselves, and dot segments are resolved;
/// everything else stays, `//` and `%2F` too. Source: Envoy `PathUtil::canonicalPath`.
fn canonical(path: &[u8]) -> Option<Vec<u8>> {
    let mut segments: Vec<Vec<u8>> = Vec::new();
    let mut parts = path.split(|byte| matches!(byte, b'/' | b'\\')).skip(1).peekable();
    while let Some(part) = parts.next() {
        let segment = decode_unreserved(part)?;
        let dots = matches!(segment.as_slice(), b"." | b"..");
        if segment == b".." {
            segments.pop();
        }
        if !dots {
            segments.push(segment);
        } else if parts.peek().is_none() {
            segments.push(Vec::new());
        }
    }
    let mut canonical = Vec::with_capacity(path.len());
    for segment in segments {
        canonical.push(b'/');
        canonical.extend(segment);
    }
    Some(canonical)
}

/// `None` for an escaped zero byte, which is no character of a path.
fn decode_unreserved(segment: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((byte, after)) = rest.split_first() {
        match escaped(rest) {
            Some((0, _)) => return None,
            Some((plain, behind)) if is_unreserved(plain) => {
                decoded.push(plain);
                rest = behind;
            }
            _ => {
                push_escaped(&mut decoded, *byte);
                rest = after;
            }
        }
    }
    Some(decoded)
}

/// Characters that have no place in a path are escaped.
fn push_escaped(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'`' | b'{' | b'}') {
        out.push(byte);
        return;
    }
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
    out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
}

/// The character that a `%xx` at the start of `text` stands for, and what follows it.
fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, rest @ ..] = text else {
        return None;
    };
    let digit = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    Some((digit(*high)? << 4 | digit(*low)?, rest))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_recorded_from_envoy() {
        for (target, base) in [
            ("/x/../foo/bar", "/foo/bar"),
            ("/v1/users/.?a=.", "/v1/users/?a=."),
            ("//.", "//"),
            ("/%66oo", "/foo"),
            ("/%7Ehome", "/~home"),
            ("/a%2Fb%5c//", "/a%2Fb%5c//"),
            ("/a\\b", "/a/b"),
            ("/..", "/"),
            ("/a/%2e%2E/b", "/b"),
            ("/?q=1#f", "/?q=1"),
            ("*", "*"),
        ] {
            let seen = normalize(target.as_bytes(), NormalizationType::Default).unwrap();
            assert_eq!(core::str::from_utf8(&seen).unwrap(), base, "{target}");
        }
        assert_eq!(normalize(b"/a%00", NormalizationType::Base), None);
    }

    #[test]
    fn some_headers_have_one_value() {
        let mut headers: Vec<Header> = [
            ("user-agent", "a"),
            ("x", "1"),
            ("user-agent", ""),
            ("x", "2"),
            ("user-agent", "b"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        join_repeated(&mut headers);
        let expected = [
            ("user-agent", "a,b"),
            ("x", "1"),
            ("x", "2"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.into(), value.into())));
    }

    #[test]
    fn nothing_but_slashes_stays_two() {
        for (path, expected) in [
            ("/", "/"),
            ("//", "//"),
            ("////", "//"),
            ("/a//", "/a/"),
            ("//a", "/a"),
        ] {
            let seen = normalize(path.as_bytes(), NormalizationType::MergeSlashes).unwrap();
            assert_eq!(seen, expected.as_bytes(), "{path}");
        }
    }

    #[test]
    fn slashes_are_merged_and_decoded_only_when_asked() {
        for (normalization, expected) in [
            (NormalizationType::None, "/a//b/%2f/../c#"),
            (NormalizationType::Base, "/a//b/c"),
            (NormalizationType::MergeSlashes, "/a/b/c"),
            (NormalizationType::DecodeAndMergeSlashes, "/a/b/c"),
        ] {
            let seen = normalize(b"/a//b/%2f/../c#", normalization).unwrap();
            assert_eq!(
                seen,
                expected.trim_end_matches('#').as_bytes(),
                "{normalization:?}"
            );
        }
    }
}
