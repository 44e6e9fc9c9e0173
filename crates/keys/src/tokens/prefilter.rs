//! Finds the places where a keyword of any rule stands, at memory speed.
//!
//! Every keyword is known by two times four of its bytes, case folded: one at an
//! even distance from its start, one at an odd one, so that every second position
//! of the text is enough. The pass looks at each of them once, independently of
//! every other (so that the processor overlaps them; an automaton would wait for
//! each state), and asks a bitmap that fits the caches close to the processor. Only the few
//! positions that pass are compared with the keywords.

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
    /// Offset of the gram in the keyword; one byte before it, for short keywords.
    offset: isize,
}

impl Prefilter {
    /// Builds the tables. Keywords of fewer than two bytes are ignored: the
    /// caller must treat their rules as rules without keyword.
    pub(super) fn new(keywords: &[String]) -> Self {
        let keywords: Vec<Vec<u8>> = keywords.iter().map(|k| k.bytes().map(fold_byte).collect()).collect();
        let mut entries: Vec<Entry> = Vec::new();
        for (index, keyword) in keywords.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            for (grams, offset) in grams_of(keyword) {
                entries.extend(grams.into_iter().map(|gram| Entry { gram, keyword: index, offset }));
            }
        }
        entries.sort_by_key(|e| (slot(hash(e.gram)), e.keyword));
        let mut bitmap = vec![0; WORDS].into_boxed_slice();
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

    /// Calls `seen` for every keyword in `text`, once for each place, in order of the position of its gram.
    pub(super) fn each(&self, text: &[u8], mut seen: impl FnMut(Sighting)) {
        // Of a known length, so that no lookup has to compare.
        let Some(bitmap) = self.bitmap.first_chunk::<WORDS>() else { return };
        let mut at = 0;
        // Six grams of two loads at a time: one branch.
        while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<STRETCH>()) {
            self.at_even(bitmap, text, at, chunk, &mut seen);
            at += STEP;
        }
        // Behind the text comes what short keywords are continued with.
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let mut chunk = [b' '; STRETCH];
            chunk.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.at_even(bitmap, text, at, &chunk, &mut seen);
            at += STEP;
        }
    }

    /// Looks at the six grams that begin at `at`, an even offset, and at every second byte behind it.
    #[inline(always)]
    fn at_even(
        &self,
        bitmap: &[u64; WORDS],
        text: &[u8],
        at: usize,
        chunk: &[u8; STRETCH],
        seen: &mut impl FnMut(Sighting),
    ) {
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n] = chunk;
        let one = u64::from_le_bytes([a, b, c, d, e, f, g, h]) | FOLD;
        let two = u64::from_le_bytes([g, h, i, j, k, l, m, n]) | FOLD;
        let grams = [one, one >> 16, one >> 32, two, two >> 16, two >> 32].map(low);
        let [a, b, c, d, e, f] = grams.map(|gram| marked(bitmap, gram));
        let mut marks = a | b << 1 | c << 2 | d << 3 | e << 4 | f << 5;
        while marks != 0 {
            let index = usize::try_from(marks.trailing_zeros()).unwrap_or_default();
            self.compare(text, grams.get(index).copied().unwrap_or_default(), at + 2 * index, seen);
            marks &= marks - 1;
        }
    }

    fn compare(&self, text: &[u8], gram: u32, at: usize, seen: &mut impl FnMut(Sighting)) {
        let slot = slot(hash(gram));
        let bound = |i: usize| self.starts.get(i).and_then(|&s| usize::try_from(s).ok()).unwrap_or(0);
        for entry in self.entries.get(bound(slot)..bound(slot + 1)).unwrap_or_default() {
            if entry.gram != gram {
                continue;
            }
            let Ok(keyword) = usize::try_from(entry.keyword) else { continue };
            let Some(start) = at.checked_add_signed(entry.offset.wrapping_neg()) else { continue };
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

/// One if the bit of a gram is set, else zero.
#[inline]
fn marked(bitmap: &[u64; WORDS], gram: u32) -> u64 {
    let h = hash(gram);
    bitmap.get(word_of(h)).map_or(0, |word| (word >> (h & 63)) & 1)
}

/// The grams by which a keyword is known, those at an even distance from its start and those at an odd one, each with
/// its offset in it. Keywords of fewer than five bytes are continued with every folded byte.
fn grams_of(keyword: &[u8]) -> Vec<(Vec<u32>, isize)> {
    let folded = || (0x20u8..0x40).chain(0x60..0x80);
    let gram = u32::from_le_bytes;
    match *keyword {
        [a, b] => vec![
            (folded().flat_map(|c| folded().map(move |d| gram([a, b, c, d]))).collect(), 0),
            (folded().flat_map(|c| folded().map(move |d| gram([c, a, b, d]))).collect(), -1),
        ],
        [a, b, c] => vec![
            (folded().map(|d| gram([a, b, c, d])).collect(), 0),
            (folded().map(|d| gram([d, a, b, c])).collect(), -1),
        ],
        [a, b, c, d] => {
            vec![(vec![gram([a, b, c, d])], 0), (folded().map(|e| gram([b, c, d, e])).collect(), 1)]
        }
        _ => [0, 1]
            .into_iter()
            .filter_map(|parity| {
                let windows = keyword.windows(4).zip(0_isize..).skip(parity).step_by(2);
                let (window, offset) = windows
                    .filter_map(|(window, offset)| Some((*window.first_chunk::<4>()?, offset)))
                    .min_by_key(|(window, offset)| {
                        (window.iter().map(|&b| commonness(b)).sum::<u32>(), *offset)
                    })?;
                Some((vec![gram(window)], offset))
            })
            .collect(),
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

/// Sets bit five, as [`FOLD`] does: letters become lower case, all printable bytes stay apart enough.
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
/// Bytes from one stretch to the next: six grams at even offsets.
const STEP: usize = 12;
/// Bytes of a stretch: the last gram reaches behind the next one's start.
const STRETCH: usize = STEP + 2;
/// 2^19 bits are 64 KiB, of which text touches few lines often: nearly all stay in the first-level data cache.
const BITMAP_BITS: u32 = 19;
const WORDS: usize = 1 << (BITMAP_BITS - 6);
const SLOT_BITS: u32 = 15;

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
        check(&["ghp_", "ghp", "gh"], " ghp_", &[(0, 1), (1, 1), (2, 1)]);
        check(&["://", "q~"], "://://q~q~", &[(0, 0), (0, 3), (1, 6), (1, 8)]);
    }

    proptest! {
        #[test]
        fn every_occurrence_is_seen_once(before in "[ -~]{0,20}", keyword in "[a-z_:.-]{2,9}", after in "[ -~]{0,20}") {
            let text = format!("{before}{keyword}{after}");
            let mut found = Vec::new();
            Prefilter::new(std::slice::from_ref(&keyword)).each(text.as_bytes(), |s| found.push(s.at));
            prop_assert_eq!(found.iter().filter(|at| **at == before.len()).count(), 1);
        }
    }
}
