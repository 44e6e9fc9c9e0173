//! SEED (RFC 4269): 32 round keys, G of sums and differences of the key's four words, of which two are turned together
//! from round to round.
//!
//! G can be undone. What a round adds to the sums is then the difference of a number of 64 bits and the same number
//! turned by eight, which tells all of it but one byte, and is such a difference once in 64 times only.

use super::evidence::{Evidence, is_varied};
use crate::Hit;

/// Rounds, of two round keys each.
const ROUNDS: usize = 16;

/// Bytes of a schedule.
const SCHEDULE: usize = 8 * ROUNDS;

/// Words that must agree: four determine the key, so these are 128 bits of proof.
const AGREEING_MIN: usize = 8;

/// Eight bytes of the value one each: what a number times this is, is the sum of its bytes from each place down.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The schedule that starts with `bytes`, which stand at `offset` of the window: words of the machine, from the first
/// round to the last or from the last to the first.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Hit> {
    let four = bytes.first_chunk::<16>()?.as_chunks::<4>().0;
    let word = |index: usize| four.get(index).map_or(0, |word| u32::from_le_bytes(*word));
    let inner = [0, 1, 2, 3].map(|index| undone(word(index)));
    let forward = [sums([inner[0], inner[1]], 0), sums([inner[2], inner[3]], 1)];
    let back = [sums([inner[0], inner[1]], ROUNDS - 1), sums([inner[2], inner[3]], ROUNDS - 2)];
    // From the first round to the second, and from the one before the last to the last, the same half is turned.
    let found = |[early, late]: [[u32; 2]; 2], reversed: bool| {
        let change = [late[0].wrapping_sub(early[0]), late[1].wrapping_sub(early[1])];
        if may_be_turned(change) { prove(bytes, offset, early, change, reversed) } else { None }
    };
    found(forward, false).or_else(|| found([back[1], back[0]], true))
}

/// The sum of the words A and C, and the difference of B and D, that a round puts into G, from what was put in.
fn sums([first, second]: [u32; 2], round: usize) -> [u32; 2] {
    [first.wrapping_add(constant(round)), second.wrapping_sub(constant(round))]
}

/// KC of RFC 4269 section 2.4.1.
fn constant(round: usize) -> u32 {
    0x9e37_79b9_u32.rotate_left(u32::try_from(round).unwrap_or(0))
}

/// What the change of two words may be as one number: with and without a carry from the lower one.
fn changes([high, low]: [u32; 2]) -> [u64; 2] {
    [0, 1].map(|carry| u64::from(high.wrapping_sub(carry)) << 32 | u64::from(low))
}

/// True if numbers may have changed so when turned by eight bits.
fn may_be_turned(change: [u32; 2]) -> bool {
    changes(change).iter().any(|one| matches!(one.wrapping_mul(ONES).to_be_bytes()[0], 0 | u8::MAX))
}

/// The numbers that changed so when turned right by eight bits: v / 256 - v, with the lowest byte of v on top.
fn turned(change: [u32; 2]) -> impl Iterator<Item = u64> {
    changes(change).into_iter().flat_map(move |whole| {
        (0..=u64::from(u8::MAX)).filter_map(move |byte| {
            let after = whole.wrapping_add(byte).wrapping_mul(ONES);
            let before = after.rotate_left(8);
            let halves = |number: u64| [high(number), low(number)];
            let [(to_high, from_high), (to_low, from_low)] =
                [0, 1].map(|half| (halves(after)[half], halves(before)[half]));
            let holds = [to_high.wrapping_sub(from_high), to_low.wrapping_sub(from_low)] == change;
            (holds && after >> 56 == byte).then_some(before)
        })
    })
}

fn high(number: u64) -> u32 {
    u32::try_from(number >> 32).unwrap_or(0)
}

fn low(number: u64) -> u32 {
    u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0)
}

