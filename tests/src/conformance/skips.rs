//! What is not asked, and why.

use super::run::Verdict;

/// Words by which case files mark what they skip, and why it is no question to an HTTP filter. A word that is
/// not here does not excuse anything.
const REASONS: [(&str, &str); 16] = [
    ("l4", "there is no HTTP request in what this proxy sees"),
    (
        "tls",
        "the handshake is over before a filter, and begins behind it",
    ),
    ("protocol", "the codec decides before a filter is asked"),
    ("load-balancing", "the endpoint is chosen behind the filter"),
    (
        "retry",
        "Envoy's router retries; what it is told is checked as a fact",
    ),
    (
        "timeout",
        "Envoy's router waits; what it is told is checked as a fact",
    ),
    (
        "jwt-filter",
        "tokens are judged by another filter, before this one",
    ),
    ("envoyfilter", "an EnvoyFilter changes Envoy, not the rules"),
    ("input-kind", "the kind of resource is outside the routing API"),
    ("newer", "the setting is newer than the Istio that we follow"),
    ("istio-unsupported", "Istio does not offer it either"),
    ("upstream-skipped", "the source itself skips it"),
    ("upstream-defect", "it records a defect of the source"),
    ("tool-semantics", "the source differs from Istio on purpose"),
    ("not-asserted", "the source asserts nothing"),
    ("not-representable", "the input cannot be written as data"),
];

/// Our words for what is left out without a mark.
pub const ASSERTS_NOTHING: &str = "asserts nothing";

/// The verdict on what is marked so.
pub(super) fn verdict(mark: &str) -> Verdict {
    match word(mark) {
        Some(word) => Verdict::Skipped(word),
        None => Verdict::broken("skip", format!("no reason that we know: {mark}")),
    }
}

/// The word of a mark such as `l4: raw TCP`, if it is one that we know.
pub fn word(mark: &str) -> Option<&'static str> {
    let written = mark.split_once(':').map_or(mark, |(word, _)| word);
    REASONS
        .iter()
        .find(|(word, _)| *word == written.trim())
        .map(|(word, _)| *word)
}

/// Why we accept a word.
pub fn reason(word: &str) -> Option<&'static str> {
    REASONS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, reason)| *reason)
}
