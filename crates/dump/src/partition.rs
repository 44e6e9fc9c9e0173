//! Who owns which bytes of the file: each byte has one owner, the first to claim it.

use std::collections::BTreeMap;
use std::ops::Range;

/// The bytes that are already owned, as merged runs.
#[derive(Debug)]
pub(crate) struct Partition {
    file_length: u64,
    /// Start to end of each run; runs neither overlap nor touch.
    owned: BTreeMap<u64, u64>,
}

impl Partition {
    /// Nothing owned yet.
    pub(crate) fn new(file_length: u64) -> Self {
        Self { file_length, owned: BTreeMap::new() }
    }

    /// Takes those bytes of `wanted` that the file holds and nobody owns yet, in file order.
    pub(crate) fn claim(&mut self, wanted: Range<u64>) -> Vec<Range<u64>> {
        let end = wanted.end.min(self.file_length);
        let mut at = wanted.start;
        if at >= end {
            return Vec::new();
        }
        let mut free = Vec::new();
        let mut run = at..end;
        if let Some((&start, &stop)) = self.owned.range(..=at).next_back()
            && stop >= at
        {
            run = start..stop.max(end);
            at = stop;
        }
        let inside: Vec<(u64, u64)> =
            self.owned.range(wanted.start..=end).map(|(&start, &stop)| (start, stop)).collect();
        for (start, stop) in inside {
            if start > at {
                free.push(at..start);
            }
            at = at.max(stop);
            run.end = run.end.max(stop);
            self.owned.remove(&start);
        }
        if at < end {
            free.push(at..end);
        }
        self.owned.insert(run.start, run.end);
        free
    }

    /// How many runs are owned: what this holds in memory.
    pub(crate) fn runs(&self) -> usize {
        self.owned.len()
    }

    /// The bytes that nobody owns, in file order.
    pub(crate) fn unowned(&self) -> Vec<Range<u64>> {
        let mut gaps = Vec::new();
        let mut at = 0;
        for (&start, &stop) in &self.owned {
            if start > at {
                gaps.push(at..start);
            }
            at = stop;
        }
        if at < self.file_length {
            gaps.push(at..self.file_length);
        }
        gaps
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn second_claim_gets_only_what_the_first_left() {
        let mut partition = Partition::new(100);
        assert_eq!(partition.claim(10..20), vec![10..20]);
        assert_eq!(partition.claim(30..40), vec![30..40]);
        assert_eq!(partition.claim(5..50), vec![5..10, 20..30, 40..50]);
        assert_eq!(partition.claim(0..60), vec![0..5, 50..60]);
        assert!(partition.claim(7..9).is_empty());
        assert_eq!(partition.claim(90..u64::MAX), vec![90..100]);
        assert_eq!(partition.unowned(), vec![60..90]);
    }

    proptest! {
        #[test]
        fn claims_and_the_rest_cover_every_byte_once(
            wanted in proptest::collection::vec((0_u64..300, 0_u64..120), 0..40),
        ) {
            let mut partition = Partition::new(256);
            let mut owners = [0_u8; 256];
            let mut count = |ranges: Vec<Range<u64>>| {
                for byte in ranges.into_iter().flatten() {
                    owners[usize::try_from(byte).expect("small")] += 1;
                }
            };
            for (start, length) in wanted {
                count(partition.claim(start..start + length));
            }
            count(partition.unowned());
            prop_assert!(owners.iter().all(|owner| *owner == 1));
        }
    }
}
