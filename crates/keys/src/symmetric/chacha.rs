//! States of ChaCha20 (RFC 8439 section 2.3) and Salsa20 (Bernstein, "Salsa20 specification", section 9): sixteen
//! words, four of which are constants that stand beside the key.

use super::evidence::{Evidence, bits, looks_random};
use crate::Hit;
use num_bigint::BigUint;
use std::ops::Range;
use std::sync::LazyLock;

/// The constants for keys of 32 and of 16 bytes.
const SIGMA: [u8; 16] = *b"expand 32-byte k";
const TAU: [u8; 16] = *b"expand 16-byte k";

/// The words of both.
pub(super) const CONSTANTS: [u32; 6] = {
    let [a, b, c, d] = words(SIGMA);
    let [_, e, f, _] = words(TAU);
    [a, b, c, d, e, f]
};

const fn words([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [u8; 16]) -> [u32; 4] {
    [
        u32::from_le_bytes([a, b, c, d]),
        u32::from_le_bytes([e, f, g, h]),
        u32::from_le_bytes([i, j, k, l]),
        u32::from_le_bytes([m, n, o, p]),
    ]
}

/// The words of the tables of SHA-256 and SHA-512 (FIPS 180-4, section 4.2), parts of which linkers put behind the
/// constants, in any order (`crashreporter` of Firefox, cargo): the first 64 bits of the fractional parts of the cube roots
/// of the first eighty primes, in halves. Sorted.
static TABLES: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    let primes = (2_u32..).filter(is_prime).take(80);
    let roots = primes.map(|prime| (BigUint::from(prime) << 192_u32).cbrt());
    let mut words: Vec<u32> = roots.flat_map(|root| root.to_u32_digits().into_iter().take(2)).collect();
    words.sort_unstable();
    words
});

/// Whether a key holds a word of these tables: one of a million does by chance.
pub(super) fn is_table(key: &[u8]) -> bool {
    key.as_chunks().0.iter().any(|word| TABLES.binary_search(&u32::from_le_bytes(*word)).is_ok())
}

/// Bytes of a state.
const STATE: usize = 64;

/// Where the four words of the constants and the two halves of the key stand.
struct Shape {
    constants: [usize; 4],
    key: [usize; 2],
    form: &'static str,
    detector: &'static str,
}

const SHAPES: [Shape; 2] = [
    Shape { constants: [0, 4, 8, 12], key: [16, 32], form: "state", detector: "chacha20-state" },
    Shape { constants: [0, 20, 40, 60], key: [4, 44], form: "state", detector: "salsa20-state" },
];

/// Bytes before a random stretch that may belong to the state in which it lies: the key of Salsa20 has two halves,
/// and a stretch can begin with the second.
const BEFORE: usize = STATE;

/// Bytes of the stretch among which the state may start: the screen can take half of the constants for randomness.
const AFTER: usize = 24;

/// Appends the states that start near the start of a random stretch.
pub(super) fn beside(bytes: &[u8], run: &Range<usize>, out: &mut Vec<Hit>) {
    let start = run.start.saturating_sub(BEFORE);
    let Some(near) = bytes.get(start..(run.start + AFTER).min(bytes.len())) else { return };
    for at in memchr::memmem::find_iter(near, &SIGMA[..4]) {
        let Some(hit) = state(bytes, start + at) else { continue };
        if !out.iter().rev().take(2).any(|earlier| earlier.range == hit.range) {
            out.push(hit);
        }
    }
}

/// The state that starts at an offset.
fn state(bytes: &[u8], at: usize) -> Option<Hit> {
    let state = bytes.get(at..at.checked_add(STATE)?)?;
    SHAPES.iter().find_map(|shape| {
        let word = |place: usize| state.get(place..place + 4).unwrap_or_default();
        let constants = shape.constants.map(word).concat();
        let mut key = shape.key.map(|place| state.get(place..place + 16).unwrap_or_default()).concat();
        if constants == TAU {
            if key.get(..16) != key.get(16..) {
                return None;
            }
            key.truncate(16);
        } else if constants != SIGMA || key.get(..16) == key.get(16..) {
            // Halves that are alike are constants for two blocks at once.
            return None;
        }
        if !key.chunks(16).all(looks_random) || is_table(&key) {
            return None;
        }
        let repeated = broadcast(&key);
        let evidence = Evidence {
            detector: shape.detector,
            bits: bits(&key),
            key,
            derived: vec![("broadcast", repeated)],
        };
        // Not the constants: they stand in every program that has the cipher.
        let [first, second] = shape.key;
        let start = at + first;
        let end = if second == first + 16 { start + 32 } else { start + 16 };
        Some(evidence.hit(start..end, "key", shape.form))
    })
}

