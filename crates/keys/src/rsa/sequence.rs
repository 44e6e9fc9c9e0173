//! A chunk read in one layout: the digits of a number, least significant first.

use std::ops::Range;

use super::chunk::Chunk;
use super::layout::Layout;
use super::limits::{DISTINCT_MIN, DISTINCT_PADDED_MIN, PLAIN_BYTES_MAX, PRIME_BITS_MAX, PRIME_BITS_MIN};

/// The words of a chunk in rising order of significance.
#[derive(Debug)]
pub(super) struct Sequence<'c> {
    /// How the words are read.
    pub(super) layout: &'static Layout,
    /// The words' values; those too large for a digit included.
    pub(super) digits: Vec<u64>,
    chunk: &'c Chunk,
    /// Offset of the lowest-addressed word in the chunk.
    first: usize,
    /// How many valid digits follow upward, from each index (itself included). Empty
    /// if every digit is valid.
    reach: Vec<u32>,
    /// The largest of these.
    longest: usize,
    /// Every index is tried, not only those near edges.
    anywhere: bool,
    /// Indices near which a number may have its least significant digit.
    lows: Vec<usize>,
    /// Indices near which a number may end (one past its most significant digit).
    highs: Vec<usize>,
}

/// Sizes of primes that key generators make, in bits: halves of 1024 to 8192, and
/// the parts of multi-prime keys (RFC 8017; `openssl genrsa -primes 3`).
const SIZES: [usize; 18] =
    [512, 640, 682, 683, 768, 1024, 1280, 1365, 1366, 1536, 1638, 1639, 2048, 2560, 2730, 2731, 3072, 4096];

/// Ends looked at for one start: a number may contain a hole of its run.
const ENDS_PER_START: usize = 4;

impl<'c> Sequence<'c> {
    /// Reads a chunk; `None` if no number of [`PRIME_BITS_MIN`] bits can be in it.
    pub(super) fn new(chunk: &'c Chunk, layout: &'static Layout) -> Option<Self> {
        if !layout.is_padded() && !chunk.is_diverse_anywhere() {
            return None;
        }
        let misaligned = usize::try_from(chunk.position % layout.word as u64).ok()?;
        let first = (layout.word - misaligned) % layout.word;
        let mut digits = layout.digits(chunk.bytes.get(first..)?);
        if layout.falling {
            digits.reverse();
        }
        let (reach, longest) =
            if layout.is_padded() { reaches(&digits, layout.bits) } else { (Vec::new(), digits.len()) };
        if longest < layout.words(PRIME_BITS_MIN) {
            return None;
        }
        let anywhere = layout.anywhere && (layout.is_padded() || !chunk.bulk);
        let mut sequence = Self {
            anywhere,
            layout,
            chunk,
            first,
            reach,
            longest,
            lows: Vec::new(),
            highs: Vec::new(),
            digits,
        };
        let (low_edges, high_edges) =
            if layout.falling { (&chunk.ends, &chunk.starts) } else { (&chunk.starts, &chunk.ends) };
        sequence.lows = sequence.indices(low_edges);
        sequence.highs = sequence.indices(high_edges);
        Some(sequence)
    }

    /// The low 64 bits of a number that starts at `index`.
    pub(super) fn low(&self, index: usize) -> u64 {
        let mut low = 0u64;
        let mut at = 0;
        for digit in self.digits.iter().skip(index) {
            low |= digit << at;
            at += self.layout.bits;
            if at >= 64 {
                break;
            }
        }
        low
    }

    /// The number of `count` digits that starts at `index`, as 64-bit limbs,
    /// least significant first; `None` if it leaves the chunk or a digit is too large.
    pub(super) fn limbs(&self, index: usize, count: usize) -> Option<Vec<u64>> {
        if self.reach(index) < count {
            return None;
        }
        let digits = self.digits.get(index..index.checked_add(count)?)?;
        let mut limbs = Vec::with_capacity((count * self.layout.bits).div_ceil(64));
        let (mut pending, mut filled) = (0u128, 0);
        for digit in digits {
            pending |= u128::from(*digit) << filled;
            filled += self.layout.bits;
            if filled >= 64 {
                limbs.push(low_half(pending));
                pending >>= 64;
                filled -= 64;
            }
        }
        if filled > 0 {
            limbs.push(low_half(pending));
        }
        Some(limbs)
    }

    /// Position in the dump and length in bytes of the number of `count` digits at `index`.
    pub(super) fn place(&self, index: usize, count: usize) -> (u64, usize) {
        let range = self.range(index, count);
        (self.chunk.position + range.start as u64, range.len())
    }

    /// Bytes of the chunk that the number of `count` digits at `index` takes.
    fn range(&self, index: usize, count: usize) -> Range<usize> {
        let from = if self.layout.falling { self.digits.len().saturating_sub(index + count) } else { index };
        let start = self.first + from * self.layout.word;
        start..start + count * self.layout.word
    }

    /// True if nearly all bytes of the number lie in runs and they differ as random
    /// bytes do. Spare bits may interrupt the runs anywhere.
    fn is_random(&self, index: usize, count: usize) -> bool {
        let range = self.range(index, count);
        let (plain, distinct) = if self.layout.is_padded() {
            (range.len() / 2, DISTINCT_PADDED_MIN)
        } else {
            (PLAIN_BYTES_MAX, DISTINCT_MIN)
        };
        self.chunk.plain_bytes(&range) <= plain && self.chunk.is_diverse(&range, distinct)
    }

    /// Valid digits from `index` on.
    pub(super) fn reach(&self, index: usize) -> usize {
        if self.reach.is_empty() {
            return self.digits.len().saturating_sub(index);
        }
        self.reach.get(index).map_or(0, |reach| *reach as usize)
    }

