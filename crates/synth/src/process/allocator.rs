//! Where in the heaps the next planting goes.

use crate::random::Random;
use std::ops::Range;

/// Hands out places in address order, spread evenly over all heaps.
#[derive(Debug)]
pub(super) struct Allocator {
    heaps: Vec<Range<u64>>,
    heap: usize,
    cursor: u64,
    /// Mean distance between plantings.
    stride: u64,
}

/// Least distance between two plantings, so that none can be taken for part of another.
pub(super) const DISTANCE: u64 = 256;

impl Allocator {
    /// For `count` plantings of `bytes` in all, distances included, the longest with `longest`.
    pub(super) fn new(heaps: Vec<Range<u64>>, count: u64, bytes: u64, longest: u64) -> Self {
        let room: u64 = heaps.iter().map(|heap| heap.end - heap.start).sum();
        // At the end of each heap a planting and a stride may not fit any more.
        let ends = heaps.len() as u64;
        let stride = room.saturating_sub(bytes + ends * longest) / (count + ends);
        let cursor = heaps.first().map_or(0, |heap| heap.start);
        Self { heaps, heap: 0, cursor, stride }
    }

    /// An address with the remainder `skew` modulo 16 and `length` bytes of room.
    ///
    /// # Panics
    /// If more is taken than was announced.
    pub(super) fn take(&mut self, random: &mut Random, length: u64, skew: u64) -> u64 {
        loop {
            let half = self.stride / 2;
            let from = self.cursor + DISTANCE + half + random.below(half);
            let address = from.next_multiple_of(16) + skew % 16;
            let heap = self.heaps.get(self.heap).expect("room for what was announced");
            if address + length + DISTANCE <= heap.end {
                self.cursor = address + length;
                return address;
            }
            self.heap += 1;
            self.cursor = self.heaps.get(self.heap).map_or(0, |heap| heap.start);
        }
    }
}
