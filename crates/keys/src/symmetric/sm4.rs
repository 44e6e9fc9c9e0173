//! SM4 (GB/T 32907-2016, RFC 8998): 32 round keys, each made of the four before it.

use super::evidence::{Evidence, looks_random};
use crate::Hit;

/// Round keys of a schedule.
const ROUNDS: usize = 32;

/// Round keys that must agree: four determine the key, so these are 128 bits of proof.
const AGREEING_MIN: usize = 8;

/// The schedule that starts with `bytes`, which stand at `offset` of the window: words of the machine, in the
/// order of encryption or of decryption.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Hit> {
    let words = bytes.first_chunk::<20>()?.as_chunks::<4>().0;
    let word = |index: usize| words.get(index).map_or(0, |word| u32::from_le_bytes(*word));
    let first = [word(0), word(1), word(2), word(3), word(4)];
    if first[0] ^ step(first[1], first[2], first[3], 4) == first[4] {
        return prove(bytes, offset, false);
    }
    if first[4] ^ step(first[1], first[2], first[3], ROUNDS - 1) == first[0] {
        return prove(bytes, offset, true);
    }
    None
}

/// What is added to the fourth round key before round key `index`, which the three between the two give.
fn step(one: u32, two: u32, three: u32, index: usize) -> u32 {
    let mixed = (one ^ two ^ three ^ constant(index)).to_be_bytes();
    let word = u32::from_be_bytes(mixed.map(|byte| SBOX[usize::from(byte)]));
    word ^ word.rotate_left(13) ^ word.rotate_left(23)
}

/// CK of GB/T 32907 section 7.3: byte j of word i is 7 (4 i + j).
fn constant(index: usize) -> u32 {
    let byte = |at: usize| u8::try_from((4 * index + at) * 7 % 256).unwrap_or(0);
    u32::from_be_bytes([byte(0), byte(1), byte(2), byte(3)])
}

fn prove(bytes: &[u8], offset: usize, reversed: bool) -> Option<Hit> {
    let words: Vec<u32> =
        bytes.as_chunks::<4>().0.iter().take(ROUNDS).map(|word| u32::from_le_bytes(*word)).collect();
    if words.len() < AGREEING_MIN {
        return None;
    }
    let all = expand(&words, reversed)?;
    let in_place = |index: usize| if reversed { ROUNDS - 1 - index } else { index };
    let agrees = |(index, word): &(usize, &u32)| all.get(in_place(*index)) == Some(*word);
    let length = words.iter().enumerate().take_while(agrees).count();
    let key = master(&all)?;
    if length < AGREEING_MIN
        || !looks_random(&words.iter().flat_map(|w| w.to_le_bytes()).take(32).collect::<Vec<_>>())
    {
        return None;
    }
    let schedule = all.iter().flat_map(|word| word.to_le_bytes()).collect();
    let evidence =
        Evidence { detector: "sm4-schedule", bits: 128, key, derived: vec![("schedule", schedule)] };
    let form = if reversed { "decrypt" } else { "encrypt" };
    Some(evidence.hit(offset..offset + 4 * length, "schedule", form))
}

/// All round keys from the first four in memory.
fn expand(words: &[u32], reversed: bool) -> Option<[u32; ROUNDS]> {
    let four: [u32; 4] = *words.first_chunk()?;
    let mut all = [0; ROUNDS];
    if reversed {
        four.iter().enumerate().for_each(|(at, word)| all[ROUNDS - 1 - at] = *word);
        for index in (4..ROUNDS).rev() {
            all[index - 4] = all[index] ^ step(all[index - 3], all[index - 2], all[index - 1], index);
        }
    } else {
        all[..4].copy_from_slice(&four);
        for index in 4..ROUNDS {
            all[index] = all[index - 4] ^ step(all[index - 3], all[index - 2], all[index - 1], index);
        }
    }
    Some(all)
}

/// The key from the round keys (section 7.3, undone).
fn master(round_keys: &[u32; ROUNDS]) -> Option<Vec<u8>> {
    let mut words = [0; 8];
    words[4..].copy_from_slice(round_keys.first_chunk::<4>()?);
    for index in (0..4).rev() {
        words[index] = words[index + 4] ^ step(words[index + 1], words[index + 2], words[index + 3], index);
    }
    Some(words.iter().zip(FK).flat_map(|(word, system)| (word ^ system).to_be_bytes()).collect())
}

