//! Serpent (Anderson, Biham, Knudsen 1998): 33 round keys, groups of four words of a linear recurrence that went through an
//! S-box in bit slices.

use super::evidence::{Evidence, bits, is_varied, looks_random};
use crate::Hit;

/// Words of a schedule.
const WORDS: usize = 4 * 33;

/// Bytes of a schedule.
pub(super) const SCHEDULE: usize = 4 * WORDS;

/// Words of the key, which come before those of the schedule.
const KEY: usize = 8;

/// The fractional part of the golden ratio.
const PHI: u32 = 0x9e37_79b9;

/// The S-boxes, S0 to S7.
const BOXES: [[u8; 16]; 8] = [
    [3, 8, 15, 1, 10, 6, 5, 11, 14, 13, 4, 2, 7, 0, 9, 12],
    [15, 12, 2, 7, 9, 0, 5, 10, 1, 11, 14, 8, 6, 13, 3, 4],
    [8, 6, 7, 9, 3, 12, 10, 15, 13, 1, 14, 4, 0, 11, 5, 2],
    [0, 15, 11, 8, 12, 9, 6, 3, 13, 1, 2, 4, 10, 7, 5, 14],
    [1, 15, 8, 3, 12, 0, 11, 6, 2, 5, 4, 10, 9, 14, 7, 13],
    [15, 5, 2, 11, 4, 10, 9, 12, 0, 3, 14, 8, 13, 6, 7, 1],
    [7, 2, 12, 5, 8, 4, 6, 11, 14, 9, 1, 15, 13, 3, 10, 0],
    [1, 13, 15, 0, 14, 8, 2, 11, 7, 4, 12, 10, 9, 3, 5, 6],
];

/// The S-boxes undone.
const UNDONE: [[u8; 16]; 8] = undone();

const fn undone() -> [[u8; 16]; 8] {
    let mut out = [[0; 16]; 8];
    let mut number = 0;
    while number < 8 {
        let mut value = 0_u8;
        while value < 16 {
            out[number][BOXES[number][value as usize] as usize] = value;
            value += 1;
        }
        number += 1;
    }
    out
}

/// The schedule that starts with `bytes`, which stand at `offset` of the window.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Hit> {
    let schedule = bytes.first_chunk::<SCHEDULE>()?;
    let words = schedule.as_chunks::<4>().0;
    let word = |index: usize| words.get(index).map_or(0, |word| u32::from_le_bytes(*word));
    // A bit of a word of the recurrence, out of the S-box of its group.
    let bit = |index: usize, place: usize| {
        let group = index / 4;
        let four = (0..4).fold(0, |four, row| four | (word(4 * group + row) >> place & 1) << row);
        let before = UNDONE[(35 - group) % 8][usize::try_from(four).unwrap_or(0)];
        u32::from(before >> (index % 4)) & 1
    };
    let holds = |place: usize| {
        let sum = bit(0, place) ^ bit(3, place) ^ bit(5, place) ^ bit(7, place) ^ (PHI ^ 8) >> place & 1;
        bit(8, (place + 11) % 32) == sum
    };
    if !(0..32).all(holds) || !is_varied(schedule) {
        return None;
    }
    let mut all = [0_u32; KEY + 8];
    for (index, value) in all.iter_mut().skip(KEY).enumerate() {
        *value = (0..32).fold(0, |value, place| value | bit(index, place) << place);
    }
    for index in (0..KEY).rev() {
        let later = all[index + 8].rotate_right(11);
        let counter = u32::try_from(index).unwrap_or(0);
        all[index] = later ^ all[index + 3] ^ all[index + 5] ^ all[index + 7] ^ PHI ^ counter;
    }
    let padded: Vec<u8> = all.iter().take(KEY).flat_map(|word| word.to_le_bytes()).collect();
    if expand(&padded)? != schedule {
        return None;
    }
    let key = without_padding(padded);
    if !looks_random(&key) {
        return None;
    }
    let derived = vec![("schedule", schedule.to_vec())];
    let evidence = Evidence { detector: "serpent-schedule", bits: bits(&key), key, derived };
    Some(evidence.hit(offset..offset + SCHEDULE, "schedule", "encrypt"))
}

/// A key shorter than 256 bits is followed by a bit that is set, and zeros.
fn without_padding(mut key: Vec<u8>) -> Vec<u8> {
    for length in [16, 24] {
        if key.get(length) == Some(&1) && key.iter().skip(length + 1).all(|byte| *byte == 0) {
            key.truncate(length);
            break;
        }
    }
    key
}

/// The schedule of a key of 32 bytes, as it stands in memory.
fn expand(key: &[u8]) -> Option<Vec<u8>> {
    let mut words: Vec<u32> = key.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
    for index in 0..WORDS {
        let older = |back: usize| words.get(index + KEY - back).copied();
        let sum = older(8)? ^ older(5)? ^ older(3)? ^ older(1)? ^ PHI ^ u32::try_from(index).ok()?;
        words.push(sum.rotate_left(11));
    }
    let groups = words.get(KEY..)?.as_chunks::<4>().0.iter().enumerate();
    let boxed = groups.flat_map(|(group, words)| {
        let mut out = [0_u32; 4];
        for place in 0..32 {
            let four = words.iter().rev().fold(0, |four, word| four << 1 | (word >> place & 1));
            let after = BOXES[(35 - group) % 8][usize::try_from(four).unwrap_or(0)];
            for (row, word) in out.iter_mut().enumerate() {
                *word |= (u32::from(after) >> row & 1) << place;
            }
        }
        out
    });
    Some(boxed.flat_map(u32::to_le_bytes).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_size_are_found() {
        let key: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(151) ^ 0x4e).collect();
        for length in [16, 24, 32] {
            let mut padded = key[..length].to_vec();
            if length < 32 {
                padded.push(1);
            }
            padded.resize(32, 0);
            let mut memory = expand(&padded).unwrap();
            let hit = at(&memory, 4).unwrap();
            assert_eq!(hit.range, 4..4 + SCHEDULE);
            assert_eq!(hit.material.components[0].value.bytes(), &key[..length]);
            memory[300] ^= 1;
            assert!(at(&memory, 0).is_none());
        }
    }

    #[test]
    fn boxes_are_permutations() {
        for (forward, back) in BOXES.iter().zip(UNDONE) {
            assert!((0..16_u8).all(|value| back[usize::from(forward[usize::from(value)])] == value));
        }
    }
}
