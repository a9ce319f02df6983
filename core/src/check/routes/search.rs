//! Whether any request reaches a match block. A request is thought of, and the blocks are asked who takes it; what
//! an earlier block takes is cut out, and the next request is looked for in what is left. The search ends with a
//! request that reaches the block, or with nothing left: then the blocks that were cut out take everything.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::language::{Text, Universe};
use super::limits::Limits;
use super::listing::{Entry, Listing};
use super::region::{Dimension, Region, Sample, Space};
use crate::table::PathCache;

/// What is known of a block in a listing.
#[derive(Debug)]
pub(super) enum Verdict<'e> {
    /// A request reaches it.
    Reached,
    /// Earlier ones take all of its requests.
    Taken(Taken<'e>),
    /// Its own conditions have no request in common; they exclude each other in this dimension.
    Never(Dimension),
    /// A limit was reached.
    Unknown,
}

/// Who takes the requests of a block.
#[derive(Debug)]
pub(super) struct Taken<'e> {
    /// The earlier blocks that take all of them together, in order.
    pub(super) by: Vec<&'e Entry>,
    /// One of the requests, and the block that takes it.
    pub(super) sample: Box<Sample>,
    pub(super) winner: &'e Entry,
    /// Whether that is a single block that takes nothing else: both ask for the same.
    pub(super) same: bool,
}

/// Searches, and counts what it costs.
#[derive(Debug)]
pub(super) struct Search<'s> {
    universe: &'s Universe,
    limits: Limits,
    /// Requests that may still be thought of.
    left: usize,
    cache: PathCache,
}

/// A listing, and the requests that come to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'l, 'e> {
    pub(super) listing: &'l Listing<'e>,
    pub(super) authority: Option<&'l Text>,
    /// The authority of requests that need no other.
    pub(super) host: &'l str,
    pub(super) port: u16,
}

impl<'s> Search<'s> {
    pub(super) fn new(universe: &'s Universe, limits: Limits) -> Self {
        Self {
            universe,
            limits,
            left: limits.requests,
            cache: PathCache::default(),
        }
    }

    pub(super) fn universe(&self) -> &'s Universe {
        self.universe
    }

    fn space<'l>(&self, scene: &Scene<'l, '_>) -> Space<'l>
    where
        's: 'l,
    {
        Space {
            universe: self.universe,
            authority: scene.authority,
            host: scene.host,
            states: self.limits.states,
        }
    }

    /// Looks for a request that reaches the block at a position.
    pub(super) fn verdict<'e>(&mut self, scene: &Scene<'_, 'e>, position: usize) -> Verdict<'e> {
        self.look(scene, position).unwrap_or(Verdict::Unknown)
    }

    /// Looks for a request that a block would take if the one before it did not take everything.
    pub(super) fn hidden<'e>(
        &mut self,
        scene: &Scene<'_, 'e>,
        target: &'e Entry,
        whole: &'e Entry,
    ) -> Verdict<'e> {
        let sample = match Region::of(&target.conditions).sample(&self.space(scene)) {
            Ok(sample) => sample,
            Err(Some(dimension)) => return Verdict::Never(dimension),
            Err(None) => return Verdict::Unknown,
        };
        let winner = scene.listing.winner(&sample, scene.port, &mut self.cache);
        let winner = winner.and_then(|winner| scene.listing.entries().get(winner));
        Verdict::Taken(Taken {
            by: Vec::from([whole]),
            sample: Box::new(sample),
            winner: winner.copied().unwrap_or(whole),
            same: target.matcher.is_catch_all(),
        })
    }

    /// `None` where a limit is reached.
    fn look<'e>(&mut self, scene: &Scene<'_, 'e>, position: usize) -> Option<Verdict<'e>> {
        let space = self.space(scene);
        let entries = scene.listing.entries();
        let target = *entries.get(position)?;
        let mut parts = Vec::from([Region::of(&target.conditions)]);
        let (mut by, mut first, mut asked) = (BTreeSet::new(), None, 0);
        while let Some(part) = parts.pop() {
            let sample = match part.sample(&space) {
                Ok(sample) => sample,
                Err(Some(dimension)) if asked == 0 => return Some(Verdict::Never(dimension)),
                Err(Some(_)) => continue,
                Err(None) => return None,
            };
            asked += 1;
            self.left = self.left.checked_sub(1)?;
            if asked > self.limits.requests_per_match {
                return None;
            }
            let winner = scene.listing.winner(&sample, scene.port, &mut self.cache)?;
            if winner >= position {
                return (winner == position).then_some(Verdict::Reached);
            }
            let taker = *entries.get(winner)?;
            by.insert(winner);
            parts.extend(part.without(&taker.conditions));
            first.get_or_insert((sample, taker));
        }
        let by = by
            .into_iter()
            .filter_map(|position| entries.get(position).copied());
        let (sample, winner) = first?;
        Some(Verdict::Taken(Taken::of(
            target,
            by.collect(),
            sample,
            winner,
            &space,
        )))
    }
}

impl<'e> Taken<'e> {
    /// One block that takes everything alone is a better answer than several.
    fn of(target: &Entry, by: Vec<&'e Entry>, sample: Sample, winner: &'e Entry, space: &Space<'_>) -> Self {
        let alone = by
            .iter()
            .find(|earlier| is_within(target, earlier, space))
            .copied();
        Self {
            by: alone.map_or(by, |alone| Vec::from([alone])),
            sample: Box::new(sample),
            winner,
            same: alone.is_some_and(|alone| is_within(alone, target, space)),
        }
    }
}

/// Whether every request of a block satisfies another one, as far as can be proven.
pub(super) fn is_within(narrow: &Entry, wide: &Entry, space: &Space<'_>) -> bool {
    let own = Region::of(&narrow.conditions);
    let outside = wide.conditions.iter().map(|condition| own.and(condition, false));
    let mut outside = outside.map(|region| region.sample(space));
    outside.all(|sample| matches!(sample, Err(Some(_))))
}
