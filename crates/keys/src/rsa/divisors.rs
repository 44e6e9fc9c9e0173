//! Known moduli against every number of the right size: a prime, a multiple of it,
//! or a Montgomery constant of it shares a divisor with the modulus.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::index::Index;
use super::keyring::{Keyring, Place};
use super::layout::LAYOUTS;
use super::limits::{DIVISOR_BITS_MIN, DIVISOR_WORK_MAX};
use super::moduli::Moduli;
use super::number::{from_limbs, low_word};
use super::ring::Ring;
use super::values::{Remains, Value, candidates, of_size};

/// Name of this relation in reports.
const DETECTOR: &str = "rsa-divisor";

/// Primes of a key: two, or as many as multi-prime generators make.
const PARTS: [u64; 4] = [2, 3, 4, 5];

/// Factors multiplied before one greatest common divisor is taken.
const BATCH: usize = 512;

/// Word multiplications that a greatest common divisor costs, per square of the limbs.
const GCD_WORK: u64 = 64;

/// Tries prime candidates with every modulus that has no solution yet, then all numbers
/// of the size of a prime. Returns the numbers tried and the trials (a modulus and a
/// size) not finished.
pub(super) fn divide(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> (u64, u64) {
    let mut open: Vec<&BigUint> = moduli.iter().collect();
    open.retain(|n| !keyring.is_solved(n));
    // A modulus that stands in memory as a number is in use; the certificates of
    // strangers stand there as DER only.
    open.sort_by_key(|n| (index.matching(low_word(n)).next().is_none(), n.bits(), *n));
    let likely = |bits: u64| (candidates(index, usize::try_from(bits.div_ceil(64)).unwrap_or(0)), 0);
    let first = pass(index, &open, keyring, likely);
    open.retain(|n| !keyring.is_solved(n));
    let all = |bits: u64| of_size(index, usize::try_from(bits).unwrap_or(0));
    let second = pass(index, &open, keyring, all);
    (first.0 + second.0, first.1 + second.1)
}

/// Tries the numbers that `read` finds for a size with all open moduli.
fn pass(
    index: &Index,
    open: &[&BigUint],
    keyring: &mut Keyring,
    read: impl Fn(u64) -> (Vec<Value>, u64),
) -> (u64, u64) {
    let (mut work, mut tried, mut unfinished) = (0u64, 0u64, 0u64);
    for parts in PARTS {
        let mut size = 0;
        let mut values = Vec::new();
        for n in open {
            if keyring.is_solved(n) {
                continue;
            }
            if work >= DIVISOR_WORK_MAX {
                unfinished += 1;
                continue;
            }
            let bits = n.bits().div_ceil(parts);
            if bits != size {
                let (found, dropped) = read(bits);
                (values, size) = (found, bits);
                unfinished += u64::from(dropped > 0);
            }
            let Some(mut trial) = Trial::new(n) else { continue };
            for batch in values.chunks(BATCH) {
                if work >= DIVISOR_WORK_MAX {
                    unfinished += 1;
                    break;
                }
                trial.hunt(batch, index, keyring, &mut work);
                tried += batch.len() as u64;
            }
        }
    }
    (tried, unfinished)
}

/// One modulus under trial.
struct Trial<'n> {
    n: &'n BigUint,
    ring: Ring,
    /// Radix of the last layout used and its powers 1 to 3 modulo n.
    radix_bits: usize,
    radix_powers: Vec<Vec<u64>>,
}

impl<'n> Trial<'n> {
    fn new(n: &'n BigUint) -> Option<Self> {
        Some(Self { n, ring: Ring::new(n)?, radix_bits: 0, radix_powers: Vec::new() })
    }

    /// Finds the values that share a divisor with n by halving.
    fn hunt(&mut self, values: &[Value], index: &Index, keyring: &mut Keyring, work: &mut u64) {
        let mut product = vec![0u64; self.ring.len()];
        if let Some(first) = product.first_mut() {
            *first = 1;
        }
        for value in values {
            self.multiply(&mut product, value, work);
        }
        *work += GCD_WORK * (self.ring.len() * self.ring.len()) as u64;
        if from_limbs(&product).gcd(self.n).bits() < DIVISOR_BITS_MIN {
            return;
        }
        match values {
            [] => {}
            [value] => self.report(value, index, keyring),
            _ => {
                let (left, right) = values.split_at(values.len() / 2);
                self.hunt(left, index, keyring, work);
                self.hunt(right, index, keyring, work);
            }
        }
    }

    /// Multiplies by W, and R - W, R^2 - W, R^3 - W where Montgomery constants are kept.
    fn multiply(&mut self, product: &mut [u64], value: &Value, work: &mut u64) {
        self.ring.multiply(product, &value.limbs);
        *work += 2 * (self.ring.len() * value.limbs.len()) as u64;
        let Some(powers) = self.powers(value) else { return };
        let mut padded = value.limbs.clone();
        padded.resize(self.ring.len(), 0);
        let mut difference = Vec::with_capacity(padded.len());
        for power in powers {
            self.ring.difference(&power, &padded, &mut difference);
            self.ring.multiply(product, &difference);
            *work += 2 * (self.ring.len() * self.ring.len()) as u64;
        }
    }

    /// Powers of the radix to compare with: all three at edges, the square elsewhere.
    /// Byte strings and words of the other byte order hold no Montgomery constants.
    fn powers(&mut self, value: &Value) -> Option<Vec<Vec<u64>>> {
        let layout = LAYOUTS.get(value.spot.layout()).filter(|layout| !layout.big_endian)?;
        if value.remains == Remains::None {
            return None;
        }
        let radix_bits = layout.bits * value.count;
        if self.radix_bits != radix_bits {
            let radix = (BigUint::one() << radix_bits) % self.n;
            let square = &radix * &radix % self.n;
            let cube = &square * &radix % self.n;
            let padded = |number: BigUint| {
                let mut limbs = number.to_u64_digits();
                limbs.resize(self.ring.len(), 0);
                limbs
            };
            self.radix_powers = vec![padded(square), padded(radix), padded(cube)];
            self.radix_bits = radix_bits;
        }
        Some(
            self.radix_powers
                .iter()
                .take(if value.remains == Remains::Square { 1 } else { 3 })
                .cloned()
                .collect(),
        )
    }

    fn report(&mut self, value: &Value, index: &Index, keyring: &mut Keyring) {
        let number = from_limbs(&value.limbs);
        let powers = self.powers(value).unwrap_or_default();
        let differences = powers.iter().map(|power| (self.n + from_limbs(power) - &number) % self.n);
        let relations: Vec<BigUint> = std::iter::once(number.clone()).chain(differences).collect();
        for (relation, component) in relations.iter().zip(["p", "rr_p", "one_p", "rrr_p"]) {
            let divisor = relation.gcd(self.n);
            if divisor.bits() >= DIVISOR_BITS_MIN && divisor != *self.n {
                let key = keyring.add(self.n, &divisor, DETECTOR);
                key.places.extend(Place::new(index, value.spot, value.count, component));
            }
        }
    }
}
