//! Finds the places where a keyword of any rule stands, at memory speed.
//!
//! Every keyword is known by four of its bytes, case folded. The pass looks at
//! each position once, independently of every other (so that the processor
//! overlaps them; an automaton would wait for each state), and asks a bitmap
//! that fits the first-level cache. Only the few positions that pass are
//! compared with the keywords.

/// Where a keyword was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Index of the keyword.
    pub(super) keyword: usize,
    /// Offset of its first byte in the text.
    pub(super) at: usize,
}

/// The keywords, ready for the pass.
#[derive(Debug)]
pub(super) struct Prefilter {
    keywords: Vec<Vec<u8>>,
    bitmap: Box<[u64]>,
    /// Entries of slot `s` are `entries[starts[s]..starts[s + 1]]`.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    gram: u32,
    keyword: u32,
    /// Offset of the gram in the keyword.
    offset: u32,
}

impl Prefilter {
    /// Builds the tables. Keywords of fewer than two bytes are ignored: the
    /// caller must treat their rules as rules without keyword.
    pub(super) fn new(keywords: &[String]) -> Self {
        let keywords: Vec<Vec<u8>> = keywords.iter().map(|k| k.bytes().map(fold_byte).collect()).collect();
        let mut entries: Vec<Entry> = Vec::new();
        for (index, keyword) in keywords.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let (grams, offset) = grams_of(keyword);
            entries.extend(grams.into_iter().map(|gram| Entry { gram, keyword: index, offset }));
        }
        entries.sort_by_key(|e| (slot(hash(e.gram)), e.keyword));
        let mut bitmap = vec![0u64; 1 << (BITMAP_BITS - 6)].into_boxed_slice();
        let mut starts = vec![0u32; (1 << SLOT_BITS) + 1];
        for entry in &entries {
            let h = hash(entry.gram);
            if let Some(word) = bitmap.get_mut(word_of(h)) {
                *word |= 1 << (h & 63);
            }
            if let Some(count) = starts.get_mut(slot(h) + 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Self { keywords, bitmap, starts, entries }
    }

    /// Calls `seen` for every keyword in `text`, in order of the position of its gram.
    pub(super) fn each(&self, text: &[u8], mut seen: impl FnMut(Sighting)) {
        let mut at = 0;
        // Five grams of eight bytes at a time: one load, one branch.
        while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*chunk) | FOLD;
            let grams = [word, word >> 8, word >> 16, word >> 24, word >> 32];
            let marks = grams.map(|g| self.marked(low(g)));
            if marks.iter().fold(0, |any, mark| any | mark) != 0 {
                for ((gram, mark), offset) in grams.into_iter().zip(marks).zip(0..) {
                    if mark != 0 {
                        self.compare(text, low(gram), at + offset, &mut seen);
                    }
                }
            }
            at += 5;
        }
        for (window, at) in text.get(at..).unwrap_or_default().windows(4).zip(at..) {
            if let Some(window) = window.first_chunk::<4>() {
                let gram = fold(u32::from_le_bytes(*window));
                if self.marked(gram) != 0 {
                    self.compare(text, gram, at, &mut seen);
                }
            }
        }
    }

    #[inline]
    fn marked(&self, gram: u32) -> u64 {
        let h = hash(gram);
        self.bitmap.get(word_of(h)).map_or(0, |word| (word >> (h & 63)) & 1)
    }

    fn compare(&self, text: &[u8], gram: u32, at: usize, seen: &mut impl FnMut(Sighting)) {
        let slot = slot(hash(gram));
        let bound = |i: usize| self.starts.get(i).and_then(|&s| usize::try_from(s).ok()).unwrap_or(0);
        for entry in self.entries.get(bound(slot)..bound(slot + 1)).unwrap_or_default() {
            if entry.gram != gram {
                continue;
            }
            let (Ok(keyword), Ok(offset)) = (usize::try_from(entry.keyword), usize::try_from(entry.offset))
            else {
                continue;
            };
            let Some(start) = at.checked_sub(offset) else { continue };
            let literal = self.keywords.get(keyword).map_or(&[][..], Vec::as_slice);
            let there = text.get(start..).and_then(|rest| rest.get(..literal.len())).unwrap_or_default();
            if !literal.is_empty()
                && there.len() == literal.len()
                && there.iter().zip(literal).all(|(t, k)| fold_byte(*t) == *k)
            {
                seen(Sighting { keyword, at: start });
            }
        }
    }
}

