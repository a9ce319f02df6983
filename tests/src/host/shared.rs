//! Shared data and shared queues.

use std::collections::{BTreeMap, VecDeque};

use super::status::Status;

/// What all contexts of one VM share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    data: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    queues: Vec<Queue>,
}

#[derive(Debug)]
struct Queue {
    name: Vec<u8>,
    root: u32,
    items: VecDeque<Vec<u8>>,
}

impl Shared {
    pub(super) fn get(&self, key: &[u8]) -> Result<(Vec<u8>, u32), Status> {
        self.data.get(key).cloned().ok_or(Status::NotFound)
    }

    /// A `cas` of 0 overwrites whatever is there.
    pub(super) fn set(&mut self, key: Vec<u8>, value: Vec<u8>, cas: u32) -> Result<(), Status> {
        let (old, version) = self.data.entry(key).or_default();
        if cas != 0 && cas != *version {
            return Err(Status::CasMismatch);
        }
        *old = value;
        *version += 1;
        Ok(())
    }

    pub(super) fn register(&mut self, name: Vec<u8>, root: u32) -> u32 {
        if let Some(token) = self.resolve(&name) {
            return token;
        }
        self.queues.push(Queue {
            name,
            root,
            items: VecDeque::new(),
        });
        self.queues.len() as u32
    }

    pub(super) fn resolve(&self, name: &[u8]) -> Option<u32> {
        let position = self.queues.iter().position(|queue| queue.name == name)?;
        Some(position as u32 + 1)
    }

    /// Adds an item, and says which root context hears of it.
    pub(super) fn enqueue(&mut self, token: u32, item: Vec<u8>) -> Result<u32, Status> {
        let queue = self.queue(token)?;
        queue.items.push_back(item);
        Ok(queue.root)
    }

    pub(super) fn dequeue(&mut self, token: u32) -> Result<Vec<u8>, Status> {
        self.queue(token)?.items.pop_front().ok_or(Status::Empty)
    }

    fn queue(&mut self, token: u32) -> Result<&mut Queue, Status> {
        let index = (token as usize).checked_sub(1).ok_or(Status::NotFound)?;
        self.queues.get_mut(index).ok_or(Status::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_version_does_not_overwrite() {
        let mut shared = Shared::default();
        shared.set(b"k".to_vec(), b"1".to_vec(), 0).unwrap();
        let (_, version) = shared.get(b"k").unwrap();
        shared.set(b"k".to_vec(), b"2".to_vec(), version).unwrap();
        assert_eq!(
            shared.set(b"k".to_vec(), b"3".to_vec(), version),
            Err(Status::CasMismatch)
        );
        assert_eq!(shared.get(b"k").unwrap().0, b"2");
    }

    #[test]
    fn a_queue_is_first_in_first_out() {
        let mut shared = Shared::default();
        let token = shared.register(b"q".to_vec(), 7);
        assert_eq!(shared.resolve(b"q"), Some(token));
        assert_eq!(shared.enqueue(token, b"a".to_vec()), Ok(7));
        shared.enqueue(token, b"b".to_vec()).unwrap();
        assert_eq!(shared.dequeue(token), Ok(b"a".to_vec()));
        assert_eq!(shared.dequeue(token), Ok(b"b".to_vec()));
        assert_eq!(shared.dequeue(token), Err(Status::Empty));
        assert_eq!(shared.dequeue(9), Err(Status::NotFound));
    }
}
