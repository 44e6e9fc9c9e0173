//! Private exponents: next to a prime, or with a known modulus.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;
use rayon::prelude::*;

use super::index::{Candidate, Index, Standing, Start};
use super::keyring::{Keyring, Place};
use super::limits::{EXPONENT_NEIGHBOURS, EXPONENT_PAIRS_MAX, QUOTIENT_CHECKS_MAX};
use super::moduli::Moduli;
use super::number::{factor, from_limbs, inverse_word, low_word};
use super::pairs::{Tally, occurrence};
use super::values::of_size;

/// Looks near each prime candidate for its CRT exponent: e * dp = 1 + k (p - 1) with
/// 0 < k < e. Needs no modulus and no second prime.
pub(super) fn near_primes(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> Tally {
    let mut by_layout: BTreeMap<usize, Vec<Start>> = BTreeMap::new();
    for start in &index.starts {
        by_layout.entry(start.spot.layout()).or_default().push(*start);
    }
    by_layout.values_mut().for_each(|starts| starts.sort_unstable_by_key(|start| start.spot));
    let exponents: Vec<(u64, BigUint)> = moduli.exponents().into_iter().map(|e| (low_word(&e), e)).collect();
    let mut tally = Tally::default();
    for standing in [Standing::Alone, Standing::Edge, Standing::Inside] {
        for ((layout, length), class) in &index.classes {
            let Some(starts) = by_layout.get(layout) else { continue };
            // e dp > p - 1, and e has 32 bits at most: dp is at most one limb shorter than p.
            let shortest = length.saturating_sub(1);
            let near = |p: &Candidate| {
                let at = starts.partition_point(|start| start.spot < p.spot);
                let from = at.saturating_sub(EXPONENT_NEIGHBOURS);
                let near = starts.get(from..(at + EXPONENT_NEIGHBOURS).min(starts.len())).unwrap_or_default();
                near.iter().filter(move |start| usize::from(start.room) >= shortest)
            };
            let class: Vec<&Candidate> = class.iter().filter(|p| p.standing == standing).collect();
            for block in class.chunks(PRIMES_BLOCK) {
                if tally.tried > EXPONENT_PAIRS_MAX {
                    let left_out: usize = block.iter().map(|p| near(p).count()).sum();
                    match standing {
                        Standing::Alone => tally.skipped += left_out as u64,
                        Standing::Edge | Standing::Inside => tally.far += left_out as u64,
                    }
                    continue;
                }
                let judged: Vec<_> = block.par_iter().map(|p| among(p, near(p), &exponents)).collect();
                for (p, (count, passed)) in block.iter().zip(judged) {
                    tally.tried += count * exponents.len() as u64;
                    passed.into_iter().for_each(|(start, e, k)| prove(index, keyring, p, start, e, k));
                }
            }
        }
    }
    tally
}

/// Prime candidates compared at once, before those are proven that passed: bounds what is
/// held of them, and fixes where the limit cuts.
const PRIMES_BLOCK: usize = 512;

/// A number that may be the CRT exponent of a prime, with the public exponent and the k that it fits.
type Fit<'a> = (&'a Start, &'a BigUint, u64);

/// Compares a prime candidate with the numbers near it. Returns how many there were, and
/// those that fit in the low 64 bits.
fn among<'a>(
    p: &Candidate,
    near: impl Iterator<Item = &'a Start>,
    exponents: &'a [(u64, BigUint)],
) -> (u64, Vec<Fit<'a>>) {
    let twos = (p.low - 1).trailing_zeros().min(63);
    let inverse = inverse_word((p.low - 1) >> twos | u64::from(p.low == 1));
    let mask = u64::MAX >> twos;
    let (mut count, mut passed) = (0, Vec::new());
    for start in near {
        count += 1;
        for (e, exponent) in exponents {
            let order = start.low.wrapping_mul(*e).wrapping_sub(1);
            let k = (order >> twos).wrapping_mul(inverse) & mask;
            if k < *e && k > 0 && order.trailing_zeros() >= twos {
                passed.push((start, exponent, k));
            }
        }
    }
    (count, passed)
}

/// Computes the exponent that p and k give and compares it with memory.
fn prove(index: &Index, keyring: &mut Keyring, p: &Candidate, start: &Start, e: &BigUint, k: u64) {
    let Some(limbs) = index.limbs(p.spot, p.count) else { return };
    let prime = from_limbs(&limbs);
    let (exponent, rest) = ((&prime - 1u32) * k + 1u32).div_rem(e);
    if rest != BigUint::ZERO || exponent.bits() < 128 {
        return;
    }
    let Some(place) = occurrence(index, start, &exponent, "dp") else { return };
    if keyring.is_prime(&prime) {
        let key = keyring.add_lone(&prime, e);
        key.places.insert(place);
        key.places.extend(Place::new(index, p.spot, p.count, "p"));
    }
}

