//! One request of a region.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::{Map, Value};

use super::{Condition, Dimension, Region, Space};
use crate::attributes::GivenAttributes;
use crate::check::routes::language::Answer;
use crate::request::Header;

/// A request, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::check::routes) struct Sample {
    /// Path and query.
    pub(in crate::check::routes) target: Vec<u8>,
    pub(in crate::check::routes) method: Vec<u8>,
    pub(in crate::check::routes) scheme: Vec<u8>,
    pub(in crate::check::routes) authority: Vec<u8>,
    /// Other headers; one without values must not be there.
    pub(in crate::check::routes) headers: Vec<(String, Vec<Vec<u8>>)>,
    /// Texts of claims by their keys.
    pub(in crate::check::routes) claims: Vec<(Vec<String>, Vec<Vec<u8>>)>,
}

impl Region<'_> {
    /// Finds a request; with no request, the dimension that has no value for it is what is found instead.
    pub(in crate::check::routes) fn sample(&self, space: &Space<'_>) -> Result<Sample, Option<Dimension>> {
        let mut dimensions: BTreeMap<&Dimension, Vec<(&Condition, bool)>> = BTreeMap::new();
        for (condition, holds) in &self.literals {
            let literals = dimensions.entry(&condition.dimension).or_default();
            literals.push((condition, *holds));
        }
        let mut sample = Sample {
            target: b"/".to_vec(),
            method: b"GET".to_vec(),
            scheme: b"http".to_vec(),
            authority: space.host.as_bytes().to_vec(),
            ..Sample::default()
        };
        let (mut query, mut unknown) = (Vec::new(), false);
        for (dimension, literals) in dimensions {
            match space.values(dimension, &literals) {
                Answer::Found(values) => sample.take(dimension, values, &mut query),
                Answer::Nothing => return Err(Some(dimension.clone())),
                Answer::Unknown => unknown = true,
            }
        }
        if unknown {
            return Err(None);
        }
        if !query.is_empty() {
            sample.target.push(b'?');
            sample.target.extend(query.join(&b'&'));
        }
        Ok(sample)
    }
}

impl Sample {
    fn take(&mut self, dimension: &Dimension, values: Vec<Vec<u8>>, query: &mut Vec<Vec<u8>>) {
        match dimension {
            Dimension::Path => self.target = values.concat(),
            Dimension::Header(name) => match &**name {
                ":method" => self.method = values.concat(),
                ":scheme" => self.scheme = values.concat(),
                ":authority" => self.authority = values.concat(),
                name => self.headers.push((name.into(), values)),
            },
            Dimension::Query(name) => {
                let pair = |value: Vec<u8>| [name.as_bytes(), b"=", &value].concat();
                query.extend(values.into_iter().map(pair));
            }
            Dimension::Claim(path) => self.claims.push((path.clone(), values)),
        }
    }

    /// The request as rules see it.
    pub(in crate::check::routes) fn headers(&self) -> Vec<Header> {
        let pseudo = [
            (":method", &self.method),
            (":scheme", &self.scheme),
            (":authority", &self.authority),
            (":path", &self.target),
        ];
        let mut headers: Vec<Header> = pseudo
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        for (name, values) in &self.headers {
            headers.extend(values.iter().map(|value| (name.clone(), value.clone())));
        }
        headers
    }

    /// The claims as rules see them.
    pub(in crate::check::routes) fn attributes(&self) -> GivenAttributes {
        let mut claims = Value::Object(Map::new());
        for (path, texts) in self.claims.iter().filter(|(_, texts)| !texts.is_empty()) {
            let texts = texts.iter().map(|text| String::from_utf8_lossy(text).to_string());
            insert(
                &mut claims,
                path,
                Value::Array(texts.map(Value::String).collect()),
            );
        }
        GivenAttributes {
            claims,
            ..GivenAttributes::default()
        }
    }
}

/// Puts a value at the end of a chain of keys.
fn insert(object: &mut Value, path: &[String], value: Value) {
    let (Value::Object(entries), Some((key, rest))) = (object, path.split_first()) else {
        return;
    };
    if rest.is_empty() {
        entries.insert(key.clone(), value);
    } else {
        let inner = entries
            .entry(key.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        insert(inner, rest, value);
    }
}
