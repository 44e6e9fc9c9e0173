//! Every place at which a number may start, found again by its low 64 bits.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::chunk::Chunk;
use super::layout::LAYOUTS;
use super::limits::{CANDIDATES_MAX, PRIME_BITS_MIN, STARTS_MAX};
use super::sequence::Sequence;
use super::sieve::has_small_factor;
use super::survey::Survey;

/// A chunk, a layout and a digit index in one word; ordered by position in the dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot(u64);

impl Spot {
    const INDEX_BITS: u32 = 24;
    const LAYOUT_BITS: u32 = 8;

    /// Joins its three parts.
    pub(super) fn new(chunk: usize, layout: usize, index: usize) -> Self {
        Self(
            (chunk as u64) << (Self::INDEX_BITS + Self::LAYOUT_BITS)
                | (layout as u64) << Self::INDEX_BITS
                | index as u64,
        )
    }

    fn chunk(self) -> usize {
        usize::try_from(self.0 >> (Self::INDEX_BITS + Self::LAYOUT_BITS)).unwrap_or(usize::MAX)
    }

    /// Index into [`LAYOUTS`].
    pub(super) fn layout(self) -> usize {
        usize::try_from(self.0 >> Self::INDEX_BITS & ((1 << Self::LAYOUT_BITS) - 1)).unwrap_or(usize::MAX)
    }

    /// Digit index in the chunk's sequence.
    pub(super) fn index(self) -> usize {
        usize::try_from(self.0 & ((1 << Self::INDEX_BITS) - 1)).unwrap_or(usize::MAX)
    }
}

/// How a number stands in the run of randomness that it is part of. Programs keep most
/// numbers in allocations of their own; what arithmetic costs for all of those it need
/// not cost for every word of a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Fills it.
    Alone,
    /// Starts or ends where it does.
    Edge,
    /// Somewhere in it.
    Inside,
}

/// A place at which an odd number may start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The number's low 64 bits.
    pub(super) low: u64,
    /// Where it is.
    pub(super) spot: Spot,
    /// Its run starts there.
    pub(super) is_edge: bool,
    /// The longest number that may start there, in 64-bit limbs.
    pub(super) room: u16,
}

/// A number that may be a prime.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Its low 64 bits.
    pub(super) low: u64,
    /// Where it starts.
    pub(super) spot: Spot,
    /// How many digits it has.
    pub(super) count: usize,
    /// How it stands there.
    pub(super) standing: Standing,
}

/// Chunks read at once: bounds what is held of them before the limits apply.
const CHUNKS_BLOCK: usize = 1024;

/// What the chunks of a dump contain, before any relation is tried.
#[derive(Debug)]
pub(super) struct Index {
    /// The bytes.
    pub(super) chunks: Vec<Chunk>,
    /// Sorted by low word.
    pub(super) starts: Vec<Start>,
    /// Prime candidates by layout and length in 64-bit limbs, in order of position,
    /// each value once.
    pub(super) classes: BTreeMap<(usize, usize), Vec<Candidate>>,
    /// Windows that were read as a number.
    pub(super) windows: u64,
    /// Starts and candidates that had no room.
    pub(super) dropped: u64,
    filter: Filter,
}

impl Index {
    /// Reads every chunk in every layout. `known` are the low words of moduli to be
    /// found by [`Self::contains`] as well.
    pub(super) fn new(chunks: Vec<Chunk>, known: impl Iterator<Item = u64>) -> Self {
        let mut out = Gathered::default();
        for (block, part) in chunks.chunks(CHUNKS_BLOCK).enumerate() {
            let read = part.par_iter().enumerate();
            let read = read.map(|(at, chunk)| Gathered::read(chunk, block * CHUNKS_BLOCK + at));
            read.collect::<Vec<Gathered>>().into_iter().for_each(|one| out.append(one));
        }
        let Gathered { mut starts, mut classes, windows, dropped, .. } = out;
        classes.values_mut().for_each(keep_each_value_once);
        starts.sort_unstable_by_key(|start| (start.low, start.spot));
        let filter = Filter::new(starts.len(), starts.iter().map(|start| start.low).chain(known));
        Self { chunks, starts, classes, windows, dropped, filter }
    }

    /// False if no number with these low 64 bits starts anywhere; true nearly always else.
    pub(super) fn contains(&self, low: u64) -> bool {
        self.filter.contains(low)
    }

    /// Where numbers with these low 64 bits start.
    pub(super) fn matching(&self, low: u64) -> impl Iterator<Item = &Start> {
        let from = self.starts.partition_point(|start| start.low < low);
        self.starts.iter().skip(from).take_while(move |start| start.low == low)
    }

    /// The digits around a spot.
    pub(super) fn sequence(&self, spot: Spot) -> Option<Sequence<'_>> {
        Some(Sequence::new(self.chunks.get(spot.chunk())?, LAYOUTS.get(spot.layout())?))
    }

    /// The number of `count` digits at a spot, as 64-bit limbs.
    pub(super) fn limbs(&self, spot: Spot, count: usize) -> Option<Vec<u64>> {
        self.sequence(spot)?.limbs(spot.index(), count)
    }

    /// Where in the dump a spot is.
    pub(super) fn position(&self, spot: Spot) -> u64 {
        self.sequence(spot).map_or(0, |sequence| sequence.place(spot.index(), 1).0)
    }
}

/// What is being gathered.
#[derive(Default)]
struct Gathered {
    starts: Vec<Start>,
    classes: BTreeMap<(usize, usize), Vec<Candidate>>,
    windows: u64,
    dropped: u64,
    /// Starts at edges.
    edges: usize,
    /// Candidates by how they stand.
    candidates: BTreeMap<Standing, usize>,
}

