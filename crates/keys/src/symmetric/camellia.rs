//! Camellia (RFC 3713): the round keys are the halves of four numbers of 128 bits, KL, KR, KA and KB, turned by
//! 0 to 111 bits, so the key stands in its schedule, and two of its parts are the same number turned.
//!
//! NTT's reference code and what came of it (libgcrypt, nettle, Linux) works two of the round keys into the others and
//! keeps sums; of these a sum is another one turned too.

use super::evidence::{Evidence, bits, is_varied, looks_random};
use crate::Hit;

/// Bytes looked at: 26 round keys of 64 bits, which is all of a schedule for a key of 128 bits, and most of a longer one.
const SHORT: usize = 26 * 8;

/// Bytes of a schedule for a key of 192 or 256 bits.
const LONG: usize = 34 * 8;

/// How a round key is written.
#[derive(Clone, Copy)]
enum Order {
    /// A word of 64 bits of the machine.
    Word,
    /// Two words of 32 bits, the higher first.
    Halves,
}

/// How the schedule is laid out.
#[derive(Clone, Copy)]
struct Layout {
    order: Order,
    /// Index of the second word that is kept: nettle leaves out the place of kw2, which is worked into the others.
    second: usize,
    /// Whether sums of round keys are folded for the F-function, as NTT's code and Linux do.
    folded: bool,
}

/// The layouts of schedules with two round keys worked into the others: libgcrypt with and without vectors, nettle.
const ABSORBED: [Layout; 3] = [
    Layout { order: Order::Halves, second: 1, folded: false },
    Layout { order: Order::Halves, second: 1, folded: true },
    Layout { order: Order::Word, second: 0, folded: false },
];

/// A schedule that may be one.
struct Reader {
    words: [u64; LONG / 8],
    layout: Layout,
}

/// The key of a schedule, as far as it is told apart from its complement.
struct Found {
    keys: Vec<Vec<u8>>,
    length: usize,
    form: &'static str,
}

/// The schedule that starts with `bytes`, which stand at `offset` of the window.
pub(super) fn at(bytes: &[u8], offset: usize) -> Option<Hit> {
    let words = words(bytes)?;
    let halves = words.map(|word| word.rotate_left(32));
    let reader = |layout: Layout| {
        let words = match layout.order {
            Order::Word => words,
            Order::Halves => halves,
        };
        Reader { words, layout }
    };
    let whole = [Order::Halves, Order::Word].into_iter().find_map(|order| {
        let reader = reader(Layout { order, second: 1, folded: false });
        reader.plain().or_else(|| reader.reversed()).or_else(|| reader.apart())
    });
    let found = whole.or_else(|| ABSORBED.into_iter().find_map(|layout| reader(layout).absorbed()))?;
    if !is_varied(bytes) {
        return None;
    }
    let mut keys = found.keys.into_iter();
    let key = keys.next().filter(|key| looks_random(key))?;
    let schedule = bytes.get(..found.length)?.to_vec();
    let mut derived = vec![("schedule", schedule)];
    // Crypto++ writes the lower half of each number first, and no turning tells the two apart.
    let exchanged =
        key.chunks(16).flat_map(|number| number.iter().cycle().skip(8).take(number.len())).copied();
    derived.push(("key_with_halves_exchanged", exchanged.collect()));
    derived.extend(keys.map(|key| ("key_or_complement", key)));
    let evidence = Evidence { detector: "camellia-schedule", bits: bits(&key), key, derived };
    Some(evidence.hit(offset..offset + found.length, "schedule", found.form))
}

