//! From round keys in an unknown layout to the key.

use super::tables::{HALF, PC1, PC2, ROUNDS, TURNED};

/// Bytes of a schedule: sixteen round keys of eight bytes.
pub(super) const SCHEDULE: usize = 8 * ROUNDS;

/// S-boxes, and bytes of a round key.
const BOXES: usize = 8;

/// Bits that go into one S-box.
const LANE_BITS: usize = 6;

/// Values of six bits.
const VALUES: usize = 1 << LANE_BITS;

/// All bits of half a key.
const ALL: u32 = (1 << HALF) - 1;

/// Half a key as far as it is known; bit 0 is its first bit.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    known: u32,
    bits: u32,
}

impl Half {
    /// The half with what a value says of some of its bits; `None` if they are known to be others.
    fn with(self, known: u32, bits: u32) -> Option<Self> {
        let differ = self.known & known & (self.bits ^ bits);
        (differ == 0).then_some(Self { known: self.known | known, bits: self.bits | bits })
    }
}

/// The bits of half a key that go into each S-box in a round that turns by nothing, for each of its values: with the
/// first of its six bits at the high end, and at the low end.
static SPREAD: [[[u32; VALUES]; 2]; BOXES] = spread();

const fn spread() -> [[[u32; VALUES]; 2]; BOXES] {
    let mut out = [[[0; VALUES]; 2]; BOXES];
    let mut at = 0;
    while at < BOXES * VALUES * LANE_BITS {
        let (number, value, bit) = (at / LANE_BITS / VALUES, at / LANE_BITS % VALUES, at % LANE_BITS);
        let place = 1 << ((PC2[LANE_BITS * number + bit] - 1) % HALF);
        if value >> (LANE_BITS - 1 - bit) & 1 == 1 {
            out[number][0][value] |= place;
        }
        if value >> bit & 1 == 1 {
            out[number][1][value] |= place;
        }
        at += 1;
    }
    out
}

/// Half a key turned by less than its length.
const fn turn(half: u32, by: usize) -> u32 {
    (half << by | half >> (HALF - by)) & ALL
}

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
        let mut halves = [Half::default(); 2];
        let mut boxes = 0_u8;
        let lanes: [[u8; ROUNDS]; BOXES] =
            std::array::from_fn(|byte| std::array::from_fn(|round| rounds[round][byte]));
        // Bits that are the same in every round are those of a weak key, or of memory that is no schedule.
        if lanes.iter().any(|lane| lane.array_windows().all(|[one, next]| one == next)) {
            return None;
        }
        for lane in &lanes {
            let (number, fitted) = fit(lane, halves, boxes)?;
            boxes |= 1 << number;
            halves[number / (BOXES / 2)] = fitted;
        }
        Some(Proof { key: key(halves)?, reversed })
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

/// The S-box, none of `taken`, whose bits of every round these are, and its half of the key with what they add. The
/// bits of the first four boxes are of the first half, those of the others of the second.
fn fit(lane: &[u8; ROUNDS], halves: [Half; 2], taken: u8) -> Option<(usize, Half)> {
    let boxes = (0..BOXES).filter(|number| taken >> number & 1 == 0);
    boxes.flat_map(|number| [0, 1].map(|order| (number, order))).find_map(|(number, order)| {
        let spread = &SPREAD[number][order];
        let mut half = halves[number / (BOXES / 2)];
        for (value, turned) in lane.iter().zip(TURNED) {
            let bits = spread[usize::from(*value) % VALUES];
            half = half.with(turn(spread[VALUES - 1], turned % HALF), turn(bits, turned % HALF))?;
        }
        Some((number, half))
    })
}

/// The key of which these are the halves, with odd parity; `None` for halves of zeros or ones, which are those of
/// weak keys and of memory that is no schedule.
fn key(halves: [Half; 2]) -> Option<[u8; 8]> {
    if halves.iter().any(|half| half.known != ALL || half.bits == 0 || half.bits == ALL) {
        return None;
    }
    let bits = u64::from(halves[0].bits) | u64::from(halves[1].bits) << HALF;
    let mut key = [0_u8; 8];
    for (at, place) in PC1.into_iter().enumerate() {
        if bits >> at & 1 == 1 {
            key[(place - 1) / 8] |= 0x80 >> ((place - 1) % 8);
        }
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