impl Gathered {
    /// All that one chunk contains.
    fn read(chunk: &Chunk, number: usize) -> Self {
        let mut out = Self::default();
        for (layout, words) in LAYOUTS.iter().enumerate() {
            if let Some(survey) = Survey::new(chunk, words) {
                let spot = |index| Spot::new(number, layout, index);
                out.starts(&survey, spot);
                out.candidates(&survey, spot);
            }
        }
        out
    }

    /// Adds what a later chunk contains, as far as there is room.
    fn append(&mut self, other: Self) {
        self.windows += other.windows;
        for start in other.starts {
            let taken = if start.is_edge { self.edges } else { self.starts.len() - self.edges };
            if taken < STARTS_MAX {
                self.edges += usize::from(start.is_edge);
                self.starts.push(start);
            } else {
                self.dropped += 1;
            }
        }
        for (class, candidates) in other.classes {
            let known = self.classes.entry(class).or_default();
            for candidate in candidates {
                let taken = self.candidates.entry(candidate.standing).or_default();
                if *taken < CANDIDATES_MAX {
                    *taken += 1;
                    known.push(candidate);
                } else {
                    self.dropped += 1;
                }
            }
        }
    }

    fn starts(&mut self, survey: &Survey<'_>, spot: impl Fn(usize) -> Spot) {
        for (index, is_edge) in survey.openings(PRIME_BITS_MIN) {
            let low = survey.sequence.low(index);
            if low & 1 == 1 && is_random_word(low) {
                let room = u16::try_from(survey.room(index)).unwrap_or(u16::MAX);
                self.starts.push(Start { low, spot: spot(index), is_edge, room });
            }
        }
    }

    fn candidates(&mut self, survey: &Survey<'_>, spot: impl Fn(usize) -> Spot) {
        for (index, count) in survey.windows() {
            self.windows += 1;
            let Some(limbs) = survey.sequence.limbs(index, count) else { continue };
            if !is_random(&limbs) || has_small_factor(&limbs) {
                continue;
            }
            let standing = survey.standing(index, count);
            let length = limbs.iter().rposition(|limb| *limb != 0).map_or(0, |top| top + 1);
            let low = limbs.first().copied().unwrap_or(0);
            let class = (spot(index).layout(), length);
            let candidate = Candidate { low, spot: spot(index), count, standing };
            self.classes.entry(class).or_default().push(candidate);
        }
    }
}

/// False for a word that no random number has as its lowest, but for one in 300,000:
/// small ones divide everything and multiply to everything.
fn is_random_word(word: u64) -> bool {
    zero_bytes(word) < 3
}

/// False for limbs with pointers, small integers and padding among them. A random
/// number of 4096 bits is refused less than once in 100,000.
fn is_random(limbs: &[u64]) -> bool {
    let Some((low, rest)) = limbs.split_first() else { return false };
    // The most significant limb may hold a few bits only.
    let middle = rest.split_last().map_or(rest, |(_, middle)| middle);
    let pointers = middle.iter().filter(|limb| **limb >> 48 == 0).count();
    is_random_word(*low) && pointers < 2 && middle.iter().all(|limb| zero_bytes(*limb) < 4)
}

fn zero_bytes(word: u64) -> usize {
    word.to_le_bytes().iter().filter(|byte| **byte == 0).count()
}

/// Copies of one number are tried once: a JVM core held 2,512 of one prime.
fn keep_each_value_once(class: &mut Vec<Candidate>) {
    class.sort_unstable_by_key(|one| (one.low, one.count, one.standing, one.spot));
    class.dedup_by_key(|candidate| (candidate.low, candidate.count));
    class.sort_unstable_by_key(|candidate| (candidate.spot, candidate.count));
}

/// A set of words that may say yes by mistake: a coarse bitmap that fits a core's
/// second cache and settles most questions, and a fine one for the rest.
pub(super) struct Filter {
    coarse: Bitmap,
    fine: Bitmap,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Filter({} bytes)", 8 * (self.coarse.bits.len() + self.fine.bits.len()))
    }
}

impl Filter {
    /// The set of these words, of which there are about `count`.
    pub(super) fn new(count: usize, words: impl Iterator<Item = u64>) -> Self {
        let log = (count.max(64) * 512).next_power_of_two().trailing_zeros();
        let mut filter = Self { coarse: Bitmap::new(log.min(24)), fine: Bitmap::new(log.min(28)) };
        for word in words {
            filter.coarse.insert(word);
            filter.fine.insert(word);
        }
        filter
    }

    /// False if the word is not in the set.
    #[inline]
    pub(super) fn contains(&self, word: u64) -> bool {
        self.coarse.contains(word) && self.fine.contains(word)
    }
}

/// One bit per hashed word.
struct Bitmap {
    bits: Vec<u64>,
    shift: u32,
}

impl Bitmap {
    fn new(log: u32) -> Self {
        Self { bits: vec![0; 1 << (log - 6)], shift: 64 - log }
    }

    fn insert(&mut self, word: u64) {
        let slot = self.slot(word);
        if let Some(bits) = self.bits.get_mut(slot >> 6) {
            *bits |= 1 << (slot & 63);
        }
    }

    #[inline]
    fn contains(&self, word: u64) -> bool {
        let slot = self.slot(word);
        self.bits.get(slot >> 6).is_some_and(|bits| bits >> (slot & 63) & 1 == 1)
    }

    /// Fibonacci hashing: the high bits of a product depend on all bits of the word.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most 28 bits are left")]
    fn slot(&self, word: u64) -> usize {
        (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}
