//! Virtual address to file offset and back, by binary search.

use crate::image::{Origin, Space};
use std::ops::Range;

/// A run of memory that the file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    address: u64,
    file_offset: u64,
    length: u64,
}

/// Where the dumped memory lies in the file.
///
/// Every address has one place at most: where segments overlap in memory, the
/// one that starts lower counts.
#[derive(Clone, Debug, Default)]
pub struct AddressMap {
    /// Sorted by address, without overlap.
    by_address: Vec<Run>,
    /// Sorted by file offset, without overlap, because each byte has one owner.
    by_offset: Vec<Run>,
}

impl AddressMap {
    /// Builds the map from the memory among `spaces`.
    #[must_use]
    pub fn new(spaces: &[Space]) -> Self {
        let runs = spaces
            .iter()
            .filter(|space| space.origin == Origin::Memory)
            .filter_map(|space| space.address.map(|address| (address, space)))
            .flat_map(|(base, space)| {
                space.pieces.iter().filter_map(move |piece| {
                    let address = base.checked_add(piece.start)?;
                    Some((address, piece.file_offset, piece.length))
                })
            });
        Self::of(runs)
    }

    /// Builds the map from runs of memory, none of which share bytes of the file: address, file offset, length.
    pub(crate) fn of(runs: impl Iterator<Item = (u64, u64, u64)>) -> Self {
        let run = |(address, file_offset, length)| Run { address, file_offset, length };
        let mut by_offset: Vec<Run> = runs.map(run).collect();
        let mut by_address = by_offset.clone();
        by_offset.sort_by_key(|run| run.file_offset);
        by_address.sort_by_key(|run| run.address);
        let mut end = 0;
        by_address.retain_mut(|run| {
            let covered = end_of(run.address, run.length).min(end).saturating_sub(run.address);
            run.address = run.address.saturating_add(covered);
            run.file_offset = run.file_offset.saturating_add(covered);
            run.length = run.length.saturating_sub(covered);
            end = end.max(end_of(run.address, run.length));
            run.length > 0
        });
        Self { by_address, by_offset }
    }

    /// Every run of memory by where it lies in the file: address, file offset, length.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.by_offset.iter().map(|run| (run.address, run.file_offset, run.length))
    }

    /// The same memory in a file that lies `by` bytes into another one.
    pub(crate) fn moved(mut self, by: u64) -> Self {
        for run in self.by_address.iter_mut().chain(&mut self.by_offset) {
            run.file_offset = run.file_offset.saturating_add(by);
        }
        self
    }

    /// File offset of the byte at `address`, and how many bytes follow it both in memory and in the file.
    #[must_use]
    pub fn file_offset_of(&self, address: u64) -> Option<(u64, u64)> {
        let index = self.by_address.partition_point(|run| run.address <= address).checked_sub(1)?;
        let run = self.by_address.get(index)?;
        let inside = address.checked_sub(run.address)?;
        let left = run.length.checked_sub(inside).filter(|left| *left > 0)?;
        Some((run.file_offset.checked_add(inside)?, left))
    }

    /// Address of the byte at `file_offset`, if memory owns it.
    #[must_use]
    pub fn address_of(&self, file_offset: u64) -> Option<u64> {
        let index = self.by_offset.partition_point(|run| run.file_offset <= file_offset).checked_sub(1)?;
        let run = self.by_offset.get(index)?;
        let inside = file_offset.checked_sub(run.file_offset).filter(|inside| *inside < run.length)?;
        run.address.checked_add(inside)
    }

    /// The file bytes that hold `addresses`, in address order, as far as they were dumped.
    #[must_use]
    pub fn file_ranges_of(&self, addresses: Range<u64>) -> Vec<Range<u64>> {
        self.first_file_ranges_of(addresses, usize::MAX)
    }

    /// The first `limit` of these ranges.
    pub(crate) fn first_file_ranges_of(&self, addresses: Range<u64>, limit: usize) -> Vec<Range<u64>> {
        let first = self.by_address.partition_point(|run| end_of(run.address, run.length) <= addresses.start);
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for run in self.by_address.get(first..).unwrap_or_default() {
            if run.address >= addresses.end || ranges.len() >= limit {
                break;
            }
            let skipped = addresses.start.saturating_sub(run.address);
            let end = end_of(run.address, run.length).min(addresses.end);
            let start = run.file_offset.saturating_add(skipped);
            let stop = run.file_offset.saturating_add(end.saturating_sub(run.address));
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end = stop,
                _ => ranges.push(start..stop),
            }
        }
        ranges
    }
}

fn end_of(start: u64, length: u64) -> u64 {
    start.saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Access, Piece};

    fn memory(address: u64, pieces: &[(u64, u64)]) -> Space {
        let mut start: u64 = 0;
        let pieces: Vec<Piece> = pieces
            .iter()
            .map(|&(file_offset, length)| {
                let piece = Piece { start, file_offset, length, access: Access::default() };
                start = start.saturating_add(length);
                piece
            })
            .collect();
        Space { origin: Origin::Memory, address: Some(address), pieces, length: start }
    }

    #[test]
    fn both_directions_agree_over_scattered_pieces() {
        let map = AddressMap::new(&[memory(0x1000, &[(500, 16), (100, 16)]), memory(0x8000, &[(200, 8)])]);
        assert_eq!(map.file_offset_of(0x0fff), None);
        assert_eq!(map.file_offset_of(0x1000), Some((500, 16)));
        assert_eq!(map.file_offset_of(0x1014), Some((104, 12)));
        assert_eq!(map.file_offset_of(0x1020), None);
        assert_eq!(map.address_of(104), Some(0x1014));
        assert_eq!(map.address_of(515), Some(0x100f));
        assert_eq!(map.address_of(516), None);
        assert_eq!(map.address_of(99), None);
        assert_eq!(map.file_ranges_of(0x1008..0x1018), vec![508..516, 100..108]);
        assert_eq!(map.file_ranges_of(0x1018..0x9000), vec![108..116, 200..208]);
    }

    #[test]
    fn overlapping_addresses_have_one_place() {
        let map = AddressMap::new(&[memory(0x1000, &[(0, 0x100)]), memory(0x1080, &[(0x200, 0x100)])]);
        assert_eq!(map.file_offset_of(0x1080), Some((0x80, 0x80)));
        assert_eq!(map.file_offset_of(0x1100), Some((0x280, 0x80)));
        assert_eq!(map.address_of(0x200), Some(0x1080));
    }

    #[test]
    fn memory_at_the_end_of_the_address_space_is_found() {
        let map = AddressMap::new(&[memory(u64::MAX, &[(7, 1)])]);
        assert_eq!(map.file_offset_of(u64::MAX), Some((7, 1)));
    }
}
