//! From round keys in an unknown layout to the key.

use super::tables::{HALF, PC1, PC2, ROUNDS, TURNED};

/// Bytes of a schedule: sixteen round keys of eight bytes.
pub(super) const SCHEDULE: usize = 8 * ROUNDS;

/// S-boxes, and bytes of a round key.
const BOXES: usize = 8;

/// Bits that go into one S-box.
const LANE_BITS: usize = 6;

/// The bits of the two halves of a key as far as they are known, from the first.
type Halves = [Option<bool>; 2 * HALF];

/// A schedule that was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// The key, with odd parity.
    pub(super) key: [u8; 8],
    /// Whether the round keys stand last to first, as decryption uses them.
    pub(super) reversed: bool,
}

/// Proves the schedule that a string of bytes is.
pub(super) fn prove(bytes: &[u8; SCHEDULE]) -> Option<Proof> {
    let rounds = dense(bytes).or_else(|| aligned(bytes))?;
    [false, true].into_iter().find_map(|reversed| {
        let mut rounds = rounds;
        if reversed {
            rounds.reverse();
        }
        let mut halves = [None; 2 * HALF];
        let mut boxes = 0_u8;
        let lanes: [[u8; ROUNDS]; BOXES] =
            std::array::from_fn(|byte| std::array::from_fn(|round| rounds[round][byte]));
        for lane in &lanes {
            let (number, fitted) = fit(lane, &halves, boxes)?;
            boxes |= 1 << number;
            halves = fitted;
        }
        Some(Proof { key: key(&halves)?, reversed })
    })
}

/// The round keys with the six bits of each byte at its low end: each of the two words is turned until they are.
fn aligned(bytes: &[u8; SCHEDULE]) -> Option<[[u8; 8]; ROUNDS]> {
    let words = bytes.as_chunks::<4>().0;
    let word = |index: usize| words.get(index).map_or(0, |word| u32::from_le_bytes(*word));
    let turn = |first: usize| {
        let all = (0..ROUNDS).fold(0, |all, round| all | word(2 * round + first));
        (0..8).find(|turn| all.rotate_right(*turn) & 0xc0c0_c0c0 == 0)
    };
    let turns = [turn(0)?, turn(1)?];
    let mut rounds = [[0; 8]; ROUNDS];
    for (round, out) in rounds.iter_mut().enumerate() {
        for (half, turn) in turns.iter().enumerate() {
            out[4 * half..4 * half + 4]
                .copy_from_slice(&word(2 * round + half).rotate_right(*turn).to_le_bytes());
        }
    }
    Some(rounds)
}

/// The round keys of code that keeps their 48 bits at the high end of a word of 64 (RustCrypto).
fn dense(bytes: &[u8; SCHEDULE]) -> Option<[[u8; 8]; ROUNDS]> {
    let words = bytes.as_chunks::<8>().0;
    let mut rounds = [[0; 8]; ROUNDS];
    for (word, out) in words.iter().zip(&mut rounds) {
        let word = u64::from_le_bytes(*word);
        if word & 0xffff != 0 {
            return None;
        }
        for (at, byte) in out.iter_mut().enumerate() {
            *byte = u8::try_from(word >> (58 - LANE_BITS * at) & 0x3f).ok()?;
        }
    }
    Some(rounds)
}

/// The S-box, none of `taken`, whose bits of every round these are, and the halves with what they add.
fn fit(lane: &[u8; ROUNDS], halves: &Halves, taken: u8) -> Option<(usize, Halves)> {
    let boxes = (0..BOXES).filter(|number| taken >> number & 1 == 0);
    boxes.flat_map(|number| [false, true].map(|backward| (number, backward))).find_map(
        |(number, backward)| {
            let mut halves = *halves;
            for (value, turned) in lane.iter().zip(TURNED) {
                for bit in 0..LANE_BITS {
                    let shift = if backward { bit } else { LANE_BITS - 1 - bit };
                    let is_set = value >> shift & 1 == 1;
                    let place = PC2[LANE_BITS * number + bit] - 1;
                    let place = place / HALF * HALF + (place % HALF + turned) % HALF;
                    if halves[place].replace(is_set).is_some_and(|known| known != is_set) {
                        return None;
                    }
                }
            }
            Some((number, halves))
        },
    )
}

