//! Powers of one base, for many exponents.

use super::limits::WINDOW_BITS;
use crate::rsa::Ring;
use num_bigint::BigUint;
use num_traits::One as _;

/// base^(d 2^(w i)) for every window i of w bits and every digit d but zero, in Montgomery
/// form.
pub(super) struct Table {
    ring: Ring,
    /// One entry after another, each as long as the modulus.
    powers: Vec<u64>,
    /// 1 in Montgomery form.
    one: Vec<u64>,
    digits: usize,
}

impl Table {
    /// A table for exponents of up to `bits` bits; nothing for an even modulus.
    pub(super) fn new(base: &BigUint, modulus: &BigUint, bits: usize) -> Option<Self> {
        let mut ring = Ring::new(modulus)?;
        let length = ring.len();
        let limbs = |number: BigUint| {
            let mut limbs = number.to_u64_digits();
            limbs.resize(length, 0);
            limbs
        };
        let radix = |number: &BigUint| limbs((number << (64 * length)) % modulus);
        let one = radix(&BigUint::one());
        let digits = bits.div_ceil(WINDOW_BITS);
        let mut powers = Vec::with_capacity(digits * ((1 << WINDOW_BITS) - 1) * length);
        let mut base = radix(base);
        for _ in 0..digits {
            let mut power = base.clone();
            for _ in 1..1 << WINDOW_BITS {
                powers.extend_from_slice(&power);
                ring.multiply(&mut power, &base);
            }
            base = power;
        }
        Some(Self { ring, powers, one, digits })
    }

    /// Products of limbs that making it, and each power, takes.
    pub(super) fn cost(modulus_bits: u64, bits: usize) -> (u64, u64) {
        let limbs = modulus_bits.div_ceil(64);
        let digits = bits.div_ceil(WINDOW_BITS) as u64;
        (2 * limbs * limbs * (digits << WINDOW_BITS), 2 * limbs * limbs * digits)
    }

    /// base^exponent.
    pub(super) fn power(&self, exponent: &BigUint) -> BigUint {
        let mut ring = self.ring.clone();
        let length = ring.len();
        let mut product = self.one.clone();
        let bits = exponent.to_u64_digits();
        for digit in 0..self.digits {
            let value = window(&bits, digit * WINDOW_BITS);
            let index = (digit << WINDOW_BITS) - digit + value;
            let entry =
                value.checked_sub(1).and_then(|_| self.powers.get((index - 1) * length..index * length));
            if let Some(entry) = entry {
                ring.multiply(&mut product, entry);
            }
        }
        ring.multiply(&mut product, &unit(length));
        let bytes: Vec<u8> = product.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        BigUint::from_bytes_le(&bytes)
    }
}

/// 1, to leave the Montgomery form.
fn unit(length: usize) -> Vec<u64> {
    let mut one = vec![0; length];
    if let Some(first) = one.first_mut() {
        *first = 1;
    }
    one
}

/// The window of an exponent at a bit.
fn window(limbs: &[u64], bit: usize) -> usize {
    let limb = |index: usize| u128::from(limbs.get(index).copied().unwrap_or(0));
    let both = limb(bit / 64) | limb(bit / 64 + 1) << 64;
    usize::try_from(both >> (bit % 64) & ((1 << WINDOW_BITS) - 1)).unwrap_or(0)
}
