//! Header values: Envoy's format strings, as far as a filter can know what they name.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::attributes::Attribute;

/// A value that does not read as an Envoy format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidHeaderValue {
    /// A `%` without its partner.
    Unbalanced,
    /// A command that a filter cannot know the value of, or that Envoy does not have, without its `%` signs.
    Unsupported(String),
}

impl fmt::Display for InvalidHeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced => f.write_str("a single % starts a format command and has no end"),
            Self::Unsupported(command) => write!(f, "the format command %{command}% is not supported"),
        }
    }
}

/// What a format command stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// `%REQ(name?other)%`: the first value of a request header, or of another one where there is none.
    RequestHeader(HeaderName),
    /// `%RESP(name?other)%`: the same of the response; empty before there is one.
    ResponseHeader(HeaderName),
    /// `%RESPONSE_CODE%`: what the upstream has answered; 0 where the proxy answers itself.
    ResponseCode,
    /// A whole attribute.
    Attribute(Attribute),
    /// `…_WITHOUT_PORT%`: the address in front of the port.
    WithoutPort(Attribute),
    /// `…_PORT%`: the port of an address.
    Port(Attribute),
}

/// The headers that a command reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderName {
    /// Lower-case.
    pub name: Box<str>,
    /// Is read where the first one is missing.
    pub other: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Variable(Variable),
}

/// The value of a header operation: text with commands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderValue {
    /// As it is written; empty for one that no one wrote.
    written: Box<str>,
    pieces: Vec<Piece>,
}

impl HeaderValue {
    /// Reads a value as Envoy reads it; `%%` is a percent sign.
    ///
    /// # Errors
    /// For a lone `%`, and for commands whose value a filter cannot know.
    pub fn parse(written: &str) -> Result<Self, InvalidHeaderValue> {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut parts = written.split('%');
        text.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        while let Some(command) = parts.next() {
            let after = parts.next().ok_or(InvalidHeaderValue::Unbalanced)?;
            if command.is_empty() {
                text.push(b'%');
            } else {
                pieces.push(Piece::Text(core::mem::take(&mut text)));
                pieces.push(Piece::Variable(variable(command)?));
            }
            text.extend_from_slice(after.as_bytes());
        }
        pieces.push(Piece::Text(text));
        pieces.retain(|piece| *piece != Piece::Text(Vec::new()));
        Ok(Self {
            written: written.into(),
            pieces,
        })
    }

    /// Text without commands.
    pub fn text(text: &[u8]) -> Self {
        Self {
            written: "".into(),
            pieces: vec![Piece::Text(text.to_owned())],
        }
    }

    /// A value with a command that nobody can fill in, for a route that is never taken.
    pub fn unread(written: &str) -> Self {
        Self {
            written: written.into(),
            ..Self::text(written.as_bytes())
        }
    }

    /// The text, where no command is left in it.
    pub fn as_text(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [] => Some(&[]),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// What stands in the resource.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The commands in it.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Text(_) => None,
        })
    }

    /// The value with those commands filled in that `find` has a value for.
    #[must_use]
    pub fn fill(&self, find: &dyn Fn(&Variable) -> Option<Vec<u8>>) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(1);
        for piece in &self.pieces {
            let found = match piece {
                Piece::Text(text) => Some(text.clone()),
                Piece::Variable(variable) => find(variable),
            };
            match (pieces.last_mut(), found) {
                (Some(Piece::Text(text)), Some(found)) => text.extend_from_slice(&found),
                (_, Some(found)) => pieces.push(Piece::Text(found)),
                (_, None) => pieces.push(piece.clone()),
            }
        }
        Self {
            written: self.written.clone(),
            pieces,
        }
    }
}

/// Source: Envoy `SubstitutionFormatParser`.
fn variable(command: &str) -> Result<Variable, InvalidHeaderValue> {
    use Attribute::{
        LocalAddress, LocalSubject, PeerSubject, Protocol, RemoteAddress, ServerName, TlsVersion,
    };
    if let Some(header) = argument(command, "REQ") {
        return header_name(header)
            .map(Variable::RequestHeader)
            .ok_or_else(|| unsupported(command));
    }
    if let Some(header) = argument(command, "RESP") {
        return header_name(header)
            .map(Variable::ResponseHeader)
            .ok_or_else(|| unsupported(command));
    }
    Ok(match command {
        "RESPONSE_CODE" => Variable::ResponseCode,
        "PROTOCOL" => Variable::Attribute(Protocol),
        "DOWNSTREAM_REMOTE_ADDRESS" => Variable::Attribute(RemoteAddress),
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => Variable::WithoutPort(RemoteAddress),
        "DOWNSTREAM_REMOTE_PORT" => Variable::Port(RemoteAddress),
        "DOWNSTREAM_LOCAL_ADDRESS" => Variable::Attribute(LocalAddress),
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT" => Variable::WithoutPort(LocalAddress),
        "DOWNSTREAM_LOCAL_PORT" => Variable::Port(LocalAddress),
        "REQUESTED_SERVER_NAME" => Variable::Attribute(ServerName),
        "DOWNSTREAM_TLS_VERSION" => Variable::Attribute(TlsVersion),
        "DOWNSTREAM_PEER_SUBJECT" => Variable::Attribute(PeerSubject),
        "DOWNSTREAM_LOCAL_SUBJECT" => Variable::Attribute(LocalSubject),
        _ => return Err(unsupported(command)),
    })
}

fn unsupported(command: &str) -> InvalidHeaderValue {
    InvalidHeaderValue::Unsupported(command.into())
}

/// What stands in the brackets of `NAME(…)`. A length behind them is refused by Istio.
fn argument<'c>(command: &'c str, name: &str) -> Option<&'c str> {
    command.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')
}

fn header_name(text: &str) -> Option<HeaderName> {
    let mut names = text.split('?');
    let name = names.next().filter(|name| !name.is_empty())?;
    let other = names.next();
    names.next().is_none().then(|| HeaderName {
        name: name.to_ascii_lowercase().into(),
        other: other
            .filter(|other| !other.is_empty())
            .map(|other| other.to_ascii_lowercase().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_doubled() {
        let value = HeaderValue::parse("100%% sure%%").unwrap();
        assert_eq!(value.as_text(), Some(&b"100% sure%"[..]));
        assert_eq!(HeaderValue::parse("50%"), Err(InvalidHeaderValue::Unbalanced));
    }

    #[test]
    fn commands_that_a_filter_cannot_know_are_refused() {
        for command in [
            "BOGUS",
            "REQ(a?b?c)",
            "REQ()",
            "REQ(x):3",
            "UPSTREAM_HOST",
            "START_TIME",
        ] {
            let refused = HeaderValue::parse(&alloc::format!("%{command}%"));
            assert_eq!(refused, Err(InvalidHeaderValue::Unsupported(command.into())));
        }
    }

    #[test]
    fn commands_are_filled_in_one_by_one() {
        let value = HeaderValue::parse("a-%REQ(X?Y)%-%RESPONSE_CODE%").unwrap();
        assert_eq!(value.as_text(), None);
        let half = value.fill(&|variable| match variable {
            Variable::RequestHeader(header) => Some(header.other.clone()?.as_bytes().to_vec()),
            _ => None,
        });
        assert_eq!(half.as_text(), None);
        let whole = half.fill(&|_| Some(b"200".to_vec()));
        assert_eq!(whole.as_text(), Some(&b"a-y-200"[..]));
    }
}
