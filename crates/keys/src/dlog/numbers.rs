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
}

/// Bits of a digit of `CPython`.
const DIGIT_BITS: usize = 30;

impl Layout {
    /// Every layout.
    pub(super) const ALL: [Self; 4] = [Self::Limbs, Self::BigEndian, Self::IntArray, Self::Digits];

    /// The name used in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Limbs => "le",
            Self::BigEndian => "be",
            Self::IntArray => "int-array",
            Self::Digits => "digits 30/32",
        }
    }

    /// Bytes that a number of `bytes` bytes takes.
    fn width(self, bytes: usize) -> usize {
        match self {
            Self::Digits => (8 * bytes).div_ceil(DIGIT_BITS) * 4,
            _ => bytes,
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
            Self::Digits => {
                let words = words.iter().map(|word| u32::from_le_bytes(*word));
                let digits: Vec<u32> = words.take_while(|word| word >> DIGIT_BITS == 0).collect();
                let add = |sum: BigUint, digit: &u32| (sum << DIGIT_BITS) + *digit;
                (digits.len() * 4 == bytes.len()).then(|| digits.iter().rev().fold(BigUint::default(), add))
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
            Self::Digits => {
                let mut rest = number.clone();
                let digits = std::iter::from_fn(|| {
                    let digit = rest.iter_u32_digits().next()? & ((1 << DIGIT_BITS) - 1);
                    rest >>= DIGIT_BITS;
                    Some(digit)
                });
                digits.flat_map(u32::to_le_bytes).collect()
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
        let texts = gathered.standing(width, layout == Layout::Digits);
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
