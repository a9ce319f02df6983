//! A header map as Envoy keeps it, and the bytes in which it crosses the border.

use super::status::Status;

/// Headers in order; names in lower case, pseudo-headers first, a name as often as it was sent.
pub type Headers = Vec<(String, Vec<u8>)>;

/// Headers that Envoy stores in one slot: a second value is joined to the first by a comma.
const SINGLE: [&str; 20] = [
    ":authority",
    ":method",
    ":path",
    ":scheme",
    ":status",
    ":protocol",
    "connection",
    "content-length",
    "content-type",
    "te",
    "transfer-encoding",
    "upgrade",
    "via",
    "user-agent",
    "x-request-id",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "grpc-status",
    "grpc-message",
];

/// The operations of a filter on one map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HeaderMap {
    entries: Headers,
}

impl HeaderMap {
    pub(super) fn new(headers: Headers) -> Self {
        let mut map = Self::default();
        for (name, value) in headers {
            map.add(&name, value);
        }
        map
    }

    pub(super) fn entries(&self) -> &Headers {
        &self.entries
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The first value of a name, as the single-header getter gives it.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        let name = name.to_ascii_lowercase();
        self.entries
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_slice())
    }

    pub(super) fn add(&mut self, name: &str, value: Vec<u8>) {
        let name = name.to_ascii_lowercase();
        if SINGLE.contains(&name.as_str())
            && let Some((_, old)) = self.entries.iter_mut().find(|(key, _)| *key == name)
        {
            old.push(b',');
            old.extend_from_slice(&value);
            return;
        }
        let position = if name.starts_with(':') {
            self.pseudo_headers()
        } else {
            self.len()
        };
        self.entries.insert(position, (name, value));
    }

    /// Removes every value of the name, then adds one at the end.
    pub(super) fn replace(&mut self, name: &str, value: Vec<u8>) {
        self.remove(name);
        self.add(name, value);
    }

    pub(super) fn remove(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        self.entries.retain(|(key, _)| *key != name);
    }

    /// What a filter gets for the whole map; nothing at all for an empty one.
    pub(super) fn serialize(&self) -> Vec<u8> {
        if self.entries.is_empty() {
            Vec::new()
        } else {
            serialize_pairs(&self.entries)
        }
    }

    fn pseudo_headers(&self) -> usize {
        self.entries
            .iter()
            .take_while(|(key, _)| key.starts_with(':'))
            .count()
    }
}

/// Count, then all lengths, then all names and values, each closed by a NUL byte.
pub(super) fn serialize_pairs(pairs: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = (pairs.len() as u32).to_le_bytes().to_vec();
    for (name, value) in pairs {
        bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value);
        bytes.push(0);
    }
    bytes
}

/// Reads what [`serialize_pairs`] writes; no bytes are no pairs.
pub(super) fn parse_pairs(bytes: &[u8]) -> Result<Headers, Status> {
    if bytes.is_empty() {
        return Ok(Headers::new());
    }
    let (count, rest) = take_u32(bytes)?;
    let lengths = rest
        .get(..(count as usize).saturating_mul(8))
        .ok_or(Status::ParseFailure)?;
    let mut texts = rest.get(lengths.len()..).ok_or(Status::ParseFailure)?;
    let mut pairs = Headers::new();
    for pair in lengths.chunks_exact(8) {
        let (name_length, value_length) = take_u32(pair)?;
        let (value_length, _) = take_u32(value_length)?;
        let name = take_text(&mut texts, name_length)?;
        let value = take_text(&mut texts, value_length)?;
        pairs.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
    }
    Ok(pairs)
}

fn take_u32(bytes: &[u8]) -> Result<(u32, &[u8]), Status> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(Status::ParseFailure)?;
    Ok((u32::from_le_bytes(*number), rest))
}

fn take_text<'a>(texts: &mut &'a [u8], length: u32) -> Result<&'a [u8], Status> {
    let length = length as usize;
    let text = texts.get(..length).ok_or(Status::ParseFailure)?;
    *texts = texts.get(length + 1..).ok_or(Status::ParseFailure)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, Vec<u8>) {
        (name.to_owned(), value.as_bytes().to_vec())
    }

    #[test]
    fn names_are_lower_case_and_pseudo_headers_come_first() {
        let mut map = HeaderMap::new(vec![pair("X-A", "1"), pair(":path", "/"), pair("x-a", "2")]);
        map.add(":method", b"GET".to_vec());
        let expected = [
            pair(":path", "/"),
            pair(":method", "GET"),
            pair("x-a", "1"),
            pair("x-a", "2"),
        ];
        assert_eq!(map.entries(), &expected);
    }

    #[test]
    fn replacing_removes_all_values_and_adds_at_the_end() {
        let mut map = HeaderMap::new(vec![pair("x-a", "1"), pair("x-b", "2"), pair("x-a", "3")]);
        map.replace("X-A", b"4".to_vec());
        assert_eq!(map.entries(), &[pair("x-b", "2"), pair("x-a", "4")]);
    }

    #[test]
    fn a_second_value_of_a_single_header_is_joined() {
        let map = HeaderMap::new(vec![pair("x-forwarded-for", "a"), pair("X-Forwarded-For", "b")]);
        assert_eq!(map.entries(), &[pair("x-forwarded-for", "a,b")]);
    }

    #[test]
    fn pairs_survive_the_border() {
        let pairs = vec![
            pair(":path", "/bytes/1"),
            (String::from("x-raw"), vec![0xff, 0, 0x80]),
            pair("", ""),
        ];
        assert_eq!(parse_pairs(&serialize_pairs(&pairs)), Ok(pairs));
    }

    #[test]
    fn truncated_pairs_are_refused() {
        let bytes = serialize_pairs(&[pair("name", "value")]);
        for length in 1..bytes.len() {
            assert_eq!(
                parse_pairs(&bytes[..length]),
                Err(Status::ParseFailure),
                "{length}"
            );
        }
        assert_eq!(parse_pairs(&u32::MAX.to_le_bytes()), Err(Status::ParseFailure));
    }
}
