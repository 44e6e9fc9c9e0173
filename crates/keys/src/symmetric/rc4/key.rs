//! The key that a state began with, among the bytes near the state.

use super::ENTRIES;
use crate::symmetric::evidence::looks_random;
use crate::symmetric::limits::{RC4_KEY_REACH_BYTES, RC4_STEPS_MAX};
use std::ops::Range;

/// A permutation of all bytes.
pub(super) type State = [u8; ENTRIES];

/// Lengths of keys: 128 bits, 40 (export ciphers), 104 (WEP, without the vector), 256.
const LENGTHS: [usize; 4] = [16, 5, 13, 32];

/// The shortest of them.
const SHORTEST: usize = 5;

/// Where the counters of a state in bytes stand, from its start: words behind it (older libgcrypt), words before it (libtomcrypt,
/// mbedTLS), bytes behind it (nettle, PyCryptodome, RustCrypto), bytes before it (NSS).
const BESIDE_BYTES: [(isize, usize); 4] = [(256, 4), (-8, 4), (256, 1), (-2, 1)];

/// The same of a state in words of 32 bits: words before it (OpenSSL, BoringSSL), words behind it (libgcrypt), bytes behind it
/// (Go).
const BESIDE_WORDS: [(isize, usize); 3] = [(-8, 4), (1024, 4), (1024, 1)];

/// The key of a state that stands at a range in words of so many bytes, if it stands near.
pub(super) fn near(bytes: &[u8], range: &Range<usize>, state: &State) -> Option<Vec<u8>> {
    let beside: &[(isize, usize)] = if range.len() == ENTRIES { &BESIDE_BYTES } else { &BESIDE_WORDS };
    let mut starts = vec![*state];
    for (distance, size) in beside {
        let counter = |index: usize| {
            let at = range.start.checked_add_signed(*distance)? + index * size;
            let (first, rest) = bytes.get(at..at + size)?.split_first()?;
            rest.iter().all(|byte| *byte == 0).then_some(*first)
        };
        if let (Some(i), Some(j)) = (counter(0), counter(1)) {
            starts.extend(beginnings(state, i, j));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let first = range.start.saturating_sub(RC4_KEY_REACH_BYTES).next_multiple_of(4);
    let end = (range.end + RC4_KEY_REACH_BYTES).min(bytes.len());
    let found = |at: usize| {
        let varied = bytes.get(at..at + SHORTEST).is_some_and(are_different);
        if !varied || range.contains(&at) {
            return None;
        }
        let keys = LENGTHS.into_iter().filter_map(|length| bytes.get(at..at + length));
        let mut keys = keys.filter(|key| key.len() < 16 || looks_random(key));
        keys.find(|key| starts.binary_search(&shuffled(key)).is_ok()).map(<[u8]>::to_vec)
    };
    (first..end).step_by(4).find_map(found)
}

/// Four different bytes of five: of random ones one in 700 has fewer.
fn are_different(five: &[u8]) -> bool {
    let mut sorted = five.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() + 1 >= five.len() && !five.starts_with(&[0, 0])
}

/// The states before with both counters zero, as they are where the generator begins.
fn beginnings(state: &State, mut i: u8, mut j: u8) -> Vec<State> {
    let (mut state, mut out) = (*state, Vec::new());
    for _ in 0..RC4_STEPS_MAX {
        if (i, j) == (0, 0) {
            out.push(state);
        }
        state.swap(usize::from(i), usize::from(j));
        j = j.wrapping_sub(state[usize::from(i)]);
        i = i.wrapping_sub(1);
    }
    out
}

/// The state that a key makes (Schneier, Applied Cryptography, section 17.1).
pub(super) fn shuffled(key: &[u8]) -> State {
    let mut state = [0; ENTRIES];
    (0..=u8::MAX).zip(&mut state).for_each(|(value, entry)| *entry = value);
    let mut other = 0_u8;
    for (at, key) in key.iter().cycle().take(ENTRIES).enumerate() {
        other = other.wrapping_add(state[at]).wrapping_add(*key);
        state.swap(at, usize::from(other));
    }
    state
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The generator, so many bytes on.
    pub(in super::super) fn advanced(state: &State, steps: usize) -> (State, u8, u8) {
        let (mut state, mut i, mut j) = (*state, 0_u8, 0_u8);
        for _ in 0..steps {
            i = i.wrapping_add(1);
            j = j.wrapping_add(state[usize::from(i)]);
            state.swap(usize::from(i), usize::from(j));
        }
        (state, i, j)
    }

    #[test]
    fn generator_is_run_back_to_its_beginning() {
        let start = shuffled(&[1, 2, 3, 4, 5]);
        // RFC 6229 section 2, key length 40 bits: the first byte of the key stream.
        let (state, i, j) = advanced(&start, 1);
        assert_eq!(state[usize::from(state[usize::from(i)].wrapping_add(state[usize::from(j)]))], 0xb2);
        for steps in [0, 1, 255, 256, 70_000] {
            let (state, i, j) = advanced(&start, steps);
            assert!(beginnings(&state, i, j).contains(&start));
        }
    }
}
