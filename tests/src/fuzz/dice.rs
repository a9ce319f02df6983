//! Chance for the generator: the same seed gives the same configurations and requests.

use mainsheet_core::entropy::Entropy;

/// A source of choices.
#[derive(Clone, Debug)]
pub struct Dice(fastrand::Rng);

impl Dice {
    /// The choices of a seed.
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// One of the words; empty where there are none.
    pub(super) fn word<'w>(&mut self, words: &[&'w str]) -> &'w str {
        self.one_of(words).copied().unwrap_or_default()
    }

    /// One of the items.
    pub(super) fn one_of<'i, T>(&mut self, items: &'i [T]) -> Option<&'i T> {
        self.0.choice(items)
    }

    /// One of the items, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(u32, T)]) -> Option<T> {
        let total: u32 = items.iter().map(|(weight, _)| weight).sum();
        let mut rest = self.0.u32(0..total.max(1));
        for (weight, item) in items {
            match rest.checked_sub(*weight) {
                Some(left) => rest = left,
                None => return Some(*item),
            }
        }
        None
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// A number within both bounds.
    pub(super) fn between(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most.max(least))
    }

    /// So many items.
    pub(super) fn several<T>(
        &mut self,
        least: usize,
        most: usize,
        mut item: impl FnMut(&mut Self, usize) -> T,
    ) -> Vec<T> {
        (0..self.between(least, most))
            .map(|index| item(self, index))
            .collect()
    }
}

/// A seed of its own for the `number`th thing.
pub(super) fn derive(seed: u64, number: u64) -> u64 {
    Entropy::new(seed ^ Entropy::new(number).next_u64()).next_u64()
}
