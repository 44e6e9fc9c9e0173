//! Arrays of small integers as V8 keeps them: words of eight bytes with the value in the upper half and zeros below
//! (<https://v8.dev/blog/pointer-compression>, "Value tagging in V8"; Node.js does without compression). Long numbers
//! in digits, schedules and blocks stand in them when JavaScript computes with keys.

use super::inspect::{Counts, Scene};
use super::{Findings, Harvest, RandomRun, strict};
use crate::words::WORD;
use coredact_keys::ec::ASSEMBLED_POSITION;
use coredact_keys::{Hit, aes, derived, symmetric};
use coredact_record::Policy;
use coredact_sweep::{random, schedule};
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes of a word.
const WORD_BYTES: usize = 8;

/// Fewest words of an array that is looked at: 256 bits in digits of 30.
const WORDS_MIN: usize = 8;

/// Values up to this one are lengths and counters: an array of keys or digits has a larger one among eight, at a given place
/// once in 4,096 times not.
const SMALL: u32 = 0xffff;

/// Zeros around the values for the detectors, which ask what stands beside a number.
const MARGIN_BYTES: usize = 64;

/// Most words of an array that is read as one number on a curve: 521 bits in digits of 26.
const NUMBER_WORDS_MAX: usize = 24;

/// Bits of a digit: bn.js, node-forge.
const DIGIT_BITS: [u32; 2] = [26, 28];

/// Where the values of arrays are numbered among the positions: beyond those of all bytes. The closure finds the places.
const POSITIONS: [u64; 3] = [1 << 60, ASSEMBLED_POSITION, 2 * ASSEMBLED_POSITION];

/// The arrays of `bytes`, whose words start at `first` and every eight bytes on.
fn arrays(bytes: &[u8], first: usize) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let (words, _) = bytes.get(first..).unwrap_or_default().as_chunks::<WORD_BYTES>();
    let mut end = 0;
    // One word in so many is asked: an array has that many.
    for at in (0..words.len()).step_by(WORDS_MIN) {
        let Some(word) = words.get(at).map(|word| u64::from_le_bytes(*word)) else { break };
        if word & u64::from(u32::MAX) != 0 || word >> 32 <= u64::from(SMALL) || at < end {
            continue;
        }
        let is_value = |word: &&[u8; WORD_BYTES]| value(word).is_some();
        let before = words.get(end..at).unwrap_or_default().iter().rev().take_while(is_value).count();
        let behind = words.get(at..).unwrap_or_default().iter().take_while(is_value).count();
        let mut start = at - before;
        end = at + behind;
        // The length of the array stands before it.
        if words.get(start).and_then(value).is_some_and(|value| value <= SMALL) {
            start += 1;
        }
        if end - start >= WORDS_MIN {
            out.push(first + start * WORD_BYTES..first + end * WORD_BYTES);
        }
    }
    out
}

/// The small integer in a word, but zero.
fn value(word: &[u8; WORD_BYTES]) -> Option<u32> {
    let word = u64::from_le_bytes(*word);
    (word & u64::from(u32::MAX) == 0 && word != 0).then(|| u32::try_from(word >> 32).unwrap_or(0))
}

/// The upper halves of all words, with zeros around.
fn compact(array: &[u8], swapped: bool) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![0; MARGIN_BYTES]);
    for word in array.as_chunks::<WORD_BYTES>().0 {
        let value = value(word).unwrap_or(0);
        out.extend(if swapped { value.to_be_bytes() } else { value.to_le_bytes() });
    }
    let length = out.len() + MARGIN_BYTES;
    out.resize(length, 0);
    out
}

/// The number whose digits the words are, least significant first, with zeros around; nothing if a digit is too large.
fn number(array: &[u8], bits: u32) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(vec![0; MARGIN_BYTES]);
    let (mut pool, mut held) = (0_u64, 0);
    for word in array.as_chunks::<WORD_BYTES>().0 {
        let digit = u64::from(value(word)?);
        if digit >> bits != 0 {
            return None;
        }
        pool |= digit << held;
        held += bits;
        while held >= 8 {
            out.push(pool.to_le_bytes()[0]);
            pool >>= 8;
            held -= 8;
        }
    }
    out.push(pool.to_le_bytes()[0]);
    let length = out.len().next_multiple_of(WORD_BYTES) + MARGIN_BYTES;
    out.resize(length, 0);
    Some(out)
}

/// The same of a number on a curve, if most of it looks random.
fn random_number(array: &[u8], bits: u32) -> Option<Zeroizing<Vec<u8>>> {
    if array.len() > NUMBER_WORDS_MAX * WORD_BYTES {
        return None;
    }
    let number = number(array, bits)?;
    let mut runs = Vec::new();
    random::runs(&number, &mut runs);
    let random: usize = runs.iter().map(Range::len).sum();
    (2 * random > number.len() - 2 * MARGIN_BYTES).then_some(number)
}