fn prove(
    bytes: &[u8],
    offset: usize,
    [sum, difference]: [u32; 2],
    change: [u32; 2],
    reversed: bool,
) -> Option<Hit> {
    let third = u32::from_le_bytes(*bytes.as_chunks::<4>().0.get(4)?);
    // Turns of both halves before the early one of the two rounds.
    let turns = if reversed { 56 } else { 0 };
    turned(change).find_map(|first| {
        let other =
            u64::from(sum.wrapping_sub(high(first))) << 32 | u64::from(low(first).wrapping_sub(difference));
        // The first word of the third round in memory, before all the others.
        let (near, round) = if reversed {
            ([first, other.rotate_right(8)], ROUNDS - 3)
        } else {
            ([first.rotate_right(8), other.rotate_left(8)], 2)
        };
        if substituted(high(near[0]).wrapping_add(high(near[1])).wrapping_sub(constant(round))) != third {
            return None;
        }
        let key = [first.rotate_left(turns).to_be_bytes(), other.rotate_right(turns).to_be_bytes()].concat();
        let mut all = expand(first.rotate_left(turns), other.rotate_right(turns));
        if reversed {
            all.reverse();
        }
        let stored = bytes.as_chunks::<4>().0.iter().take(2 * ROUNDS);
        let words: Vec<u32> = stored.map(|word| u32::from_le_bytes(*word)).collect();
        let length = words.iter().zip(all.as_flattened()).take_while(|(word, wanted)| word == wanted).count();
        let stored: Vec<u8> = words.iter().take(length).flat_map(|word| word.to_le_bytes()).collect();
        if length < AGREEING_MIN || !is_varied(&stored) {
            return None;
        }
        let schedule: Vec<u8> = all.as_flattened().iter().flat_map(|word| word.to_le_bytes()).collect();
        let derived = vec![("schedule", schedule)];
        let evidence = Evidence { detector: "seed-schedule", bits: 128, key, derived };
        let form = if reversed { "decrypt" } else { "encrypt" };
        Some(evidence.hit(offset..offset + stored.len().min(SCHEDULE), "schedule", form))
    })
}

/// The round keys of the key's halves (section 2.4).
fn expand(mut first: u64, mut second: u64) -> [[u32; 2]; ROUNDS] {
    let mut out = [[0; 2]; ROUNDS];
    for (round, keys) in out.iter_mut().enumerate() {
        let sum = high(first).wrapping_add(high(second)).wrapping_sub(constant(round));
        let difference = low(first).wrapping_sub(low(second)).wrapping_add(constant(round));
        *keys = [substituted(sum), substituted(difference)];
        if round.is_multiple_of(2) {
            first = first.rotate_right(8);
        } else {
            second = second.rotate_left(8);
        }
    }
    out
}

/// G of section 2.3: two S-boxes by turns, and each byte of the result the sum of four with two bits masked.
fn substituted(word: u32) -> u32 {
    let [a, b, c, d] = word.to_le_bytes().map(usize::from);
    mixed([BOXES[0][a], BOXES[1][b], BOXES[0][c], BOXES[1][d]])
}

/// What G was applied to. The masks leave three of four sums of pairs of bits, which is its own inverse.
#[inline]
fn undone(word: u32) -> u32 {
    let [a, b, c, d] = mixed(word.to_le_bytes()).to_le_bytes().map(usize::from);
    u32::from_le_bytes([UNDONE[0][a], UNDONE[1][b], UNDONE[0][c], UNDONE[1][d]])
}

/// The sums under the masks of section 2.3.
#[inline]
fn mixed(bytes: [u8; 4]) -> u32 {
    const MASKS: [u32; 4] = [0x3fcf_f3fc, 0xfc3f_cff3, 0xf3fc_3fcf, 0xcff3_fc3f];
    let spread = |index: usize| (u32::from(bytes[index]) * 0x0101_0101) & MASKS[index];
    spread(0) ^ spread(1) ^ spread(2) ^ spread(3)
}

/// The S-boxes undone.
static UNDONE: [[u8; 256]; 2] = [inverse(&BOXES[0]), inverse(&BOXES[1])];

const fn inverse(forward: &[u8; 256]) -> [u8; 256] {
    let mut out = [0; 256];
    let mut byte = 0_u8;
    loop {
        out[forward[byte as usize] as usize] = byte;
        if byte == u8::MAX {
            return out;
        }
        byte += 1;
    }
}

