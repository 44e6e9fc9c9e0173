//! Where in a chunk numbers may be, in one layout.

use std::ops::Range;

use super::chunk::Chunk;
use super::index::Standing;
use super::layout::Layout;
use super::limits::{MODULUS_BITS_MAX, PLAIN_BYTES_MAX, PRIME_BITS_MAX, PRIME_BITS_MIN};
use super::quality::{BLOCK_BYTES, Quality};
use super::sequence::Sequence;

/// The digits of a chunk and where numbers may start and end among them.
pub(super) struct Survey<'l> {
    /// The digits.
    pub(super) sequence: Sequence<'l>,
    chunk: &'l Chunk,
    /// How many valid digits follow upward, from each index (itself included). Empty
    /// if every digit is valid.
    reach: Vec<u32>,
    /// The largest of these.
    longest: usize,
    /// Every index is tried, not only those near edges.
    anywhere: bool,
    /// Indices near an edge at which a number may have its least significant digit.
    lows: Marks,
    /// Indices near an edge at which a number may end (one past its most significant digit).
    highs: Marks,
}

/// Indices close to the edges of runs.
struct Marks {
    /// The edges themselves.
    edges: Vec<usize>,
    /// All indices near them, rising.
    near: Vec<usize>,
    /// True at these.
    is_near: Vec<bool>,
}

/// Sizes of primes that key generators make, in bits: halves of 1024 to 8192, and
/// the parts of multi-prime keys (RFC 8017; `openssl genrsa -primes 3`).
const SIZES: [usize; 18] =
    [512, 640, 682, 683, 768, 1024, 1280, 1365, 1366, 1536, 1638, 1639, 2048, 2560, 2730, 2731, 3072, 4096];

/// Ends looked at for one start: a number may contain a hole of its run.
const ENDS_PER_START: usize = 4;

impl<'l> Survey<'l> {
    /// Reads a chunk; `None` if no number of [`PRIME_BITS_MIN`] bits can be in it.
    pub(super) fn new(chunk: &'l Chunk, layout: &'static Layout) -> Option<Self> {
        let sequence = Sequence::new(chunk, layout);
        let least = layout.words(PRIME_BITS_MIN);
        if !layout.is_padded() && !chunk.quality.contains(&Quality::Any) {
            return None;
        }
        let (reach, longest) =
            if layout.is_padded() { reaches(&sequence, least)? } else { (Vec::new(), sequence.len()) };
        if longest < least {
            return None;
        }
        let (low_edges, high_edges) =
            if layout.falling { (&chunk.ends, &chunk.starts) } else { (&chunk.starts, &chunk.ends) };
        Some(Self {
            anywhere: layout.anywhere && (layout.is_padded() || !chunk.bulk),
            chunk,
            reach,
            longest,
            lows: Marks::new(&sequence, low_edges),
            highs: Marks::new(&sequence, high_edges),
            sequence,
        })
    }

    /// Every index at which an odd number of at least `bits` bits may start, and
    /// whether it is near an edge.
    pub(super) fn openings(&self, bits: usize) -> Vec<(usize, bool)> {
        let least = self.sequence.layout.words(bits);
        let fits =
            |index: &usize| self.is_odd(*index) && self.has(*index, least) && self.is_random(*index, least);
        if self.anywhere {
            let all = (0..self.sequence.len()).filter(fits);
            all.map(|index| (index, self.lows.has(index))).collect()
        } else {
            self.lows.near.iter().copied().filter(fits).map(|index| (index, true)).collect()
        }
    }

    /// Indices at which a number of exactly `count` digits fits: at the edges of
    /// runs, and elsewhere.
    pub(super) fn fitting(&self, count: usize) -> (Vec<usize>, Vec<usize>) {
        let fits = |index: &usize| self.has(*index, count) && self.is_random(*index, count);
        let near: Vec<usize> = self.near(count).into_iter().filter(fits).collect();
        let mut far = Vec::new();
        if self.anywhere {
            let last = self.sequence.len().saturating_sub(count);
            let is_inside = |index: &usize| self.standing(*index, count) == Standing::Inside;
            far.extend((0..=last).filter(is_inside).filter(fits));
        }
        (near, far)
    }

