//! Sets of requests: conditions that hold and conditions that do not, dimension by dimension.

mod sample;
mod values;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use sample::Sample;
pub(super) use values::Space;

use super::language::{Automata, Text};
use crate::matcher::ValueMatcher;
use crate::table::RouteMatcher;

/// A part of a request that says nothing about the other parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dimension {
    /// The path.
    Path,
    /// The values of a header. Method, scheme and authority are headers that are always there, once.
    Header(Box<str>),
    /// The first value of a query parameter.
    Query(Box<str>),
    /// The texts of a claim.
    Claim(Vec<String>),
}

/// One condition of a match block.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) dimension: Dimension,
    /// The texts that one of the values has to be among.
    pub(super) text: Text,
    /// From `withoutHeaders`: none of them may be.
    pub(super) invert: bool,
    /// Whether a header that is not there counts as an empty one.
    pub(super) missing_is_empty: bool,
    /// The field of the match block that it is written in, and the key there.
    pub(super) field: (&'static str, Option<Box<str>>),
}

/// The conditions of a match block.
pub(super) fn conditions(matcher: &RouteMatcher, automata: &mut Automata) -> Vec<Condition> {
    let mut conditions = Vec::from([Condition {
        dimension: Dimension::Path,
        text: automata.path(&matcher.path),
        invert: false,
        missing_is_empty: false,
        field: ("uri", None),
    }]);
    for header in &matcher.headers {
        conditions.push(Condition {
            dimension: Dimension::Header(header.name.clone()),
            text: automata.value(&header.value),
            invert: header.invert,
            missing_is_empty: header.invert && matches!(header.value, ValueMatcher::Value(_)),
            field: header_field(&header.name, header.invert),
        });
    }
    for query in &matcher.query {
        conditions.push(Condition {
            dimension: Dimension::Query(query.name.clone()),
            text: automata.value(&query.value),
            invert: false,
            missing_is_empty: false,
            field: ("queryParams", Some(query.name.clone())),
        });
    }
    for claim in &matcher.claims {
        conditions.push(Condition {
            dimension: Dimension::Claim(claim.path.clone()),
            text: automata.value(&claim.value),
            invert: claim.invert,
            missing_is_empty: false,
            field: header_field(&claim.name, claim.invert),
        });
    }
    conditions
}

fn header_field(name: &str, invert: bool) -> (&'static str, Option<Box<str>>) {
    match name {
        _ if invert => ("withoutHeaders", Some(name.into())),
        ":method" => ("method", None),
        ":authority" => ("authority", None),
        ":scheme" => ("scheme", None),
        _ => ("headers", Some(name.into())),
    }
}

/// The requests that satisfy some conditions and fail others.
#[derive(Clone, Debug, Default)]
pub(super) struct Region<'c> {
    literals: Vec<(&'c Condition, bool)>,
}

impl<'c> Region<'c> {
    /// The requests of a match block.
    pub(super) fn of(conditions: &'c [Condition]) -> Self {
        Self {
            literals: conditions.iter().map(|condition| (condition, true)).collect(),
        }
    }

    /// Those that also satisfy the condition, or also fail it.
    #[must_use]
    pub(super) fn and(&self, condition: &'c Condition, holds: bool) -> Self {
        let mut narrower = self.clone();
        narrower.literals.push((condition, holds));
        narrower
    }

    /// What is left of it without the requests of a match block: parts that have no request in common.
    pub(super) fn without(&self, conditions: &'c [Condition]) -> Vec<Self> {
        let mut inside = self.clone();
        let mut parts = Vec::with_capacity(conditions.len());
        for condition in conditions {
            parts.push(inside.and(condition, false));
            inside = inside.and(condition, true);
        }
        parts
    }
}
