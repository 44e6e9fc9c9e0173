//! AES keys and their schedules (FIPS 197).

use super::Keyring;
use crate::random::Random;
use crate::secret::{Place, Role, Value};

/// How a program keeps a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AesLayout {
    /// Round keys of the equivalent inverse cipher (`InvMixColumns` on all but the outer two).
    pub inverse: bool,
    /// Round keys last to first.
    pub descending: bool,
    /// Bytes of each word last to first.
    pub swapped: bool,
}

impl AesLayout {
    /// Every layout.
    pub const ALL: [Self; 8] = {
        let mut all = [Self { inverse: false, descending: false, swapped: false }; 8];
        let mut at = 0;
        while at < 8 {
            all[at] = Self { inverse: at & 4 != 0, descending: at & 2 != 0, swapped: at & 1 != 0 };
            at += 1;
        }
        all
    };

    fn name(self) -> String {
        let kind = match (self.inverse, self.descending) {
            (false, false) => "encrypt",
            (false, true) => "encrypt-reversed",
            (true, true) => "decrypt",
            (true, false) => "decrypt-ascending",
        };
        format!("{kind}{}", if self.swapped { "-swapped" } else { "" })
    }
}

/// The schedule of a key of 16, 24 or 32 bytes.
#[must_use]
pub fn schedule(key: &[u8], layout: AesLayout) -> Vec<u8> {
    let mut rounds = expand(key);
    let last = rounds.len() - 1;
    if layout.inverse {
        rounds[1..last].iter_mut().for_each(inv_mix_columns);
    }
    if layout.descending {
        rounds.reverse();
    }
    let mut bytes: Vec<u8> = rounds.concat();
    if layout.swapped {
        bytes.chunks_mut(4).for_each(<[u8]>::reverse);
    }
    bytes
}

/// FIPS 197 section 5.2.
fn expand(key: &[u8]) -> Vec<[u8; 16]> {
    let key_words = key.len() / 4;
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| [word[0], word[1], word[2], word[3]]).collect();
    let mut constant = 1_u8;
    for index in key_words..4 * (key_words + 7) {
        let mut word = words[index - 1];
        if index % key_words == 0 {
            word.rotate_left(1);
            word = word.map(substitute);
            word[0] ^= constant;
            constant = double(constant);
        } else if key_words > 6 && index % key_words == 4 {
            word = word.map(substitute);
        }
        let old = words[index - key_words];
        words.push([0, 1, 2, 3].map(|at| word[at] ^ old[at]));
    }
    words
        .chunks(4)
        .map(|round| {
            [0; 16].map({
                let mut bytes = round.concat().into_iter();
                move |_: u8| bytes.next().unwrap_or(0)
            })
        })
        .collect()
}

/// The S-box of FIPS 197 section 5.1.1: inverse in GF(2^8), then an affine map.
fn substitute(byte: u8) -> u8 {
    // The group has 255 elements: x^254 = 1/x, and 0 stays 0.
    let inverse = (0..253).fold(byte, |power, _| multiply(power, byte));
    [1, 2, 3, 4].into_iter().fold(inverse, |sum, by| sum ^ inverse.rotate_left(by)) ^ 0x63
}

fn double(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right != 0 {
        if right & 1 == 1 {
            product ^= left;
        }
        left = double(left);
        right >>= 1;
    }
    product
}

/// FIPS 197 section 5.3.3.
fn inv_mix_columns(round: &mut [u8; 16]) {
    for column in round.chunks_mut(4) {
        let old = [column[0], column[1], column[2], column[3]];
        for (row, byte) in column.iter_mut().enumerate() {
            *byte = [14, 11, 13, 9]
                .iter()
                .enumerate()
                .fold(0, |sum, (at, factor)| sum ^ multiply(old[(row + at) % 4], *factor));
        }
    }
}

/// One key of each size in each layout at each alignment in turn, and the cases that hide one.
pub(super) fn plant(random: &mut Random, keyring: &mut Keyring) {
    for length in [16, 24, 32] {
        for (number, layout) in AesLayout::ALL.into_iter().enumerate() {
            let key = random.bytes(length);
            let secret = secret(keyring, &layout.name(), &key);
            let place = Place::Heap([0, 8, 4, 5, 1, 10, 3, 15][number]);
            keyring.plant(secret, "schedule", &layout.name(), schedule(&key, layout), place);
        }
        let encrypt = AesLayout::ALL[0];
        let key = random.bytes(length);
        let all = schedule(&key, encrypt);
        let cut = secret(keyring, "cut", &key);
        keyring.plant(cut, "schedule", "encrypt, end cut off", all[..6 * 16].to_vec(), Place::SegmentEnd);
        keyring.plant(
            cut,
            "schedule",
            "encrypt, start cut off",
            all[4 * 16 + 3..].to_vec(),
            Place::SegmentStart,
        );

        let key = random.bytes(length);
        let split = secret(keyring, "split", &key);
        keyring.plant(split, "schedule", "encrypt", schedule(&key, encrypt), Place::Border);

        let key = random.bytes(length);
        let rest = secret(keyring, "outside", &key);
        keyring.plant(rest, "schedule", "encrypt", schedule(&key, encrypt), Place::Gap);
        keyring.plant(rest, "key", "bytes", key, Place::Trailing);
    }
    xts(random, keyring);
    registers(random, keyring);
}

