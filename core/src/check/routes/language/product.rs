//! All conditions on one text read it together. Breadth first, so that the first text found is a shortest one.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::{Position, Text};

/// Which text satisfies all of the first and none of the second?
#[derive(Clone, Debug, Default)]
pub(in crate::check::routes) struct Question<'t> {
    pub(in crate::check::routes) all: Vec<&'t Text>,
    pub(in crate::check::routes) none: Vec<&'t Text>,
}

/// What is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check::routes) enum Answer<T> {
    /// This one does.
    Found(T),
    /// There is none.
    Nothing,
    /// The limit was reached.
    Unknown,
}

/// What goes on behind a prefix, where it does not matter what.
const BEHIND: [&[u8]; 3] = [b"", b"/other", b"other"];

/// Bytes in the order in which people like to read them.
const PLEASANT: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-_/.ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl<'t> Question<'t> {
    /// Finds a text: a pleasant one if it can be guessed, else a shortest one.
    pub(in crate::check::routes) fn answer(&self, hints: &[&[u8]], states: usize) -> Answer<Vec<u8>> {
        if self
            .none
            .iter()
            .any(|no| self.all.iter().any(|yes| yes.is_same(no)))
        {
            return Answer::Nothing;
        }
        if let Some(answer) = self.only() {
            return answer;
        }
        if let Some(guess) = self.guess(hints) {
            return Answer::Found(guess);
        }
        Search::new(self, states).map_or(Answer::Unknown, |search| search.run().unwrap_or(Answer::Unknown))
    }

    /// Where it has to be one text, there is nothing to search for.
    fn only(&self) -> Option<Answer<Vec<u8>>> {
        let only = self.all.iter().find_map(|text| match text {
            Text::Exact {
                text,
                ignore_case: false,
            } => Some(text),
            _ => None,
        })?;
        Some(if self.holds(only)? {
            Answer::Found(only.to_vec())
        } else {
            Answer::Nothing
        })
    }

    fn guess(&self, hints: &[&[u8]]) -> Option<Vec<u8>> {
        let written = self.all.iter().filter_map(|text| match text {
            Text::Exact { text, .. } | Text::Prefix { text, .. } | Text::Segments { text } => Some(text),
            Text::Any | Text::Regex(_) | Text::Unknown => None,
        });
        let written = written.flat_map(|text| BEHIND.map(|behind| [text, behind].concat()));
        let mut guesses = hints.iter().map(|hint| hint.to_vec()).chain(written);
        guesses.find(|guess| self.holds(guess) == Some(true))
    }

    fn holds(&self, text: &[u8]) -> Option<bool> {
        for yes in &self.all {
            if !yes.is_match(text)? {
                return Some(false);
            }
        }
        for no in &self.none {
            if no.is_match(text)? {
                return Some(false);
            }
        }
        Some(true)
    }

    fn texts(&self) -> impl Iterator<Item = &'t Text> {
        self.all.iter().chain(&self.none).copied()
    }

    /// One byte of each kind that a condition tells from others.
    fn alphabet(&self) -> Vec<u8> {
        let mut kinds = BTreeSet::new();
        let mut alphabet = Vec::new();
        for byte in PLEASANT.iter().copied().chain(0..=u8::MAX) {
            if kinds.insert(self.kind(byte)) {
                alphabet.push(byte);
            }
        }
        alphabet
    }

    /// What each condition takes a byte for: four of them in one number, as there are seldom more.
    fn kind(&self, byte: u8) -> (u64, Vec<u16>) {
        let mut classes = self.texts().map(|text| text.class(byte));
        let first = classes.by_ref().take(4);
        let packed = first.fold(0, |packed, class| packed << 16 | u64::from(class));
        (packed, classes.collect())
    }

    /// Whether no text that goes on from here can be the one.
    fn is_lost(&self, positions: &[Position]) -> bool {
        let (all, none) = positions.split_at_checked(self.all.len()).unwrap_or_default();
        all.contains(&Position::Fails) || none.contains(&Position::Holds)
    }

    fn accepts(&self, positions: &[Position]) -> Option<bool> {
        for (number, (text, position)) in self.texts().zip(positions).enumerate() {
            if text.accepts(*position)? != (number < self.all.len()) {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// Where a text has led to, and which one it is.
struct Step {
    positions: Vec<Position>,
    before: Option<usize>,
    byte: u8,
}

struct Search<'q, 't> {
    question: &'q Question<'t>,
    alphabet: Vec<u8>,
    steps: Vec<Step>,
    seen: BTreeSet<Vec<Position>>,
    next: VecDeque<usize>,
    limit: usize,
}

impl<'q, 't> Search<'q, 't> {
    fn new(question: &'q Question<'t>, limit: usize) -> Option<Self> {
        let start: Option<Vec<Position>> = question.texts().map(Text::start).collect();
        let mut search = Self {
            question,
            alphabet: question.alphabet(),
            steps: Vec::new(),
            seen: BTreeSet::new(),
            next: VecDeque::new(),
            limit,
        };
        search.visit(start?, None, 0);
        Some(search)
    }

    fn visit(&mut self, positions: Vec<Position>, before: Option<usize>, byte: u8) {
        if self.question.is_lost(&positions) || !self.seen.insert(positions.clone()) {
            return;
        }
        self.next.push_back(self.steps.len());
        self.steps.push(Step {
            positions,
            before,
            byte,
        });
    }

    /// `None` where the limit of a pattern is reached.
    fn run(mut self) -> Option<Answer<Vec<u8>>> {
        while let Some(number) = self.next.pop_front() {
            let positions = self.steps.get(number)?.positions.clone();
            if self.question.accepts(&positions)? {
                return Some(Answer::Found(self.text(number)));
            }
            for byte in self.alphabet.clone() {
                let texts = self.question.texts().zip(&positions);
                let next: Option<Vec<Position>> =
                    texts.map(|(text, position)| text.next(*position, byte)).collect();
                self.visit(next?, Some(number), byte);
            }
            if self.steps.len() > self.limit {
                return None;
            }
        }
        Some(Answer::Nothing)
    }

    /// The text that has led to a step.
    fn text(&self, number: usize) -> Vec<u8> {
        let mut text = Vec::new();
        let mut step = self.steps.get(number);
        while let Some(Step {
            before: Some(before),
            byte,
            ..
        }) = step
        {
            text.push(*byte);
            step = self.steps.get(*before);
        }
        text.reverse();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Automata, Text, Universe};
    use super::*;

    /// `=x` is exact, `^x` a prefix, anything else a pattern.
    fn text(written: &str, automata: &mut Automata) -> Text {
        match (written.strip_prefix('='), written.strip_prefix('^')) {
            (Some(exact), _) => Text::exact(exact),
            (_, Some(prefix)) => Text::prefix(prefix),
            _ => automata.regex(written),
        }
    }

    #[test]
    fn what_satisfies_all_and_none() {
        let mut automata = Automata::default();
        let universe = Universe::new(&mut automata);
        for (all, none, expected) in [
            (&["^/v1"][..], &[][..], Some("/v1")),
            (&["^/v1"], &["=/v1"], Some("/v1/other")),
            (&["^/v1"], &["/v1.*"], None),
            (&["/v[0-9]+"], &["/v[0-8]+"], Some("/v9")),
            (&["/a.*", ".*b"], &["/ab", "/aab"], Some("/abb")),
            (&["/(a|b)"], &["=/a", "=/b"], None),
            (&["^/"], &["/", "/[^/]+", "/[^/]+/.*"], Some("//other")),
            (&["/[a-c]"], &["/[^b]"], Some("/b")),
            (&["(?i)/a"], &["=/a"], Some("/A")),
            (&["a"], &[], None),
            (&["^/"], &[".*"], None),
        ] {
            let all: Vec<Text> = all.iter().map(|one| text(one, &mut automata)).collect();
            let none: Vec<Text> = none.iter().map(|one| text(one, &mut automata)).collect();
            let question = Question {
                all: all.iter().chain([&universe.path]).collect(),
                none: none.iter().collect(),
            };
            let expected = expected.map_or(Answer::Nothing, |text| Answer::Found(text.into()));
            assert_eq!(question.answer(&[], 1000), expected, "{all:?} {none:?}");
        }
    }

    #[test]
    fn a_limit_is_no_answer() {
        let mut automata = Automata::default();
        let (one, other) = (
            automata.regex("(a|b)*a(a|b){12}"),
            automata.regex("(a|b)*b(a|b){12}c*"),
        );
        let question = Question {
            all: [&one, &other].into(),
            none: Vec::new(),
        };
        assert_eq!(question.answer(&[], 100), Answer::Unknown);
    }
}
