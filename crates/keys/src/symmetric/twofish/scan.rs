//! Round keys among other memory.

use super::schedule::{WORDS, code_word, tables};
use super::solve;
use crate::Hit;
use crate::symmetric::evidence::{Evidence, bits, is_varied};
use crate::symmetric::limits::MARGIN_BYTES;
use std::ops::Range;

/// Bytes of the round keys.
const SCHEDULE: usize = 4 * WORDS;

/// Bytes from an end of a random stretch to that of the round keys in it: beside them stand at most a key, or what follows
/// from it, and a block that is being worked on. The tables do not look random.
const REACH: usize = 96;

/// Appends the keys whose round keys stand near an end of a random stretch.
pub(in crate::symmetric) fn inside(bytes: &[u8], run: &Range<usize>, out: &mut Vec<Hit>) {
    if run.len() + 2 * MARGIN_BYTES < SCHEDULE {
        return;
    }
    let first = run.start.saturating_sub(MARGIN_BYTES);
    let last = (run.end + MARGIN_BYTES).saturating_sub(SCHEDULE);
    let (near_start, near_end) = (first + REACH + MARGIN_BYTES, last.saturating_sub(REACH + MARGIN_BYTES));
    let mut at = first.next_multiple_of(4);
    while at <= last {
        if at > near_start && at < near_end {
            at = near_end.next_multiple_of(4);
            continue;
        }
        let hit =
            bytes.get(at..).and_then(|rest| rest.first_chunk()).and_then(|schedule| prove(schedule, at));
        at += if hit.is_some() { SCHEDULE } else { 4 };
        out.extend(hit);
    }
}

/// The key of a schedule that stands at an offset of the window.
fn prove(schedule: &[u8; SCHEDULE], at: usize) -> Option<Hit> {
    let key = solve::key(schedule.as_chunks().0.first_chunk()?)?;
    if !is_varied(schedule) {
        return None;
    }
    let code_word = code_word(&key);
    let tables = tables(&code_word);
    let bytes = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let [first, second, third, fourth] = &tables;
    // The Bouncy Castle keeps entries of two tables side by side.
    let pairs = |one: &[u32], two: &[u32]| {
        bytes(one.iter().zip(two).flat_map(|(a, b)| [*a, *b]).collect::<Vec<_>>().as_slice())
    };
    let half = |start: usize| key.chunks(4).skip(start).step_by(2).collect::<Vec<_>>().concat();
    let turned: Vec<u8> = code_word.iter().rev().flatten().copied().collect();
    let derived = vec![
        ("schedule", schedule.to_vec()),
        ("tables", tables.iter().flat_map(|table| bytes(table)).collect()),
        ("paired_tables", [pairs(first, second), pairs(third, fourth)].concat()),
        ("code_word", code_word.concat()),
        ("code_word", turned),
        ("even_words", half(0)),
        ("odd_words", half(1)),
    ];
    let evidence = Evidence { detector: "twofish-schedule", bits: bits(&key), key, derived };
    Some(evidence.hit(at..at + SCHEDULE, "schedule", "round-keys"))
}

#[cfg(test)]
mod tests {
    use super::super::schedule::round_keys;
    use super::*;

    #[test]
    fn key_is_found_by_its_round_keys_among_other_memory() {
        for length in [16, 24, 32] {
            let key: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(201) ^ 0x97).collect();
            let schedule: Vec<u8> = round_keys(&key).into_iter().flat_map(u32::to_le_bytes).collect();
            let memory = [&[0; 64][..], &key, &schedule, &[7; 64]].concat();
            let mut hits = Vec::new();
            inside(&memory, &(70..memory.len() - 70), &mut hits);
            assert_eq!(hits.len(), 1);
            let start = 64 + key.len();
            assert_eq!(
                (hits[0].range.clone(), hits[0].material.bits),
                (start..start + SCHEDULE, 8 * u32::from(length))
            );
            let components = &hits[0].material.components;
            assert_eq!(components[0].value.bytes(), key);
            assert!(components.iter().any(|one| one.value.len() == 4096));
        }
    }
}