/// The words at the start of some bytes; zeros where a short schedule ends the window.
fn words(bytes: &[u8]) -> Option<[u64; LONG / 8]> {
    if bytes.len() < SHORT {
        return None;
    }
    let mut words = [0; LONG / 8];
    words.iter_mut().zip(bytes.as_chunks().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
    Some(words)
}

impl Reader {
    /// Round key `index`, or the sum in its place.
    fn word(&self, index: usize) -> u64 {
        let index = if index == 0 { 0 } else { index + self.layout.second - 1 };
        self.words.get(index).copied().unwrap_or(0)
    }

    /// Two round keys as one number.
    fn pair(&self, high: usize, low: usize) -> u128 {
        u128::from(self.word(high)) << 64 | u128::from(self.word(low))
    }

    /// The round keys as RFC 3713 section 2.2 has them: OpenSSL, mbedTLS, Botan, Crypto++, RustCrypto.
    fn plain(&self) -> Option<Found> {
        let kl = self.pair(0, 1);
        if kl.rotate_left(15) == self.pair(4, 5) && self.pair(2, 3).rotate_left(15) == self.pair(6, 7) {
            return Some(Found { keys: vec![kl.to_be_bytes().to_vec()], length: SHORT, form: "encrypt" });
        }
        let kr = self.pair(4, 5);
        if kr.rotate_left(15) == self.pair(8, 9) && kl.rotate_left(45) == self.pair(12, 13) {
            return Some(Found {
                keys: vec![long_key(kl, kr.rotate_right(15))],
                length: LONG,
                form: "encrypt",
            });
        }
        None
    }

    /// The same last to first, but for the two that come first and last: mbedTLS, Crypto++ and Java for decryption.
    fn reversed(&self) -> Option<Found> {
        let kl = self.pair(24, 25);
        if kl.rotate_left(15) == self.pair(21, 20) && self.pair(23, 22).rotate_left(15) == self.pair(19, 18) {
            return Some(Found { keys: vec![kl.to_be_bytes().to_vec()], length: SHORT, form: "decrypt" });
        }
        if self.pair(29, 28).rotate_left(15) == self.pair(25, 24) {
            let (kl, kr) = (self.pair(32, 33), self.pair(29, 28).rotate_right(15));
            return (kl.rotate_left(45) == self.pair(21, 20)).then(|| Found {
                keys: vec![long_key(kl, kr)],
                length: LONG,
                form: "decrypt",
            });
        }
        None
    }

    /// The round keys in three arrays: the four that come first and last, those of the rounds, those between:
    /// libtomcrypt, for keys of any length.
    fn apart(&self) -> Option<Found> {
        let kl = self.pair(0, 1);
        if kl.rotate_left(15) == self.pair(6, 7) && self.pair(4, 5).rotate_left(15) == self.pair(8, 9) {
            return Some(Found { keys: vec![kl.to_be_bytes().to_vec()], length: LONG, form: "encrypt" });
        }
        let kr = self.pair(6, 7).rotate_right(15);
        (kl.rotate_left(45) == self.pair(12, 13) && kr.rotate_left(60) == self.pair(16, 17)).then(|| Found {
            keys: vec![long_key(kl, kr)],
            length: LONG,
            form: "encrypt",
        })
    }

    /// A sum of round keys.
    fn sum(&self, index: usize) -> u64 {
        let word = self.word(index);
        if !self.layout.folded {
            return word;
        }
        let (left, right) = halves(word);
        let first = right ^ left;
        u64::from(first) << 32 | u64::from(first ^ left.rotate_right(8))
    }

    /// Two sums as one number.
    fn sums(&self, high: usize, low: usize) -> u128 {
        u128::from(self.sum(high)) << 64 | u128::from(self.sum(low))
    }

    /// The schedule with kw2 and kw4 worked into the others.
    fn absorbed(&self) -> Option<Found> {
        // kw1 ^ k1 and kw2 ^ k2; k1 ^ k3 and k2 ^ k4; k3 ^ k5 and k4 ^ k6.
        let first = u128::from(self.word(0)) << 64 | u128::from(self.sum(2));
        let (second, third) = (self.sums(3, 4), self.sums(5, 6));
        // The places of kw2 and kw4 are left out together.
        let missing = 16 * (1 - self.layout.second);
        if first.rotate_left(15) == third {
            // KL ^ KA; then KA ^ (KL <<< 15).
            let keys = unfold(first ^ second, 15).into_iter().map(|kl| kl.to_be_bytes().to_vec()).collect();
            return Some(Found { keys, length: SHORT - missing, form: "encrypt-absorbed" });
        }
        // k7 ^ k9 and k8 ^ k10; k9 ^ k11 and k10 ^ k12.
        let (fourth, fifth) = (self.sums(11, 12), self.sums(13, 14));
        if (second ^ third).rotate_left(30) != fourth ^ fifth {
            return None;
        }
        // KL ^ KB; KB ^ (KR <<< 15); (KB <<< 30) ^ (KL <<< 45); k13 ^ k15 is of KR and KB <<< 60.
        let sixth = self.sums(19, 20);
        let keys = unfold(first ^ fourth.rotate_right(30), 15).into_iter().filter_map(|kl| {
            let kb = first ^ kl;
            let kr = (second ^ kb).rotate_right(15);
            ((kr ^ kb).rotate_left(60) == sixth).then(|| long_key(kl, kr))
        });
        let keys: Vec<Vec<u8>> = keys.collect();
        (!keys.is_empty()).then_some(Found { keys, length: LONG - missing, form: "encrypt-absorbed" })
    }
}

fn halves(word: u64) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h] = word.to_be_bytes();
    (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
}

