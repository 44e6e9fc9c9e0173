//! Where fragments of known byte strings stand: the pass of the closure.
//!
//! Every 8-byte window of every pattern is a seed. A seed found in the window,
//! at any alignment, is extended to both sides as far as the pattern agrees.
//! Seeds with five and more zero bytes or of one repeated byte are left out:
//! they stand everywhere. A pattern without any seed (shorter than eight
//! bytes, or all of its windows of that kind) is looked for as a whole, unless
//! it is all zeros.
//!
//! Speed rests on a blocked Bloom filter of 16 to 32 bits a seed, asked at every
//! fourth place, so that up to a quarter of a million seeds it stays within a
//! second-level cache of 1 MiB. Memory: 17 to 25 bytes a seed, pattern bytes
//! included.

mod extend;
mod filter;
mod index;
mod kernel;
mod words;

pub use words::Words;

use crate::limits::CHAIN_MAX;
use extend::extend;
use index::Index;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// A byte string to look for. Wiped when dropped.
pub struct Pattern {
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The least number of its bytes that count as a match; taken as 8 if
    /// less, and as all of its bytes if more.
    pub min: usize,
    /// Whether a match goes on over line breaks in the window: `\n`, `\r\n`,
    /// and both written out as in JSON.
    pub over_breaks: bool,
    /// Which of its 8-byte windows may be seeds; a fragment that holds none of
    /// them is not found. [`any_seed`] for all.
    pub may_be_seed: fn([u8; 8]) -> bool,
}

/// Every window may be a seed: [`Pattern::may_be_seed`] of most patterns.
#[must_use]
pub fn any_seed(_window: [u8; 8]) -> bool {
    true
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({} bytes, min {}, over_breaks {})", self.bytes.len(), self.min, self.over_breaks)
    }
}

/// A fragment of a pattern in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the pattern as given to [`Needles::build`].
    pub pattern: usize,
    /// Its place in the window, skipped line breaks included.
    pub range: Range<usize>,
    /// Which bytes of the pattern stand there.
    pub part: Range<usize>,
}

/// Patterns made ready to be looked for. Wiped when dropped.
pub struct Needles {
    index: Index,
    /// Patterns that are looked for as a whole.
    whole: Vec<usize>,
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Needles({} patterns, {} seeds)", self.index.patterns(), self.seeds())
    }
}

impl Needles {
    /// Indexes patterns. Time and memory grow with their bytes.
    #[must_use]
    pub fn build(patterns: Vec<Pattern>) -> Self {
        let index = Index::build(patterns);
        let findable = |pattern: &usize| {
            !index.has_seed(*pattern) && index.bytes(*pattern).iter().any(|byte| *byte != 0)
        };
        let whole = (0..index.patterns()).filter(findable).collect();
        Self { index, whole }
    }

    /// How many seeds are indexed; repeated words count up to a limit.
    #[must_use]
    pub fn seeds(&self) -> usize {
        self.index.seeds()
    }

    /// Memory of the index in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.index.memory_bytes()
    }

    /// Finds every maximal fragment of every pattern.
    ///
    /// Sets `out` to the matches, sorted by place and pattern; `out` is
    /// cleared first. A fragment within a longer match of the same pattern may
    /// be left out. A word that stands in more places of patterns than are
    /// worth extending is itself a match of the first of them for which eight
    /// bytes are enough, so that no byte of such a fragment is left uncovered.
    /// Of patterns that ask for more, other words are found.
    pub fn find(&self, window: &[u8], out: &mut Vec<Match>) {
        out.clear();
        let mut found = Found { index: &self.index, window, ends: BTreeMap::new(), out };
        self.index.visit(window, |at, word| found.take(at, word));
        for pattern in &self.whole {
            find_whole(self.index.bytes(*pattern), window, |range| {
                let part = 0..range.len();
                out.push(Match { pattern: *pattern, range, part });
            });
        }
        out.sort_unstable_by_key(|one| (one.range.start, one.pattern, one.part.start, one.range.end));
        out.dedup();
    }
}

/// Collects matches during a pass.
struct Found<'a> {
    index: &'a Index,
    window: &'a [u8],
    /// Where the last match of a pattern ends.
    ends: BTreeMap<usize, usize>,
    out: &'a mut Vec<Match>,
}

impl Found<'_> {
    /// Takes a word of the window that may be a seed.
    fn take(&mut self, at: usize, word: u64) {
        let mut places = 0;
        for place in self.index.places(word) {
            places += 1;
            self.extend(at, place);
        }
        if places >= CHAIN_MAX {
            let is_enough =
                |(pattern, _): &(usize, usize)| self.index.rule(*pattern).min <= size_of_val(&word);
            let mut places = self.index.places(word).map(|place| self.index.locate(place));
            if let Some((pattern, offset)) = places.find(is_enough) {
                self.out.push(Match { pattern, range: at..at + 8, part: offset..offset + 8 });
            }
        }
    }

    fn extend(&mut self, at: usize, place: usize) {
        let (pattern, offset) = self.index.locate(place);
        let end = self.ends.get(&pattern).copied().unwrap_or(0);
        if at + 8 <= end {
            return;
        }
        let rule = self.index.rule(pattern);
        let bytes = self.index.bytes(pattern);
        let (range, part) = extend(self.window, at, bytes, offset, rule.over_breaks);
        if part.len() >= rule.min {
            self.ends.insert(pattern, range.end);
            self.out.push(Match { pattern, range, part });
        }
    }
}

/// Gives every place of a whole pattern, also where places overlap.
fn find_whole(pattern: &[u8], window: &[u8], mut give: impl FnMut(Range<usize>)) {
    let finder = memchr::memmem::Finder::new(pattern);
    let mut from = 0;
    while let Some(at) = window.get(from..).and_then(|rest| finder.find(rest)) {
        let start = from + at;
        give(start..start + pattern.len());
        from = start + 1;
    }
}

#[cfg(test)]
mod tests;