/// FK, the system parameter of section 7.3.
const FK: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// The S-box of section 6.2.
#[rustfmt::skip]
const SBOX: [u8; 256] = [
    0xd6, 0x90, 0xe9, 0xfe, 0xcc, 0xe1, 0x3d, 0xb7, 0x16, 0xb6, 0x14, 0xc2, 0x28, 0xfb, 0x2c, 0x05,
    0x2b, 0x67, 0x9a, 0x76, 0x2a, 0xbe, 0x04, 0xc3, 0xaa, 0x44, 0x13, 0x26, 0x49, 0x86, 0x06, 0x99,
    0x9c, 0x42, 0x50, 0xf4, 0x91, 0xef, 0x98, 0x7a, 0x33, 0x54, 0x0b, 0x43, 0xed, 0xcf, 0xac, 0x62,
    0xe4, 0xb3, 0x1c, 0xa9, 0xc9, 0x08, 0xe8, 0x95, 0x80, 0xdf, 0x94, 0xfa, 0x75, 0x8f, 0x3f, 0xa6,
    0x47, 0x07, 0xa7, 0xfc, 0xf3, 0x73, 0x17, 0xba, 0x83, 0x59, 0x3c, 0x19, 0xe6, 0x85, 0x4f, 0xa8,
    0x68, 0x6b, 0x81, 0xb2, 0x71, 0x64, 0xda, 0x8b, 0xf8, 0xeb, 0x0f, 0x4b, 0x70, 0x56, 0x9d, 0x35,
    0x1e, 0x24, 0x0e, 0x5e, 0x63, 0x58, 0xd1, 0xa2, 0x25, 0x22, 0x7c, 0x3b, 0x01, 0x21, 0x78, 0x87,
    0xd4, 0x00, 0x46, 0x57, 0x9f, 0xd3, 0x27, 0x52, 0x4c, 0x36, 0x02, 0xe7, 0xa0, 0xc4, 0xc8, 0x9e,
    0xea, 0xbf, 0x8a, 0xd2, 0x40, 0xc7, 0x38, 0xb5, 0xa3, 0xf7, 0xf2, 0xce, 0xf9, 0x61, 0x15, 0xa1,
    0xe0, 0xae, 0x5d, 0xa4, 0x9b, 0x34, 0x1a, 0x55, 0xad, 0x93, 0x32, 0x30, 0xf5, 0x8c, 0xb1, 0xe3,
    0x1d, 0xf6, 0xe2, 0x2e, 0x82, 0x66, 0xca, 0x60, 0xc0, 0x29, 0x23, 0xab, 0x0d, 0x53, 0x4e, 0x6f,
    0xd5, 0xdb, 0x37, 0x45, 0xde, 0xfd, 0x8e, 0x2f, 0x03, 0xff, 0x6a, 0x72, 0x6d, 0x6c, 0x5b, 0x51,
    0x8d, 0x1b, 0xaf, 0x92, 0xbb, 0xdd, 0xbc, 0x7f, 0x11, 0xd9, 0x5c, 0x41, 0x1f, 0x10, 0x5a, 0xd8,
    0x0a, 0xc1, 0x31, 0x88, 0xa5, 0xcd, 0x7b, 0xbd, 0x2d, 0x74, 0xd0, 0x12, 0xb8, 0xe5, 0xb4, 0xb0,
    0x89, 0x69, 0x97, 0x4a, 0x0c, 0x96, 0x77, 0x7e, 0x65, 0xb9, 0xf1, 0x09, 0xc5, 0x6e, 0xc6, 0x84,
    0x18, 0xf0, 0x7d, 0xec, 0x3a, 0xdc, 0x4d, 0x20, 0x79, 0xee, 0x5f, 0x3e, 0xd7, 0xcb, 0x39, 0x48,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// GB/T 32907 appendix A.1.
    const KEY: [u8; 16] =
        [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];
    const FIRST: [u32; 4] = [0xf121_86f9, 0x4166_2b61, 0x5a6a_b19a, 0x7ba9_2077];
    const LAST: u32 = 0x9124_a012;

    #[test]
    fn round_keys_are_those_of_the_standard() {
        let all = expand(&FIRST, false).unwrap();
        assert_eq!(all[ROUNDS - 1], LAST);
        assert_eq!(master(&all).unwrap(), KEY);
        let back: Vec<u32> = all.iter().rev().copied().collect();
        assert_eq!(expand(&back, true).unwrap(), all);
    }

    #[test]
    fn schedule_is_found_in_both_orders_and_cut_off() {
        let all = expand(&[0x9348_21b7, 0x1f5d_e0a4, 0x77c3_0b96, 0xe81a_5d2c], false).unwrap();
        let key = master(&all).unwrap();
        let forward: Vec<u8> = all.iter().flat_map(|word| word.to_le_bytes()).collect();
        let back: Vec<u8> = all.iter().rev().flat_map(|word| word.to_le_bytes()).collect();
        for (bytes, length) in [(&forward[..], 128), (&back[..], 128), (&forward[..40], 40)] {
            let hit = at(bytes, 8).unwrap();
            assert_eq!(hit.range, 8..8 + length);
            assert_eq!(hit.material.components[0].value.bytes(), key);
        }
        assert!(at(&forward[..28], 0).is_none(), "seven round keys prove nothing");
        assert!(at(&forward[4..], 0).is_none());
    }
}
