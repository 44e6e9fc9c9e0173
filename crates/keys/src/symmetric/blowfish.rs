//! Blowfish (Schneier, "Description of a New Variable-Length Key, 64-Bit Block Cipher", 1993): 18 round keys and four
//! tables of 256 words, each pair of which is the encryption of the pair before under all that was there by then.
//!
//! The last pair therefore proves the state: encrypting the one before it with the digits of pi in its own place
//! gives it. All other steps can be undone in the same way, back to the key.

use super::evidence::Evidence;
use super::limits::MARGIN_BYTES;
use crate::Hit;
use num_bigint::BigUint;
use std::ops::Range;
use zeroize::Zeroizing;

/// Round keys.
const ROUND_KEYS: usize = 18;

/// Words of the four tables.
const TABLES: usize = 4 * 256;

/// Bytes of a word.
const WORD: usize = 4;

/// The last two words of the tables before the key is worked in: hexadecimal digits of pi.
const LAST: [u32; 2] = [0x578f_dfe3, 0x3ac3_72e6];

/// Longest random stretch that is looked at: two states side by side, as libgcrypt keeps one to start again with.
const RUN_BYTES_MAX: usize = 2 * (TABLES * WORD + START) + 512;

/// Bytes from the start of the stretch up to which the tables may begin: behind the round keys and an alignment.
const START: usize = ROUND_KEYS * WORD + 64;

/// From the start of the tables to that of the round keys, in bytes: before them (OpenSSL, mbedTLS), before them with an
/// alignment (Crypto++), behind them (libgcrypt, nettle).
const ROUND_KEYS_AT: [isize; 3] = [-72, -80, 4096];

/// Longest key.
const KEY_BYTES_MAX: usize = 56;

/// Round keys and tables.
struct State {
    round_keys: Zeroizing<[u32; ROUND_KEYS]>,
    tables: Zeroizing<Vec<u32>>,
}

/// Appends the states whose tables fill a random stretch.
pub(super) fn filling(bytes: &[u8], run: &Range<usize>, out: &mut Vec<Hit>) {
    let tables = TABLES * WORD;
    if run.len() + 2 * MARGIN_BYTES < tables || run.len() > RUN_BYTES_MAX {
        return;
    }
    let first = run.start.saturating_sub(MARGIN_BYTES).next_multiple_of(WORD);
    for at in (first..run.start + START).step_by(WORD) {
        let found = ROUND_KEYS_AT.into_iter().find_map(|distance| {
            let keys_at = at.checked_add_signed(distance)?;
            let key = State::read(bytes, keys_at, at)?.key()?;
            Some((keys_at, key))
        });
        let Some((keys_at, key)) = found else { continue };
        let whole = keys_at.min(at)..(keys_at + ROUND_KEYS * WORD).max(at + tables);
        let part = |range: Range<usize>| bytes.get(range).unwrap_or_default().to_vec();
        // Every step of the key setup leaves its pair of words on the stack, so pieces of all of it are sought. What
        // stands in a gap is no part of it.
        let mut derived = vec![("round_keys", part(keys_at..keys_at + ROUND_KEYS * WORD))];
        derived.push(match whole.len() == ROUND_KEYS * WORD + tables {
            true => ("schedule", part(whole.clone())),
            false => ("tables", part(at..at + tables)),
        });
        let bits = u32::try_from(8 * key.len()).unwrap_or(0);
        let evidence = Evidence { detector: "blowfish-state", bits, key, derived };
        out.push(evidence.hit(whole, "schedule", "state"));
        return;
    }
}

