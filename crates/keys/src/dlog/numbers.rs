//! Numbers of a given length in the layouts of the libraries.

use crate::ec::{self, Text};
use num_bigint::BigUint;
use std::collections::BTreeSet;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layout {
    /// Limbs, least significant first.
    Limbs,
    /// Bytes, most significant first.
    BigEndian,
    /// 32-bit words, most significant first: Java's `BigInteger`.
    IntArray,
    /// 30 bits in 32, least significant first: `CPython`.
    Digits,
    /// 60 bits in 64, least significant first: `LibTomMath`.
    LongDigits,
}

impl Layout {
    /// Every layout.
    pub(super) const ALL: [Self; 5] =
        [Self::Limbs, Self::BigEndian, Self::IntArray, Self::Digits, Self::LongDigits];

    /// The name used in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Limbs => "le",
            Self::BigEndian => "be",
            Self::IntArray => "int-array",
            Self::Digits => "digits 30/32",
            Self::LongDigits => "digits 60/64",
        }
    }

    /// Bytes that a number of `bytes` bytes takes.
    fn width(self, bytes: usize) -> usize {
        self.digit().map_or(bytes, |(bits, word)| (8 * bytes).div_ceil(bits) * word)
    }

    /// Bits of a digit, and bytes of the word that holds it.
    fn digit(self) -> Option<(usize, usize)> {
        match self {
            Self::Limbs | Self::BigEndian | Self::IntArray => None,
            Self::Digits => Some((30, 4)),
            Self::LongDigits => Some((60, 8)),
        }
    }

    fn read(self, bytes: &[u8]) -> Option<BigUint> {
        let words = bytes.as_chunks::<4>().0;
        match self {
            Self::Limbs => Some(BigUint::from_bytes_le(bytes)),
            Self::BigEndian => Some(BigUint::from_bytes_be(bytes)),
            Self::IntArray => {
                let words = words.iter().rev().copied().map(u32::from_le_bytes);
                bytes.len().is_multiple_of(4).then(|| BigUint::from_slice(&words.collect::<Vec<u32>>()))
            }
            Self::Digits | Self::LongDigits => {
                let (bits, word) = self.digit()?;
                let value = |word: &[u8]| word.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
                let digits: Vec<u64> =
                    bytes.chunks(word).map(value).take_while(|digit| digit >> bits == 0).collect();
                let add = |sum: BigUint, digit: &u64| (sum << bits) + *digit;
                (digits.len() * word == bytes.len())
                    .then(|| digits.iter().rev().fold(BigUint::default(), add))
            }
        }
    }

    /// The bytes of a number of `length` bytes.
    pub(super) fn write(self, number: &BigUint, length: usize) -> Vec<u8> {
        let mut little = number.to_bytes_le();
        little.resize(length.max(little.len()), 0);
        match self {
            Self::Limbs => little,
            Self::BigEndian => little.into_iter().rev().collect(),
            Self::IntArray => little.rchunks(4).flatten().copied().collect(),
            Self::Digits | Self::LongDigits => {
                let (bits, word) = self.digit().unwrap_or((8, 1));
                let mut rest = number.clone();
                let digits = std::iter::from_fn(|| {
                    let digit = rest.iter_u64_digits().next()? & ((1 << bits) - 1);
                    rest >>= bits;
                    Some(digit)
                });
                digits.flat_map(|digit| digit.to_le_bytes().into_iter().take(word)).collect()
            }
        }
    }
}

/// A number where it stands.
#[derive(Clone, Debug)]
pub(super) struct Number {
    /// Position of its first byte.
    pub(super) position: u64,
    /// Bytes that it takes.
    pub(super) width: usize,
    /// How it is written.
    pub(super) layout: Layout,
    /// Its value.
    pub(super) value: BigUint,
}

/// All numbers that fit into `bytes` bytes and fill the last one or two limbs, and that `fits` accepts, each value once.
/// Adds to `skipped` what exceeds `max`.
pub(super) fn of_length(
    gathered: &ec::Harvest,
    bytes: usize,
    max: usize,
    fits: impl Fn(&BigUint) -> bool,
    skipped: &mut u64,
) -> Vec<Number> {
    let (mut out, mut seen) = (Vec::new(), BTreeSet::new());
    for layout in Layout::ALL {
        let width = layout.width(bytes);
        let texts = gathered.standing(width, layout.digit().is_some());
        let read = |text: &Text<'_>| {
            let value = layout.read(text.value).filter(&fits)?;
            Some(Number { position: text.position, width, layout, value })
        };
        for number in texts.iter().filter_map(read) {
            if seen.insert(number.value.clone()) {
                out.push(number);
            }
        }
    }
    *skipped += out.len().saturating_sub(max) as u64;
    out.truncate(max);
    out
}
