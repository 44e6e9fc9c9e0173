//! ARIA (RFC 5794): each round key is the sum of one of four numbers of 128 bits, W0 to W3, and the next turned by
//! a number of bits that changes every four round keys. So four of them are bound by an equation, whatever the key.

use super::evidence::{Evidence, is_varied, looks_random};
use crate::Hit;

/// Bytes of a round key.
const ROUND_KEY: usize = 16;

/// Round keys that are read: those of ARIA-128.
const READ: usize = 13;

/// How a round key is written.
#[derive(Clone, Copy)]
enum Order {
    /// As a string of bytes: mbedTLS, Botan.
    Bytes,
    /// As four words of the machine: OpenSSL.
    Words,
    /// As one number of 128 bits: RustCrypto.
    Number,
}

/// The schedule that starts with `bytes`, which stand at `offset` of the window.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Hit> {
    let order = [Order::Words, Order::Bytes, Order::Number].into_iter().find(|order| {
        if !may_hold(bytes, *order) {
            return false;
        }
        let key = |number| read(bytes, number, *order);
        // ek1, ek4, ek5 and ek8 with W1 and W0 eliminated.
        let (Some(first), Some(fourth), Some(fifth), Some(eighth)) = (key(1), key(4), key(5), key(8)) else {
            return false;
        };
        first.rotate_right(31) == fourth ^ eighth ^ fifth.rotate_right(19)
    })?;
    let keys = (1..=READ).map(|number| read(bytes, number, order)).collect::<Option<Vec<u128>>>()?;
    // The next three of the same, which are bound in the same way.
    let holds = |one: usize, other: usize| {
        let key = |number: usize| keys.get(number - 1).copied().unwrap_or(0);
        key(one).rotate_right(31) == key(other) ^ key(other + 4) ^ key(one + 4).rotate_right(19)
    };
    let length = schedule_length(bytes, order);
    if !holds(2, 1) || !holds(3, 2) || !looks_random(bytes.get(..32)?) || !is_varied(bytes) {
        return None;
    }
    let halves = left_halves(&keys)?.into_iter().map(|half| half.to_be_bytes().to_vec());
    let mut halves = halves.collect::<Vec<_>>().into_iter();
    let key = halves.next()?;
    let schedule = bytes.get(..length)?.to_vec();
    let mut derived = vec![("schedule", schedule)];
    derived.extend(halves.map(|half| ("possible_key", half)));
    let size = u32::try_from(128 + 32 * (length / ROUND_KEY - READ)).unwrap_or(128);
    let evidence = Evidence { detector: "aria-schedule", bits: size, key, derived };
    Some(evidence.hit(offset..offset + length, "schedule", "encrypt"))
}

