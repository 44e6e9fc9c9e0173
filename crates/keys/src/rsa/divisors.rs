//! Known moduli against every number of the right size: a prime, a multiple of it,
//! or a Montgomery constant of it shares a divisor with the modulus.

use std::collections::BTreeSet;

use num_bigint::BigUint;
use num_traits::One;
use rayon::prelude::*;

use super::explained::Explained;
use super::index::{Candidate, Index, Standing};
use super::keyring::{Keyring, Place};
use super::layout::LAYOUTS;
use super::limits::{DIVISION_WORK_MAX, DIVISOR_BITS_MIN, DIVISOR_WORK_MAX, DIVISOR_WORK_UNLIKELY_MAX};
use super::number::{from_limbs, low_word};
use super::pairs::Tally;
use super::quotient::Dividend;
use super::remainders::{self, Remainders};
use super::trial::{Trial, powers, radix_bits, relations};
use super::values::{Value, of_size};

/// Name of this relation in reports.
pub(super) const DETECTOR: &str = "rsa-divisor";

/// Primes of a key: two, or as many as multi-prime generators make.
const PARTS: [u64; 4] = [2, 3, 4, 5];

/// Numbers multiplied before one greatest common divisor is taken.
const BATCH: usize = 512;

/// The same where all moduli are tried together.
const CROWD_BATCH: usize = 8 * BATCH;

/// Moduli from which on it is faster to try them together.
const CROWD_MIN: usize = 8;

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
    let batches: Vec<Batch<'_>> = values.chunks(BATCH).map(Batch::new).collect();
    let mut affordable = Vec::new();
    for n in open {
        let limbs = n.bits().div_ceil(64);
        let count = batches.iter().take_while(|batch| spend(left, batch.work(limbs))).count();
        let (tried, rest) = batches.split_at(count);
        let values_of =
            |batches: &[Batch<'_>]| batches.iter().map(|batch| batch.values.len() as u64).sum::<u64>();
        tally.tried += values_of(tried);
        *(if is_alone { &mut tally.unlikely } else { &mut tally.far }) += values_of(rest);
        affordable.push((*n, tried));
    }
    let (whole, part): (Vec<_>, Vec<_>) =
        affordable.into_iter().partition(|(_, tried)| tried.len() == batches.len());
    let mut suspects = if whole.len() < CROWD_MIN {
        one_by_one(&whole)
    } else {
        let whole: Vec<&BigUint> = whole.iter().map(|(n, _)| *n).collect();
        crowd(&whole, values)
    };
    suspects.append(&mut one_by_one(&part));
    for (n, values) in suspects {
        let Some(mut trial) = Trial::new(n) else { continue };
        values.chunks(BATCH).for_each(|batch| trial.hunt(batch, index, keyring));
    }
}

/// False once the work is spent.
fn spend(left: &mut u64, work: u64) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(work);
    some
}

/// Numbers for which one greatest common divisor is taken, and what they cost.
struct Batch<'v> {
    values: &'v [Value],
    limbs: u64,
    powers: u64,
}

impl<'v> Batch<'v> {
    fn new(values: &'v [Value]) -> Self {
        let limbs = values.iter().map(|value| value.limbs.len() as u64).sum();
        Self { values, limbs, powers: values.iter().map(|value| powers(value) as u64).sum() }
    }

    /// Word multiplications for a modulus of so many limbs by itself.
    fn work(&self, limbs: u64) -> u64 {
        GCD_WORK * limbs * limbs + 2 * limbs * self.limbs + 2 * limbs * limbs * self.powers
    }
}

/// Moduli with numbers that share a divisor with them.
type Suspects<'n, 'v> = Vec<(&'n BigUint, &'v [Value])>;

/// Tries each modulus by itself.
fn one_by_one<'n, 'v>(moduli: &[(&'n BigUint, &[Batch<'v>])]) -> Suspects<'n, 'v> {
    let pairs: Vec<(&'n BigUint, &'v [Value])> =
        moduli.iter().flat_map(|(n, batches)| batches.iter().map(|batch| (*n, batch.values))).collect();
    let suspect = |(n, values): &(&'n BigUint, &'v [Value])| {
        Trial::new(n).is_some_and(|mut trial| trial.shares_divisor(values))
    };
    pairs.into_par_iter().filter(suspect).collect()
}

/// Tries all moduli together.
fn crowd<'n, 'v>(moduli: &[&'n BigUint], values: &'v [Value]) -> Suspects<'n, 'v> {
    let Some(remainders) = Remainders::new(moduli) else { return Vec::new() };
    let suspects = values.par_chunks(CROWD_BATCH).flat_map_iter(|batch| {
        let mut product = BigUint::one();
        let (mut pending, mut bits) = (Vec::new(), 0);
        for relation in batch.iter().flat_map(relations) {
            bits += relation.bits();
            pending.push(relation);
            if bits >= remainders.bits() {
                product = remainders.reduce(product * remainders::product(&pending));
                pending.clear();
                bits = 0;
            }
        }
        let divisors = remainders.divisors(&(product * remainders::product(&pending)));
        let suspect = |(n, divisor): (&&'n BigUint, BigUint)| {
            (divisor.bits() >= DIVISOR_BITS_MIN).then_some((*n, batch))
        };
        moduli.iter().zip(divisors).filter_map(suspect).collect::<Vec<_>>()
    });
    suspects.collect()
}

#[cfg(test)]
mod tests {
    use super::super::index::Spot;
    use super::*;
    use proptest::prelude::*;

    /// A number of four limbs in the usual layout.
    fn value(number: &BigUint, standing: Standing) -> Value {
        let mut limbs = number.to_u64_digits();
        limbs.resize(4, 0);
        Value { spot: Spot::new(0, 0, 0), count: 4, limbs, standing }
    }

    proptest! {
        #[test]
        fn a_crowd_suspects_the_same_as_trials_one_by_one(
            factors in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 4), 24),
            noise in proptest::collection::vec(proptest::collection::vec(any::<u64>(), 4), 1..700),
            planted in proptest::collection::vec((0usize..24, 0u32..6, 0usize..700), 0..6),
        ) {
            let ends = BigUint::one() | BigUint::one() << 255u32;
            let factors: Vec<BigUint> = factors.iter().map(|limbs| from_limbs(limbs) | &ends).collect();
            let moduli: Vec<BigUint> = factors.chunks(2).map(|pair| pair.iter().product()).collect();
            let moduli: Vec<&BigUint> = moduli.iter().collect();
            let standing = |at: usize| if at.is_multiple_of(3) { Standing::Inside } else { Standing::Alone };
            let mut values: Vec<Value> =
                noise.iter().enumerate().map(|(at, limbs)| value(&from_limbs(limbs), standing(at))).collect();
            for (factor, what, at) in planted {
                let Some(factor) = factors.get(factor) else { continue };
                let radix = BigUint::one() << 256u32;
                let number = match what {
                    0 => factor.clone(),
                    what @ 1..4 => radix.pow(what) % factor,
                    _ => factor >> 8u32,
                };
                let at = at % values.len();
                values[at] = value(&number, standing(at));
            }
            let names = |suspects: Suspects<'_, '_>| suspects.into_iter().map(|(n, _)| n.clone()).collect::<BTreeSet<_>>();
            let batches: Vec<Batch<'_>> = values.chunks(BATCH).map(Batch::new).collect();
            let tried: Vec<_> = moduli.iter().map(|n| (*n, batches.as_slice())).collect();
            prop_assert_eq!(names(crowd(&moduli, &values)), names(one_by_one(&tried)));
        }
    }
}