/// The key of which these are the halves, with odd parity; `None` for halves of zeros or ones, which are those of
/// weak keys and of memory that is no schedule.
fn key(halves: &Halves) -> Option<[u8; 8]> {
    let mut key = [0_u8; 8];
    for (bit, place) in halves.iter().zip(PC1) {
        if (*bit)? {
            key[(place - 1) / 8] |= 0x80 >> ((place - 1) % 8);
        }
    }
    let dull = |half: &[Option<bool>]| half.array_windows().all(|[one, next]| one == next);
    if halves.chunks(HALF).any(dull) {
        return None;
    }
    Some(key.map(|byte| byte | u8::from(byte.count_ones().is_multiple_of(2))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The round keys of a key, six bits each.
    fn expand(key: [u8; 8]) -> [[u8; 8]; ROUNDS] {
        let bit = |place: usize| key[(place - 1) / 8] >> (7 - (place - 1) % 8) & 1;
        TURNED.map(|turned| {
            std::array::from_fn(|number| {
                let bits = PC2[LANE_BITS * number..LANE_BITS * (number + 1)].iter().map(|place| place - 1);
                let turn = |place: usize| place / HALF * HALF + (place % HALF + turned) % HALF;
                bits.fold(0, |value, place| value << 1 | bit(PC1[turn(place)]))
            })
        })
    }

    /// The layouts of libraries: how sixteen round keys are written.
    fn layouts(rounds: &[[u8; 8]; ROUNDS]) -> [Vec<u8>; 4] {
        let flip = |value: u8| value.reverse_bits() >> 2;
        let plain = rounds.concat();
        // OpenSSL: the even and the odd S-boxes in a word each, bits turned around, words turned by two and by six.
        let openssl = rounds.iter().flat_map(|round| {
            let word = |first: usize, turn: u32| {
                u32::from_le_bytes([0, 2, 4, 6].map(|at| flip(round[first + at])))
                    .rotate_left(turn)
                    .to_le_bytes()
            };
            [word(0, 2), word(1, 6)].concat()
        });
        // Big-endian words, as "cooked" by Outerbridge's code.
        let swapped = plain.chunks(4).flat_map(|word| word.iter().rev().copied()).collect();
        let dense = rounds.iter().flat_map(|round| {
            let bits = round.iter().fold(0_u64, |all, six| all << LANE_BITS | u64::from(*six));
            (bits << 16).to_le_bytes()
        });
        [openssl.collect(), swapped, dense.collect(), plain]
    }

    const KEY: [u8; 8] = [0x13, 0x34, 0x57, 0x79, 0x9b, 0xbc, 0xdf, 0xf1];

    #[test]
    fn first_round_key_is_that_of_the_known_example() {
        // Grabbe, "The DES algorithm illustrated": K1 of this key.
        let first = [0b000_110, 0b110_000, 0b001_011, 0b101_111, 0b111_111, 0b000_111, 0b000_001, 0b110_010];
        assert_eq!(expand(KEY)[0], first);
    }

    #[test]
    fn key_is_found_in_every_layout_and_both_orders() {
        let mut rounds = expand(KEY);
        for reversed in [false, true] {
            for layout in layouts(&rounds) {
                let bytes: &[u8; SCHEDULE] = layout.first_chunk().unwrap();
                assert_eq!(prove(bytes), Some(Proof { key: KEY, reversed }));
            }
            rounds.reverse();
        }
    }

    #[test]
    fn damaged_schedule_and_weak_keys_are_none() {
        let [_, _, _, mut plain] = layouts(&expand(KEY));
        plain[77] ^= 4;
        assert_eq!(prove(plain.first_chunk().unwrap()), None);
        let [_, _, _, weak] = layouts(&expand([1; 8]));
        assert_eq!(prove(weak.first_chunk().unwrap()), None);
        assert_eq!(prove(&[0; SCHEDULE]), None);
    }

    #[test]
    fn three_schedules_side_by_side_are_one_key() {
        let keys = [
            KEY,
            [0x8a, 0x2c, 0x51, 0xe6, 0xb0, 0x07, 0x9d, 0x43],
            [0x3e, 0xc1, 0x68, 0xfd, 0x75, 0x1a, 0xd3, 0xa8],
        ];
        let mut memory = vec![0; 400];
        for key in keys {
            memory.extend(layouts(&expand(key))[0].clone());
        }
        memory.resize(2000, 0);
        // As it was given: with other parity bits.
        memory.extend(keys.concat().iter().map(|byte| byte ^ 1));
        memory.resize(3000, 0);
        let mut hits = Vec::new();
        super::super::scan(&memory, &mut hits);
        assert_eq!(hits.len(), 1);
        assert_eq!(hits[0].range, 400..400 + 3 * SCHEDULE);
        let components = &hits[0].material.components;
        let odd = keys
            .map(|key| key.map(|byte| byte & 0xfe | u8::from((byte & 0xfe).count_ones().is_multiple_of(2))));
        assert_eq!(components[0].value.bytes(), odd.concat());
        assert!(components.iter().any(|one| one.value.bytes() == keys[1].map(|byte| byte ^ 1)));
    }
}