/// KL and KR as the key that they are: of 192 bits where the second half of KR is the complement of the first.
fn long_key(kl: u128, kr: u128) -> Vec<u8> {
    let mut key = [kl.to_be_bytes(), kr.to_be_bytes()].concat();
    let (left, right) = (kr >> 64, kr & u128::from(u64::MAX));
    if left ^ right == u128::from(u64::MAX) {
        key.truncate(24);
    }
    key
}

/// The two numbers x with x ^ (x <<< turn) equal to a sum; none if there is none. The turn is odd, so one bit
/// gives all.
pub(super) fn unfold(sum: u128, turn: u32) -> Vec<u128> {
    let bit = |at: u32| sum >> (at % 128) & 1;
    let (mut value, mut at) = (0_u128, 0_u32);
    for _ in 0..127 {
        let next = (at + turn) % 128;
        value |= ((value >> at & 1) ^ bit(next)) << next;
        at = next;
    }
    if value ^ value.rotate_left(turn) == sum { vec![value, !value] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Any four numbers do: what binds them is not looked at.
    const KL: u128 = 0x9f3a_6c51_e870_2bd4_1785_fe0c_b36a_4d92;
    const KR: u128 = 0x42c9_75e0_8d1f_b36a_f4e2_0957_6bc8_31ad;
    const KA: u128 = 0xae71_c3d1_ba55_e6bc_3291_4b80_07fd_8c6e;
    const KB: u128 = 0x5d02_9e4f_c861_7ab3_e70d_18f4_963b_a25c;

    /// The round keys of RFC 3713 section 2.2.
    fn round_keys(long: bool) -> Vec<u64> {
        let turned: Vec<u128> = if long {
            let list = [
                (KL, 0),
                (KB, 0),
                (KR, 15),
                (KA, 15),
                (KR, 30),
                (KB, 30),
                (KL, 45),
                (KA, 45),
                (KL, 60),
                (KR, 60),
                (KB, 60),
                (KL, 77),
                (KA, 77),
                (KR, 94),
                (KA, 94),
                (KL, 111),
                (KB, 111),
            ];
            list.map(|(value, turn): (u128, u32)| value.rotate_left(turn)).into()
        } else {
            let list =
                [(KL, 0), (KA, 0), (KL, 15), (KA, 15), (KA, 30), (KL, 45), (KA, 45), (KA, 60), (KL, 77)];
            list.map(|(value, turn): (u128, u32)| value.rotate_left(turn)).into()
        };
        let mut all: Vec<u64> = turned
            .into_iter()
            .flat_map(|pair| {
                [pair >> 64, pair & u128::from(u64::MAX)].map(|half| u64::try_from(half).unwrap())
            })
            .collect();
        let filler = filler(34);
        all.extend(&filler[all.len()..if long { 34 } else { 26 }]);
        all
    }

    /// What NTT's code makes of them, as far as it is read.
    fn absorbed(keys: &[u64], folded: bool) -> Vec<u64> {
        let fold = |word: u64| {
            let (left, right) = halves(word);
            let turned = (left ^ right).rotate_left(8);
            if folded { u64::from(turned) << 32 | u64::from(left ^ turned) } else { word }
        };
        let mut out = filler(keys.len());
        out[0] = keys[0] ^ keys[2];
        out[2] = fold(keys[3] ^ keys[1]);
        for at in (3..7).chain(11..15).chain(19..21) {
            out[at] = fold(keys[at - 1] ^ keys[at + 1]);
        }
        out
    }

    /// Words that are all different.
    fn filler(count: usize) -> Vec<u64> {
        (1..=count as u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect()
    }

    fn bytes(words: &[u64], halves: bool) -> Vec<u8> {
        let turn = if halves { 32 } else { 0 };
        words.iter().flat_map(|word| word.rotate_left(turn).to_le_bytes()).collect()
    }

    fn check(memory: &[u8], key: &[u8]) {
        let hit = at(memory, 0).expect("a schedule");
        assert!(hit.material.components.iter().any(|one| one.value.bytes() == key));
    }

    #[test]
    fn every_layout_gives_the_key() {
        for (long, key) in [(false, KL.to_be_bytes().to_vec()), (true, long_key(KL, KR))] {
            let plain = round_keys(long);
            let mut decrypt: Vec<u64> = plain[plain.len() - 2..].to_vec();
            decrypt.extend(plain[2..plain.len() - 2].iter().rev());
            decrypt.extend(&plain[..2]);
            // Those between the rounds behind all others, the last two behind the first.
            let between: &[usize] = if long { &[8, 9, 16, 17, 24, 25] } else { &[8, 9, 16, 17] };
            let rounds = (2..plain.len() - 2).filter(|at| !between.contains(at));
            let order = [0, 1, plain.len() - 2, plain.len() - 1].into_iter().chain(rounds);
            let mut apart: Vec<u64> = order.map(|at| plain[at]).collect();
            apart.resize(28, 0);
            apart.extend(between.iter().map(|at| plain[*at]));
            apart.resize(34, 0);
            check(&bytes(&apart, false), &key);
            let (sums, folded) = (absorbed(&plain, false), absorbed(&plain, true));
            let tight: Vec<u64> = sums[..1].iter().chain(&sums[2..]).copied().chain([7, 9, 11]).collect();
            check(&bytes(&tight, false), &key);
            check(&bytes(&sums, true), &key);
            check(&bytes(&folded, true), &key);
            for halves in [false, true] {
                for words in [&plain, &decrypt] {
                    check(&bytes(words, halves), &key);
                }
            }
        }
    }

    #[test]
    fn repeated_words_are_no_schedule() {
        assert!(at(&[0x5a; 400], 0).is_none());
        assert!(at(&[1, 2, 3, 4, 5, 6, 7, 8].repeat(50), 0).is_none());
    }

    #[test]
    fn key_of_192_bits_is_no_longer_than_that() {
        let left = 0x42c9_75e0_8d1f_b36a_u64;
        assert_eq!(long_key(KL, u128::from(left) << 64 | u128::from(!left)).len(), 24);
    }

    #[test]
    fn sum_unfolds_to_a_number_and_its_complement() {
        assert_eq!(
            unfold(KL ^ KL.rotate_left(15), 15).iter().filter(|one| [KL, !KL].contains(one)).count(),
            2
        );
        assert!(unfold(1, 15).is_empty());
    }
}
