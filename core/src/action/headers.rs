//! `headers.request` and `headers.response`: set, add, remove.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::format::{HeaderName, HeaderValue, Variable};
use crate::attributes::{Attributes, port_of, without_port};
use crate::request::Header;

/// Headers that values are made of.
pub trait ReadHeaders {
    /// The first value of `name`. Asked only for operations that [read](HeaderMutations::reads) headers.
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>>;
}

/// A header map that actions write to: a host's, or a plain list.
pub trait HeaderMap: ReadHeaders {
    /// Removes every value of `name`.
    fn remove(&mut self, name: &str);
    /// Replaces every value of `name` by one.
    fn set(&mut self, name: &str, value: &[u8]);
    /// Appends a value.
    fn add(&mut self, name: &str, value: &[u8]);
}

impl ReadHeaders for [Header] {
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let mut values = self.iter().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| Cow::Borrowed(value.as_slice()))
    }
}

impl ReadHeaders for Vec<Header> {
    fn value(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.as_slice().value(name)
    }
}

impl HeaderMap for Vec<Header> {
    fn remove(&mut self, name: &str) {
        self.retain(|(key, _)| key != name);
    }

    fn set(&mut self, name: &str, value: &[u8]) {
        match self.iter_mut().find(|(key, _)| key == name) {
            None => self.add(name, value),
            Some((_, first)) => {
                *first = value.into();
                let mut seen = false;
                self.retain(|(key, _)| key != name || !core::mem::replace(&mut seen, true));
            }
        }
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        self.push((name.into(), value.into()));
    }
}

/// Header operations in the order of the API. Names are lower-case. Clones share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderMutations {
    operations: Arc<Operations>,
    reads: Reads,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Operations {
    remove: Vec<String>,
    set: Vec<(String, HeaderValue)>,
    add: Vec<(String, HeaderValue)>,
}

/// What values are made of besides text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// `%REQ(…)%` occurs.
    pub request: bool,
    /// A command occurs that names an attribute.
    pub attributes: bool,
    /// `%RESP(…)%` occurs.
    pub response: bool,
    /// `%RESPONSE_CODE%` occurs.
    pub status: bool,
}

impl From<&Operations> for Reads {
    fn from(operations: &Operations) -> Self {
        let values = operations.set.iter().chain(&operations.add);
        let mut reads = Self::default();
        for variable in values.flat_map(|(_, value)| value.variables()) {
            match variable {
                Variable::RequestHeader(_) => reads.request = true,
                Variable::ResponseHeader(_) => reads.response = true,
                Variable::ResponseCode => reads.status = true,
                Variable::Attribute(_) | Variable::WithoutPort(_) | Variable::Port(_) => {
                    reads.attributes = true;
                }
            }
        }
        reads
    }
}

impl From<Operations> for HeaderMutations {
    fn from(operations: Operations) -> Self {
        Self {
            reads: Reads::from(&operations),
            operations: Arc::new(operations),
        }
    }
}

impl HeaderMutations {
    /// The operations `remove`, `set` and `add`.
    pub fn new(
        remove: Vec<String>,
        set: Vec<(String, HeaderValue)>,
        add: Vec<(String, HeaderValue)>,
    ) -> Self {
        Self::from(Operations { remove, set, add })
    }

    /// `remove`.
    pub fn remove(&self) -> &[String] {
        &self.operations.remove
    }

    /// `set`.
    pub fn set(&self) -> &[(String, HeaderValue)] {
        &self.operations.set
    }

    /// `add`.
    pub fn add(&self) -> &[(String, HeaderValue)] {
        &self.operations.add
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.remove().is_empty() && self.set().is_empty() && self.add().is_empty()
    }

    /// What the values are made of.
    pub fn reads(&self) -> Reads {
        self.reads
    }

    /// Appends the operations of `other`, as Istio does for a single destination.
    pub fn append(&mut self, other: &Self) {
        let operations = Arc::make_mut(&mut self.operations);
        operations.remove.extend_from_slice(other.remove());
        operations.set.extend_from_slice(other.set());
        operations.add.extend_from_slice(other.add());
        self.reads = Reads::from(&*operations);
    }

    /// Changes the headers of a request: removes, reads what the values are made of, sets, adds. An empty
    /// value is left out. There is no response yet, which reads as nothing.
    /// Source: Envoy `HeaderParser::evaluateHeaders`.
    pub fn apply_request(&self, headers: &mut impl HeaderMap, attributes: &dyn Attributes) {
        self.apply(headers, |headers, value| {
            value.fill(&|variable| {
                of_request(variable, headers, attributes).or_else(|| before_response(variable))
            })
        });
    }

    /// Changes the headers of a response, whatever of it comes from the request being
    /// [filled in](Self::with_request) already. `status` is the upstream's; 0 where the proxy answers.
    pub fn apply_response(&self, headers: &mut impl HeaderMap, status: u16) {
        self.apply(headers, |headers, value| {
            value.fill(&|variable| of_response(variable, headers, status))
        });
    }

    /// The operations on a response, with what comes from the request filled in.
    #[must_use]
    pub fn with_request(&self, request: &(impl ReadHeaders + ?Sized), attributes: &dyn Attributes) -> Self {
        if !self.reads.request && !self.reads.attributes {
            return self.clone();
        }
        Self::from(Operations {
            remove: self.remove().to_vec(),
            ..self.filled(|value| value.fill(&|variable| of_request(variable, request, attributes)))
        })
    }

    /// All values are read before the first is written.
    fn apply<M: HeaderMap>(&self, headers: &mut M, fill: impl Fn(&M, &HeaderValue) -> HeaderValue) {
        for name in self.remove() {
            headers.remove(name);
        }
        if self.reads == Reads::default() {
            self.operations.write(headers);
        } else {
            self.filled(|value| fill(headers, value)).write(headers);
        }
    }

