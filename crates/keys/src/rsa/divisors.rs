//! Known moduli against every number of the right size: a prime, a multiple of it,
//! or a Montgomery constant of it shares a divisor with the modulus.

use std::collections::BTreeSet;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::explained::Explained;
use super::index::{Candidate, Index, Standing};
use super::keyring::{Keyring, Place};
use super::layout::LAYOUTS;
use super::limits::{DIVISION_WORK_MAX, DIVISOR_BITS_MIN, DIVISOR_WORK_MAX, DIVISOR_WORK_UNLIKELY_MAX};
use super::number::{from_limbs, low_word};
use super::pairs::Tally;
use super::quotient::Dividend;
use super::ring::Ring;
use super::values::{Value, of_size};

/// Name of this relation in reports.
const DETECTOR: &str = "rsa-divisor";

/// Primes of a key: two, or as many as multi-prime generators make.
const PARTS: [u64; 4] = [2, 3, 4, 5];

/// Factors multiplied before one greatest common divisor is taken.
const BATCH: usize = 512;

/// Word multiplications that a greatest common divisor costs, per square of the limbs.
const GCD_WORK: u64 = 64;

/// Tries prime candidates with every modulus that has no solution yet (the likely ones
/// first), then all numbers of the size of a prime.
pub(super) fn divide(
    index: &Index,
    moduli: &[&BigUint],
    explained: &Explained,
    keyring: &mut Keyring,
) -> Tally {
    let mut tally = Tally::default();
    for (standing, work) in DIVISION_WORK_MAX {
        primes(index, moduli, standing, work, keyring, &mut tally);
    }
    let is_in_use = |n: &&BigUint| index.matching(low_word(n)).next().is_some();
    let (in_use, others): (Vec<&BigUint>, Vec<&BigUint>) = moduli.iter().copied().partition(is_in_use);
    let mut left = DIVISOR_WORK_MAX;
    multiples(index, &in_use, explained, keyring, &mut left, &mut tally);
    // What stands alone beside a modulus in use should have been tried; the constants of
    // other moduli are compared as far as the rest of the work goes.
    tally.skipped += std::mem::take(&mut tally.unlikely);
    let mut left = DIVISOR_WORK_UNLIKELY_MAX;
    multiples(index, &others, explained, keyring, &mut left, &mut tally);
    tally.far += std::mem::take(&mut tally.unlikely);
    tally
}

/// Divides moduli by prime candidates: exact division fails on the first look at its end.
fn primes(
    index: &Index,
    moduli: &[&BigUint],
    standing: Standing,
    work_max: u64,
    keyring: &mut Keyring,
    tally: &mut Tally,
) {
    let mut work = 0;
    for ((_, length), class) in &index.classes {
        let fits = |n: &&&BigUint| {
            let bits = |part: &u64| n.bits().div_ceil(*part).div_ceil(64) == *length as u64;
            PARTS.iter().any(bits) && !keyring.is_solved(n)
        };
        let open: Vec<&BigUint> = moduli.iter().filter(fits).copied().collect();
        let mut dividends: Vec<Dividend> = open.iter().map(|n| Dividend::new(n)).collect();
        if dividends.is_empty() {
            continue;
        }
        for candidate in class.iter().filter(|one| one.standing == standing) {
            if work > work_max {
                match standing {
                    Standing::Alone => tally.skipped += open.len() as u64,
                    Standing::Edge | Standing::Inside => tally.far += open.len() as u64,
                }
                continue;
            }
            let Some(mut limbs) = index.limbs(candidate.spot, candidate.count) else { continue };
            limbs.truncate(*length);
            for (dividend, n) in dividends.iter_mut().zip(&open) {
                if dividend.may_be_multiple_of(&limbs, &mut work) {
                    report_prime(index, n, candidate, &limbs, keyring);
                }
            }
            tally.tried += open.len() as u64;
        }
    }
}

fn report_prime(index: &Index, n: &BigUint, candidate: &Candidate, limbs: &[u64], keyring: &mut Keyring) {
    let p = from_limbs(limbs);
    if p.bits() >= DIVISOR_BITS_MIN && p != *n && n % &p == BigUint::ZERO {
        let key = keyring.add(n, &p, DETECTOR);
        key.places.extend(Place::new(index, candidate.spot, candidate.count, "p"));
    }
}

