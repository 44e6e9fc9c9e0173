//! The key from the round keys.

use super::schedule::{WORDS, round_keys};
use super::tables::{COLUMNS, ORDER, q, q_undone, unmixed};
use std::sync::OnceLock;

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

/// Fewest different bytes of a schedule: 119 on average, and fewer in one of a million.
const DISTINCT_MIN: u32 = 90;

/// True if bytes are none of a table.
fn may_be_random(bytes: &[u8]) -> bool {
    let mut seen = [0_u64; 4];
    bytes.iter().for_each(|byte| seen[usize::from(byte >> 6)] |= 1 << (byte & 63));
    seen.into_iter().map(u64::count_ones).sum::<u32>() >= DISTINCT_MIN
}

/// The key of which these are the round keys.
pub(super) fn key(words: &[[u8; 4]; WORDS]) -> Option<Vec<u8>> {
    let outputs = outputs(words).filter(|_| may_be_random(words.as_flattened()))?;
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
    let [.., fourth, fifth] = ORDER[column];
    let back = |pair: usize, last: u8| q_undone(fourth, q_undone(fifth, outputs[pair]) ^ last);
    let guesses = TABLES.get(length - 2)?.get(half)?.get(column)?;
    let guesses = guesses.get_or_init(|| Guesses::new(half, column, length));
    (0..=u8::MAX).find_map(|last| {
        let start = back(0, last);
        guesses.with([start ^ back(1, last), start ^ back(2, last)]).find_map(|guess| {
            let forth = |pair: usize| forth(half, column, length, pair, guess);
            let middle = start ^ forth(0);
            let holds = (3..PAIRS).all(|pair| forth(pair) ^ back(pair, last) == middle);
            let [low, high] = guess.to_le_bytes();
            holds.then(|| [last, middle, low, high].into_iter().take(length).collect())
        })
    })
}

/// What an input makes before the last byte but one is worked in, with the bytes worked in first, of which a shorter list
/// has none or one.
fn forth(half: usize, column: usize, length: usize, pair: usize, guess: u16) -> u8 {
    let [first, second, third, ..] = ORDER[column];
    let [low, high] = guess.to_le_bytes();
    let input = u8::try_from(2 * pair + half).unwrap_or(0);
    let byte = if length == 4 { q(first, input) ^ high } else { input };
    q(third, if length >= 3 { q(second, byte) ^ low } else { byte })
}

/// The bytes worked in first, by the differences of what they make of the first input and the next two.
struct Guesses {
    /// Where those with each difference start.
    starts: Vec<u32>,
    guesses: Vec<u16>,
}

impl Guesses {
    fn new(half: usize, column: usize, length: usize) -> Self {
        let last = u16::try_from((1_u32 << (8 * (length - 2))) - 1).unwrap_or(0);
        let difference = |guess: u16| {
            let [first, second, third] = [0, 1, 2].map(|pair| forth(half, column, length, pair, guess));
            u16::from_le_bytes([first ^ second, first ^ third])
        };
        let mut all: Vec<(u16, u16)> = (0..=last).map(|guess| (difference(guess), guess)).collect();
        all.sort_unstable();
        let mut starts = vec![0_u32; (1 << 16) + 1];
        for (difference, _) in &all {
            if let Some(count) = starts.get_mut(usize::from(*difference) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts, guesses: all.into_iter().map(|(_, guess)| guess).collect() }
    }

    fn with(&self, differences: [u8; 2]) -> impl Iterator<Item = u16> + '_ {
        let at = usize::from(u16::from_le_bytes(differences));
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| usize::try_from(*start).unwrap_or(0));
        self.guesses.get(bound(at)..bound(at + 1)).unwrap_or_default().iter().copied()
    }
}

/// The guesses for each length of half a key, each half and each column: three megabytes for the longest keys, made when they are
/// needed first.
static TABLES: [[[OnceLock<Guesses>; COLUMNS]; 2]; HALF_MAX - 1] =
    [const { [const { [const { OnceLock::new() }; COLUMNS] }; 2] }; HALF_MAX - 1];

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