/// Whether the highest 32 bits of the equation agree: what is asked of every word.
fn may_hold(bytes: &[u8], order: Order) -> bool {
    let Some((round_keys, _)) = bytes.first_chunk::<{ 8 * ROUND_KEY }>().map(|bytes| bytes.as_chunks::<4>())
    else {
        return false;
    };
    // Word `index` of round key `number`, the highest first.
    let word = |number: usize, index: usize| {
        let index = if matches!(order, Order::Number) { 3 - index } else { index };
        let word = round_keys.get(4 * (number - 1) + index).copied().unwrap_or_default();
        if matches!(order, Order::Bytes) { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
    };
    let turned = |number, turn: u32| word(number, 0) >> turn | word(number, 3) << (32 - turn);
    turned(1, 31) == word(4, 0) ^ word(8, 0) ^ turned(5, 19)
}

/// Round key `number`, from one as RFC 5794 counts.
fn read(bytes: &[u8], number: usize, order: Order) -> Option<u128> {
    let key: [u8; ROUND_KEY] = *bytes.get(ROUND_KEY * (number - 1)..)?.first_chunk()?;
    Some(match order {
        Order::Bytes => u128::from_be_bytes(key),
        Order::Number => u128::from_le_bytes(key),
        Order::Words => {
            let words = key.as_chunks::<4>().0;
            words.iter().fold(0, |all, word| all << 32 | u128::from(u32::from_le_bytes(*word)))
        }
    })
}

/// Bytes of the schedule: thirteen, fifteen or seventeen round keys, as equations like the first say.
fn schedule_length(bytes: &[u8], order: Order) -> usize {
    // Round key `late` is W(i) ^ (W(i + 1) <<< left); ek(i) and ek(i + 4) are the same with >>> 19 and >>> 31.
    let holds = |late: usize, left: u32| {
        let early = (late - 1) % 4 + 1;
        let key = |number| read(bytes, number, order);
        let (Some(early), Some(next), Some(late)) = (key(early), key(early + 4), key(late)) else {
            return false;
        };
        let (next, late) = (early ^ next, early ^ late);
        late ^ late.rotate_right(12) == next ^ next.rotate_left(left + 19)
    };
    let rounds = if holds(17, 19) {
        17
    } else if holds(15, 31) {
        15
    } else {
        READ
    };
    ROUND_KEY * rounds
}

/// KL, which is W0: one of four, since the sums do not tell two of its bits.
fn left_halves(keys: &[u128]) -> Option<Vec<u128>> {
    let key = |number: usize| keys.get(number - 1).copied();
    // W1 >>> 19 with W1 >>> 31, and with W1 <<< 31: as sums of W1 and itself turned.
    let near = (key(1)? ^ key(5)?).rotate_left(31);
    let far = (key(1)? ^ key(13)?).rotate_left(19);
    let all: Vec<u128> = (0..4_u128)
        .filter_map(|start| {
            let w1 = solve(start, near, far)?;
            Some(key(1)? ^ w1.rotate_right(19))
        })
        .collect();
    (!all.is_empty()).then_some(all)
}

/// The number x with two low bits given, x ^ (x <<< 12) = `near` and x ^ (x <<< 50) = `far`.
fn solve(start: u128, near: u128, far: u128) -> Option<u128> {
    let (mut value, mut known) = (start, 3_u128);
    // Each pass tells a bit more at least; most tell many.
    for _ in 0..128 {
        for (turn, sum) in [(12, near), (50, far)] {
            value |= (value.rotate_left(turn) ^ sum) & known.rotate_left(turn) & !known;
            known |= known.rotate_left(turn);
        }
    }
    let holds = |turn, sum| value ^ value.rotate_left(turn) == sum;
    (known == u128::MAX && holds(12, near) && holds(50, far)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: [u128; 4] = [
        0x0b5c_e297_4d18_f36a_a1f0_7c3e_d8b2_9645,
        0xe17a_03bd_5f96_c824_3d0e_b159_72fc_8a60,
        0x68d4_9f21_bc07_5ea3_f5c1_6d8b_04e9_372f,
        0x94f3_d65e_0a8b_217c_cb47_e092_1f5d_a836,
    ];

    /// The round keys of RFC 5794 section 2.3, of as many rounds as wanted.
    fn round_keys(count: usize) -> Vec<u128> {
        let turns = [19, 31, 128 - 61, 128 - 31, 128 - 19];
        (0..count).map(|at| W[at % 4] ^ W[(at + 1) % 4].rotate_right(turns[at / 4])).collect()
    }

    #[test]
    fn key_is_among_four_in_every_order_and_size() {
        for (count, bits) in [(13, 128), (15, 192), (17, 256)] {
            let keys = round_keys(count);
            let write: [fn(&u128) -> Vec<u8>; 3] = [
                |key| key.to_be_bytes().to_vec(),
                |key| key.to_le_bytes().to_vec(),
                |key| key.to_be_bytes().chunks(4).flat_map(|word| word.iter().rev().copied()).collect(),
            ];
            for write in write {
                let mut memory: Vec<u8> = keys.iter().flat_map(write).collect();
                memory.resize(400, 0);
                let hit = at(&memory, 16).unwrap();
                assert_eq!((hit.range, hit.material.bits), (16..16 + ROUND_KEY * count, bits));
                let found = |one: &crate::Component| one.value.bytes() == W[0].to_be_bytes();
                assert!(hit.material.components.iter().any(found));
                assert!(at(&memory[16..], 0).is_none());
            }
        }
    }
}
