//! Which attempt of a request this is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Attempts by request id. The oldest ids are forgotten, so that memory stays bounded.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    counts: HashMap<String, u32>,
    order: VecDeque<String>,
}

/// How many request ids are remembered.
const CAPACITY: usize = 10_000;

impl Attempts {
    /// Counts an attempt; a request without an id is always the first.
    pub(super) fn count(&self, id: Option<&str>) -> u32 {
        let Some(id) = id else { return 1 };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = known.counts.get_mut(id) {
            *count = count.saturating_add(1);
            return *count;
        }
        known.insert(id);
        1
    }
}

impl Known {
    fn insert(&mut self, id: &str) {
        if self.order.len() >= CAPACITY
            && let Some(oldest) = self.order.pop_front()
        {
            self.counts.remove(&oldest);
        }
        self.order.push_back(id.to_owned());
        self.counts.insert(id.to_owned(), 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_id() {
        let attempts = Attempts::default();
        assert_eq!([attempts.count(Some("a")), attempts.count(Some("a"))], [1, 2]);
        assert_eq!(attempts.count(Some("b")), 1);
        assert_eq!([attempts.count(None), attempts.count(None)], [1, 1]);
    }

    #[test]
    fn the_oldest_id_is_forgotten_first() {
        let attempts = Attempts::default();
        for id in 0..=CAPACITY {
            attempts.count(Some(&id.to_string()));
        }
        assert_eq!(attempts.count(Some("0")), 1);
        assert_eq!(attempts.count(Some(&CAPACITY.to_string())), 2);
        assert_eq!(attempts.known.lock().unwrap().counts.len(), CAPACITY);
    }
}
