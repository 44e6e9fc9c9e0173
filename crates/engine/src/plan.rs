//! Which bytes are overwritten: findings painted over the file, the surest
//! first, around what the format or a debugger needs.

use crate::ranges;
use coredact_dump::{Image, Origin, Protection, Weave};
use coredact_record::{Cut, Plan};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Collects ranges of the file; a byte belongs to the finding that claimed it
/// first.
#[derive(Debug, Default)]
pub struct Painter {
    painted: BTreeMap<u64, (u64, u32)>,
}

impl Painter {
    /// Claims the bytes of `range` that nobody has claimed for `finding`.
    pub fn paint(&mut self, range: Range<u64>, finding: u32) {
        let mut start = range.start;
        while start < range.end {
            let before = self.painted.range(..=start).next_back().map(|(_, (end, _))| *end);
            if let Some(end) = before.filter(|end| *end > start) {
                start = end;
                continue;
            }
            let next = self.painted.range(start..).next().map_or(range.end, |(next, _)| *next);
            let end = next.min(range.end);
            self.painted.insert(start, (end, finding));
            start = end;
        }
    }

    /// Claims the bytes of `range` outside all of `holes` (sorted by start).
    pub fn paint_around(&mut self, range: Range<u64>, finding: u32, holes: &Holes) {
        for part in holes.outside(range) {
            self.paint(part, finding);
        }
    }

    /// The bytes that each finding claimed.
    #[must_use]
    pub fn ranges(&self) -> Vec<(Range<u64>, u32)> {
        self.painted.iter().map(|(start, (end, finding))| (*start..*end, *finding)).collect()
    }

    /// The finished plan; `marker` gives the word for a finding. Neighbouring
    /// cuts of the same finding become one.
    #[must_use]
    pub fn finish(self, input_length: u64, marker: impl Fn(u32) -> String) -> Plan {
        let mut cuts: Vec<Cut> = Vec::new();
        for (start, (end, finding)) in self.painted {
            match cuts.last_mut() {
                Some(last) if last.finding == finding && last.file_offset + last.length == start => {
                    last.length += end - start;
                }
                _ => cuts.push(Cut {
                    file_offset: start,
                    length: end - start,
                    finding,
                    marker: marker(finding),
                }),
            }
        }
        Plan { input_length, cuts, notice: None }
    }
}

/// Ranges of the file that must stay, sorted and merged.
#[derive(Clone, Debug, Default)]
pub struct Holes {
    ranges: Vec<Range<u64>>,
    /// The heaps of virtual machines, by where their dumps lie: all but what they open must stay.
    heaps: Vec<(Range<u64>, Arc<Weave>)>,
    /// Whether what is removed there is proven.
    proven: bool,
}

impl Holes {
    /// What may never be overwritten.
    #[must_use]
    pub fn structure(image: &Image) -> Self {
        Self::of(image, true, |protection| protection == Protection::Structure)
    }

    /// What no suspicion may overwrite.
    #[must_use]
    pub fn protected(image: &Image) -> Self {
        Self::of(image, false, |_| true)
    }

    fn of(image: &Image, proven: bool, wanted: impl Fn(Protection) -> bool) -> Self {
        let chosen = image.protected.iter().filter(|one| wanted(one.protection));
        let heaps = heaps(image).map(|(range, weave)| (range, Arc::clone(weave))).collect();
        Self { heaps, proven, ..Self::new(chosen.map(|one| one.range.clone()).collect()) }
    }

    /// Sorts and merges ranges.
    #[must_use]
    pub fn new(mut ranges: Vec<Range<u64>>) -> Self {
        ranges.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<u64>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self { ranges: merged, ..Self::default() }
    }

    /// True if `position` lies in one of them.
    #[must_use]
    pub fn contains(&self, position: u64) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= position);
        after
            .checked_sub(1)
            .and_then(|index| self.ranges.get(index))
            .is_some_and(|range| position < range.end)
    }

    /// The parts of a range outside all holes.
    #[must_use]
    pub fn outside(&self, range: Range<u64>) -> Vec<Range<u64>> {
        if self.heaps.is_empty() {
            return ranges::outside(&range, &self.ranges);
        }
        let dumps: Vec<Range<u64>> = self.heaps.iter().map(|(dump, _)| dump.clone()).collect();
        let mut open = ranges::outside(&range, &dumps);
        for (dump, weave) in &self.heaps {
            let part = range.start.max(dump.start)..range.end.min(dump.end);
            if part.start < part.end {
                open.extend(weave.open_to(&part, self.proven));
            }
        }
        open.sort_by_key(|part| part.start);
        open.iter().flat_map(|part| ranges::outside(part, &self.ranges)).collect()
    }
}

/// The heaps of virtual machines in an image, by where their dumps lie.
pub(crate) fn heaps(image: &Image) -> impl Iterator<Item = (Range<u64>, &Arc<Weave>)> {
    let whole = 0..image.file_length;
    let own = image.members.is_empty().then_some((whole, image));
    let members = image.members.iter().map(|member| (member.range.clone(), &member.image));
    own.into_iter().chain(members).filter_map(|(range, image)| {
        let heap = image.spaces.iter().find_map(|space| match &space.origin {
            Origin::Heap(weave) => Some(weave),
            _ => None,
        });
        heap.map(|weave| (range, weave))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(claims: &[(Range<u64>, u32)]) -> Vec<(Range<u64>, u32)> {
        let mut painter = Painter::default();
        for (range, finding) in claims {
            painter.paint(range.clone(), *finding);
        }
        let plan = painter.finish(1000, |_| "RSA".to_owned());
        assert_eq!(plan.validate(), Ok(()));
        plan.cuts.iter().map(|cut| (cut.file_offset..cut.file_offset + cut.length, cut.finding)).collect()
    }

    #[test]
    fn a_byte_belongs_to_the_first_claim() {
        let check = |claims: &[(Range<u64>, u32)], expected: &[(Range<u64>, u32)]| {
            assert_eq!(painted(claims), expected, "{claims:?}");
        };
        check(&[(0..10, 1), (5..15, 2)], &[(0..10, 1), (10..15, 2)]);
        check(&[(5..8, 1), (0..10, 2)], &[(0..5, 2), (5..8, 1), (8..10, 2)]);
        check(&[(0..4, 1), (4..8, 1), (8..9, 2)], &[(0..8, 1), (8..9, 2)]);
        check(
            &[(10..20, 1), (30..40, 1), (0..50, 2)],
            &[(0..10, 2), (10..20, 1), (20..30, 2), (30..40, 1), (40..50, 2)],
        );
        check(&[(3..3, 1)], &[]);
    }

    #[test]
    fn holes_stay() {
        let holes = Holes::new(vec![20..30, 10..15, 14..16]);
        let check = |range: Range<u64>, expected: &[(u64, u64)]| {
            let parts: Vec<(u64, u64)> =
                holes.outside(range.clone()).iter().map(|part| (part.start, part.end)).collect();
            assert_eq!(parts, expected, "{range:?}");
        };
        check(0..40, &[(0, 10), (16, 20), (30, 40)]);
        check(12..25, &[(16, 20)]);
        check(21..29, &[]);
        check(30..31, &[(30, 31)]);
    }
}