    /// What is set and added, its values filled in.
    fn filled(&self, fill: impl Fn(&HeaderValue) -> HeaderValue) -> Operations {
        let fill = |(name, value): &(String, HeaderValue)| (name.clone(), fill(value));
        Operations {
            remove: Vec::new(),
            set: self.set().iter().map(fill).collect(),
            add: self.add().iter().map(fill).collect(),
        }
    }
}

impl Operations {
    /// Sets and adds.
    fn write(&self, headers: &mut impl HeaderMap) {
        for (name, value) in non_empty(&self.set) {
            headers.set(name, value);
        }
        for (name, value) in non_empty(&self.add) {
            headers.add(name, value);
        }
    }
}

fn non_empty(operations: &[(String, HeaderValue)]) -> impl Iterator<Item = (&str, &[u8])> {
    operations.iter().filter_map(|(name, value)| {
        let text = value.as_text().filter(|text| !text.is_empty())?;
        Some((name.as_str(), text))
    })
}

/// The value of a command that the request and its connection know; nothing where they have nothing.
fn of_request(
    variable: &Variable,
    request: &(impl ReadHeaders + ?Sized),
    attributes: &dyn Attributes,
) -> Option<Vec<u8>> {
    let attribute = |attribute| attributes.attribute(attribute).unwrap_or_default();
    Some(match variable {
        Variable::RequestHeader(header) => named(header, request),
        Variable::Attribute(name) => attribute(*name),
        Variable::WithoutPort(name) => without_port(&attribute(*name)).to_vec(),
        Variable::Port(name) => port_of(&attribute(*name)).to_vec(),
        Variable::ResponseHeader(_) | Variable::ResponseCode => return None,
    })
}

fn before_response(variable: &Variable) -> Option<Vec<u8>> {
    let none: &[Header] = &[];
    of_response(variable, none, 0)
}

fn of_response(variable: &Variable, headers: &(impl ReadHeaders + ?Sized), status: u16) -> Option<Vec<u8>> {
    match variable {
        Variable::ResponseHeader(header) => Some(named(header, headers)),
        Variable::ResponseCode => Some(alloc::format!("{status}").into_bytes()),
        _ => None,
    }
}

fn named(header: &HeaderName, headers: &(impl ReadHeaders + ?Sized)) -> Vec<u8> {
    let first = headers.value(&header.name);
    let found = first.or_else(|| headers.value(header.other.as_deref()?));
    found.map(Cow::into_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::GivenAttributes;
    use crate::request::tests::headers;
    use alloc::vec;

    fn value(text: &str) -> HeaderValue {
        HeaderValue::parse(text).unwrap()
    }

    #[test]
    fn removal_comes_first_then_set_then_add() {
        let mutations = HeaderMutations::new(
            vec!["x".into(), "y".into()],
            vec![("z".into(), value("1")), ("empty".into(), value(""))],
            vec![("x".into(), value("new")), ("z".into(), value("2"))],
        );
        let mut seen = headers(&[("x", "old"), ("z", "0"), ("y", ""), ("z", "00")]);
        mutations.apply_request(&mut seen, &GivenAttributes::default());
        assert_eq!(seen, headers(&[("z", "1"), ("x", "new"), ("z", "2")]));
    }

    #[test]
    fn values_are_read_after_removal_and_before_any_is_written() {
        let mutations = HeaderMutations::new(
            vec!["gone".into()],
            vec![
                ("a".into(), value("%REQ(b)%")),
                ("b".into(), value("%REQ(a)%")),
                ("none".into(), value("%REQ(gone)%")),
                (
                    "other".into(),
                    value("%REQ(gone?a)%/%PROTOCOL%/%RESP(x)%%RESPONSE_CODE%"),
                ),
            ],
            vec![],
        );
        let mut seen = headers(&[("a", "1"), ("b", "2"), ("a", "3"), ("gone", "x")]);
        mutations.apply_request(&mut seen, &GivenAttributes::default());
        assert_eq!(
            seen,
            headers(&[("a", "2"), ("b", "1"), ("other", "1/HTTP/1.1/0")])
        );
    }

    #[test]
    fn a_response_is_written_in_two_steps() {
        let set = vec![("y".into(), value("%REQ(x)%-%PROTOCOL%-%RESP(z)%-%RESPONSE_CODE%"))];
        let mutations = HeaderMutations::new(vec!["w".into()], set, vec![]);
        let of_response = Reads {
            response: true,
            status: true,
            ..Reads::default()
        };
        let all = Reads {
            request: true,
            attributes: true,
            ..of_response
        };
        assert_eq!(mutations.reads(), all);
        let half = mutations.with_request(&headers(&[("x", "1")]), &GivenAttributes::default());
        assert_eq!(half.reads(), of_response);
        let mut seen = headers(&[("z", "2"), ("w", "3")]);
        half.apply_response(&mut seen, 404);
        assert_eq!(seen, headers(&[("z", "2"), ("y", "1-HTTP/1.1-2-404")]));
    }

    #[test]
    fn text_alone_is_shared_and_not_copied() {
        let mut mutations = HeaderMutations::new(vec![], vec![("x".into(), value("1"))], vec![]);
        let none: &[Header] = &[];
        let shared = mutations.with_request(none, &GivenAttributes::default());
        assert!(Arc::ptr_eq(&shared.operations, &mutations.operations));
        let further = vec![("x".into(), value("%REQ(x)%"))];
        mutations.append(&HeaderMutations::new(vec!["y".into()], vec![], further));
        assert!(mutations.reads().request && !shared.reads().request);
        assert_eq!((mutations.remove().len(), shared.remove().len()), (1, 0));
    }
}
