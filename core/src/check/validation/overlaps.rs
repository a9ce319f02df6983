//! Prefixes that begin with another block's prefix. Source: Istio `coveredValidation`, `genMatchHTTPRoutes`.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::findings::Findings;
use super::unused_rules::{called, ineffective};
use crate::report::Field;
use crate::resources::virtual_service::{HTTPMatchRequest, HTTPRoute, StringMatch, StringMatches};

/// A match block with a prefix, as texts that can be compared.
struct Block<'r> {
    rule_index: usize,
    index: usize,
    rule: String,
    name: String,
    prefix: &'r str,
    port: u32,
    method: Cow<'r, str>,
    authority: Cow<'r, str>,
    maps: [BTreeMap<&'r str, Cow<'r, str>>; 3],
}

/// Blocks of these rules, wherever they are. Equal prefixes are left to the comparison of whole blocks.
pub(super) fn check(rules: &[HTTPRoute], findings: &mut Findings) {
    let blocks = blocks(rules);
    let field = Field::SPEC.name("http");
    for (position, later) in blocks.iter().enumerate() {
        for earlier in blocks.iter().take(position) {
            if later.prefix != earlier.prefix && earlier.covers(later) {
                let rule = field.index(later.rule_index);
                let matches = rule.name("match");
                let name = format!("{} of prefix {}", later.name, later.prefix);
                let other = format!(
                    "{} of prefix {} on {}",
                    earlier.name, earlier.prefix, earlier.rule
                );
                ineffective(&later.rule, &name, &other, &matches.index(later.index), findings);
            }
        }
    }
}

/// Blocks that a whole rule or an equal block has taken the requests of are not among them.
fn blocks(rules: &[HTTPRoute]) -> Vec<Block<'_>> {
    let mut seen: Vec<HTTPMatchRequest> = Vec::new();
    let mut found = Vec::new();
    let before_catch_all = rules
        .iter()
        .enumerate()
        .take_while(|(_, rule)| !rule.matches.is_empty());
    for (rule_index, rule) in before_catch_all {
        for (index, block) in rule.matches.iter().enumerate() {
            let asks = HTTPMatchRequest {
                name: String::new(),
                ..block.clone()
            };
            if seen.contains(&asks) {
                continue;
            }
            seen.push(asks);
            found.extend(Block::new(rule_index, rule, index, block));
        }
    }
    found
}

impl<'r> Block<'r> {
    fn new(
        rule_index: usize,
        rule: &'r HTTPRoute,
        index: usize,
        block: &'r HTTPMatchRequest,
    ) -> Option<Self> {
        let prefix = block
            .uri
            .as_ref()?
            .prefix
            .as_deref()
            .filter(|prefix| !prefix.is_empty())?;
        let method = as_text(block.method.as_ref());
        Some(Self {
            rule_index,
            index,
            rule: called(&rule.name, rule_index),
            name: called(&block.name, index),
            prefix,
            port: block.port,
            method: if method.is_empty() {
                Cow::Borrowed("exact:GET")
            } else {
                method
            },
            authority: as_text(block.authority.as_ref()),
            maps: [&block.headers, &block.query_params, &block.without_headers].map(as_texts),
        })
    }

    /// Istio's approximation: a method that is not said counts as GET, and of conditions with the same name the
    /// text decides. Regexes and other conditions on the proxy than the port are not looked at.
    fn covers(&self, later: &Self) -> bool {
        let maps = self.maps.iter().zip(&later.maps);
        later.prefix.starts_with(self.prefix)
            && later.port == self.port
            && self.method.starts_with(&*later.method)
            && self.authority.starts_with(&*later.authority)
            && maps.into_iter().all(|(own, other)| {
                own.len() == other.len()
                    && own
                        .iter()
                        .all(|(name, text)| other.get(name).is_some_and(|other| text.starts_with(&**other)))
            })
    }
}

fn as_texts(map: &StringMatches) -> BTreeMap<&str, Cow<'_, str>> {
    let entries = map.iter();
    entries
        .map(|(name, value)| (name.as_str(), as_text(value.as_ref())))
        .collect()
}

fn as_text(value: Option<&StringMatch>) -> Cow<'_, str> {
    let text = |kind: &str, text: &Option<String>| {
        text.as_ref()
            .filter(|text| !text.is_empty())
            .map(|text| format!("{kind}:{text}"))
    };
    value
        .and_then(|value| text("exact", &value.exact).or_else(|| text("prefix", &value.prefix)))
        .map_or(Cow::Borrowed(""), Cow::Owned)
}