    /// How the number of `count` digits at `index` stands in its run.
    pub(super) fn standing(&self, index: usize, count: usize) -> Standing {
        match (self.lows.has(index), self.highs.has(index + count)) {
            (true, true) => Standing::Alone,
            (false, false) => Standing::Inside,
            _ => Standing::Edge,
        }
    }

    /// Indices near the edges of runs at which a number of `count` digits may start, rising.
    fn near(&self, count: usize) -> Vec<usize> {
        let ending = self.highs.near.iter().filter_map(|end| end.checked_sub(count));
        let mut near: Vec<usize> = ending.filter(|index| !self.lows.has(*index)).collect();
        near.extend(&self.lows.near);
        near.sort_unstable();
        near
    }

    /// Every (index, count) that may be a prime by its size, its place and its ends.
    pub(super) fn windows(&self) -> Vec<(usize, usize)> {
        let mut windows = Vec::new();
        let layout = self.sequence.layout;
        let odd: Vec<usize> = if self.anywhere {
            (0..self.sequence.len()).filter(|index| self.is_odd(*index)).collect()
        } else {
            self.lows.near.iter().copied().filter(|index| self.is_odd(*index)).collect()
        };
        for size in SIZES {
            let count = layout.words(size);
            let top_bits = size - layout.bits * (count - 1);
            if count > self.longest {
                break;
            }
            let fits = |index: &usize| {
                self.top(*index, count) == top_bits
                    && self.has(*index, count)
                    && self.is_random(*index, count)
            };
            windows.extend(odd.iter().copied().filter(fits).map(|index| (index, count)));
            if !self.anywhere {
                let ending = self.highs.near.iter().filter_map(|end| end.checked_sub(count));
                let ending = ending.filter(|index| !self.lows.has(*index) && self.is_odd(*index));
                windows.extend(ending.filter(fits).map(|index| (index, count)));
            }
        }
        if layout.word >= 4 {
            self.spans(&mut windows);
        }
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// Numbers of any size that fill a run from edge to edge: primes of
    /// multi-prime keys and of odd generators.
    fn spans(&self, windows: &mut Vec<(usize, usize)>) {
        let slack = self.sequence.layout.slack();
        for low in &self.lows.edges {
            let after = self.highs.edges.partition_point(|high| high <= low);
            for high in self.highs.edges.iter().skip(after).take(ENDS_PER_START) {
                for index in (low.saturating_sub(slack)..=low + slack).filter(|index| self.is_odd(*index)) {
                    for end in (*high).saturating_sub(slack).max(index + 1)..=high + slack {
                        let count = end - index;
                        let top = self.top(index, count);
                        let bits = (count - 1) * self.sequence.layout.bits + top;
                        if top > 0
                            && (PRIME_BITS_MIN..=PRIME_BITS_MAX).contains(&bits)
                            && self.has(index, count)
                            && self.is_random(index, count)
                        {
                            windows.push((index, count));
                        }
                    }
                }
            }
        }
    }

    /// True if `count` valid digits follow from `index` on.
    fn has(&self, index: usize, count: usize) -> bool {
        if self.reach.is_empty() {
            return count <= self.sequence.len().saturating_sub(index);
        }
        self.reach.get(index).is_some_and(|reach| *reach as usize >= count)
    }

    /// The longest number that may start at `index`, in 64-bit limbs: as far as digits are
    /// valid and hardly anything lies outside of runs.
    pub(super) fn room(&self, index: usize) -> usize {
        let layout = self.sequence.layout;
        let limit = layout.words(usize::try_from(MODULUS_BITS_MAX).unwrap_or(usize::MAX));
        let (mut fits, mut fails) = (0, limit.min(self.sequence.len().saturating_sub(index)) + 1);
        while fits + 1 < fails {
            let count = fits.midpoint(fails);
            let is_plain = || self.plain_bytes(&self.sequence.range(index, count)) > PLAIN_BYTES_MAX;
            if self.has(index, count) && (layout.is_padded() || !is_plain()) {
                fits = count;
            } else {
                fails = count;
            }
        }
        (fits * layout.bits).div_ceil(64)
    }

    /// True if nearly all bytes of the number lie in runs and they differ as random
    /// bytes do. Spare bits may interrupt the runs anywhere.
    fn is_random(&self, index: usize, count: usize) -> bool {
        let range = self.sequence.range(index, count);
        let (plain, quality) = if self.sequence.layout.is_padded() {
            (range.len() / 2, Quality::Spare)
        } else {
            (PLAIN_BYTES_MAX, Quality::Any)
        };
        self.plain_bytes(&range) <= plain && self.is_diverse(&range, quality)
    }

    /// How many bytes of a range lie in no run.
    fn plain_bytes(&self, range: &Range<usize>) -> usize {
        let at = |offset| self.chunk.plain.get(offset).or(self.chunk.plain.last()).copied().unwrap_or(0);
        at(range.end).saturating_sub(at(range.start)) as usize
    }

    /// True if all of a range may be part of a number.
    fn is_diverse(&self, range: &Range<usize>, least: Quality) -> bool {
        let last = range.end.saturating_sub(BLOCK_BYTES);
        let mut blocks = range.clone().step_by(BLOCK_BYTES).take_while(|at| *at < last).chain([last]);
        blocks.all(|at| self.chunk.quality.get(at).is_some_and(|quality| *quality >= least))
    }

    fn is_odd(&self, index: usize) -> bool {
        self.sequence.digit(index).is_some_and(|digit| digit & 1 == 1)
    }

    /// Bit length of the most significant digit.
    fn top(&self, index: usize, count: usize) -> usize {
        let digit = self.sequence.digit(index + count - 1).unwrap_or(0);
        64 - digit.leading_zeros() as usize
    }
}

impl Marks {
    fn new(sequence: &Sequence<'_>, offsets: &[usize]) -> Self {
        let mut edges: Vec<usize> = offsets.iter().map(|offset| sequence.index(*offset)).collect();
        edges.sort_unstable();
        edges.dedup();
        let slack = sequence.layout.slack();
        let mut is_near = vec![false; sequence.len() + 1];
        for edge in &edges {
            let range = edge.saturating_sub(slack)..(edge + slack + 1).min(is_near.len());
            is_near.get_mut(range).into_iter().flatten().for_each(|near| *near = true);
        }
        let near = is_near.iter().enumerate().filter_map(|(index, near)| near.then_some(index)).collect();
        Self { edges, near, is_near }
    }

