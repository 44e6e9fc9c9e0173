//! The key from the masking keys.

use super::schedule::{ROUNDS, State, entry, expand, undone};

/// Bits of the sums of two entries by which the filter takes them.
const FILTER_BITS: u32 = 21;

/// The sums of an entry of S5 and one of S6, in order, with both bytes.
struct Sums {
    sorted: Vec<(u32, [u8; 2])>,
    filter: Vec<u64>,
}

impl Sums {
    fn new() -> Self {
        let pairs = (0..=u8::MAX).flat_map(|a| (0..=u8::MAX).map(move |b| [a, b]));
        let mut sorted: Vec<(u32, [u8; 2])> =
            pairs.map(|[a, b]| (entry(0, a) ^ entry(1, b), [a, b])).collect();
        sorted.sort_unstable();
        let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)];
        for (sum, _) in &sorted {
            let (index, bit) = place(*sum);
            if let Some(word) = filter.get_mut(index) {
                *word |= bit;
            }
        }
        Self { sorted, filter }
    }

    /// The pairs with a sum.
    fn with(&self, sum: u32) -> impl Iterator<Item = [u8; 2]> + '_ {
        let (index, bit) = place(sum);
        let may_be = self.filter.get(index).is_some_and(|word| word & bit != 0);
        let first =
            if may_be { self.sorted.partition_point(|(known, _)| *known < sum) } else { self.sorted.len() };
        self.sorted.iter().skip(first).take_while(move |(known, _)| *known == sum).map(|(_, pair)| *pair)
    }

    /// The bytes a, b, c, d and e whose entries of S5, S6, S7, S8 and of the S-box `fifth` add up to a masking key: 256 on
    /// average.
    fn equation(&self, masking_key: u32, fifth: usize) -> Vec<[u8; 5]> {
        let mut out = Vec::new();
        for e in 0..=u8::MAX {
            for d in 0..=u8::MAX {
                let rest = masking_key ^ entry(fifth, e) ^ entry(3, d);
                for c in 0..=u8::MAX {
                    out.extend(self.with(rest ^ entry(2, c)).map(|[a, b]| [a, b, c, d, e]));
                }
            }
        }
        out
    }
}

/// Where the filter has a sum.
#[inline]
fn place(sum: u32) -> (usize, u64) {
    let index = sum >> (u32::BITS - FILTER_BITS);
    (usize::try_from(index >> 6).unwrap_or(0), 1 << (index & 63))
}

/// The keys whose masking keys and rotations these are: mostly one, but the schedule cannot tell keys apart of which the
/// first step makes the same state. A tenth of a second.
pub(super) fn keys(masking_keys: &[u32; ROUNDS], rotations: &[u8; ROUNDS]) -> Vec<State> {
    let fits = |key: &State| {
        let [known, words] = expand(key);
        let are = |turn: u32| {
            words.iter().zip(rotations).all(|(word, rotation)| (word ^ turn) & 31 == u32::from(*rotation))
        };
        // OpenSSL turns to the other side, by 16 more.
        known == *masking_keys && (are(0) || are(16))
    };
    let first = masking_keys.first_chunk();
    first.map(states).unwrap_or_default().iter().flat_map(undone).filter(fits).collect()
}

/// The states z0 to zF of which the first four masking keys are made: one on average, whether there is a key or not.
fn states(first: &[u32; 4]) -> Vec<State> {
    let sums = Sums::new();
    let mut second = sums.equation(first[1], 1);
    second.sort_unstable_by_key(|solution| solution[4]);
    let third = sums.equation(first[2], 2);
    let mut fourth = sums.equation(first[3], 3);
    fourth.sort_unstable_by_key(|solution| solution[4]);
    let with_fifth = |solutions: &[[u8; 5]], byte: u8| {
        let start = solutions.partition_point(|solution| solution[4] < byte);
        let end = solutions.partition_point(|solution| solution[4] <= byte);
        solutions.get(start..end).unwrap_or_default().to_vec()
    };
    let mut out = Vec::new();
    for [z8, z9, z7, z6, z2] in sums.equation(first[0], 0) {
        for [zc, zd, z3, _, _] in third.iter().filter(|[.., d, e]| [*d, *e] == [z2, z9]) {
            for [za, zb, z5, z4, _] in with_fifth(&second, z6) {
                for [ze, zf, z1, z0, _] in with_fifth(&fourth, *zc) {
                    out.push([z0, z1, z2, *z3, z4, z5, z6, z7, z8, z9, za, zb, *zc, *zd, ze, zf]);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_from_their_schedules() {
        for salt in 1..=3_u8 {
            let key = std::array::from_fn(|at| {
                (u8::try_from(at).unwrap() ^ salt.rotate_left(5)).wrapping_mul(0x5d) ^ salt
            });
            let [masking_keys, words] = expand(&key);
            let mut rotations = words.map(|word| u8::try_from(word & 31).unwrap());
            let found = keys(&masking_keys, &rotations);
            assert!(found.contains(&key), "{salt}: {} keys", found.len());
            rotations[15] ^= 1;
            assert!(keys(&masking_keys, &rotations).is_empty());
        }
    }
}
