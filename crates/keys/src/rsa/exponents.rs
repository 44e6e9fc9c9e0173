//! Private exponents: next to a prime, or with a known modulus.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;

use super::index::{Candidate, Index, Start};
use super::keyring::{Keyring, Place};
use super::limits::{
    DIVISOR_BITS_MIN, EXPONENT_NEIGHBOURS, EXPONENT_PAIRS_MAX, EXPONENTIATIONS_MAX, QUOTIENT_CHECKS_MAX,
};
use super::moduli::Moduli;
use super::number::{factor, from_limbs, inverse_word, low_word};
use super::pairs::occurrence;
use super::values::of_size;

/// Looks near each prime candidate for its CRT exponent: e * dp = 1 + k (p - 1) with
/// 0 < k < e. Needs no modulus and no second prime. Returns pairs tried and skipped.
pub(super) fn near_primes(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> (u64, u64) {
    let mut by_layout: BTreeMap<usize, Vec<Start>> = BTreeMap::new();
    for start in &index.starts {
        by_layout.entry(start.spot.layout()).or_default().push(*start);
    }
    by_layout.values_mut().for_each(|starts| starts.sort_unstable_by_key(|start| start.spot));
    let exponents: Vec<(u64, BigUint)> = moduli.exponents().into_iter().map(|e| (low_word(&e), e)).collect();
    let (mut tried, mut skipped) = (0usize, 0usize);
    for ((layout, _), class) in &index.classes {
        let Some(starts) = by_layout.get(layout) else { continue };
        for p in class {
            let at = starts.partition_point(|start| start.spot < p.spot);
            let from = at.saturating_sub(EXPONENT_NEIGHBOURS);
            let near = starts.get(from..(at + EXPONENT_NEIGHBOURS).min(starts.len())).unwrap_or_default();
            if tried > EXPONENT_PAIRS_MAX {
                skipped += near.len();
                continue;
            }
            tried += near.len() * exponents.len();
            let twos = (p.low - 1).trailing_zeros().min(63);
            let inverse = inverse_word((p.low - 1) >> twos | u64::from(p.low == 1));
            let mask = u64::MAX >> twos;
            for start in near {
                for (e, exponent) in &exponents {
                    let order = start.low.wrapping_mul(*e).wrapping_sub(1);
                    let k = (order >> twos).wrapping_mul(inverse) & mask;
                    if k < *e && k > 0 && order.trailing_zeros() >= twos {
                        prove(index, keyring, p, start, exponent, k);
                    }
                }
            }
        }
    }
    (tried as u64, skipped as u64)
}

/// Computes the exponent that p and k give and compares it with memory.
fn prove(index: &Index, keyring: &mut Keyring, p: &Candidate, start: &Start, e: &BigUint, k: u64) {
    let Some(limbs) = index.sequence(p.spot).and_then(|s| s.limbs(p.spot.index(), p.count)) else { return };
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

/// Looks for the private exponent of each modulus without a solution, then for one
/// of its CRT exponents. Returns pairs tried and skipped.
pub(super) fn of_moduli(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> (u64, u64) {
    let mut open: Vec<&BigUint> = moduli.iter().collect();
    open.retain(|n| !keyring.is_solved(n));
    open.sort_by_key(|n| (index.matching(low_word(n)).next().is_none(), n.bits(), *n));
    let (first, second) = private_exponents(index, moduli, &open, keyring);
    let (third, fourth) = crt_exponents(index, moduli, &open, keyring);
    (first + third, second + fourth)
}

fn private_exponents(index: &Index, moduli: &Moduli, open: &[&BigUint], keyring: &mut Keyring) -> (u64, u64) {
    let (mut tried, mut skipped, mut size) = (0usize, 0usize, 0);
    let mut values = Vec::new();
    for n in open {
        if n.bits() != size {
            size = n.bits();
            values = of_size(index, usize::try_from(size).unwrap_or(0)).0;
            values.retain(|value| value.limbs.first().is_some_and(|limb| limb & 1 == 1));
        }
        if tried.saturating_add(values.len()) > QUOTIENT_CHECKS_MAX {
            skipped = skipped.saturating_add(values.len());
            continue;
        }
        tried += values.len();
        let exponents = exponents_of(moduli, n);
        let modulus = scaled(&n.to_u64_digits(), n.to_u64_digits().len());
        for value in &values {
            let share = scaled(&value.limbs, n.to_u64_digits().len()) / modulus;
            for e in exponents.iter().filter(|e| fits(share, e)) {
                let d = from_limbs(&value.limbs);
                if let Some((p, _)) = factor(n, e, &d) {
                    let key = keyring.add(n, &p, "rsa-private-exponent");
                    key.exponent = Some(e.clone());
                    key.places.extend(Place::new(index, value.spot, value.count, "d"));
                }
            }
        }
    }
    (tried as u64, skipped as u64)
}

/// The top of a number as a fraction of 2^(64 length).
fn scaled(limbs: &[u64], length: usize) -> f64 {
    let top = |back: usize| length.checked_sub(back).and_then(|at| limbs.get(at)).copied().unwrap_or(0);
    let to_fraction = |limb: u64| limb.to_f64().unwrap_or(0.0) / 18_446_744_073_709_551_616.0;
    to_fraction(top(1)) + to_fraction(top(2)) / 18_446_744_073_709_551_616.0
}

/// True if e d / n is a fraction with a small denominator: e d = 1 + k lcm(p - 1, q - 1),
/// and the least common multiple is n / g, but for half its bits.
fn fits(share: f64, e: &BigUint) -> bool {
    /// 2^-24: a random number passes one time in half a million.
    const TOLERANCE: f64 = 5.96e-8;
    let product = share * e.to_f64().unwrap_or(0.0);
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0].into_iter().any(|g| {
        let multiple = product * g;
        multiple > 0.5 && share < 1.0 && (multiple - multiple.round()).abs() < TOLERANCE * g
    })
}

fn exponents_of(moduli: &Moduli, n: &BigUint) -> Vec<BigUint> {
    moduli.exponent(n).map_or_else(|| moduli.exponents(), |e| vec![e.clone()])
}

/// 2^(e dp) - 2 is a multiple of p. One exponentiation each, so only for numbers that
/// fill a run, and for moduli that stand in memory as numbers.
fn crt_exponents(index: &Index, moduli: &Moduli, open: &[&BigUint], keyring: &mut Keyring) -> (u64, u64) {
    let (mut tried, mut skipped, mut size) = (0usize, 0usize, 0);
    let mut values = Vec::new();
    let two = BigUint::from(2u32);
    for n in open {
        if keyring.is_solved(n) || index.matching(low_word(n)).next().is_none() {
            continue;
        }
        if n.bits() != size {
            size = n.bits();
            values = of_size(index, usize::try_from(size.div_ceil(2)).unwrap_or(0)).0;
            values.retain(|value| value.fills && value.limbs.first().is_some_and(|limb| limb & 1 == 1));
        }
        let e = moduli.exponent(n).cloned().unwrap_or_else(|| BigUint::from(65537u32));
        for value in &values {
            if tried == EXPONENTIATIONS_MAX {
                skipped += 1;
                continue;
            }
            tried += 1;
            let power = two.modpow(&(from_limbs(&value.limbs) * &e), n);
            let divisor = ((power + *n) - &two).gcd(n);
            if divisor.bits() >= DIVISOR_BITS_MIN && divisor != **n {
                let key = keyring.add(n, &divisor, "rsa-crt-exponent");
                key.exponent = Some(e.clone());
                key.places.extend(Place::new(index, value.spot, value.count, "dp"));
                break;
            }
        }
    }
    (tried as u64, skipped as u64)
}