/// XTS contexts: the data key's schedule, then the tweak key's.
fn xts(random: &mut Random, keyring: &mut Keyring) {
    for length in [16, 32] {
        for (name, layout) in [("xts-encrypt", AesLayout::ALL[0]), ("xts-decrypt", AesLayout::ALL[6])] {
            let (data, tweak) = (random.bytes(length), random.bytes(length));
            let secret = secret(keyring, name, &data);
            let value = Value { name: "tweak", role: Role::Component, bytes: tweak.clone() };
            keyring.secrets[secret].values.push(value);
            let bytes = [schedule(&data, layout), schedule(&tweak, AesLayout::ALL[0])].concat();
            keyring.plant(secret, "whole", name, bytes, Place::Heap(8));
        }
    }
}

/// A key whose schedule is in memory and whose bytes are in vector registers, where wide ones lie in parts.
fn registers(random: &mut Random, keyring: &mut Keyring) {
    for (length, copies) in [(16, 1), (32, 1), (32, 2)] {
        let key = random.bytes(length);
        let width = length * copies;
        let secret = secret(keyring, &format!("register-{}", width * 8), &key);
        keyring.plant(secret, "schedule", "encrypt", schedule(&key, AesLayout::ALL[0]), Place::Heap(0));
        keyring.plant(secret, "key", "bytes", key.repeat(copies), Place::Vector);
    }
}

fn secret(keyring: &mut Keyring, what: &str, key: &[u8]) -> usize {
    let mut values = vec![Value { name: "key", role: Role::Component, bytes: key.to_vec() }];
    for (name, layout) in [("schedule-encrypt", AesLayout::ALL[0]), ("schedule-decrypt", AesLayout::ALL[6])] {
        values.push(Value { name, role: Role::Derived, bytes: schedule(key, layout) });
    }
    keyring.secret(format!("aes-{}-{what}", key.len() * 8), "aes-key", key.len() * 8, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::aes::cipher::{BlockCipherEncrypt, KeyInit, array::Array};

    /// The round keys, used with the rounds of the `aes` crate, must encrypt and decrypt as the whole cipher of that crate does.
    fn check<C: KeyInit + BlockCipherEncrypt>(length: usize) {
        let mut random = Random::new(length as u64);
        let (key, plain) = (random.bytes(length), random.bytes(16));
        let cipher = C::new_from_slice(&key).unwrap();
        let mut expected = Array::try_from(plain.as_slice()).unwrap();
        cipher.encrypt_block(&mut expected);

        let rounds = schedule(&key, AesLayout::ALL[0]);
        let rounds: Vec<::aes::Block> =
            rounds.chunks(16).map(|key| ::aes::Block::try_from(key).unwrap()).collect();
        let mut block = ::aes::Block::try_from(plain.as_slice()).unwrap();
        xor(&mut block, &rounds[0]);
        for key in &rounds[1..rounds.len() - 1] {
            ::aes::hazmat::cipher_round(&mut block, key);
        }
        // The last round has no MixColumns.
        ::aes::hazmat::cipher_round(&mut block, &[0; 16].into());
        ::aes::hazmat::inv_mix_columns(&mut block);
        xor(&mut block, &rounds[rounds.len() - 1]);
        assert_eq!(block[..], expected[..], "AES-{}", length * 8);

        let inverse = schedule(&key, AesLayout { inverse: true, descending: true, swapped: false });
        for (at, key) in rounds.iter().rev().enumerate() {
            let mut key = *key;
            if at != 0 && at != rounds.len() - 1 {
                ::aes::hazmat::inv_mix_columns(&mut key);
            }
            assert_eq!(key[..], inverse[16 * at..16 * at + 16]);
        }
    }

    fn xor(block: &mut ::aes::Block, key: &::aes::Block) {
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    }

    #[test]
    fn round_keys_are_those_of_the_cipher() {
        check::<::aes::Aes128>(16);
        check::<::aes::Aes192>(24);
        check::<::aes::Aes256>(32);
    }

    #[test]
    fn layouts_differ() {
        let key = Random::new(3).bytes(16);
        let mut all: Vec<_> = AesLayout::ALL.iter().map(|layout| schedule(&key, *layout)).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 8);
    }
}
