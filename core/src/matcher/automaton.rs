//! A pattern as states and steps, for questions about all the values that it matches.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Builder, Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::alphabet::{ByteClasses, Unit};
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};

use super::regex::{PROGRAM_LIMIT, whole};

/// Memory for the states of one pattern, in bytes. Where it does not suffice there is no answer.
const STATES_LIMIT: usize = 8 << 20;

/// How long a prefix is of interest.
const PREFIX_LIMIT: usize = 64;

/// Where the reading of a value has come to.
pub(crate) type State = LazyStateID;

/// An automaton that reads a value byte by byte, and at its end knows whether the whole of it matches.
pub(crate) struct Automaton {
    dfa: DFA,
    /// The states that were visited so far. They are never dropped, so that each keeps its number.
    cache: RefCell<Cache>,
    /// What every value that matches begins with.
    prefix: String,
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Automaton").finish_non_exhaustive()
    }
}

impl Automaton {
    /// Builds the automaton of a pattern; `None` where it is no pattern, or too large a one.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let hir = whole(pattern).ok()?;
        let config = thompson::Config::new()
            .utf8(false)
            .nfa_size_limit(Some(PROGRAM_LIMIT));
        let nfa = thompson::Compiler::new()
            .configure(config)
            .build_from_hir(&hir)
            .ok()?;
        let config = Config::new()
            .match_kind(MatchKind::All)
            .cache_capacity(STATES_LIMIT)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        let dfa = Builder::new().configure(config).build_from_nfa(nfa).ok()?;
        let cache = RefCell::new(dfa.create_cache());
        let mut automaton = Self {
            dfa,
            cache,
            prefix: String::new(),
        };
        automaton.prefix = automaton.common_prefix().unwrap_or_default();
        Some(automaton)
    }

    /// What every value that matches begins with, as far as it is of interest.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// As long as there is one byte only that leads on, and nothing ends.
    fn common_prefix(&self) -> Option<String> {
        let classes = self.dfa.byte_classes();
        let (mut prefix, mut state) = (Vec::new(), self.start()?);
        while prefix.len() < PREFIX_LIMIT && !self.accepts(state)? {
            let mut only = None;
            for unit in classes.representatives(..) {
                let Some(byte) = unit.as_u8() else { continue };
                let next = self.next(state, byte)?;
                if !next.is_dead() && only.replace((byte, next, unit)).is_some() {
                    return Self::text(prefix);
                }
            }
            match only {
                Some((byte, next, unit)) if is_alone(classes, unit) => {
                    prefix.push(byte);
                    state = next;
                }
                _ => break,
            }
        }
        Self::text(prefix)
    }

    fn text(prefix: Vec<u8>) -> Option<String> {
        String::from_utf8(prefix).ok()
    }

    /// Where every value begins.
    pub(crate) fn start(&self) -> Option<State> {
        let config = start::Config::new().anchored(Anchored::Yes);
        let mut cache = self.cache.try_borrow_mut().ok()?;
        self.dfa.start_state(&mut cache, &config).ok()
    }

    /// Where one more byte leads; `None` where the limit is reached.
    pub(crate) fn next(&self, state: State, byte: u8) -> Option<State> {
        let mut cache = self.cache.try_borrow_mut().ok()?;
        self.dfa.next_state(&mut cache, state, byte).ok()
    }

    /// Whether a value that ends here matches.
    pub(crate) fn accepts(&self, state: State) -> Option<bool> {
        let mut cache = self.cache.try_borrow_mut().ok()?;
        let end = self.dfa.next_eoi_state(&mut cache, state).ok()?;
        Some(end.is_match())
    }

    /// A number that bytes have in common which nothing tells apart.
    pub(crate) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }
}

/// Whether a byte is told from all others.
fn is_alone(classes: &ByteClasses, unit: Unit) -> bool {
    let own = unit.as_u8().map(|byte| classes.get(byte));
    (0..=u8::MAX)
        .filter(|byte| Some(classes.get(*byte)) == own)
        .count()
        == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_the_regex_matches() {
        for pattern in ["a|ab", "/v[0-9]+/.*", r"\bab\b|", "(?i)a.b", "^ab$", r"[^\n]*x"] {
            let automaton = Automaton::new(pattern).unwrap();
            let regex = super::super::Regex::new(pattern).unwrap();
            for value in ["", "a", "ab", "A.B", "/v1/", "/v1", "x", "a\nx", "\u{e9}x"] {
                let mut state = automaton.start().unwrap();
                for byte in value.bytes() {
                    state = automaton.next(state, byte).unwrap();
                }
                let expected = regex.is_match(value.as_bytes());
                assert_eq!(automaton.accepts(state), Some(expected), "{pattern} on {value:?}");
            }
        }
    }

    #[test]
    fn it_knows_what_everything_begins_with() {
        for (pattern, prefix) in [
            ("/api/v[0-9]+", "/api/v"),
            ("/a|/b", "/"),
            ("/a?", "/"),
            ("/a(/.*)?", "/a"),
            (".*", ""),
            ("(?i)/a", "/"),
            ("\u{e9}x|\u{e9}y", "\u{e9}"),
        ] {
            assert_eq!(Automaton::new(pattern).unwrap().prefix(), prefix, "{pattern}");
        }
    }
}