impl State {
    /// The state at two offsets, if its last step is one.
    fn read(bytes: &[u8], keys_at: usize, tables_at: usize) -> Option<Self> {
        let words = |at: usize, count: usize| {
            let bytes = bytes.get(at..at + count * WORD)?;
            Some(bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)))
        };
        let mut round_keys = Zeroizing::new([0; ROUND_KEYS]);
        round_keys.iter_mut().zip(words(keys_at, ROUND_KEYS)?).for_each(|(to, from)| *to = from);
        let tables = Zeroizing::new(words(tables_at, TABLES)?.collect::<Vec<u32>>());
        let state = Self { round_keys, tables };
        state.last_step_holds().then_some(state)
    }

    fn last_step_holds(&self) -> bool {
        let Some([before @ .., left, right]) = self.tables.last_chunk::<4>() else { return false };
        let with_digits = |index: usize| match index {
            1022 => LAST[0],
            1023 => LAST[1],
            _ => self.tables.get(index).copied().unwrap_or(0),
        };
        encrypt(&self.round_keys, with_digits, *before) == [*left, *right] && before != &[0, 0]
    }

    /// Undoes every step of the key setup.
    fn key(mut self) -> Option<Vec<u8>> {
        let digits = digits_of_pi();
        let (first_digits, table_digits) = digits.split_at_checked(ROUND_KEYS)?;
        for at in (0..TABLES).step_by(2).rev() {
            let stored = [*self.tables.get(at)?, *self.tables.get(at + 1)?];
            self.tables.get_mut(at..at + 2)?.copy_from_slice(table_digits.get(at..at + 2)?);
            let before = match at {
                0 => [*self.round_keys.get(ROUND_KEYS - 2)?, *self.round_keys.get(ROUND_KEYS - 1)?],
                _ => [*self.tables.get(at - 2)?, *self.tables.get(at - 1)?],
            };
            let tables = &self.tables;
            if encrypt(&self.round_keys, |index| tables.get(index).copied().unwrap_or(0), before) != stored {
                return None;
            }
        }
        for pair in (0..ROUND_KEYS / 2).rev() {
            self.undo_round_keys(pair);
        }
        let stream: Vec<u8> = self
            .round_keys
            .iter()
            .zip(first_digits)
            .flat_map(|(word, digits)| (word ^ digits).to_be_bytes())
            .collect();
        let period = (1..=KEY_BYTES_MAX)
            .find(|period| stream.iter().zip(stream.iter().skip(*period)).all(|(a, b)| a == b))?;
        stream.get(..period).map(<[u8]>::to_vec)
    }

    /// Puts into the place of two round keys what stood there before they were made.
    fn undo_round_keys(&mut self, pair: usize) {
        let tables = &self.tables;
        let mix = |word: u32| mix(|index| tables.get(index).copied().unwrap_or(0), word);
        let keys = &mut self.round_keys;
        let [mut left, mut right] = if pair == 0 { [0, 0] } else { [keys[2 * pair - 2], keys[2 * pair - 1]] };
        let [mut last_left, mut last_right] = [keys[2 * pair], keys[2 * pair + 1]];
        for round in 0..2 * pair.min(8) {
            left ^= keys[round];
            right ^= mix(left);
            (left, right) = (right, left);
        }
        if pair == 8 {
            // The whitening at the end, where the halves have changed places once more.
            (keys[16], keys[17]) = (left ^ last_right, right ^ last_left);
            return;
        }
        // Back from the output to where the two rounds end.
        (last_left, last_right) = (last_right ^ keys[16], last_left ^ keys[17]);
        for round in (2 * pair + 2..16).rev() {
            (last_left, last_right) = (last_right, last_left);
            last_right ^= mix(last_left);
            last_left ^= keys[round];
        }
        let first = last_left ^ mix(last_right);
        keys[2 * pair] = left ^ first;
        keys[2 * pair + 1] = right ^ mix(first) ^ last_right;
    }
}

/// The function F: a word of each table.
fn mix(table: impl Fn(usize) -> u32, word: u32) -> u32 {
    let [a, b, c, d] = word.to_be_bytes().map(usize::from);
    (table(a).wrapping_add(table(256 + b)) ^ table(512 + c)).wrapping_add(table(768 + d))
}

/// Encrypts a block.
fn encrypt(
    keys: &[u32; ROUND_KEYS],
    table: impl Fn(usize) -> u32,
    [mut left, mut right]: [u32; 2],
) -> [u32; 2] {
    for key in keys.iter().take(16) {
        left ^= key;
        right ^= mix(&table, left);
        (left, right) = (right, left);
    }
    [right ^ keys[17], left ^ keys[16]]
}

