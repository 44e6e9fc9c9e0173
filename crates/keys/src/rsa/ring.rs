//! Multiplication modulo a known modulus, for millions of factors.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::number::{inverse_word, low_word};

/// An odd modulus prepared for Montgomery multiplication (Koç, Acar, Kaliski:
/// "Analyzing and comparing Montgomery multiplication algorithms", 1996).
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    limbs: Vec<u64>,
    /// -1 / modulus modulo 2^64.
    negative_inverse: u64,
    scratch: Vec<u64>,
}

impl Ring {
    /// Prepares an odd modulus.
    pub(crate) fn new(modulus: &BigUint) -> Option<Self> {
        if modulus.is_even() || modulus.is_one() {
            return None;
        }
        let limbs = modulus.to_u64_digits();
        let scratch = vec![0; 2 * limbs.len() + 1];
        Some(Self { negative_inverse: inverse_word(low_word(modulus)).wrapping_neg(), limbs, scratch })
    }

    /// Limbs of the modulus.
    pub(crate) fn len(&self) -> usize {
        self.limbs.len()
    }

    /// `product = product * factor / 2^(64 * factor.len())` modulo the modulus: a unit
    /// apart from the plain product, which no greatest common divisor notices.
    /// `factor` must have no more limbs than the modulus.
    pub(crate) fn multiply(&mut self, product: &mut [u64], factor: &[u64]) {
        let length = self.limbs.len();
        let rounds = factor.len().min(length);
        self.scratch.fill(0);
        for (index, digit) in factor.iter().enumerate().take(rounds) {
            let Some(window) = self.scratch.get_mut(index..=index + length) else { return };
            let carry = add_multiple(window, product, *digit);
            let quotient = window.first().copied().unwrap_or(0).wrapping_mul(self.negative_inverse);
            let second = add_multiple(window, &self.limbs, quotient);
            if let Some(next) = self.scratch.get_mut(index + length + 1) {
                *next = u64::from(carry) + u64::from(second);
            }
        }
        // The carry out of the last round would need a limb more; the result is
        // below twice the modulus, so one subtraction settles both.
        let result = self.scratch.get(rounds..rounds + length).unwrap_or_default();
        let over = self.scratch.get(rounds + length).is_some_and(|top| *top != 0);
        product.copy_from_slice(result);
        if over || !is_less(product, &self.limbs) {
            subtract(product, &self.limbs);
        }
    }

    /// `a - b` modulo the modulus; both must be below it and of its length.
    pub(crate) fn difference(&self, a: &[u64], b: &[u64], out: &mut Vec<u64>) {
        out.clear();
        out.extend_from_slice(a);
        if subtract(out, b) {
            let mut carry = false;
            for (digit, limb) in out.iter_mut().zip(&self.limbs) {
                let (sum, first) = digit.overflowing_add(*limb);
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                *digit = sum;
                carry = first | second;
            }
        }
    }
}

/// `window += multiplicand * digit`; returns the carry out of the window, which is
/// one limb longer than the multiplicand.
fn add_multiple(window: &mut [u64], multiplicand: &[u64], digit: u64) -> bool {
    let mut carry = 0u64;
    let (digits, top) = window.split_at_mut(multiplicand.len());
    for (out, limb) in digits.iter_mut().zip(multiplicand) {
        let sum = u128::from(*limb) * u128::from(digit) + u128::from(*out) + u128::from(carry);
        #[expect(clippy::cast_possible_truncation, reason = "split into halves")]
        {
            *out = sum as u64;
            carry = (sum >> 64) as u64;
        }
    }
    match top.first_mut() {
        Some(top) => {
            let (sum, over) = top.overflowing_add(carry);
            *top = sum;
            over
        }
        None => false,
    }
}

fn is_less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().cmp(b.iter().rev()).is_lt()
}

/// `a -= b` limb by limb; true if it went below zero.
fn subtract(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    for (digit, limb) in a.iter_mut().zip(b) {
        let (difference, first) = digit.overflowing_sub(*limb);
        let (difference, second) = difference.overflowing_sub(u64::from(borrow));
        *digit = difference;
        borrow = first | second;
    }
    borrow
}

#[cfg(test)]
mod tests {
    use super::super::number::from_limbs;
    use super::*;
    use proptest::prelude::*;

    fn padded(number: &BigUint, length: usize) -> Vec<u64> {
        let mut limbs = number.to_u64_digits();
        limbs.resize(length, 0);
        limbs
    }

    proptest! {
        #[test]
        fn products_and_differences_agree_with_plain_arithmetic(
            modulus in proptest::collection::vec(any::<u64>(), 1..40),
            a in proptest::collection::vec(any::<u64>(), 40),
            b in proptest::collection::vec(any::<u64>(), 40),
        ) {
            let modulus = from_limbs(&modulus) | BigUint::from(1u32) | (BigUint::one() << (64 * modulus.len() as u64 - 1));
            let mut ring = Ring::new(&modulus).unwrap();
            let (a, b) = (from_limbs(&a) % &modulus, from_limbs(&b) % &modulus);
            let mut product = padded(&a, ring.len());
            ring.multiply(&mut product, &b.to_u64_digits());
            let radix = BigUint::one() << (64 * b.to_u64_digits().len() as u64);
            prop_assert_eq!(from_limbs(&product) * radix % &modulus, &a * &b % &modulus);
            let mut difference = Vec::new();
            ring.difference(&padded(&a, ring.len()), &padded(&b, ring.len()), &mut difference);
            prop_assert_eq!(from_limbs(&difference), (&a + &modulus - &b) % &modulus);
        }
    }
}
