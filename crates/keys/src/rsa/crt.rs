//! CRT exponents with a known modulus and nothing else of the key.

use std::collections::BTreeSet;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::ToPrimitive;

use super::explained::Explained;
use super::exponents::{exponents_of, rounded, scaled};
use super::index::{Index, Standing};
use super::keyring::{Keyring, Place};
use super::limits::{
    DIVISOR_BITS_MIN, EXPONENT_MATES, EXPONENTIATION_WORK_FAR_MAX, EXPONENTIATION_WORK_MAX, FAR_VALUES_MAX,
    MATES_MAX,
};
use super::moduli::Moduli;
use super::number::{from_limbs, low_word};
use super::pairs::Tally;
use super::values::{Value, of_size};

/// Name of this relation in reports.
const DETECTOR: &str = "rsa-crt-exponent";

/// Looks for both CRT exponents of each modulus without a solution, then for one by
/// itself: that costs an exponentiation for each number.
pub(super) fn exponents(
    index: &Index,
    moduli: &Moduli,
    open: &[&BigUint],
    explained: &Explained,
    keyring: &mut Keyring,
) -> Tally {
    let mut tally = Tally::default();
    let mut sizes: Vec<u64> = open.iter().map(|n| n.bits()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let (mut pairs_alone, mut pairs_edge, mut work) = (0, 0, 0);
    for bits in sizes {
        let mut same: Vec<&BigUint> = open.to_vec();
        same.retain(|n| n.bits() == bits && !keyring.is_solved(n));
        if same.is_empty() {
            continue;
        }
        let (mut values, dropped) = of_size(index, usize::try_from(bits.div_ceil(2)).unwrap_or(0));
        tally.far += dropped;
        values.retain(|value| value.is_odd() && value.standing != Standing::Inside);
        values.retain(|value| !explained.covers(index, value));
        values.sort_by_key(|value| (value.spot.layout(), value.spot));
        let (alone, edge): (Vec<Value>, Vec<Value>) =
            values.into_iter().partition(|value| value.standing == Standing::Alone);
        tally.skipped += mates(index, moduli, &same, &alone, keyring, &mut pairs_alone, &mut tally.tried);
        same.retain(|n| !keyring.is_solved(n));
        tally.far += mates(index, moduli, &same, &edge, keyring, &mut pairs_edge, &mut tally.tried);
        same.retain(|n| !keyring.is_solved(n));
        single(index, moduli, &same, &alone, keyring, &mut work, &mut tally);
    }
    tally
}

/// e dp = 1 + k (p - 1) and e dq = 1 + l (q - 1), so that e^2 dp dq / n is less than k l
/// by next to nothing, and k l is an integer: a multiplication for each pair. Returns
/// how many pairs were not tried.
fn mates(
    index: &Index,
    moduli: &Moduli,
    open: &[&BigUint],
    values: &[Value],
    keyring: &mut Keyring,
    pairs: &mut usize,
    tried: &mut u64,
) -> u64 {
    let mut skipped = 0;
    let length = |n: &BigUint| usize::try_from(n.bits().div_ceil(2).div_ceil(64)).unwrap_or(0);
    for n in open {
        let planned = values.len().saturating_mul(EXPONENT_MATES);
        if pairs.saturating_add(planned) > MATES_MAX {
            skipped += planned as u64;
            continue;
        }
        *pairs += planned;
        *tried += planned as u64;
        let limbs = length(n);
        let tops: Vec<f64> = values.iter().map(|value| scaled(&value.limbs, limbs)).collect();
        let modulus = scaled(&n.to_u64_digits(), 2 * limbs);
        for e in exponents_of(moduli, n).iter().filter(|e| e.bits() <= 18) {
            let square = e.to_f64().unwrap_or(0.0).powi(2) / modulus;
            for (at, first) in values.iter().enumerate() {
                let scale = square * tops.get(at).copied().unwrap_or(0.0);
                let later = values.iter().zip(&tops).skip(at + 1).take(EXPONENT_MATES);
                for (second, _) in later.filter(|(_, top)| is_near_integer(scale * **top)) {
                    if fits(n, e, first, second) {
                        try_one(index, n, e, first, "dp", keyring);
                        try_one(index, n, e, second, "dq", keyring);
                    }
                }
            }
        }
    }
    skipped
}

/// True for a multiple that may be an integer, as far as 53 bits tell.
fn is_near_integer(multiple: f64) -> bool {
    /// A multiple has 36 bits at most before the point.
    const TOLERANCE: f64 = 3e-5;
    multiple > 0.5 && (multiple - rounded(multiple)).abs() < TOLERANCE
}

/// The same on all bits.
fn fits(n: &BigUint, e: &BigUint, first: &Value, second: &Value) -> bool {
    let product = e * e * from_limbs(&first.limbs) * from_limbs(&second.limbs);
    let rest = n - product % n;
    rest.bits() + 128 < n.bits()
}

/// 2^(e dp) - 2 is a multiple of p.
fn try_one(
    index: &Index,
    n: &BigUint,
    e: &BigUint,
    value: &Value,
    component: &'static str,
    keyring: &mut Keyring,
) -> bool {
    let two = BigUint::from(2u32);
    let power = two.modpow(&(from_limbs(&value.limbs) * e), n);
    let divisor = ((power + n) - &two).gcd(n);
    if divisor.bits() < DIVISOR_BITS_MIN || divisor == *n {
        return false;
    }
    let key = keyring.add(n, &divisor, DETECTOR);
    key.exponent = Some(e.clone());
    key.places.extend(Place::new(index, value.spot, value.count, component));
    true
}

/// One exponentiation for each number that stands alone and each modulus, those close to each other first.
fn single(
    index: &Index,
    moduli: &Moduli,
    open: &[&BigUint],
    values: &[Value],
    keyring: &mut Keyring,
    work: &mut u64,
    tally: &mut Tally,
) {
    let mut trials = Vec::new();
    for (modulus, n) in open.iter().enumerate() {
        let places: Vec<u64> = index.matching(low_word(n)).map(|start| index.position(start.spot)).collect();
        let likely = if places.is_empty() { FAR_VALUES_MAX } else { values.len() };
        tally.far += values.len().saturating_sub(likely) as u64;
        for (number, value) in values.iter().enumerate().take(likely) {
            let position = index.position(value.spot);
            // A modulus that stands in an encoding alone is far from every number.
            let distance = places.iter().map(|place| place.abs_diff(position)).min().unwrap_or(u64::MAX);
            trials.push((distance, modulus, number));
        }
    }
    trials.sort_unstable();
    let mut solved = BTreeSet::new();
    for (distance, modulus, number) in trials {
        let allowed =
            if distance == u64::MAX { EXPONENTIATION_WORK_FAR_MAX } else { EXPONENTIATION_WORK_MAX };
        let (Some(n), Some(value)) = (open.get(modulus), values.get(number)) else { continue };
        if solved.contains(&modulus) {
            continue;
        }
        let limbs = n.bits().div_ceil(64);
        if *work > allowed {
            tally.far += 1;
            continue;
        }
        *work += limbs * limbs * limbs;
        tally.tried += 1;
        let e = moduli.exponent(n).cloned().unwrap_or_else(|| BigUint::from(65537u32));
        if try_one(index, n, &e, value, "dp", keyring) {
            solved.insert(modulus);
        }
    }
}
