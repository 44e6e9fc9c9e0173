//! Schedules side by side are one triple DES key.

use super::lanes::{Proof, SCHEDULE, prove};
use super::screen;
use crate::Hit;
use crate::symmetric::evidence::Evidence;
use crate::symmetric::limits::PARITY_SEARCHES_MAX;

/// Schedules of a triple DES key.
const TRIPLE: usize = 3;

/// The bits of eight bytes that are the key: all but the parity bits.
const KEY_BITS: u64 = 0xfefe_fefe_fefe_fefe;

/// Appends the DES and triple DES keys whose schedules stand in `bytes`.
pub(in crate::symmetric) fn scan(bytes: &[u8], out: &mut Vec<Hit>) {
    let mut found: Vec<(usize, Proof)> = Vec::new();
    let mut done = 0;
    for at in screen::candidates(bytes) {
        if at < done {
            continue;
        }
        // A schedule that follows another is found by where it must be.
        let mut next = at;
        while let Some(proof) = bytes.get(next..).and_then(|rest| rest.first_chunk()).and_then(prove) {
            found.push((next, proof));
            next += SCHEDULE;
            done = next;
        }
    }
    let beside = |one: &(usize, Proof), next: &(usize, Proof)| one.0 + SCHEDULE == next.0;
    let mut searches = 0;
    for group in found.chunk_by(beside) {
        let mut left = group;
        while let [(at, first), rest @ ..] = left {
            let triple = left.get(..TRIPLE);
            let (taken, keys) = match triple {
                Some(triple) => (TRIPLE, keys(triple)),
                None => (1, vec![first.key]),
            };
            let form = if first.reversed { "decrypt" } else { "encrypt" };
            searches += 1;
            let whole = searches <= PARITY_SEARCHES_MAX;
            out.push(evidence(bytes, *at, taken, &keys, whole).hit(
                *at..*at + taken * SCHEDULE,
                "schedule",
                form,
            ));
            left = rest.get(taken - 1..).unwrap_or_default();
        }
    }
}

/// The three keys in the order of encryption.
fn keys(triple: &[(usize, Proof)]) -> Vec<[u8; 8]> {
    let mut keys: Vec<[u8; 8]> = triple.iter().map(|(_, proof)| proof.key).collect();
    if triple.first().is_some_and(|(_, first)| first.reversed) {
        keys.reverse();
    }
    keys
}

/// The key with what gives it away. The schedule does not tell the parity bits, so those with which the key
/// stands in the window are added.
fn evidence(bytes: &[u8], at: usize, count: usize, keys: &[[u8; 8]], search: bool) -> Evidence {
    let key = keys.concat();
    let schedule = bytes.get(at..at + count * SCHEDULE).unwrap_or_default().to_vec();
    let mut derived = vec![("schedule", schedule)];
    for one in keys.iter().filter(|_| search) {
        for seen in with_any_parity(bytes, *one) {
            if !key.array_windows().any(|known| *known == seen)
                && !derived.iter().any(|(_, known)| *known == seen)
            {
                derived.push(("key_as_given", seen.to_vec()));
            }
        }
    }
    let (detector, bits) = if count == TRIPLE { ("triple-des-schedule", 168) } else { ("des-schedule", 56) };
    Evidence { detector, bits, key, derived }
}

/// The eight bytes, as they stand in a window, that are a key but for its parity bits.
fn with_any_parity(bytes: &[u8], key: [u8; 8]) -> Vec<[u8; 8]> {
    let wanted = u64::from_le_bytes(key) & KEY_BITS;
    let fits = |word: &&[u8; 8]| u64::from_le_bytes(**word) & KEY_BITS == wanted;
    let mut seen: Vec<[u8; 8]> = bytes.array_windows().filter(fits).copied().collect();
    seen.sort_unstable();
    seen.dedup();
    seen
}