/// The key as code with vectors keeps it: each word four times, one for each block.
pub(super) fn broadcast(key: &[u8]) -> Vec<u8> {
    key.chunks(4).flat_map(|word| word.repeat(4)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [
        0x8f, 0x21, 0xd4, 0x6b, 0x0c, 0xe7, 0x93, 0x5a, 0xb8, 0x44, 0x1e, 0xf2, 0x67, 0xad, 0x39, 0xc0, 0x72,
        0x15, 0xeb, 0x86, 0x4f, 0xd9, 0xa1, 0x38, 0x5d, 0xc6, 0x0a, 0x97, 0xfe, 0x63, 0x28, 0xb1,
    ];

    fn found(bytes: &[u8], run: Range<usize>) -> Vec<(String, Vec<u8>, Range<usize>)> {
        let mut hits = Vec::new();
        beside(bytes, &run, &mut hits);
        let key = |hit: &Hit| hit.material.components[0].value.bytes().to_vec();
        hits.into_iter().map(|hit| (hit.material.detector.clone(), key(&hit), hit.range)).collect()
    }

    #[test]
    fn chacha_state_is_found_by_its_constant() {
        let state = [&[0; 80][..], &SIGMA, &KEY, &[1, 0, 0, 0], &[9; 12], &[0; 40]].concat();
        assert_eq!(found(&state, 96..128), [("chacha20-state".to_owned(), KEY.to_vec(), 96..128)]);
        let short = [&[0; 80][..], &TAU, &KEY[..16], &KEY[..16], &[0; 16]].concat();
        assert_eq!(found(&short, 90..128), [("chacha20-state".to_owned(), KEY[..16].to_vec(), 96..128)]);
    }

    #[test]
    fn constants_beside_tables_and_text_are_no_state() {
        let text = b"main_internal_in";
        // The first word of SHA-256, the last of SHA-512, amid others; and constants for two blocks at once.
        let table = [&0x428a_2f98_u32.to_le_bytes()[..], &KEY[4..]].concat();
        let last = [&KEY[..16], &0x6c44_198c_4a47_5817_u64.to_le_bytes(), &KEY[24..]].concat();
        let twice = [&KEY[..16], &KEY[..16]].concat();
        let texts = [[&KEY[..16], text].concat(), [text, &KEY[..16]].concat()];
        for behind in texts.into_iter().chain([table, last, twice]) {
            let memory = [&[0; 80][..], &SIGMA, &behind, &[0; 40]].concat();
            assert_eq!(found(&memory, 96..128), []);
        }
    }

    #[test]
    fn salsa_state_is_found_by_either_half_of_the_key() {
        let state = [
            &[0; 16][..],
            b"expa",
            &KEY[..16],
            b"nd 3",
            &[7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            b"2-by",
            &KEY[16..],
            b"te k",
        ]
        .concat();
        let expected = [("salsa20-state".to_owned(), KEY.to_vec(), 20..36)];
        assert_eq!(found(&state, 20..36), expected);
        assert_eq!(found(&state, 60..76), expected);
    }

    #[test]
    fn constant_without_a_key_is_none() {
        let text = [&SIGMA[..], b"expand 16-byte k and then only text that goes on and on and on"].concat();
        assert_eq!(found(&text, 16..64), []);
        assert_eq!(found(&[&SIGMA[..], &[0; 48]].concat(), 16..32), []);
        assert_eq!(found(&[&SIGMA[..], &KEY].concat(), 16..48), [], "cut off");
    }
}
