//! The key schedule of FIPS 197 section 5.2, from a key or from any part of it
//! that is as long as the key.

use super::sbox::{round_constant, sub_word};
use std::ops::Range;
use zeroize::Zeroizing;

/// The most words a schedule has: 15 round keys of 4.
pub(super) const WORDS_MAX: usize = 60;

/// Which AES.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Size {
    Aes128,
    Aes192,
    Aes256,
}

impl Size {
    pub(super) fn of_key(key: &[u8]) -> Option<Self> {
        [Self::Aes128, Self::Aes192, Self::Aes256].into_iter().find(|size| 4 * size.key_words() == key.len())
    }

    /// Nk: words in the key.
    pub(super) fn key_words(self) -> usize {
        match self {
            Self::Aes128 => 4,
            Self::Aes192 => 6,
            Self::Aes256 => 8,
        }
    }

    /// Nr: the number of the last round key.
    pub(super) fn rounds(self) -> usize {
        self.key_words() + 6
    }

    /// Words in the schedule.
    pub(super) fn words(self) -> usize {
        4 * (self.rounds() + 1)
    }

    /// Key length in bits.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Aes128 => 128,
            Self::Aes192 => 192,
            Self::Aes256 => 256,
        }
    }

    /// What is added to the word one key length back to give word `index`.
    pub(super) fn step(self, index: usize, before: u32) -> u32 {
        let key_words = self.key_words();
        if index.is_multiple_of(key_words) {
            sub_word(before.rotate_left(8)) ^ round_constant(index / key_words)
        } else if self.is_linear(index) {
            before
        } else {
            sub_word(before)
        }
    }

    /// True if the S-box has no part in word `index`.
    pub(super) fn is_linear(self, index: usize) -> bool {
        !index.is_multiple_of(self.key_words()) && (self != Self::Aes256 || index % 8 != 4)
    }
}

/// A whole encryption schedule. Wiped when dropped.
pub(super) struct Expansion {
    pub(super) size: Size,
    words: Zeroizing<[u32; WORDS_MAX]>,
}

impl Expansion {
    /// Expands a key of 16, 24 or 32 bytes.
    pub(super) fn of_key(key: &[u8]) -> Option<Self> {
        let (words, []) = key.as_chunks() else { return None };
        let part = Zeroizing::new(words.iter().map(|word| u32::from_be_bytes(*word)).collect::<Vec<_>>());
        Self::around(Size::of_key(key)?, 0, &part)
    }

    /// The only schedule whose words from `start` on are `part`, which has the
    /// length of the key: every step of the expansion can be undone.
    pub(super) fn around(size: Size, start: usize, part: &[u32]) -> Option<Self> {
        let key_words = size.key_words();
        let end = start.checked_add(key_words).filter(|end| *end <= size.words())?;
        if part.len() != key_words {
            return None;
        }
        let mut words = Zeroizing::new([0; WORDS_MAX]);
        words[start..end].copy_from_slice(part);
        for index in end..size.words() {
            words[index] = words[index - key_words] ^ size.step(index, words[index - 1]);
        }
        for index in (0..start).rev() {
            let later = index + key_words;
            words[index] = words[later] ^ size.step(later, words[later - 1]);
        }
        Some(Self { size, words })
    }

    /// The words, first byte highest.
    pub(super) fn words(&self) -> &[u32] {
        &self.words[..self.size.words()]
    }

    /// The key.
    pub(super) fn key(&self) -> Vec<u8> {
        self.words[..self.size.key_words()].iter().flat_map(|word| word.to_be_bytes()).collect()
    }
}

/// True if a run of correct words leaves one schedule only and bears its proof:
/// 128 bits more than the key length, and a step with a round constant, which
/// tells the round.
pub(super) fn proves(size: Size, run: &Range<usize>) -> bool {
    let key_words = size.key_words();
    let first_step = run.start.next_multiple_of(key_words) + key_words;
    run.len() >= key_words + 4 && first_step < run.end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn expansion_is_that_of_fips_197_appendix_a() {
        for (key, last) in [
            ("2b7e151628aed2a6abf7158809cf4f3c", [0xd014_f9a8, 0xc9ee_2589, 0xe13f_0cc8, 0xb663_0ca6]),
            (
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                [0xe98b_a06f, 0x448c_773c, 0x8ecc_7204, 0x0100_2202],
            ),
            (
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                [0xfe48_90d1, 0xe618_8d0b, 0x046d_f344, 0x706c_631e],
            ),
        ] {
            let expansion = Expansion::of_key(&bytes(key)).unwrap();
            assert!(expansion.words().ends_with(&last), "{key}");
            assert_eq!(bytes(key), expansion.key());
        }
    }

    #[test]
    fn every_part_of_key_length_leads_back_to_the_key() {
        for length in [16, 24, 32] {
            let key: Vec<u8> = (0..length).map(|byte: u8| byte.wrapping_mul(37)).collect();
            let whole = Expansion::of_key(&key).unwrap();
            let key_words = whole.size.key_words();
            for start in 0..=whole.size.words() - key_words {
                let part = &whole.words()[start..start + key_words];
                assert_eq!(whole.words(), Expansion::around(whole.size, start, part).unwrap().words());
            }
        }
    }

    #[test]
    fn other_lengths_are_no_key() {
        for length in [0, 4, 15, 17, 20, 28, 33, 64] {
            assert!(Expansion::of_key(&vec![1; length]).is_none());
        }
    }
}
