//! Permutations among other memory.

use super::ENTRIES;
use super::key::{self, State};
use crate::symmetric::evidence::{Evidence, bits};
use crate::symmetric::limits::{RC4_STATES_MAX, WHOLE_BYTES_MAX};
use crate::{Certainty, Hit};
use std::ops::Range;

/// Bytes of a word.
const WORD: usize = 4;

/// Most entries that stand in their own place, or next to the one that comes after them in value: of a random permutation
/// one in a million has more. Tables that were not shuffled to the end have.
const IN_ORDER_MAX: usize = 10;

/// Constant permutations, by how they start: the S-boxes of AES, SM4, Camellia and RC2, the table of MD2.
const CONSTANT: [[u8; 4]; 7] = [
    [0x63, 0x7c, 0x77, 0x7b],
    [0x52, 0x09, 0x6a, 0xd5],
    [0xd6, 0x90, 0xe9, 0xfe],
    [0x70, 0x82, 0x2c, 0xec],
    [0xe0, 0x05, 0x58, 0xd9],
    [0xd9, 0x78, 0xf9, 0xc4],
    [0x29, 0x2e, 0x43, 0xc9],
];

/// Appends the states: of bytes in random stretches, and of words anywhere.
pub(in crate::symmetric) fn scan(bytes: &[u8], runs: &[Range<usize>], out: &mut Vec<Hit>) {
    let mut states = Vec::new();
    for run in runs.iter().filter(|run| run.len() + 32 >= ENTRIES && run.len() <= 2 * WHOLE_BYTES_MAX) {
        let start = run.start.saturating_sub(16);
        let near = bytes.get(start..(run.end + 16).min(bytes.len())).unwrap_or_default();
        states.extend(permutations(near).map(|(at, state)| (start + at..start + at + ENTRIES, state)));
    }
    for words in small_words(bytes) {
        let low: Vec<u8> =
            bytes.get(words.clone()).unwrap_or_default().iter().step_by(WORD).copied().collect();
        let place = |at: usize| words.start + WORD * at;
        states.extend(permutations(&low).map(|(at, state)| (place(at)..place(at + ENTRIES), state)));
    }
    out.extend(states.into_iter().map(|(range, state)| suspected(range, &state)));
}

/// The permutations in a row of bytes that are shuffled, and where they start.
fn permutations(bytes: &[u8]) -> impl Iterator<Item = (usize, State)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        loop {
            let state = bytes.get(start..)?.first_chunk::<ENTRIES>()?;
            // From the last byte back to one that comes again: what starts before that is no permutation either.
            let mut seen = [0_u64; 4];
            let again = state.iter().rposition(|byte| {
                let bit = 1_u64 << (byte & 63);
                let word = &mut seen[usize::from(byte >> 6)];
                let known = *word & bit != 0;
                *word |= bit;
                known
            });
            let at = start;
            start += again.map_or(ENTRIES, |again| again + 1);
            if again.is_none() && is_shuffled(state) {
                return Some((at, *state));
            }
        }
    })
}

/// Where words of 32 bits below 256 stand in a row, as many as a state has, and hardly come again: what a step looks at lies in each
/// row that is long enough.
fn small_words(bytes: &[u8]) -> Vec<Range<usize>> {
    let words = bytes.as_chunks::<WORD>().0;
    let is_small = |index: &usize| words.get(*index).is_some_and(|[_, rest @ ..]| rest == &[0; 3]);
    let low = |index: usize| words.get(index).map_or(0, |word| u32::from(word[0]));
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut done = 0;
    for index in (0..words.len()).step_by(ENTRIES / 2) {
        let looked = index..index + LOOKED;
        if index < done || !looked.clone().all(|index| is_small(&index)) {
            continue;
        }
        let mut seen = looked.map(low).collect::<Vec<u32>>();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() < LOOKED {
            continue;
        }
        let first = index - (0..index).rev().take(ENTRIES).take_while(is_small).count();
        done = index + (index..words.len()).take(2 * ENTRIES).take_while(is_small).count();
        if done - first >= ENTRIES {
            out.push(WORD * first..WORD * done);
        }
    }
    out
}

/// Words in a row that are looked at first: all different in a state.
const LOOKED: usize = 8;

fn suspected(range: Range<usize>, state: &State) -> Hit {
    let form = if range.len() == ENTRIES { "raw" } else { "words" };
    let evidence = Evidence { detector: DETECTOR, bits: 128, key: state.to_vec(), derived: Vec::new() };
    let mut hit = evidence.hit(range, "state", form);
    hit.material.certainty = Certainty::Suspected;
    hit
}

