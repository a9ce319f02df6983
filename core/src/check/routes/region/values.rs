//! The values of one dimension: which of them satisfy all that is asked?

use alloc::vec::Vec;

use super::{Condition, Dimension};
use crate::check::routes::language::{Answer, Question, Text, Universe};

/// The requests that are thought of: all of them, for one virtual host.
#[derive(Clone, Copy, Debug)]
pub(in crate::check::routes) struct Space<'s> {
    pub(in crate::check::routes) universe: &'s Universe,
    /// The authorities that lead to the virtual host, where not all do.
    pub(in crate::check::routes) authority: Option<&'s Text>,
    /// The authority of requests that need no other.
    pub(in crate::check::routes) host: &'s str,
    /// Joint states of patterns.
    pub(in crate::check::routes) states: usize,
}

/// How often something occurs in a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurs {
    Once,
    /// Or not at all.
    AtMostOnce,
    /// Any number of times, each with another value.
    Often,
}

/// What is asked of the values of one dimension, as Envoy asks it.
#[derive(Default)]
struct Demand<'c> {
    /// One of the values has to be among each of these.
    some: Vec<&'c Condition>,
    /// No value may be among these.
    none: Vec<&'c Condition>,
}

impl<'s> Space<'s> {
    /// Values that make the conditions hold, or fail. No value: it is not there.
    pub(super) fn values(
        &self,
        dimension: &Dimension,
        literals: &[(&Condition, bool)],
    ) -> Answer<Vec<Vec<u8>>> {
        let Some((all, hints, occurs)) = self.kind(dimension) else {
            return Answer::Unknown;
        };
        let mut demand = Demand::default();
        for (condition, holds) in literals {
            let list = if *holds == condition.invert {
                &mut demand.none
            } else {
                &mut demand.some
            };
            list.push(condition);
        }
        if occurs != Occurs::Once && demand.allows_missing() {
            return Answer::Found(Vec::new());
        }
        demand.present(all, &hints, occurs, self.states)
    }

    /// What its values can be, those that are tried first, and how many there are.
    fn kind(&self, dimension: &Dimension) -> Option<(&'s Text, Vec<&'s [u8]>, Occurs)> {
        let Self { universe, host, .. } = self;
        Some(match dimension {
            Dimension::Path => (&universe.path, Vec::new(), Occurs::Once),
            Dimension::Header(name) => match &**name {
                ":method" => (
                    &universe.method,
                    Vec::from([
                        &b"GET"[..],
                        b"POST",
                        b"PUT",
                        b"DELETE",
                        b"PATCH",
                        b"HEAD",
                        b"OPTIONS",
                    ]),
                    Occurs::Once,
                ),
                ":scheme" => (&universe.scheme, Vec::from([&b"http"[..]]), Occurs::Once),
                ":authority" => (
                    self.authority.unwrap_or(&universe.authority),
                    Vec::from([host.as_bytes()]),
                    Occurs::Once,
                ),
                pseudo if pseudo.starts_with(':') => return None,
                _ => (&universe.value, Vec::new(), Occurs::Often),
            },
            Dimension::Query(_) => (&universe.query, Vec::new(), Occurs::AtMostOnce),
            Dimension::Claim(_) => (&universe.value, Vec::new(), Occurs::Often),
        })
    }
}

impl Demand<'_> {
    fn allows_missing(&self) -> bool {
        let matches_empty =
            |condition: &&Condition| condition.missing_is_empty && condition.text.is_match(b"") == Some(true);
        self.some.iter().all(&matches_empty) && !self.none.iter().any(matches_empty)
    }

    /// One value that is among all of them, else one for each where several are allowed.
    fn present(&self, all: &Text, hints: &[&[u8]], occurs: Occurs, states: usize) -> Answer<Vec<Vec<u8>>> {
        let some: Vec<&Text> = self.some.iter().map(|condition| &condition.text).collect();
        let none: Vec<&Text> = self.none.iter().map(|condition| &condition.text).collect();
        let ask = |some: &[&'_ Text]| {
            let all = [some, &[all]].concat();
            let none = none.clone();
            Question { all, none }.answer(hints, states)
        };
        match ask(&some) {
            Answer::Found(value) => return Answer::Found(Vec::from([value])),
            Answer::Unknown => return Answer::Unknown,
            Answer::Nothing if occurs != Occurs::Often || some.len() < 2 => return Answer::Nothing,
            Answer::Nothing => {}
        }
        let mut values = Vec::with_capacity(some.len());
        for text in some {
            match ask(&[text]) {
                Answer::Found(value) => values.push(value),
                Answer::Nothing => return Answer::Nothing,
                Answer::Unknown => return Answer::Unknown,
            }
        }
        Answer::Found(values)
    }
}
