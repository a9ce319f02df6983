//! Counters, gauges and histograms.

use std::collections::BTreeMap;

use super::status::Status;

/// The kind of a metric; the numbers are those of the ABI, and the low two bits of each id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Counter = 0,
    Gauge = 1,
    Histogram = 2,
}

impl Kind {
    fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Counter),
            1 => Some(Self::Gauge),
            2 => Some(Self::Histogram),
            _ => None,
        }
    }
}

/// All metrics of one VM.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    names: BTreeMap<u32, String>,
    next: u32,
    values: BTreeMap<String, u64>,
    samples: BTreeMap<String, Vec<u64>>,
}

impl Metrics {
    pub(super) fn define(&mut self, kind: u32, name: String) -> Result<u32, Status> {
        let kind = Kind::from_number(kind).ok_or(Status::BadArgument)?;
        self.next += 4;
        let id = self.next | kind as u32;
        match kind {
            Kind::Histogram => drop(self.samples.entry(name.clone()).or_default()),
            Kind::Counter | Kind::Gauge => drop(self.values.entry(name.clone()).or_default()),
        }
        self.names.insert(id, name);
        Ok(id)
    }

    /// Envoy lets a counter only grow, and a gauge move both ways.
    pub(super) fn increment(&mut self, id: u32, offset: i64) -> Result<(), Status> {
        let kind = Kind::from_number(id & 3).filter(|kind| *kind != Kind::Histogram);
        let kind = kind.ok_or(Status::BadArgument)?;
        let name = self.names.get(&id).ok_or(Status::NotFound)?;
        if kind == Kind::Counter && offset <= 0 {
            return Err(Status::BadArgument);
        }
        let value = self.values.entry(name.clone()).or_default();
        *value = value.wrapping_add_signed(offset);
        Ok(())
    }

    /// Envoy adds what is recorded in a counter, sets a gauge, and samples a histogram.
    pub(super) fn record(&mut self, id: u32, recorded: u64) -> Result<(), Status> {
        let name = self.names.get(&id).ok_or(Status::NotFound)?.clone();
        match Kind::from_number(id & 3).ok_or(Status::NotFound)? {
            Kind::Counter => *self.values.entry(name).or_default() += recorded,
            Kind::Gauge => drop(self.values.insert(name, recorded)),
            Kind::Histogram => self.samples.entry(name).or_default().push(recorded),
        }
        Ok(())
    }

    pub(super) fn get(&self, id: u32) -> Result<u64, Status> {
        let name = self.names.get(&id).ok_or(match id & 3 {
            0 | 1 => Status::NotFound,
            _ => Status::BadArgument,
        })?;
        self.values.get(name).copied().ok_or(Status::BadArgument)
    }

    pub(super) fn values(&self) -> &BTreeMap<String, u64> {
        &self.values
    }

    pub(super) fn samples(&self) -> &BTreeMap<String, Vec<u64>> {
        &self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_only_grows_and_a_gauge_moves_both_ways() {
        let mut metrics = Metrics::default();
        let counter = metrics.define(0, "requests".to_owned()).unwrap();
        let gauge = metrics.define(1, "open".to_owned()).unwrap();
        assert_eq!(metrics.increment(counter, 2), Ok(()));
        assert_eq!(metrics.increment(counter, -1), Err(Status::BadArgument));
        assert_eq!(metrics.increment(gauge, 2), Ok(()));
        assert_eq!(metrics.increment(gauge, -1), Ok(()));
        assert_eq!((metrics.get(counter), metrics.get(gauge)), (Ok(2), Ok(1)));
    }

    #[test]
    fn a_histogram_cannot_be_read_or_incremented() {
        let mut metrics = Metrics::default();
        let id = metrics.define(2, "seconds".to_owned()).unwrap();
        assert_eq!(metrics.record(id, 7), Ok(()));
        assert_eq!(metrics.increment(id, 1), Err(Status::BadArgument));
        assert_eq!(metrics.get(id), Err(Status::BadArgument));
        assert_eq!(metrics.samples().get("seconds"), Some(&vec![7]));
    }

    #[test]
    fn unknown_ids_and_kinds_are_told_apart() {
        let mut metrics = Metrics::default();
        assert_eq!(metrics.define(3, "x".to_owned()), Err(Status::BadArgument));
        assert_eq!(metrics.get(400), Err(Status::NotFound));
        assert_eq!(metrics.record(400, 1), Err(Status::NotFound));
    }
}
