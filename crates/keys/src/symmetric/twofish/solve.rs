//! The key from the round keys.

use super::schedule::{WORDS, round_keys};
use super::tables::{COLUMNS, ORDER, q, q_undone, unmixed};

/// Pairs of round keys, and bytes that tell of one column of one half of the key.
const PAIRS: usize = WORDS / 2;

/// Words of a half of the longest key.
const HALF_MAX: usize = 4;

/// The bytes that came out of the last permutation of each column: of the numbers that follow from the even words of the
/// key, and of those from the odd ones. Nothing if one comes twice in a column, where all are different since they are
/// one permutation of different bytes: random words pass once in 400 times, and fail after nine pairs in the middle.
pub(super) fn outputs(words: &[[u8; 4]; WORDS]) -> Option<[[[u8; PAIRS]; COLUMNS]; 2]> {
    let mut out = [[[0; PAIRS]; COLUMNS]; 2];
    let mut seen = [[[0_u64; 4]; COLUMNS]; 2];
    for (index, [one, next]) in words.as_chunks::<2>().0.iter().enumerate() {
        let (sum, later) = (u32::from_le_bytes(*one), u32::from_le_bytes(*next).rotate_right(9));
        let second = later.wrapping_sub(sum);
        let first = sum.wrapping_sub(second);
        let mut again = 0;
        for (half, number) in [first, second.rotate_right(8)].into_iter().enumerate() {
            for (column, byte) in unmixed(number).into_iter().enumerate() {
                let word = &mut seen[half][column][usize::from(byte >> 6)];
                again |= *word >> (byte & 63) & 1;
                *word |= 1 << (byte & 63);
                out[half][column][index] = byte;
            }
        }
        if again != 0 {
            return None;
        }
    }
    Some(out)
}

/// The key of which these are the round keys.
pub(super) fn key(words: &[[u8; 4]; WORDS]) -> Option<Vec<u8>> {
    let outputs = outputs(words)?;
    let wanted = words.map(u32::from_le_bytes);
    (2..=HALF_MAX).find_map(|length| {
        let mut key = vec![[0; COLUMNS]; 2 * length];
        for (half, columns) in outputs.iter().enumerate() {
            for (column, outputs) in columns.iter().enumerate() {
                let bytes = list(outputs, half, column, length)?;
                for (place, byte) in bytes.into_iter().enumerate() {
                    key.get_mut(2 * place + half)?[column] = byte;
                }
            }
        }
        let key = key.concat();
        (round_keys(&key) == wanted).then_some(key)
    })
}

/// The bytes of one column of one half of a key with so many words in each half, by the words' order: from both ends to
/// the middle. The byte worked in last is guessed from the outputs, and from the inputs all but the last two; the
/// differences of what both make do not depend on the byte between.
fn list(outputs: &[u8; PAIRS], half: usize, column: usize, length: usize) -> Option<Vec<u8>> {
    let [first, second, third, fourth, fifth] = ORDER[column];
    let input = |pair: usize| u8::try_from(2 * pair + half).unwrap_or(0);
    let back = |pair: usize, last: u8| q_undone(fourth, q_undone(fifth, outputs[pair]) ^ last);
    let difference = |one: u8, two: u8, three: u8| u16::from_le_bytes([one ^ two, one ^ three]);
    let mut by_difference: Vec<(u16, u8)> =
        (0..=u8::MAX).map(|last| (difference(back(0, last), back(1, last), back(2, last)), last)).collect();
    by_difference.sort_unstable();
    let mut may_be = [0_u64; 1 << 10];
    by_difference.iter().for_each(|(value, _)| may_be[usize::from(value >> 6)] |= 1 << (value & 63));
    // The two bytes worked in first, of which a shorter list has none or one.
    let guesses = 0..1_u32 << (8 * (length - 2));
    guesses.into_iter().find_map(|guess| {
        let [low, high, ..] = guess.to_le_bytes();
        let forth = |pair: usize| {
            let byte = if length == 4 { q(first, input(pair)) ^ high } else { input(pair) };
            q(third, if length >= 3 { q(second, byte) ^ low } else { byte })
        };
        let (start, value) = (forth(0), difference(forth(0), forth(1), forth(2)));
        if may_be[usize::from(value >> 6)] >> (value & 63) & 1 == 0 {
            return None;
        }
        let fits = by_difference.iter().skip(by_difference.partition_point(|(known, _)| *known < value));
        fits.take_while(|(known, _)| *known == value).find_map(|(_, last)| {
            let middle = start ^ back(0, *last);
            let holds = (3..PAIRS).all(|pair| forth(pair) ^ back(pair, *last) == middle);
            holds.then(|| [*last, middle, low, high].into_iter().take(length).collect())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_size_follow_from_their_round_keys() {
        let bytes: Vec<u8> = (0..32_u8).map(|at| at.wrapping_mul(167) ^ 0x35).collect();
        for length in [16, 24, 32] {
            let words = round_keys(&bytes[..length]).map(u32::to_le_bytes);
            assert_eq!(key(&words).unwrap(), bytes[..length]);
            let mut damaged = words;
            damaged[39][3] ^= 1;
            assert!(key(&damaged).is_none());
        }
    }
}