    /// Every index at which a number of at least `bits` bits may start.
    pub(super) fn openings(&self, bits: usize) -> Vec<usize> {
        let least = self.layout.words(bits);
        let fits = |index: &usize| self.reach(*index) >= least && self.is_random(*index, least);
        if self.anywhere {
            (0..self.digits.len()).filter(fits).collect()
        } else {
            spread(&self.lows, self.layout.slack(), self.digits.len()).into_iter().filter(fits).collect()
        }
    }

    /// Indices at which a number of exactly `count` digits fits: at the edges of
    /// runs, and elsewhere.
    pub(super) fn fitting(&self, count: usize) -> (Vec<usize>, Vec<usize>) {
        let fits = |index: &usize| self.reach(*index) >= count && self.is_random(*index, count);
        let mut near = self.near(count);
        near.retain(fits);
        let mut far = Vec::new();
        if self.anywhere {
            far.extend((0..self.digits.len()).filter(fits));
            far.retain(|index| near.binary_search(index).is_err());
        }
        (near, far)
    }

    /// True if the number of `count` digits at `index` starts and ends at edges.
    pub(super) fn fills(&self, index: usize, count: usize) -> bool {
        let slack = self.layout.slack();
        let close = |edges: &[usize], at: usize| edges.iter().any(|edge| edge.abs_diff(at) <= slack);
        close(&self.lows, index) && close(&self.highs, index + count)
    }

    /// Indices near the edges of runs at which a number of `count` digits may start.
    fn near(&self, count: usize) -> Vec<usize> {
        let slack = self.layout.slack();
        let length = self.digits.len();
        let ends: Vec<usize> = self.highs.iter().filter_map(|end| end.checked_sub(count)).collect();
        let mut near = spread(&self.lows, slack, length);
        near.extend(spread(&ends, slack, length));
        near.sort_unstable();
        near.dedup();
        near
    }

    /// Every (index, count) that may be a prime by its size, its place and its ends.
    pub(super) fn windows(&self) -> Vec<(usize, usize)> {
        let mut windows = Vec::new();
        for size in SIZES {
            let count = self.layout.words(size);
            let top_bits = size - self.layout.bits * (count - 1);
            if count > self.longest {
                break;
            }
            let indices = if self.anywhere { (0..self.digits.len()).collect() } else { self.near(count) };
            let fits = |index: &usize| {
                self.is_odd(*index)
                    && self.reach(*index) >= count
                    && self.top(*index, count) == top_bits
                    && self.is_random(*index, count)
            };
            windows.extend(indices.into_iter().filter(fits).map(|index| (index, count)));
        }
        if self.layout.word >= 4 {
            self.spans(&mut windows);
        }
        windows.sort_unstable();
        windows.dedup();
        windows
    }

    /// Numbers of any size that fill a run from edge to edge: primes of
    /// multi-prime keys and of odd generators.
    fn spans(&self, windows: &mut Vec<(usize, usize)>) {
        let slack = self.layout.slack();
        for low in &self.lows {
            let later = self.highs.iter().filter(|high| *high > low).take(ENDS_PER_START);
            for high in later {
                for index in low.saturating_sub(slack)..=low + slack {
                    for end in (*high).saturating_sub(slack).max(index + 1)..=high + slack {
                        let count = end - index;
                        let top = self.top(index, count);
                        let bits = (count - 1) * self.layout.bits + top;
                        if self.is_odd(index)
                            && top > 0
                            && self.reach(index) >= count
                            && self.is_random(index, count)
                            && (PRIME_BITS_MIN..=PRIME_BITS_MAX).contains(&bits)
                        {
                            windows.push((index, count));
                        }
                    }
                }
            }
        }
    }

    fn is_odd(&self, index: usize) -> bool {
        self.digits.get(index).is_some_and(|digit| digit & 1 == 1)
    }

    /// Bit length of the most significant digit.
    fn top(&self, index: usize, count: usize) -> usize {
        let digit = self.digits.get(index + count - 1).copied().unwrap_or(0);
        64 - digit.leading_zeros() as usize
    }

    /// Edges as digit indices.
    fn indices(&self, edges: &[usize]) -> Vec<usize> {
        let mut indices: Vec<usize> = edges
            .iter()
            .map(|edge| {
                let words = edge.saturating_sub(self.first) / self.layout.word;
                if self.layout.falling { self.digits.len().saturating_sub(words) } else { words }
            })
            .collect();
        indices.sort_unstable();
        indices.dedup();
        indices
    }
}

/// How many digits of at most `bits` bits follow each other from each index on, and
/// the most that do. Nothing is collected if there are too few everywhere.
fn reaches(digits: &[u64], bits: usize) -> (Vec<u32>, usize) {
    let valid = |digit: &u64| digit >> bits == 0;
    let longest = digits.split(|digit| !valid(digit)).map(<[u64]>::len).max().unwrap_or(0);
    if longest * bits < PRIME_BITS_MIN {
        return (Vec::new(), longest);
    }
    let mut reach: Vec<u32> = Vec::with_capacity(digits.len());
    let mut count = 0u32;
    for digit in digits.iter().rev() {
        count = if valid(digit) { count + 1 } else { 0 };
        reach.push(count);
    }
    reach.reverse();
    (reach, longest)
}

/// All indices within `slack` of the given ones, rising, below `length`.
fn spread(indices: &[usize], slack: usize, length: usize) -> Vec<usize> {
    let mut all: Vec<usize> = Vec::with_capacity(indices.len() * (2 * slack + 1));
    for index in indices {
        let from = index.saturating_sub(slack);
        all.extend(from..(index + slack + 1).min(length).max(from));
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
fn low_half(value: u128) -> u64 {
    value as u64
}