/// S1 and S2 of appendix A.
#[rustfmt::skip]
static BOXES: [[u8; 256]; 2] = [
    [
        0xa9, 0x85, 0xd6, 0xd3, 0x54, 0x1d, 0xac, 0x25, 0x5d, 0x43, 0x18, 0x1e, 0x51, 0xfc, 0xca, 0x63,
        0x28, 0x44, 0x20, 0x9d, 0xe0, 0xe2, 0xc8, 0x17, 0xa5, 0x8f, 0x03, 0x7b, 0xbb, 0x13, 0xd2, 0xee,
        0x70, 0x8c, 0x3f, 0xa8, 0x32, 0xdd, 0xf6, 0x74, 0xec, 0x95, 0x0b, 0x57, 0x5c, 0x5b, 0xbd, 0x01,
        0x24, 0x1c, 0x73, 0x98, 0x10, 0xcc, 0xf2, 0xd9, 0x2c, 0xe7, 0x72, 0x83, 0x9b, 0xd1, 0x86, 0xc9,
        0x60, 0x50, 0xa3, 0xeb, 0x0d, 0xb6, 0x9e, 0x4f, 0xb7, 0x5a, 0xc6, 0x78, 0xa6, 0x12, 0xaf, 0xd5,
        0x61, 0xc3, 0xb4, 0x41, 0x52, 0x7d, 0x8d, 0x08, 0x1f, 0x99, 0x00, 0x19, 0x04, 0x53, 0xf7, 0xe1,
        0xfd, 0x76, 0x2f, 0x27, 0xb0, 0x8b, 0x0e, 0xab, 0xa2, 0x6e, 0x93, 0x4d, 0x69, 0x7c, 0x09, 0x0a,
        0xbf, 0xef, 0xf3, 0xc5, 0x87, 0x14, 0xfe, 0x64, 0xde, 0x2e, 0x4b, 0x1a, 0x06, 0x21, 0x6b, 0x66,
        0x02, 0xf5, 0x92, 0x8a, 0x0c, 0xb3, 0x7e, 0xd0, 0x7a, 0x47, 0x96, 0xe5, 0x26, 0x80, 0xad, 0xdf,
        0xa1, 0x30, 0x37, 0xae, 0x36, 0x15, 0x22, 0x38, 0xf4, 0xa7, 0x45, 0x4c, 0x81, 0xe9, 0x84, 0x97,
        0x35, 0xcb, 0xce, 0x3c, 0x71, 0x11, 0xc7, 0x89, 0x75, 0xfb, 0xda, 0xf8, 0x94, 0x59, 0x82, 0xc4,
        0xff, 0x49, 0x39, 0x67, 0xc0, 0xcf, 0xd7, 0xb8, 0x0f, 0x8e, 0x42, 0x23, 0x91, 0x6c, 0xdb, 0xa4,
        0x34, 0xf1, 0x48, 0xc2, 0x6f, 0x3d, 0x2d, 0x40, 0xbe, 0x3e, 0xbc, 0xc1, 0xaa, 0xba, 0x4e, 0x55,
        0x3b, 0xdc, 0x68, 0x7f, 0x9c, 0xd8, 0x4a, 0x56, 0x77, 0xa0, 0xed, 0x46, 0xb5, 0x2b, 0x65, 0xfa,
        0xe3, 0xb9, 0xb1, 0x9f, 0x5e, 0xf9, 0xe6, 0xb2, 0x31, 0xea, 0x6d, 0x5f, 0xe4, 0xf0, 0xcd, 0x88,
        0x16, 0x3a, 0x58, 0xd4, 0x62, 0x29, 0x07, 0x33, 0xe8, 0x1b, 0x05, 0x79, 0x90, 0x6a, 0x2a, 0x9a,
    ],
    [
        0x38, 0xe8, 0x2d, 0xa6, 0xcf, 0xde, 0xb3, 0xb8, 0xaf, 0x60, 0x55, 0xc7, 0x44, 0x6f, 0x6b, 0x5b,
        0xc3, 0x62, 0x33, 0xb5, 0x29, 0xa0, 0xe2, 0xa7, 0xd3, 0x91, 0x11, 0x06, 0x1c, 0xbc, 0x36, 0x4b,
        0xef, 0x88, 0x6c, 0xa8, 0x17, 0xc4, 0x16, 0xf4, 0xc2, 0x45, 0xe1, 0xd6, 0x3f, 0x3d, 0x8e, 0x98,
        0x28, 0x4e, 0xf6, 0x3e, 0xa5, 0xf9, 0x0d, 0xdf, 0xd8, 0x2b, 0x66, 0x7a, 0x27, 0x2f, 0xf1, 0x72,
        0x42, 0xd4, 0x41, 0xc0, 0x73, 0x67, 0xac, 0x8b, 0xf7, 0xad, 0x80, 0x1f, 0xca, 0x2c, 0xaa, 0x34,
        0xd2, 0x0b, 0xee, 0xe9, 0x5d, 0x94, 0x18, 0xf8, 0x57, 0xae, 0x08, 0xc5, 0x13, 0xcd, 0x86, 0xb9,
        0xff, 0x7d, 0xc1, 0x31, 0xf5, 0x8a, 0x6a, 0xb1, 0xd1, 0x20, 0xd7, 0x02, 0x22, 0x04, 0x68, 0x71,
        0x07, 0xdb, 0x9d, 0x99, 0x61, 0xbe, 0xe6, 0x59, 0xdd, 0x51, 0x90, 0xdc, 0x9a, 0xa3, 0xab, 0xd0,
        0x81, 0x0f, 0x47, 0x1a, 0xe3, 0xec, 0x8d, 0xbf, 0x96, 0x7b, 0x5c, 0xa2, 0xa1, 0x63, 0x23, 0x4d,
        0xc8, 0x9e, 0x9c, 0x3a, 0x0c, 0x2e, 0xba, 0x6e, 0x9f, 0x5a, 0xf2, 0x92, 0xf3, 0x49, 0x78, 0xcc,
        0x15, 0xfb, 0x70, 0x75, 0x7f, 0x35, 0x10, 0x03, 0x64, 0x6d, 0xc6, 0x74, 0xd5, 0xb4, 0xea, 0x09,
        0x76, 0x19, 0xfe, 0x40, 0x12, 0xe0, 0xbd, 0x05, 0xfa, 0x01, 0xf0, 0x2a, 0x5e, 0xa9, 0x56, 0x43,
        0x85, 0x14, 0x89, 0x9b, 0xb0, 0xe5, 0x48, 0x79, 0x97, 0xfc, 0x1e, 0x82, 0x21, 0x8c, 0x1b, 0x5f,
        0x77, 0x54, 0xb2, 0x1d, 0x25, 0x4f, 0x00, 0x46, 0xed, 0x58, 0x52, 0xeb, 0x7e, 0xda, 0xc9, 0xfd,
        0x30, 0x95, 0x65, 0x3c, 0xb6, 0xe4, 0xbb, 0x7c, 0x0e, 0x50, 0x39, 0x26, 0x32, 0x84, 0x69, 0x93,
        0x37, 0xe7, 0x24, 0xa4, 0xcb, 0x53, 0x0a, 0x87, 0xd9, 0x4c, 0x83, 0x8f, 0xce, 0x3b, 0x4a, 0xb7,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4269 appendix B.3 and B.4.
    #[test]
    fn round_keys_are_those_of_the_standard() {
        let all = expand(0, 0);
        assert_eq!(all[0], [0x7c8f_8c7e, 0xc737_a22c]);
        let mut words = (0..=u8::MAX).map(|byte| u32::from(byte).wrapping_mul(0x9171_2b05));
        assert!(words.all(|word| undone(substituted(word)) == word));
    }

    #[test]
    fn schedule_is_found_in_both_orders_and_cut_off() {
        for start in 0..50_u64 {
            let half = |salt: u64| (start + salt).wrapping_mul(0x9e6b_51f7_d3a8_240d).rotate_left(29);
            let (first, second) = (half(1), half(977));
            let key = [first.to_be_bytes(), second.to_be_bytes()].concat();
            let mut all = expand(first, second);
            let write = |all: &[[u32; 2]]| {
                all.as_flattened().iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>()
            };
            let forward = write(&all);
            all.reverse();
            let back = write(&all);
            for (bytes, length) in [(&forward[..], 128), (&back[..], 128), (&forward[..40], 40)] {
                let hit = at(bytes, 8).unwrap();
                assert_eq!(hit.range, 8..8 + length);
                assert_eq!(hit.material.components[0].value.bytes(), key);
            }
            assert!(at(&forward[..28], 0).is_none(), "seven round keys prove nothing");
            assert!(at(&forward[4..], 0).is_none());
        }
    }
}
