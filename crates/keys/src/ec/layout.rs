//! The layouts of a number in memory.

use super::curve::Curve;
use num_bigint::BigUint;
use zeroize::Zeroizing;

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layout {
    /// Limbs of any size, least significant first, on a little-endian processor: OpenSSL,
    /// `BoringSSL`, Go, GMP, mbedTLS, `RustCrypto`.
    Limbs,
    /// Bytes, most significant first: encodings, `libsecp256k1`, ring's seeds, NSS.
    BigEndian,
    /// Limbs of v R mod n: ring, `RustCrypto` for P-384 and P-521.
    Montgomery,
    /// 32-bit words, most significant first: Java's `BigInteger`.
    IntArray,
    /// 30 bits in 32, least significant first: `CPython`.
    Digits,
    /// 60 bits in 64, least significant first: `LibTomMath`.
    LongDigits,
    /// 52 bits in 64: coordinates of secp256k1 in `libsecp256k1` and `RustCrypto`.
    Digits52,
    /// 58 bits in 64: coordinates of P-521 in fiat-crypto's code, which `RustCrypto` has.
    Digits58,
}

impl Layout {
    /// Every layout of a scalar.
    pub(super) const ALL: [Self; 6] =
        [Self::Limbs, Self::BigEndian, Self::Montgomery, Self::IntArray, Self::Digits, Self::LongDigits];

    /// Those of most libraries.
    pub(super) const PLAIN: [Self; 2] = [Self::Limbs, Self::BigEndian];

    /// Every layout in which the coordinates of a curve are kept as they are; curves of one size are taken for each other.
    pub(super) fn of_coordinates(curve: Curve) -> impl Iterator<Item = Self> {
        let own = match curve.size() {
            32 => Some(Self::Digits52),
            66 => Some(Self::Digits58),
            _ => None,
        };
        Self::ALL.into_iter().filter(|layout| *layout != Self::Montgomery).chain(own)
    }

    /// The name used in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Limbs => "le",
            Self::BigEndian => "be",
            Self::Montgomery => "montgomery",
            Self::IntArray => "int-array",
            Self::Digits => "digits 30/32",
            Self::LongDigits => "digits 60/64",
            Self::Digits52 => "digits 52/64",
            Self::Digits58 => "digits 58/64",
        }
    }

    /// Length of a number of this curve, in bytes.
    pub(super) fn width(self, curve: Curve) -> usize {
        match self {
            Self::Limbs | Self::Montgomery => curve.limb_bytes(),
            Self::BigEndian => curve.size(),
            Self::IntArray => curve.size().next_multiple_of(4),
            Self::Digits | Self::LongDigits | Self::Digits52 | Self::Digits58 => {
                let (bits, bytes) = self.digit();
                let whole = if curve.size() == 66 { 521 } else { curve.size() * 8 };
                whole.div_ceil(bits) * bytes
            }
        }
    }

    /// Whether a number is written in words with spare bits.
    pub(super) fn is_digits(self) -> bool {
        matches!(self, Self::Digits | Self::LongDigits | Self::Digits52 | Self::Digits58)
    }

    /// Whether only coordinates are written so, side by side: the spare bits of each word rule out everything else.
    pub(super) fn is_of_coordinates(self) -> bool {
        matches!(self, Self::Digits52 | Self::Digits58)
    }

    /// Bits of a digit, and bytes of the word that holds it.
    fn digit(self) -> (usize, usize) {
        match self {
            Self::LongDigits => (60, 8),
            Self::Digits52 => (52, 8),
            Self::Digits58 => (58, 8),
            _ => (30, 4),
        }
    }

    /// The scalar that stands in these bytes, big-endian, [`Curve::size`] long; nothing if
    /// it would be longer.
    pub(super) fn scalar(self, curve: Curve, bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let little: Zeroizing<Vec<u8>> = Zeroizing::new(match self {
            Self::Limbs => bytes.to_vec(),
            Self::BigEndian => bytes.iter().rev().copied().collect(),
            Self::IntArray => bytes.rchunks_exact(4).flatten().copied().collect(),
            Self::Digits | Self::LongDigits | Self::Digits52 | Self::Digits58 => {
                from_digits(bytes, self.digit())?
            }
            Self::Montgomery => {
                let numbers = curve.numbers();
                let value = BigUint::from_bytes_le(bytes);
                if value >= numbers.order {
                    return None;
                }
                ((value * &numbers.order_unmont) % &numbers.order).to_bytes_le()
            }
        });
        if little.iter().skip(curve.size()).any(|byte| *byte != 0) {
            return None;
        }
        let mut out = Zeroizing::new(vec![0; curve.size()]);
        out.iter_mut().rev().zip(little.iter()).for_each(|(to, from)| *to = *from);
        Some(out)
    }

    /// A big-endian number of [`Curve::size`] bytes in this layout; `modulus` belongs to
    /// the Montgomery form.
    pub(super) fn write(self, curve: Curve, value: &[u8], modulus: &BigUint) -> Vec<u8> {
        let mut little: Vec<u8> = value.iter().rev().copied().collect();
        match self {
            Self::BigEndian => value.to_vec(),
            Self::Montgomery => curve.montgomery(value, modulus),
            Self::Limbs => {
                little.resize(curve.limb_bytes(), 0);
                little
            }
            Self::IntArray => {
                little.resize(self.width(curve), 0);
                little.rchunks_exact(4).flatten().copied().collect()
            }
            Self::Digits | Self::LongDigits | Self::Digits52 | Self::Digits58 => {
                to_digits(&little, self.width(curve), self.digit())
            }
        }
    }
}

fn from_digits(bytes: &[u8], (bits, word): (usize, usize)) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut pool, mut held) = (0_u128, 0);
    for word in bytes.chunks_exact(word) {
        let digit = word.iter().rev().fold(0_u128, |digit, byte| digit << 8 | u128::from(*byte));
        if digit >> bits != 0 {
            return None;
        }
        pool |= digit << held;
        held += bits;
        while held >= 8 {
            out.push(pool.to_le_bytes()[0]);
            pool >>= 8;
            held -= 8;
        }
    }
    out.push(pool.to_le_bytes()[0]);
    Some(out)
}

fn to_digits(little: &[u8], width: usize, (bits, word): (usize, usize)) -> Vec<u8> {
    let mut out = Vec::with_capacity(width);
    let (mut pool, mut held) = (0_u128, 0);
    for byte in little.iter().copied().chain(std::iter::repeat(0)) {
        pool |= u128::from(byte) << held;
        held += 8;
        if held >= bits {
            let digit = pool & ((1 << bits) - 1);
            out.extend(digit.to_le_bytes().iter().take(word));
            pool >>= bits;
            held -= bits;
        }
        if out.len() >= width {
            break;
        }
    }
    out
}
