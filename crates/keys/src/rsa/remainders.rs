//! One product reduced modulo many moduli at once (Bernstein, "Fast multiplication and its
//! applications", 2008, sections 12 and 18): what 150 moduli cost one by one, long
//! multiplications do for all of them in a quarter of the time.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::number::{inverse_word, low_word};

/// Moduli and their products, pair by pair up to the product of all. Remainders are
/// Montgomery's (1985): each is a unit away from the plain one, which no greatest common
/// divisor notices.
pub(super) struct Remainders {
    modulus: BigUint,
    /// Radix of the reduction: 2 to the bits of the modulus, whole limbs.
    bits: u64,
    /// The radix less one.
    mask: BigUint,
    /// -1 / modulus modulo the radix.
    negative_inverse: BigUint,
    /// Both halves of the moduli, if there are several.
    halves: Option<Box<[Self; 2]>>,
}

impl Remainders {
    /// Prepares odd moduli; `None` if there are none or one is even.
    pub(super) fn new(moduli: &[&BigUint]) -> Option<Self> {
        let halves = match moduli {
            [] => return None,
            [modulus] if modulus.is_even() => return None,
            [_] => None,
            _ => {
                let (left, right) = moduli.split_at(moduli.len() / 2);
                Some(Box::new([Self::new(left)?, Self::new(right)?]))
            }
        };
        let modulus: BigUint = match (&halves, moduli) {
            (Some(halves), _) => halves.iter().map(|half| &half.modulus).product(),
            (None, moduli) => moduli.iter().copied().product(),
        };
        let bits = modulus.bits().next_multiple_of(64);
        let radix = BigUint::one() << bits;
        let negative_inverse = &radix - inverse(&modulus, bits);
        Some(Self { modulus, bits, mask: radix - 1u32, negative_inverse, halves })
    }

    /// Bits of the product of all moduli.
    pub(super) fn bits(&self) -> u64 {
        self.bits
    }

    /// Reduces a number until it is hardly longer than the product of all moduli.
    pub(super) fn reduce(&self, mut number: BigUint) -> BigUint {
        while number.bits() > self.bits + 64 {
            let multiple = ((&number & &self.mask) * &self.negative_inverse) & &self.mask;
            number = (number + multiple * &self.modulus) >> self.bits;
        }
        number
    }

    /// The greatest common divisor of a number with each modulus, in their order.
    pub(super) fn divisors(&self, number: &BigUint) -> Vec<BigUint> {
        let mut out = Vec::new();
        self.descend(number.clone(), &mut out);
        out
    }

    fn descend(&self, number: BigUint, out: &mut Vec<BigUint>) {
        let number = self.reduce(number);
        match &self.halves {
            Some(halves) => halves.iter().for_each(|half| half.descend(number.clone(), out)),
            None => out.push(number.gcd(&self.modulus)),
        }
    }
}

/// 1 / odd modulo 2^bits, by Newton's iteration, which doubles the bits that are right.
fn inverse(odd: &BigUint, bits: u64) -> BigUint {
    let mut inverse = BigUint::from(inverse_word(low_word(odd)));
    let mut right = 64;
    while right < bits {
        right = (2 * right).min(bits);
        let radix = BigUint::one() << right;
        let mask = &radix - 1u32;
        let product = ((odd & &mask) * &inverse) & &mask;
        inverse = (inverse * (radix + 2u32 - product)) & mask;
    }
    inverse
}

/// The product of numbers, by halves, so that long numbers meet long ones.
pub(super) fn product(numbers: &[BigUint]) -> BigUint {
    match numbers {
        [] => BigUint::one(),
        [number] => number.clone(),
        _ => {
            let (left, right) = numbers.split_at(numbers.len() / 2);
            product(left) * product(right)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::number::from_limbs;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn divisors_of_a_product_are_those_of_each_modulus_by_itself(
            moduli in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 1..9), 1..20),
            factors in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 1..9), 1..40),
            shared in any::<u64>(),
        ) {
            // Products of random numbers share small primes with random moduli often enough.
            let moduli: Vec<BigUint> =
                moduli.iter().map(|limbs| (from_limbs(limbs) | BigUint::one()) * (shared | 1)).collect();
            let mut factors: Vec<BigUint> = factors.iter().map(|limbs| from_limbs(limbs)).collect();
            factors.push(BigUint::from(shared | 1));
            let remainders = Remainders::new(&moduli.iter().collect::<Vec<_>>()).unwrap();
            let all = product(&factors);
            prop_assert_eq!(&all, &factors.iter().product::<BigUint>());
            let expected: Vec<BigUint> = moduli.iter().map(|n| n.gcd(&all)).collect();
            prop_assert_eq!(remainders.divisors(&remainders.reduce(all)), expected);
        }
    }

    #[test]
    fn even_moduli_and_none_are_refused() {
        let two = BigUint::from(2u32);
        assert!(Remainders::new(&[]).is_none() && Remainders::new(&[&two]).is_none());
    }
}