/// Looks for the private exponent of each modulus without a solution.
pub(super) fn private(index: &Index, moduli: &Moduli, open: &[&BigUint], keyring: &mut Keyring) -> Tally {
    let (mut tally, mut size) = (Tally::default(), 0);
    let (mut values, mut tops) = (Vec::new(), Vec::new());
    let mut open: Vec<&BigUint> = open.to_vec();
    open.retain(|n| !keyring.is_solved(n));
    open.sort_by_key(|n| n.bits());
    let share = QUOTIENT_CHECKS_MAX / open.len().max(1);
    for n in open {
        if n.bits() != size {
            size = n.bits();
            let (found, dropped) = of_size(index, usize::try_from(size).unwrap_or(0));
            values = found;
            tally.far += dropped;
            values.retain(super::values::Value::is_odd);
            let limbs = n.to_u64_digits().len();
            tops = values.iter().map(|value| scaled(&value.limbs, limbs)).collect();
        }
        // Each modulus has an equal share; what stands alone is tried beyond it.
        let left =
            (4 * QUOTIENT_CHECKS_MAX).saturating_sub(usize::try_from(tally.tried).unwrap_or(usize::MAX));
        let alone = values.partition_point(|value| value.standing == Standing::Alone);
        let affordable = values.len().min(alone.max(share)).min(left);
        tally.skipped += alone.saturating_sub(affordable) as u64;
        tally.far += (values.len() - affordable.max(alone)) as u64;
        tally.tried += affordable as u64;
        let exponents = exponents_of(moduli, n);
        let modulus = scaled(&n.to_u64_digits(), n.to_u64_digits().len());
        let factors: Vec<f64> = exponents.iter().map(|e| e.to_f64().unwrap_or(0.0) / modulus).collect();
        for (value, top) in values.iter().zip(&tops).take(affordable) {
            let likely = exponents.iter().zip(&factors).filter(|(_, factor)| fits(top * **factor));
            for (e, _) in likely.filter(|_| *top < modulus) {
                let d = from_limbs(&value.limbs);
                if let Some((p, _)) = Some(&d).filter(|d| is_exponent(n, e, d)).and_then(|d| factor(n, e, d))
                {
                    let key = keyring.add(n, &p, "rsa-private-exponent");
                    key.exponent = Some(e.clone());
                    key.places.extend(Place::new(index, value.spot, value.count, "d"));
                }
            }
        }
    }
    tally
}

/// The top of a number as a fraction of 2^(64 length).
pub(super) fn scaled(limbs: &[u64], length: usize) -> f64 {
    let top = |back: usize| length.checked_sub(back).and_then(|at| limbs.get(at)).copied().unwrap_or(0);
    let to_fraction = |limb: u64| limb.to_f64().unwrap_or(0.0) / 18_446_744_073_709_551_616.0;
    to_fraction(top(1)) + to_fraction(top(2)) / 18_446_744_073_709_551_616.0
}

/// True if e d / n may be a fraction with a small denominator: e d = 1 + k lcm(p - 1, q - 1), and the least common
/// multiple is n / g, but for half its bits. Chance passes less than once in a hundred thousand times for the exponents
/// in use.
#[inline]
pub(super) fn fits(product: f64) -> bool {
    /// Multiples of nearly every g up to 64: most numbers are settled by a few looks.
    const MULTIPLES: [f64; 5] = [5040.0, 572.0, 1292.0, 1350.0, 64.0];
    /// For long exponents, of which fewer bits are left behind the point.
    const SHORT_MULTIPLE: f64 = 120.0;
    /// 2^-50: what is lost of 53 bits in three roundings.
    const PRECISION: f64 = 8.9e-16;
    /// 2^-12.
    const LOOSE: f64 = 2.4e-4;
    let is_near = |multiple: f64| {
        let scaled = product * multiple;
        (scaled - rounded(scaled)).abs() < scaled * PRECISION
    };
    is_near(SHORT_MULTIPLE)
        || MULTIPLES.into_iter().any(|multiple| product * multiple * PRECISION < LOOSE && is_near(multiple))
}

/// True if e d = 1 + k lcm(p - 1, q - 1): then g e d, with g the greatest common divisor of both orders, is less than
/// a multiple of n by about k n / p, where p is the least prime.
fn is_exponent(n: &BigUint, e: &BigUint, d: &BigUint) -> bool {
    /// Greatest common divisors of both orders that are tried.
    const COMMON_MAX: u32 = 256;
    /// Bits of k (p + q) beyond those of n / p and of e.
    const EXCESS_BITS_MAX: u64 = 16;
    // The least prime of five has a fifth of the bits.
    let short = n.bits() - n.bits() / 5 + e.bits() + EXCESS_BITS_MAX;
    let rest = e * d % n;
    let mut sum = BigUint::ZERO;
    (1..=COMMON_MAX).any(|_| {
        sum = (&sum + &rest) % n;
        (n - &sum).bits() <= short
    })
}

/// The nearest integer, for numbers below 2^51: adding 3 * 2^51 leaves no bits behind the
/// point.
#[inline]
pub(super) fn rounded(number: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (number + SHIFT) - SHIFT
}

/// Public exponents that a modulus may have.
pub(super) fn exponents_of(moduli: &Moduli, n: &BigUint) -> Vec<BigUint> {
    moduli.exponent(n).map_or_else(|| moduli.exponents(), |e| vec![e.clone()])
}
