//! Schedules of bit-sliced code: each word of 64 bits holds one bit of every byte of a round key.
//!
//! RustCrypto's `aes` where the processor has no instructions for it ("fixslicing", Adomnicai and Peyrin 2020): a
//! round key is eight words, one for each bit of a byte, least significant first; in a word the byte of row r and
//! column c is the nibble 4 r + c, the same bit four times, once for each block that is encrypted at a time. The
//! rows of a round key are turned as the fixed slices need it, and words 0, 1, 5 and 6 are complemented, so that
//! the S-box need not do it.

use super::expansion::{Expansion, Size};
use super::prove::Schedule;

/// Words of a round key.
const SLICES: usize = 8;

/// Bytes of a word.
const WORD: usize = 8;

/// Every so many words one is looked at: two of every schedule, of which the shortest has 88.
const STRIDE: usize = 32;

/// Words that the S-box complements.
const COMPLEMENTED: [usize; 4] = [0, 1, 5, 6];

/// Longest run of such words that is tried, in words: some dozen schedules side by side. Bitmaps make longer ones.
const RUN_WORDS_MAX: usize = 1 << 12;

/// The bit-sliced schedules in `bytes`, at multiples of eight.
#[must_use]
pub fn bitsliced(bytes: &[u8]) -> Vec<Schedule> {
    let (words, _) = bytes.as_chunks::<WORD>();
    let word = |index: usize| words.get(index).map(|word| u64::from_le_bytes(*word));
    let is_slice = |index: &usize| word(*index).is_some_and(is_slice);
    let mut found = Vec::new();
    let mut done = 0;
    for at in (0..words.len()).step_by(STRIDE) {
        let tells = word(at).is_some_and(is_slice_of_key);
        if at < done || !tells {
            continue;
        }
        let start = at - (done..at).rev().take_while(is_slice).count();
        let end = at + (at..words.len()).take_while(is_slice).take(RUN_WORDS_MAX).count();
        let run: Vec<u64> = (start..end).filter_map(word).collect();
        done = end;
        let mut index = 0;
        while let Some(rest) = run.get(index..).filter(|rest| rest.len() >= SLICES * 11) {
            let Some(expansion) = prove(rest) else {
                index += 1;
                continue;
            };
            let length = SLICES * (expansion.size.rounds() + 1);
            let from = (start + index) * WORD;
            let range = from..from + length * WORD;
            found.push(Schedule { form: "bit-sliced", ranges: vec![range], cut: false, expansion });
            index += length;
        }
    }
    found
}

/// True if each nibble is all zeros or all ones.
fn is_slice(word: u64) -> bool {
    (word ^ (word >> 1)) & 0x7777_7777_7777_7777 == 0
}

/// The same, of a key that is not all alike.
fn is_slice_of_key(word: u64) -> bool {
    is_slice(word) && word != 0 && word != u64::MAX
}

/// The expansion whose round keys stand at the start, if there is one.
fn prove(words: &[u64]) -> Option<Expansion> {
    let (round_keys, _) = words.as_chunks::<SLICES>();
    let first = block(round_keys.first()?, false);
    if first == [0; 16] {
        return None;
    }
    let is_whole = |expansion: &Expansion| {
        expansion.size.rounds() < round_keys.len()
            && expansion.words().chunks(4).zip(round_keys).skip(1).all(|(expected, slices)| {
                let mut wanted = [0; 16];
                wanted
                    .iter_mut()
                    .zip(expected.iter().flat_map(|word| word.to_be_bytes()))
                    .for_each(|(to, from)| *to = from);
                readings(slices).any(|reading| reading == wanted)
            })
    };
    let second = round_keys.get(1)?;
    let longer = readings(second).flat_map(|second| {
        let key: Vec<u8> = first.iter().chain(&second).copied().collect();
        [Size::Aes192, Size::Aes256].map(|size| key.get(..4 * size.key_words()).and_then(Expansion::of_key))
    });
    std::iter::once(Expansion::of_key(&first)).chain(longer).flatten().find(is_whole)
}

/// What a later round key may say: rows turned by none to three columns, complemented or not.
fn readings(slices: &[u64; SLICES]) -> impl Iterator<Item = [u8; 16]> {
    [true, false].into_iter().flat_map(|complemented| {
        let block = block(slices, complemented);
        (0..4).map(move |turn| std::array::from_fn(|at| block[(at + 4 * turn * (at % 4)) % 16]))
    })
}

/// The bytes of a round key, column by column as FIPS 197 numbers them.
fn block(slices: &[u64; SLICES], complemented: bool) -> [u8; 16] {
    let bit = |bit: usize, byte: usize| {
        let (row, column) = (byte % 4, byte / 4);
        let set = slices[bit] >> (16 * row + 4 * column) & 1 == 1;
        set != (complemented && COMPLEMENTED.contains(&bit))
    };
    std::array::from_fn(|byte| (0..SLICES).fold(0, |value, at| value | u8::from(bit(at, byte)) << at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the code in the field writes it: spread, turned in all rounds but every fourth, complemented.
    fn slices(key: &[u8]) -> Vec<u8> {
        let expansion = Expansion::of_key(key).unwrap();
        let mut out = Vec::new();
        let rounds = expansion.size.rounds();
        for (round, words) in expansion.words().chunks(4).enumerate() {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            let turn = if round == rounds { 0 } else { round % 4 };
            for bit in 0..8 {
                let mut word = 0_u64;
                for row in 0..4 {
                    for column in 0..4 {
                        let byte = bytes[4 * ((column + turn * row) % 4) + row];
                        word |= (if byte >> bit & 1 == 1 { 15 } else { 0 }) << (16 * row + 4 * column);
                    }
                }
                let complemented = round > 0 && [0, 1, 5, 6].contains(&bit);
                out.extend((if complemented { !word } else { word }).to_le_bytes());
            }
        }
        out
    }

    #[test]
    fn schedules_of_every_size_are_found_side_by_side() {
        for length in [16, 24, 32] {
            let keys: Vec<Vec<u8>> = (1..4_u8)
                .map(|seed| {
                    (0..length).map(|at: u8| at.wrapping_mul(seed).wrapping_mul(59) ^ 0x5c ^ seed).collect()
                })
                .collect();
            let mut window = vec![0; 1000];
            keys.iter().for_each(|key| window.extend(slices(key)));
            let each = (window.len() - 1000) / 3;
            window.extend([0xff; 520]);
            let found = bitsliced(&window);
            let seen: Vec<(Vec<u8>, usize)> =
                found.iter().map(|one| (one.expansion.key(), one.ranges[0].start)).collect();
            let expected: Vec<(Vec<u8>, usize)> =
                keys.into_iter().enumerate().map(|(at, key)| (key, 1000 + at * each)).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn a_damaged_schedule_and_bitmaps_are_none() {
        let mut window = slices(&[0x93; 16]);
        window[300] ^= 0xf0;
        assert!(bitsliced(&window).is_empty());
        assert!(bitsliced(&vec![0xf0; 1 << 16]).is_empty());
    }
}
