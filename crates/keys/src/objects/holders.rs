//! Who holds the arrays of bytes that do not say what they are for: a pass over memory for references to them.

use super::limits::{ARRAYS_MAX, HELD_MAX};
use super::memory::Memory;
use super::scan::{Array, Runtime};
use super::{Hint, java, python, python_class};

/// Bits of the filter that nearly every word fails: one cache's worth.
const FILTER_BITS: u64 = 1 << 16;

/// Highest address that a reference of 32 bits stands for, shifted and not.
const NARROW_END: u64 = 1 << 35;
const PLAIN_END: u64 = 1 << 32;

/// Bits by which references of 32 bits are shifted.
const SHIFT: u32 = 3;

/// The references to sought arrays.
#[derive(Debug)]
pub struct Holders {
    /// Sorted by object.
    arrays: Vec<Array>,
    /// Bits of the words that may be references.
    wide: Filter,
    /// Bits of the half words.
    narrow: Filter,
    has_narrow: bool,
    /// Arrays left out.
    skipped: u64,
}

/// What references have said.
#[derive(Debug, Default)]
pub struct Answer {
    /// Keys.
    pub hints: Vec<Hint>,
    /// Rows that hold arrays, whose own holders must be asked.
    pub arrays: Vec<Array>,
}

/// A reference to an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// Index of the array.
    array: usize,
    /// Address of the reference.
    at: u64,
    /// By how much a reference of 32 bits is shifted.
    shift: Option<u32>,
}

impl Holders {
    /// Prepares the search. Arrays beyond [`ARRAYS_MAX`](super::limits::ARRAYS_MAX) are left out, those at the highest addresses first.
    #[must_use]
    pub fn new(mut arrays: Vec<Array>) -> Self {
        arrays.sort_unstable();
        arrays.dedup();
        let skipped = arrays.len().saturating_sub(ARRAYS_MAX) as u64;
        arrays.truncate(ARRAYS_MAX);
        let (mut wide, mut narrow, mut has_narrow) = (Filter::new(), Filter::new(), false);
        for array in &arrays {
            wide.add(array.object);
            if array.runtime == Runtime::Java && array.object < NARROW_END {
                narrow.add(array.object >> SHIFT << SHIFT);
                narrow.add(array.object << SHIFT);
                has_narrow = true;
            }
        }
        Self { arrays, wide, narrow, has_narrow, skipped }
    }

    /// True if there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }

    /// How many arrays the limit left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Adds the references among the machine words of `bytes`, the first of which has the address `first`. Returns how
    /// many [`HELD_MAX`](super::limits::HELD_MAX) left out.
    pub fn scan(&self, bytes: &[u8], first: u64, out: &mut Vec<Held>) -> u64 {
        let most = out.len().saturating_add(HELD_MAX);
        let mut skipped = 0;
        let (words, _) = bytes.as_chunks::<8>();
        for (index, word) in words.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            let at = first.wrapping_add(8 * index as u64);
            let before = out.len();
            if self.wide.may_have(word) {
                out.extend(self.find(word).map(|array| Held { array, at, shift: None }));
            }
            if self.has_narrow && word != 0 {
                self.halves(word, at, out);
            }
            if out.len() > most {
                skipped += (out.len() - before) as u64;
                out.truncate(before);
            }
        }
        skipped
    }

    /// The references in the halves of a word.
    fn halves(&self, word: u64, at: u64, out: &mut Vec<Held>) {
        for (half, at) in [(word & 0xffff_ffff, at), (word >> 32, at.wrapping_add(4))] {
            if !self.narrow.may_have(half << SHIFT) {
                continue;
            }
            let shifts = [(SHIFT, NARROW_END), (0, PLAIN_END)].into_iter();
            out.extend(shifts.filter_map(|(shift, end)| {
                let array = self.find(half << shift).filter(|_| half << shift < end)?;
                let is_java = self.arrays.get(array)?.runtime == Runtime::Java;
                is_java.then_some(Held { array, at, shift: Some(shift) })
            }));
        }
    }

    fn find(&self, object: u64) -> Option<usize> {
        self.arrays.binary_search_by_key(&object, |array| array.object).ok()
    }

    /// Adds what a reference says of the array, if it is that of an object that holds keys.
    pub fn ask(&self, held: &Held, memory: &dyn Memory, out: &mut Answer) {
        let Some(array) = self.arrays.get(held.array) else { return };
        let hint = match array.runtime {
            Runtime::Java => java::held(held.at, held.shift, array, memory),
            Runtime::Python => python::held(held.at, array, memory),
            Runtime::PythonRow(index) => python_class::apart(held.at, index, array, memory),
        };
        if hint.is_none() && array.runtime == Runtime::Python {
            python_class::rows(held.at, array, memory, &mut out.arrays);
        }
        out.hints.extend(hint);
    }
}

/// A set of addresses that may say yes wrongly.
#[derive(Debug)]
struct Filter(Vec<u64>);

impl Filter {
    fn new() -> Self {
        Self(vec![0; usize::try_from(FILTER_BITS / 64).unwrap_or(0)])
    }

    fn add(&mut self, address: u64) {
        let (at, bit) = Self::place(address);
        if let Some(word) = self.0.get_mut(at) {
            *word |= bit;
        }
    }

    fn may_have(&self, address: u64) -> bool {
        let (at, bit) = Self::place(address);
        self.0.get(at).is_some_and(|word| word & bit != 0)
    }

    /// Objects are aligned to eight bytes; what is above tells them apart.
    fn place(address: u64) -> (usize, u64) {
        let hash = (address >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        (usize::try_from(hash / 64).unwrap_or(0), 1 << (hash % 64))
    }
}
