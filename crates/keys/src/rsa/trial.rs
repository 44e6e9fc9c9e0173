//! One known modulus against many numbers.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{CheckedSub, One};

use super::divisors::DETECTOR;
use super::index::{Index, Standing};
use super::keyring::{Keyring, Place};
use super::layout::LAYOUTS;
use super::limits::DIVISOR_BITS_MIN;
use super::number::from_limbs;
use super::ring::Ring;
use super::values::Value;

/// Bits of the Montgomery radix that goes with a number's layout and length.
pub(super) fn radix_bits(value: &Value) -> usize {
    LAYOUTS.get(value.spot.layout()).map_or(0, |layout| layout.bits * value.count)
}

/// How many powers of the radix to compare a number with: the square, which everybody keeps,
/// and for numbers at edges in the usual layout all three.
pub(super) fn powers(value: &Value) -> usize {
    let is_usual =
        LAYOUTS.get(value.spot.layout()).is_some_and(|layout| layout.word == 8 && layout.bits == 64);
    if is_usual && value.standing != Standing::Inside { 3 } else { 1 }
}

/// Exponents of the powers of the radix, the first of them first.
const POWERS: [usize; 3] = [2, 1, 3];

/// W, and R^2 - W, R - W, R^3 - W where Montgomery constants are kept: what a prime divides
/// if W is a multiple of it or such a constant.
pub(super) fn relations(value: &Value) -> impl Iterator<Item = BigUint> {
    let number = from_limbs(&value.limbs);
    let bits = radix_bits(value);
    let powers = POWERS.into_iter().take(powers(value)).map(|power| BigUint::one() << (power * bits));
    // A number of the radix's digits is below it.
    let differences: Vec<BigUint> = powers.filter_map(|power| power.checked_sub(&number)).collect();
    std::iter::once(number).chain(differences)
}

/// One modulus under trial.
pub(super) struct Trial<'n> {
    n: &'n BigUint,
    ring: Ring,
    /// Radix of the last layout used and its [`POWERS`] modulo n.
    radix_bits: usize,
    radix_powers: Vec<Vec<u64>>,
}

impl<'n> Trial<'n> {
    /// Prepares an odd modulus.
    pub(super) fn new(n: &'n BigUint) -> Option<Self> {
        Some(Self { n, ring: Ring::new(n)?, radix_bits: 0, radix_powers: Vec::new() })
    }

    /// True if one of the values shares a divisor with n.
    pub(super) fn shares_divisor(&mut self, values: &[Value]) -> bool {
        let mut product = vec![0u64; self.ring.len()];
        if let Some(first) = product.first_mut() {
            *first = 1;
        }
        for value in values {
            self.multiply(&mut product, value);
        }
        from_limbs(&product).gcd(self.n).bits() >= DIVISOR_BITS_MIN
    }

    /// Finds the values that share a divisor with n by halving.
    pub(super) fn hunt(&mut self, values: &[Value], index: &Index, keyring: &mut Keyring) {
        if !self.shares_divisor(values) {
            return;
        }
        match values {
            [] => {}
            [value] => self.report(value, index, keyring),
            _ => {
                let (left, right) = values.split_at(values.len() / 2);
                self.hunt(left, index, keyring);
                self.hunt(right, index, keyring);
            }
        }
    }

    /// Multiplies by all that a prime may divide; see [`relations`].
    fn multiply(&mut self, product: &mut [u64], value: &Value) {
        self.ring.multiply(product, &value.limbs);
        self.prepare(radix_bits(value));
        let mut padded = value.limbs.clone();
        padded.resize(self.ring.len(), 0);
        let mut difference = Vec::with_capacity(padded.len());
        for power in self.radix_powers.iter().take(powers(value)) {
            self.ring.difference(power, &padded, &mut difference);
            self.ring.multiply(product, &difference);
        }
    }

    /// Computes the powers of the radix modulo n.
    fn prepare(&mut self, radix_bits: usize) {
        if self.radix_bits == radix_bits {
            return;
        }
        let powers = POWERS.map(|power| {
            let mut limbs = ((BigUint::one() << (power * radix_bits)) % self.n).to_u64_digits();
            limbs.resize(self.ring.len(), 0);
            limbs
        });
        self.radix_powers = powers.to_vec();
        self.radix_bits = radix_bits;
    }

    fn report(&self, value: &Value, index: &Index, keyring: &mut Keyring) {
        for (relation, component) in relations(value).zip(["p", "rr_p", "one_p", "rrr_p"]) {
            let divisor = relation.gcd(self.n);
            if divisor.bits() >= DIVISOR_BITS_MIN && divisor != *self.n {
                let key = keyring.add(self.n, &divisor, DETECTOR);
                key.places.extend(Place::new(index, value.spot, value.count, component));
            }
        }
    }
}