    fn has(&self, index: usize) -> bool {
        self.is_near.get(index).copied().unwrap_or(false)
    }
}

/// How many digits that are not too large follow each other from each index on, and
/// the most that do; `None` if fewer than `least` do everywhere.
fn reaches(sequence: &Sequence<'_>, least: usize) -> Option<(Vec<u32>, usize)> {
    let bits = sequence.layout.bits;
    let is_valid = |index: usize| sequence.digit(index).is_some_and(|digit| digit >> bits == 0);
    // Of `least` digits in a row one has an index that `least` divides: most chunks
    // are passed over by looking at these.
    let mut at = least.saturating_sub(1);
    let mut some = false;
    while at < sequence.len() && !some {
        let below = (0..=at).rev().take(least).take_while(|index| is_valid(*index)).count();
        let above = (at + 1..sequence.len()).take(least).take_while(|index| is_valid(*index)).count();
        some = below > 0 && below + above >= least;
        at += least;
    }
    if !some {
        return None;
    }
    let mut reach: Vec<u32> = Vec::with_capacity(sequence.len());
    let (mut count, mut longest) = (0u32, 0);
    for index in (0..sequence.len()).rev() {
        count = if is_valid(index) { count + 1 } else { 0 };
        longest = longest.max(count);
        reach.push(count);
    }
    reach.reverse();
    Some((reach, longest as usize))
}
