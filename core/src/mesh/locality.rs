//! Where a workload is: region, zone and sub-zone.

use alloc::string::String;

use super::Labels;

/// The label by which a Pod says where it is. Source: Istio `label.IstioLocality`.
const LOCALITY: &str = "istio-locality";
const REGION: &str = "topology.kubernetes.io/region";
const ZONE: &str = "topology.kubernetes.io/zone";
const SUB_ZONE: &str = "topology.istio.io/subzone";
const NETWORK: &str = "topology.istio.io/network";

/// Region, zone and sub-zone; empty where they are unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locality {
    /// The widest.
    pub region: String,
    /// Within the region.
    pub zone: String,
    /// Within the zone.
    pub sub_zone: String,
}

impl Locality {
    /// Reads `region/zone/sub-zone`, of which the end may be missing.
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split('/').map(String::from);
        let mut next = || parts.next().unwrap_or_default();
        Self {
            region: next(),
            zone: next(),
            sub_zone: next(),
        }
    }

    /// The locality of a workload: its own label, in which `.` may stand for `/`, else those of Kubernetes.
    /// Source: Istio `GetLocalityLabel`.
    pub fn of(labels: &Labels) -> Self {
        let get = |name| labels.get(name).cloned().unwrap_or_default();
        match labels.get(LOCALITY) {
            Some(own) if own.contains('/') => Self::parse(own),
            Some(own) => Self::parse(&own.replace('.', "/")),
            None => Self {
                region: get(REGION),
                zone: get(ZONE),
                sub_zone: get(SUB_ZONE),
            },
        }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is one of those that `pattern` means: parts may be `*` or missing at the end.
    /// Source: Istio `LocalityMatch`.
    pub fn matches(&self, pattern: &str) -> bool {
        let pattern = Self::parse(pattern);
        let is = |own: &str, wanted: &str| wanted == "*" || own == wanted;
        is(&self.region, &pattern.region)
            && (pattern.zone.is_empty() || is(&self.zone, &pattern.zone))
            && (pattern.sub_zone.is_empty() || is(&self.sub_zone, &pattern.sub_zone))
    }

    /// How far away the other is, from 0 for the same place to 3 for another region.
    /// Source: Istio `LbPriority`.
    pub fn distance(&self, other: &Self) -> u32 {
        if self.region != other.region {
            3
        } else if self.zone != other.zone {
            2
        } else {
            u32::from(self.sub_zone != other.sub_zone)
        }
    }
}

/// Adds what Istio adds to the labels of a workload: where it is. Source: Istio `labelutil.AugmentLabels`.
pub fn add_topology(labels: &mut Labels, locality: &Locality, network: &str) {
    let topology = [
        (REGION, locality.region.as_str()),
        (ZONE, &locality.zone),
        (SUB_ZONE, &locality.sub_zone),
        (NETWORK, network),
    ];
    let known = topology.into_iter().filter(|(_, value)| !value.is_empty());
    labels.extend(known.map(|(name, value)| (name.into(), value.into())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_may_end_early() {
        let here = Locality::parse("a/b/c");
        for (pattern, matches) in [
            ("a", true),
            ("a/b", true),
            ("a/b/c", true),
            ("a/*/c", true),
            ("*", true),
            ("b", false),
            ("a/c", false),
            ("a/b/d", false),
        ] {
            assert_eq!(here.matches(pattern), matches, "{pattern}");
        }
    }

    #[test]
    fn distances() {
        let here = Locality::parse("a/b/c");
        for (there, distance) in [("a/b/c", 0), ("a/b", 1), ("a/c/c", 2), ("b/b/c", 3), ("", 3)] {
            assert_eq!(here.distance(&Locality::parse(there)), distance, "{there}");
        }
    }

    #[test]
    fn labels_say_where_a_workload_is() {
        let of = |labels: &[(&str, &str)]| {
            let labels = labels
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()));
            Locality::of(&labels.collect())
        };
        assert_eq!(of(&[(LOCALITY, "a.b.c")]), Locality::parse("a/b/c"));
        assert_eq!(
            of(&[(LOCALITY, "a.b/c"), (REGION, "d")]),
            Locality::parse("a.b/c")
        );
        assert_eq!(of(&[(REGION, "a"), (SUB_ZONE, "c")]), Locality::parse("a//c"));
        assert!(of(&[]).is_unknown());
    }
}
