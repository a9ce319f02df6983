//! Weighted destinations.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::HeaderMutations;
use crate::entropy::Entropy;

/// One destination of a rule.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Istio's name of the cluster: `outbound|9080|v1|reviews.default.svc.cluster.local`.
    pub cluster: String,
    /// Share of [`Split::total`].
    pub weight: u64,
    /// `route[].headers.request`, where there are several destinations.
    pub request_headers: HeaderMutations,
    /// `route[].headers.response`, likewise.
    pub response_headers: HeaderMutations,
    /// `host` set through `route[].headers`, likewise.
    pub host_rewrite: Option<String>,
    /// Whether the cluster keeps requests on endpoints by hash, so that cookies to hash are given out.
    pub hashes: bool,
}

impl Destination {
    /// A cluster and its weight.
    pub fn new(cluster: String, weight: u64) -> Self {
        Self {
            cluster,
            weight,
            request_headers: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            host_rewrite: None,
            hashes: false,
        }
    }
}

/// One destination or several with weights. Source: Istio `processWeightedDestination`: destinations of
/// weight 0 are left out, a single one takes everything, and weights are relative to their sum.
#[derive(Clone, Debug)]
pub struct Split {
    destinations: Vec<Destination>,
    total: u64,
}

impl Split {
    /// Destinations with their weights. `None` when there is none to choose.
    pub fn new(destinations: Vec<Destination>) -> Option<Self> {
        let total = destinations.iter().map(|destination| destination.weight).sum();
        (total > 0).then_some(Self { destinations, total })
    }

    /// Everything to one cluster.
    pub fn to_cluster(cluster: String) -> Self {
        Self {
            destinations: vec![Destination::new(cluster, 1)],
            total: 1,
        }
    }

    /// Says of all clusters whether they hash.
    pub(crate) fn set_hashes(&mut self, hashes: bool) {
        for destination in &mut self.destinations {
            destination.hashes = hashes;
        }
    }

    /// All destinations that can be chosen.
    pub fn destinations(&self) -> &[Destination] {
        &self.destinations
    }

    /// The sum of all weights.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Draws a destination. Only a real split costs a draw.
    pub fn choose(&self, entropy: &mut Entropy) -> Option<&Destination> {
        match self.destinations.as_slice() {
            [only] => Some(only),
            several => {
                let mut point = entropy.below(self.total);
                several
                    .iter()
                    .find(|destination| match point.checked_sub(destination.weight) {
                        Some(rest) => {
                            point = rest;
                            false
                        }
                        None => true,
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn weighted(weights: &[u64]) -> Option<Split> {
        let destinations = weights.iter().enumerate().map(|(index, weight)| Destination {
            weight: *weight,
            ..Split::to_cluster(index.to_string()).destinations.remove(0)
        });
        Split::new(destinations.collect())
    }

    #[test]
    fn shares_follow_the_weights_whatever_their_sum() {
        let split = weighted(&[3, 0, 1]).unwrap();
        let mut seen = [0_u32; 3];
        for seed in 0..40_000 {
            let chosen = split.choose(&mut Entropy::new(seed)).unwrap();
            seen[chosen.cluster.parse::<usize>().unwrap()] += 1;
        }
        assert_eq!(seen[1], 0);
        assert!((29_400..30_600).contains(&seen[0]), "{seen:?}");
    }

    #[test]
    fn weights_of_zero_alone_choose_nothing() {
        assert!(weighted(&[0, 0]).is_none());
    }
}
