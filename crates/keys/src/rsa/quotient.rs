//! Exact division of a known modulus by numbers that may be its primes.

use num_bigint::BigUint;
use num_traits::ToPrimitive;

use super::number::inverse_word;

/// A modulus to be divided by many numbers. Division from the lowest limb upward
/// (Jebelean, "An algorithm for exact division", 1993) needs half of a multiplication
/// and ends in the top limb of the quotient, which the top limbs of modulus and divisor
/// say already: a number that does not divide fails there.
pub(super) struct Dividend {
    limbs: Vec<u64>,
    /// The top of the modulus as a fraction of its limbs.
    top: f64,
    rest: Vec<u64>,
}

impl Dividend {
    /// Prepares a modulus.
    pub(super) fn new(n: &BigUint) -> Self {
        let limbs = n.to_u64_digits();
        Self { top: fraction(&limbs), rest: Vec::with_capacity(limbs.len()), limbs }
    }

    /// False if the number, odd and without zeros on top, does not divide the modulus;
    /// true by mistake less than once in 2^30. Adds what it costs to `work`.
    pub(super) fn may_be_multiple_of(&mut self, divisor: &[u64], work: &mut u64) -> bool {
        let Some(length) = (self.limbs.len() + 1).checked_sub(divisor.len()) else { return false };
        let low = divisor.first().copied().unwrap_or(0);
        let inverse = inverse_word(low);
        self.rest.clear();
        self.rest.extend(self.limbs.iter().take(length));
        for at in 0..length {
            let Some((rest, above)) = self.rest.get_mut(at..).and_then(<[u64]>::split_first_mut) else {
                break;
            };
            let digit = rest.wrapping_mul(inverse);
            *rest = digit;
            // The lowest limb cancels; what it carries goes on.
            let carry = high_half(u128::from(digit) * u128::from(low));
            subtract_multiple(above, divisor.get(1..).unwrap_or_default(), digit, carry);
        }
        *work += (length * divisor.len().min(length)) as u64;
        self.ends_right(divisor)
    }

    /// True if the quotient's top agrees with that of modulus over divisor.
    fn ends_right(&self, divisor: &[u64]) -> bool {
        /// What is left of 53 bits in two roundings.
        const TOLERANCE: f64 = 1e-9;
        let expected = self.top / fraction(divisor);
        // `expected` is the quotient as a multiple of 2^(64 (length - 1)).
        let quotient = LIMB * fraction(&self.rest);
        (quotient - expected).abs() <= TOLERANCE * expected
    }
}

/// The three upper limbs as a number between 0 and 1.
fn fraction(limbs: &[u64]) -> f64 {
    let top = |back: usize| limbs.len().checked_sub(back).and_then(|at| limbs.get(at)).copied().unwrap_or(0);
    to_fraction(top(1)) + (to_fraction(top(2)) + to_fraction(top(3)) / LIMB) / LIMB
}

const LIMB: f64 = 18_446_744_073_709_551_616.0;

fn to_fraction(limb: u64) -> f64 {
    limb.to_f64().unwrap_or(0.0) / LIMB
}

/// `window -= multiplicand * digit + carry`, as far as the window goes.
#[inline]
fn subtract_multiple(window: &mut [u64], multiplicand: &[u64], digit: u64, mut carry: u64) {
    let mut limbs = multiplicand.iter();
    for out in window {
        let product = match limbs.next() {
            Some(limb) => u128::from(*limb) * u128::from(digit) + u128::from(carry),
            None if carry == 0 => return,
            None => u128::from(carry),
        };
        let (difference, borrow) = out.overflowing_sub(low_half(product));
        *out = difference;
        carry = high_half(product) + u64::from(borrow);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
fn low_half(value: u128) -> u64 {
    value as u64
}

fn high_half(value: u128) -> u64 {
    (value >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_divisor_is_seen_and_another_number_is_not(
            mut p in proptest::collection::vec(any::<u64>(), 4..10),
            mut q in proptest::collection::vec(any::<u64>(), 4..20),
            at in 0usize..4, bit in 1u32..64,
        ) {
            p[0] |= 1;
            q[0] |= 1;
            let number = |limbs: &[u64]| super::super::number::from_limbs(limbs);
            while p.last() == Some(&0) { p.pop(); }
            let mut dividend = Dividend::new(&(number(&p) * number(&q)));
            let mut work = 0;
            prop_assert!(dividend.may_be_multiple_of(&p, &mut work));
            if let Some(limb) = p.get_mut(at) { *limb ^= 1 << bit; }
            prop_assert!(!dividend.may_be_multiple_of(&p, &mut work));
        }
    }
}