impl Scene<'_> {
    /// Looks at the arrays of small integers in memory that the process can write.
    pub(super) fn small_integers(
        &self,
        stretch: &Range<usize>,
        out: &mut Findings,
        harvest: &mut Harvest,
        counts: &mut Counts,
    ) {
        let Some(bytes) = self.bytes.get(stretch.clone()) else { return };
        let start = self.space.address.unwrap_or(0).wrapping_add(self.window.start + stretch.start as u64);
        let skip = usize::try_from(start.wrapping_neg() % WORD).unwrap_or(0);
        for array in arrays(bytes, skip) {
            let array = array.start + stretch.start..array.end + stretch.start;
            if !self.is_foreign(array.start)
                && strict::writable(self, std::slice::from_ref(&array)) == [array.clone()]
            {
                self.small_array(&array, out, harvest, counts);
            }
        }
    }

    fn small_array(
        &self,
        array: &Range<usize>,
        out: &mut Findings,
        harvest: &mut Harvest,
        counts: &mut Counts,
    ) {
        let Some(bytes) = self.bytes.get(array.clone()) else { return };
        let plain = compact(bytes, false);
        let (mut runs, mut hits) = (Vec::new(), Vec::new());
        random::runs(&plain, &mut runs);
        // Digits of 26 bits leave too many bits clear to look random as they stand.
        let numbers: Vec<_> = DIGIT_BITS.iter().map(|bits| random_number(bytes, *bits)).collect();
        if runs.is_empty() && numbers.iter().all(Option::is_none) {
            return;
        }
        let mut candidates = Vec::new();
        schedule::candidates(&plain, &mut candidates);
        let candidates = candidates.iter().map(|one| (one.offset, crate::glue::relation(one.relation)));
        for mut proof in aes::prove_each(&plain, candidates) {
            proof.ranges.iter_mut().for_each(|range| *range = in_words(range));
            self.keep_schedule(&proof, array.start, out, counts);
        }
        counts.symmetric_skipped += symmetric::scan(&plain, &runs, &mut hits);
        let place = self.position + array.start as u64;
        let [raw, digits @ ..] = POSITIONS;
        harvest.rsa.collect(&plain, raw | place, &runs);
        let swapped = compact(bytes, true);
        let mut swapped_runs = Vec::new();
        random::runs(&swapped, &mut swapped_runs);
        let memory = derived::Memory { bytes: self.bytes, start: array.start, width: 2 };
        derived::scan_pads(&swapped, &swapped_runs, memory, &mut hits);
        counts.symmetric += self.keep_small(hits, array.start, out);
        harvest.ec.collect(&swapped, raw | place, &swapped_runs);
        let is_number = numbers.iter().any(Option::is_some);
        for (number, position) in numbers.into_iter().zip(digits) {
            let Some(number) = number else { continue };
            let run = MARGIN_BYTES..number.len() - MARGIN_BYTES;
            harvest.ec.collect(&number, (position | place).next_multiple_of(64), std::slice::from_ref(&run));
        }
        if self.task.policy != Policy::Proven {
            let mut ranges: Vec<Range<usize>> = runs.iter().map(in_words).collect();
            if is_number {
                ranges.clear();
                ranges.push(0..array.len());
            }
            let place = |range: &Range<usize>| array.start + range.start..array.start + range.end;
            let ranges: Vec<Range<usize>> = ranges.iter().map(place).collect();
            let found = strict::unexplained(self, &ranges);
            // Of digits, the zeros between them are foretold.
            out.random.extend(found.into_iter().map(|run| RandomRun { is_text: is_number, ..run }));
        }
    }

    fn keep_small(&self, mut hits: Vec<Hit>, base: usize, out: &mut Findings) -> u64 {
        hits.iter_mut().for_each(|hit| hit.range = in_words(&hit.range));
        self.keep(hits, base, 1, out)
    }
}

/// A range of the compacted values as one of the array.
fn in_words(range: &Range<usize>) -> Range<usize> {
    range.start.saturating_sub(MARGIN_BYTES) * 2..range.end.saturating_sub(MARGIN_BYTES) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| (u64::from(*value) << 32).to_le_bytes()).collect()
    }

    #[test]
    fn arrays_are_found_wherever_they_start() {
        let values: Vec<u32> = (1..=9_u32).map(|at| at.wrapping_mul(0x9e37_79b9)).collect();
        for before in 0..9 {
            let pointer = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0, 0];
            let memory = [pointer.repeat(before), array(&[9]), array(&values), pointer.repeat(9)].concat();
            let start = 8 * (before + 1);
            assert!(arrays(&memory, 0).into_iter().eq(std::iter::once(start..start + 72)));
            let shifted = arrays(&[&[0; 3][..], &memory].concat(), 3);
            assert!(shifted.into_iter().eq(std::iter::once(start + 3..start + 75)));
        }
        assert!(arrays(&array(&[5; 40]), 0).is_empty());
        assert!(arrays(&vec![0; 400], 0).is_empty());
        assert!(arrays(&vec![0x77; 400], 0).is_empty());
    }

    #[test]
    fn digits_are_one_number() {
        let value = number(&array(&[1, 1, 0x3ff_ffff]), 26).unwrap();
        // 1 + 2^26 + (2^26 - 1) 2^52.
        let expected = 1_u128 + (1 << 26) + (0x3ff_ffff << 52);
        assert_eq!(value[MARGIN_BYTES..MARGIN_BYTES + 10], expected.to_le_bytes()[..10]);
        assert_eq!(number(&array(&[1, 0x400_0000]), 26), None);
    }

    #[test]
    fn digits_of_a_random_number_are_told_from_other_values() {
        let digits: Vec<u32> = (1..=10_u32).map(|at| at.wrapping_mul(0x9e37_79b9) & 0x3ff_ffff).collect();
        assert!(random_number(&array(&digits), 26).is_some());
        let counts: Vec<u32> = (0..10).map(|at| 70_000 + 1000 * at).collect();
        assert!(random_number(&array(&counts), 26).is_none());
        assert!(random_number(&array(&digits.repeat(3)), 26).is_none());
    }

    #[test]
    fn places_are_those_of_the_words() {
        let plain = compact(&array(&[0x1122_3344, 7]), false);
        assert_eq!(plain[MARGIN_BYTES..MARGIN_BYTES + 8], [0x44, 0x33, 0x22, 0x11, 7, 0, 0, 0]);
        assert_eq!(in_words(&(MARGIN_BYTES + 4..MARGIN_BYTES + 8)), 8..16);
    }
}