/// The grams by which a keyword is known, and their offset in it. Short keywords
/// are continued with every folded byte.
fn grams_of(keyword: &[u8]) -> (Vec<u32>, u32) {
    let folded = || (0x20u8..0x40).chain(0x60..0x80);
    match *keyword {
        [a, b] => {
            (folded().flat_map(|c| folded().map(move |d| u32::from_le_bytes([a, b, c, d]))).collect(), 0)
        }
        [a, b, c] => (folded().map(|d| u32::from_le_bytes([a, b, c, d])).collect(), 0),
        _ => {
            let best = keyword
                .windows(4)
                .zip(0u32..)
                .filter_map(|(window, offset)| Some((*window.first_chunk::<4>()?, offset)))
                .min_by_key(|(window, offset)| (window.iter().map(|&b| commonness(b)).sum::<u32>(), *offset));
            best.map_or((Vec::new(), 0), |(gram, offset)| (vec![u32::from_le_bytes(gram)], offset))
        }
    }
}

/// How often a folded byte stands in text, roughly: the order of English letters.
fn commonness(byte: u8) -> u32 {
    const ORDER: &[u8] = b"zqjxkvbpygfwmucldrhsnioate ";
    match ORDER.iter().position(|&o| o == byte) {
        Some(rank) => u32::try_from(rank).unwrap_or(0) + 2,
        None => 3,
    }
}

/// Sets bit five of each byte: letters become lower case, all printable bytes stay apart enough.
fn fold(gram: u32) -> u32 {
    gram | low(FOLD)
}

fn fold_byte(byte: u8) -> u8 {
    byte | 0x20
}

#[expect(clippy::cast_possible_truncation, reason = "the lower four bytes are wanted")]
fn low(word: u64) -> u32 {
    word as u32
}

/// Multiplicative hash (Knuth, The Art of Computer Programming, volume 3, 6.4).
fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1) >> (32 - BITMAP_BITS)
}

fn word_of(hash: u32) -> usize {
    usize::try_from(hash >> 6).unwrap_or(0)
}

fn slot(hash: u32) -> usize {
    usize::try_from(hash >> (BITMAP_BITS - SLOT_BITS)).unwrap_or(0)
}

const FOLD: u64 = 0x2020_2020_2020_2020;
/// 2^18 bits are 32 KiB, the first-level data cache of common processors.
const BITMAP_BITS: u32 = 18;
const SLOT_BITS: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(keywords: &[&str], text: &str, expected: &[(usize, usize)]) {
        let keywords: Vec<String> = keywords.iter().map(|k| (*k).to_owned()).collect();
        let mut found = Vec::new();
        Prefilter::new(&keywords).each(text.as_bytes(), |s| found.push((s.keyword, s.at)));
        found.sort_unstable();
        assert_eq!(found, expected, "{keywords:?} in {text:?}");
    }

    #[test]
    fn keywords_are_seen_in_any_case_and_at_both_ends() {
        check(&["password", "eyJ", "q~"], "PassWord eyJx 8Q~aa", &[(0, 0), (1, 9), (2, 15)]);
        check(&["password"], "xpassword", &[(0, 1)]);
        check(&["://"], "a://b", &[(0, 1)]);
        check(&["password"], "passwor", &[]);
        check(&["ghp_"], "ghp_", &[(0, 0)]);
    }

    proptest! {
        #[test]
        fn every_occurrence_is_seen_once(before in "[ -~]{0,20}", keyword in "[a-z_:.-]{4,9}", after in "[ -~]{0,20}") {
            let text = format!("{before}{keyword}{after}");
            let mut found = Vec::new();
            Prefilter::new(std::slice::from_ref(&keyword)).each(text.as_bytes(), |s| found.push(s.at));
            prop_assert_eq!(found.iter().filter(|at| **at == before.len()).count(), 1);
        }
    }
}
