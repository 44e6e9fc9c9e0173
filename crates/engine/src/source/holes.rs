//! The holes of a sparse file: zeros that need no reading.

use super::limits::HOLE_SEEKS_MAX;
use crate::ranges::outside;
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use std::fs::File;
use std::ops::Range;

/// The parts of a file for which its file system keeps no bytes, as far as they are worth knowing;
/// sorted, disjoint. They read as zeros.
#[derive(Debug, Default)]
pub(crate) struct Holes(Vec<Range<u64>>);

impl Holes {
    /// Asks the file system for the holes of at least `fewest` bytes; one that does not know has none. The file's
    /// cursor ends at the start.
    pub(crate) fn of(file: &File, length: u64, fewest: u64) -> Self {
        let holes = Self::walk(file, length, fewest);
        // What was read before is read by offset, and what comes after too.
        let _start = seek(file, SeekFrom::Start(0));
        Self(holes)
    }

    fn walk(file: &File, length: u64, fewest: u64) -> Vec<Range<u64>> {
        let mut holes = Vec::new();
        let mut at = 0;
        for _ in 0..HOLE_SEEKS_MAX {
            let data = match seek(file, SeekFrom::Data(at)) {
                Ok(data) => data.min(length),
                // lseek(2): no data behind `at`, which the end of the file follows as a hole.
                Err(Errno::NXIO) => length,
                Err(_) => break,
            };
            if data.saturating_sub(at) >= fewest {
                holes.push(at..data);
            }
            if data >= length {
                break;
            }
            match seek(file, SeekFrom::Hole(data)) {
                Ok(hole) if hole > data && hole < length => at = hole,
                _ => break,
            }
        }
        holes
    }

    /// The parts of `range` that have to be read.
    pub(crate) fn data(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        outside(range, &self.0)
    }

    /// True if there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True if all of `range` is in one hole.
    pub(super) fn contain(&self, range: &Range<u64>) -> bool {
        let after = self.0.partition_point(|hole| hole.start <= range.start);
        let hole = after.checked_sub(1).and_then(|index| self.0.get(index));
        hole.is_some_and(|hole| range.end <= hole.end)
    }

    /// The parts of these holes that are none in `now`.
    pub(super) fn filled(&self, now: &Self) -> Vec<Range<u64>> {
        self.0.iter().flat_map(|hole| outside(hole, &now.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_hole_any_more_is_named() {
        let check = |before: &[Range<u64>], now: &[Range<u64>], filled: &[Range<u64>]| {
            assert_eq!(Holes(before.to_vec()).filled(&Holes(now.to_vec())), filled);
        };
        let one = std::slice::from_ref::<Range<u64>>;
        check(&[0..10, 20..30], &[0..10, 20..30], &[]);
        check(one(&(5..10)), one(&(0..40)), &[]);
        check(&[0..10, 20..30], one(&(2..25)), &[0..2, 25..30]);
        check(&[0..10, 20..30], &[0..3, 6..8, 22..24], &[3..6, 8..10, 20..22, 24..30]);
        check(one(&(0..10)), &[], one(&(0..10)));
    }

    #[test]
    fn what_lies_in_no_hole_is_data() {
        let holes = Holes(vec![10..20, 30..40]);
        for (range, data) in [(0..35, vec![0..10, 20..30]), (12..18, vec![]), (15..50, vec![20..30, 40..50])]
        {
            assert_eq!(holes.data(&range), data, "{range:?}");
        }
    }

    #[test]
    fn range_in_one_hole_is_contained() {
        let holes = Holes(vec![10..20, 30..40]);
        for (range, expected) in
            [(10..20, true), (12..13, true), (9..11, false), (15..31, false), (39..41, false)]
        {
            assert_eq!(holes.contain(&range), expected, "{range:?}");
        }
    }
}
