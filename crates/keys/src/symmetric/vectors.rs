//! States of ChaCha20 and Salsa20 as code with vectors spills them: every word of the state fills a register, once for
//! each block that is made at a time.
//!
//! Such words are no randomness: each stands four, eight or sixteen times in a row. What tells them from other repeated
//! words is a constant of the cipher, repeated alike, among its neighbours.

use super::chacha::{CONSTANTS, is_table};
use super::evidence::{Evidence, bits};
use crate::Hit;
use std::ops::Range;

/// Bytes of the smallest register, and the alignment of every larger one: one word four times.
const LANE: usize = 16;

/// Registers of the smallest size that a state fills at most: sixteen words of 64 bytes.
const LANES_MAX: usize = 64;

/// Appends the groups of repeated words that stand beside a repeated constant. `bytes` begin where a register may.
pub(super) fn scan(bytes: &[u8], out: &mut Vec<Hit>) {
    let (lanes, _) = bytes.as_chunks::<LANE>();
    let mut done = 0;
    for (index, lane) in lanes.iter().enumerate() {
        let word = first(lane);
        // Without a branch: nearly no lane passes.
        let any = CONSTANTS.iter().fold(false, |any, constant| any | (word == *constant));
        if !any || index < done || repeated(lane).is_none() {
            continue;
        }
        let is_state = |lane: &&[u8; LANE]| repeated(lane).is_some_and(|word| word != 0);
        let before = lanes.get(done.max(index.saturating_sub(LANES_MAX))..index).unwrap_or_default();
        let start = index - before.iter().rev().take_while(is_state).count();
        let behind = lanes.get(index..).unwrap_or_default();
        done = index + behind.iter().take(LANES_MAX).take_while(is_state).count();
        groups(lanes, start..done, out);
    }
}

/// Appends what stands between the constants.
fn groups(lanes: &[[u8; LANE]], state: Range<usize>, out: &mut Vec<Hit>) {
    let mut at = state.start;
    for group in lanes.get(state).unwrap_or_default().split(|lane| CONSTANTS.contains(&first(lane))) {
        let start = at;
        at += group.len() + 1;
        let mut words: Vec<u32> = group.iter().map(first).collect();
        words.dedup();
        if words.is_empty() || !words.iter().all(|word| is_varied(*word)) {
            continue;
        }
        let key: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        if is_table(&key) {
            continue;
        }
        let evidence = Evidence {
            detector: "chacha20-vectors",
            bits: bits(&key),
            derived: vec![("broadcast", group.concat())],
            key,
        };
        out.push(evidence.hit(LANE * start..LANE * (start + group.len()), "broadcast", "vectors"));
    }
}

fn first(lane: &[u8; LANE]) -> u32 {
    let [a, b, c, d, ..] = *lane;
    u32::from_le_bytes([a, b, c, d])
}

/// The word that fills a lane.
fn repeated(lane: &[u8; LANE]) -> Option<u32> {
    let word = first(lane);
    lane.as_chunks::<4>().0.iter().all(|other| u32::from_le_bytes(*other) == word).then_some(word)
}

/// True if a word may be one of a key; counters and masks have zeros and equal bytes.
fn is_varied(word: u32) -> bool {
    let mut bytes = word.to_le_bytes();
    bytes.sort_unstable();
    let distinct = bytes.chunk_by(|one, next| one == next).count();
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    distinct >= 3 && zeros < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [u32; 8] = [
        0x6bd4_218f,
        0x5a93_e70c,
        0xf21e_44b8,
        0xc039_ad67,
        0x86eb_1572,
        0x38a1_d94f,
        0x970a_c65d,
        0xb128_63fe,
    ];

    /// Registers of so many words, each filled with one word.
    fn spilled(words: &[u32], width: usize) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes().repeat(width)).collect()
    }

    fn check(bytes: &[u8], expected: &[(Range<usize>, &[u32])]) {
        let mut hits = Vec::new();
        scan(bytes, &mut hits);
        let found: Vec<(Range<usize>, Vec<u8>)> = hits
            .iter()
            .map(|hit| (hit.range.clone(), hit.material.components[0].value.bytes().to_vec()))
            .collect();
        let expected: Vec<(Range<usize>, Vec<u8>)> =
            expected.iter().map(|(range, words)| (range.clone(), spilled(words, 1))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn whole_state_gives_the_whole_key_at_every_width() {
        for width in [4, 8, 16] {
            let words = [&CONSTANTS[..4], &WORDS, &[0]].concat();
            let bytes = [vec![0; 64], spilled(&words, width), vec![0; 100]].concat();
            let start = 64 + 4 * 4 * width;
            check(&bytes, &[(start..start + 8 * 4 * width, &WORDS)]);
        }
    }

    #[test]
    fn parts_beside_any_constant_are_found() {
        let words = [CONSTANTS[1], WORDS[0], WORDS[1], CONSTANTS[2], CONSTANTS[3], WORDS[4], 0];
        let bytes = [vec![0; 32], spilled(&words, 8), vec![0; 64]].concat();
        check(&bytes, &[(64..128, &WORDS[..2]), (192..224, &WORDS[4..5])]);
    }

    #[test]
    fn constants_alone_and_words_without_them_are_nothing() {
        check(&spilled(&CONSTANTS[..4], 8), &[]);
        check(&spilled(&WORDS, 8), &[]);
        check(&spilled(&[CONSTANTS[0], 0, WORDS[0]], 4), &[]);
        check(&spilled(&[CONSTANTS[0], 1, 2, 0x00ff_00ff], 4), &[]);
        check(&b"expand 32-byte k".repeat(20), &[]);
    }
}