/// Takes the greatest common divisor of moduli with all numbers of the size of a prime.
/// Those that stand alone have most of the work to spend; the others are compared as far
/// as theirs goes.
fn multiples(
    index: &Index,
    moduli: &[&BigUint],
    explained: &Explained,
    keyring: &mut Keyring,
    left: &mut [(Standing, u64)],
    tally: &mut Tally,
) {
    for parts in PARTS {
        let mut sizes: Vec<u64> = Vec::new();
        for size in moduli.iter().map(|n| n.bits().div_ceil(parts)) {
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
        for bits in sizes {
            let mut open: Vec<&BigUint> = moduli.to_vec();
            open.retain(|n| n.bits().div_ceil(parts) == bits && !keyring.is_solved(n));
            if open.is_empty() || left.iter().all(|(_, left)| *left == 0) {
                continue;
            }
            let (mut values, dropped) = of_size(index, usize::try_from(bits).unwrap_or(0));
            tally.far += dropped;
            values.retain(|value| !explained.covers(index, value));
            keep_constants(&mut values);
            for (standing, left) in left.iter_mut() {
                let from = values.partition_point(|value| value.standing < *standing);
                let to = values.partition_point(|value| value.standing <= *standing);
                let values = values.get(from..to).unwrap_or_default();
                let is_alone = *standing == Standing::Alone && parts == 2;
                hunt(index, &open, values, is_alone, keyring, left, tally);
            }
        }
    }
}

/// Drops what cannot be a Montgomery constant or a shifted prime (byte strings and words
/// of the other byte order), and copies in whatever layout.
fn keep_constants(values: &mut Vec<Value>) {
    values.retain(|value| LAYOUTS.get(value.spot.layout()).is_some_and(|layout| !layout.big_endian));
    let mut seen = BTreeSet::new();
    let is_first: Vec<bool> =
        values.iter().map(|value| seen.insert((radix_bits(value), &value.limbs))).collect();
    let mut is_first = is_first.into_iter();
    values.retain(|_| is_first.next().unwrap_or(true));
}

/// Bits of the Montgomery radix that goes with a number's layout and length.
fn radix_bits(value: &Value) -> usize {
    LAYOUTS.get(value.spot.layout()).map_or(0, |layout| layout.bits * value.count)
}

/// Tries the numbers with each modulus until the work is spent.
fn hunt(
    index: &Index,
    open: &[&BigUint],
    values: &[Value],
    is_alone: bool,
    keyring: &mut Keyring,
    left: &mut u64,
    tally: &mut Tally,
) {
    for n in open {
        let Some(mut trial) = Trial::new(n) else { continue };
        for batch in values.chunks(BATCH) {
            if *left == 0 {
                *(if is_alone { &mut tally.unlikely } else { &mut tally.far }) += batch.len() as u64;
                continue;
            }
            let mut work = 0;
            trial.hunt(batch, index, keyring, &mut work);
            *left = left.saturating_sub(work);
            tally.tried += batch.len() as u64;
        }
    }
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
        let count = self.powers(value);
        let mut padded = value.limbs.clone();
        padded.resize(self.ring.len(), 0);
        let mut difference = Vec::with_capacity(padded.len());
        for power in self.radix_powers.iter().take(count) {
            self.ring.difference(power, &padded, &mut difference);
            self.ring.multiply(product, &difference);
            *work += 2 * (self.ring.len() * self.ring.len()) as u64;
        }
    }

    /// How many powers of the radix to compare with: the square, which everybody keeps,
    /// and for numbers at edges in the usual layout all three.
    fn powers(&mut self, value: &Value) -> usize {
        let radix_bits = radix_bits(value);
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
        let is_usual =
            LAYOUTS.get(value.spot.layout()).is_some_and(|layout| layout.word == 8 && layout.bits == 64);
        if is_usual && value.standing != Standing::Inside { 3 } else { 1 }
    }

    fn report(&mut self, value: &Value, index: &Index, keyring: &mut Keyring) {
        let number = from_limbs(&value.limbs);
        let count = self.powers(value);
        let powers = self.radix_powers.iter().take(count);
        let differences = powers.map(|power| (self.n + from_limbs(power) - &number) % self.n);
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