/// Name of the detector of states without a key.
const DETECTOR: &str = "rc4-state";

/// Puts keys that stand near states in the place of the suspicions.
pub fn prove_states(bytes: &[u8], hits: &mut [Hit]) {
    for hit in hits.iter_mut().filter(|hit| hit.material.detector == DETECTOR).take(RC4_STATES_MAX) {
        let state =
            hit.material.components.first().and_then(|one| one.value.bytes().first_chunk::<ENTRIES>());
        let Some(state) = state.copied() else { continue };
        let Some(key) = key::near(bytes, &hit.range, &state) else { continue };
        let derived = vec![("state", state.to_vec()), ("state", key::shuffled(&key).to_vec())];
        let evidence = Evidence { detector: "rc4-key", bits: bits(&key), key, derived };
        *hit = evidence.hit(hit.range.clone(), "state", hit.form);
    }
}

fn is_shuffled(state: &State) -> bool {
    let in_place = (0..=u8::MAX).zip(state).filter(|(at, byte)| at == *byte).count();
    let in_order = state.array_windows().filter(|[one, next]| one.wrapping_add(1) == *next).count();
    let is_constant = CONSTANT.iter().any(|start| state.starts_with(start));
    !is_constant && in_place <= IN_ORDER_MAX && in_order <= IN_ORDER_MAX
}

#[cfg(test)]
mod tests {
    use super::super::key::{shuffled, tests::advanced};
    use super::*;

    const KEY: [u8; 16] =
        [0x3d, 0x9a, 0x07, 0xc4, 0x71, 0xee, 0x58, 0x12, 0xb9, 0x46, 0xd3, 0x80, 0x2f, 0xfc, 0x65, 0xab];

    fn hits(memory: &[u8], runs: &[Range<usize>]) -> Vec<(Range<usize>, Certainty, Vec<u8>)> {
        let mut hits = Vec::new();
        scan(memory, runs, &mut hits);
        prove_states(memory, &mut hits);
        let key = |hit: &Hit| hit.material.components[0].value.bytes().to_vec();
        hits.iter().map(|hit| (hit.range.clone(), hit.material.certainty, key(hit))).collect()
    }

    #[test]
    fn state_is_suspected_and_a_table_in_order_is_not() {
        let state = shuffled(&KEY);
        let memory = [&[0x55; 100][..], &state, &[0x66; 50]].concat();
        assert_eq!(
            hits(&memory, std::slice::from_ref(&(90..370))),
            [(100..356, Certainty::Suspected, state.to_vec())]
        );
        let order: Vec<u8> = (0..=255).collect();
        assert_eq!(hits(&order, std::slice::from_ref(&(0..256))), []);
    }

    #[test]
    fn state_is_proven_by_its_key_in_every_layout() {
        let wide = |bytes: &[u8]| bytes.iter().flat_map(|byte| [*byte, 0, 0, 0]).collect::<Vec<u8>>();
        for length in [5, 13, 16] {
            let key = &KEY[..length];
            let (state, i, j) = advanced(&shuffled(key), 3000);
            let around = |layout: Vec<u8>| [&[0; 64][..], key, &[0; 67], &layout, &[0; 64]].concat();
            let start = 64 + length + 67;
            let check = |layout: Vec<u8>, at: usize, size: usize| {
                let memory = around(layout);
                let range = start + at..start + at + size;
                let run = if size == ENTRIES { vec![range.clone()] } else { Vec::new() };
                assert_eq!(hits(&memory, &run), [(range, Certainty::Proven, key.to_vec())]);
            };
            check([&state[..], &wide(&[i, j])].concat(), 0, 256);
            check([&wide(&[i, j])[..], &state].concat(), 8, 256);
            check([&state[..], &[i, j]].concat(), 0, 256);
            check([&[i, j][..], &state].concat(), 2, 256);
            let pad = vec![0; (4 - start % 4) % 4];
            let in_words =
                |layout: Vec<u8>, at: usize| check([pad.clone(), layout].concat(), pad.len() + at, 1024);
            in_words([wide(&[i, j]), wide(&state)].concat(), 8);
            in_words([wide(&state), wide(&[i, j])].concat(), 0);
            in_words([wide(&state), vec![i, j]].concat(), 0);
        }
    }
}