/// The digits of pi behind the point that the key setup starts with, in words: by Machin's formula, since they are
/// needed for found keys only.
fn digits_of_pi() -> Vec<u32> {
    const BITS: usize = 32 * (ROUND_KEYS + TABLES);
    const GUARD: usize = 64;
    let arc_tangent = |inverse: u32| {
        let mut power = (BigUint::from(1_u8) << (BITS + GUARD)) / inverse;
        let (mut sum, mut taken) = (BigUint::ZERO, BigUint::ZERO);
        let mut odd = 1_u32;
        while power != BigUint::ZERO {
            let term = &power / odd;
            if odd % 4 == 1 {
                sum += term
            } else {
                taken += term
            }
            power /= inverse * inverse;
            odd += 2;
        }
        sum - taken
    };
    let pi = arc_tangent(5) * 16_u8 - arc_tangent(239) * 4_u8;
    let mut digits = (pi >> GUARD).to_u32_digits();
    // The digit before the point.
    digits.truncate(ROUND_KEYS + TABLES);
    digits.reverse();
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key setup of Schneier's description.
    fn expand(key: &[u8]) -> State {
        let digits = digits_of_pi();
        let stream: Vec<u8> = key.iter().copied().cycle().take(ROUND_KEYS * WORD).collect();
        let mut words: Vec<u32> = digits;
        for (word, key) in words.iter_mut().zip(stream.as_chunks().0) {
            *word ^= u32::from_be_bytes(*key);
        }
        let mut block = [0, 0];
        for at in (0..words.len()).step_by(2) {
            let keys = words.first_chunk::<ROUND_KEYS>().unwrap();
            block = encrypt(keys, |index| words[ROUND_KEYS + index], block);
            words[at..at + 2].copy_from_slice(&block);
        }
        let round_keys = Zeroizing::new(*words.first_chunk().unwrap());
        State { round_keys, tables: Zeroizing::new(words[ROUND_KEYS..].to_vec()) }
    }

    #[test]
    fn digits_of_pi_are_those_of_the_description() {
        let digits = digits_of_pi();
        assert_eq!(digits[..2], [0x243f_6a88, 0x85a3_08d3]);
        assert_eq!(digits[digits.len() - 2..], LAST);
    }

    #[test]
    fn cipher_is_that_of_the_test_vectors() {
        // Eric Young's vectors, as Schneier's page has them: the key and the block of zeros.
        let state = expand(&[0; 8]);
        let block = encrypt(&state.round_keys, |index| state.tables[index], [0, 0]);
        assert_eq!(block, [0x4ef9_9745, 0x6198_dd78]);
    }

    #[test]
    fn key_of_any_length_is_found_in_every_layout() {
        for length in [5, 16, 56] {
            let key: Vec<u8> = (1..=length).map(|at: u8| at.wrapping_mul(89) ^ 0x6d).collect();
            let state = expand(&key);
            let write = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
            let (keys, tables) = (write(state.round_keys.as_slice()), write(&state.tables));
            for memory in [
                [&keys[..], &tables].concat(),
                [&tables[..], &keys].concat(),
                [&keys[..], &[7; 8], &tables].concat(),
            ] {
                let bytes = [&[0; 64][..], &memory, &[0; 64]].concat();
                let mut hits = Vec::new();
                filling(&bytes, &(60..64 + memory.len()), &mut hits);
                assert_eq!(hits.len(), 1);
                assert_eq!(hits[0].material.components[0].value.bytes(), key);
                assert_eq!(hits[0].range, 64..64 + memory.len());
                // The last pair that the setup makes stays where it was made.
                let last = &tables[tables.len() - 8..];
                let components = &hits[0].material.components;
                assert!(components.iter().any(|one| one.value.bytes().windows(8).any(|piece| piece == last)));
            }
        }
    }

    #[test]
    fn damaged_state_is_none() {
        let mut state = expand(b"some other key");
        state.tables[400] ^= 1;
        assert!(state.key().is_none());
    }
}
