//! States of RC4: a permutation of all 256 bytes, as bytes or as words of 32 bits.
//!
//! Nothing binds the permutation to its key, so it is a suspicion only: other programs shuffle bytes too. The
//! constant permutations of ciphers (S-boxes) have structure that a state has not.

use super::evidence::Evidence;
use super::limits::WHOLE_BYTES_MAX;
use crate::{Certainty, Hit};
use std::ops::Range;

/// Entries of the permutation.
const ENTRIES: usize = 256;

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

/// Appends the states of bytes in a random stretch.
pub(super) fn inside(bytes: &[u8], run: &Range<usize>, out: &mut Vec<Hit>) {
    if run.len() + 32 < ENTRIES || run.len() > 2 * WHOLE_BYTES_MAX {
        return;
    }
    let mut start = run.start.saturating_sub(16);
    while let Some(state) = bytes.get(start..start + ENTRIES).filter(|_| start + ENTRIES <= run.end + 16) {
        // From the last byte back to one that comes again: what starts before that is no permutation either.
        let mut seen = [0_u64; 4];
        let again = state.iter().rposition(|byte| {
            let bit = 1_u64 << (byte & 63);
            let word = &mut seen[usize::from(byte >> 6)];
            let known = *word & bit != 0;
            *word |= bit;
            known
        });
        let Some(again) = again else {
            if is_shuffled(state) {
                let evidence =
                    Evidence { detector: "rc4-state", bits: 128, key: state.to_vec(), derived: Vec::new() };
                let mut hit = evidence.hit(start..start + ENTRIES, "state", "raw");
                hit.material.certainty = Certainty::Suspected;
                out.push(hit);
            }
            start += ENTRIES;
            continue;
        };
        start += again + 1;
    }
}

fn is_shuffled(state: &[u8]) -> bool {
    let in_place = (0..=u8::MAX).zip(state).filter(|(at, byte)| at == *byte).count();
    let in_order = state.array_windows().filter(|[one, next]| one.wrapping_add(1) == *next).count();
    let is_constant = CONSTANT.iter().any(|start| state.starts_with(start));
    !is_constant && in_place <= IN_ORDER_MAX && in_order <= IN_ORDER_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key schedule of RC4 (Schneier, Applied Cryptography, section 17.1).
    fn state(key: &[u8]) -> Vec<u8> {
        let mut state: Vec<u8> = (0..=255).collect();
        let mut other = 0_u8;
        for at in 0..ENTRIES {
            other = other.wrapping_add(state[at]).wrapping_add(key[at % key.len()]);
            state.swap(at, usize::from(other));
        }
        state
    }

    #[test]
    fn state_is_suspected_and_a_table_in_order_is_not() {
        let memory = [&[0x55; 100][..], &state(b"some key of ours"), &[0x66; 50]].concat();
        let mut hits = Vec::new();
        inside(&memory, &(90..370), &mut hits);
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].range.clone(), hits[0].material.certainty), (100..356, Certainty::Suspected));
        let order: Vec<u8> = (0..=255).collect();
        inside(&order, &(0..256), &mut hits);
        assert_eq!(hits.len(), 1);
    }
}
