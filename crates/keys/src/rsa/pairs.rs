//! Two candidates whose product lies in the dump: the key, with nothing known before.

use num_bigint::BigUint;

use super::index::{Candidate, Index, Start};
use super::keyring::{Keyring, Place};
use super::limits::{
    CLASS_PAIRS_MAX, DIVISOR_BITS_MIN, MODULUS_BITS_MIN, NEIGHBOURS, PAIRS_MAX, QUOTIENTS_MAX,
};
use super::moduli::Moduli;
use super::number::{from_limbs, inverse_word, low_word};

/// Name of this relation in reports.
const DETECTOR: &str = "rsa-primes";

/// Multiplies candidates of one class with each other and looks the low word of the
/// product up among all starts and known moduli. Returns how many pairs were tried
/// and how many were not.
pub(super) fn multiply_pairs(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> (u64, u64) {
    let (mut tried, mut skipped) = (0usize, 0usize);
    for class in index.classes.values() {
        let all = class.len().saturating_mul(class.len().saturating_sub(1)) / 2;
        let reach = if all <= CLASS_PAIRS_MAX { class.len() } else { NEIGHBOURS };
        let planned = all.min(class.len().saturating_mul(reach));
        if tried.saturating_add(planned) > PAIRS_MAX {
            skipped = skipped.saturating_add(all);
            continue;
        }
        tried += planned;
        skipped = skipped.saturating_add(all - planned);
        for (at, q) in class.iter().enumerate() {
            let before = class.get(at.saturating_sub(reach)..at).unwrap_or_default();
            for p in before {
                if index.contains(p.low.wrapping_mul(q.low)) {
                    prove(index, moduli, keyring, p, q);
                }
            }
        }
    }
    (tried as u64, skipped as u64)
}

/// Looks for the whole product where its low word was met.
fn prove(index: &Index, moduli: &Moduli, keyring: &mut Keyring, p: &Candidate, q: &Candidate) {
    let low = p.low.wrapping_mul(q.low);
    let mut hits = index.matching(low).peekable();
    let known = moduli.matching(low);
    if hits.peek().is_none() && known.is_empty() {
        return;
    }
    let value = |candidate: &Candidate| -> Option<BigUint> {
        let limbs = index.sequence(candidate.spot)?.limbs(candidate.spot.index(), candidate.count)?;
        Some(from_limbs(&limbs))
    };
    let (Some(first), Some(second)) = (value(p), value(q)) else { return };
    let product = &first * &second;
    if product.bits() < MODULUS_BITS_MIN || first == second {
        return;
    }
    let mut places: Vec<Place> = hits.filter_map(|start| occurrence(index, start, &product, "n")).collect();
    let is_known = known.contains(&&product);
    if (places.is_empty() && !is_known) || !keyring.is_prime(&first) || !keyring.is_prime(&second) {
        return;
    }
    let (first_name, second_name) = if first > second { ("p", "q") } else { ("q", "p") };
    places.extend(Place::new(index, p.spot, p.count, first_name));
    places.extend(Place::new(index, q.spot, q.count, second_name));
    let key = keyring.add(&product, &first, DETECTOR);
    key.places.extend(places);
}

/// The place of `number` at `start`, if all of it stands there.
pub(super) fn occurrence(
    index: &Index,
    start: &Start,
    number: &BigUint,
    component: &'static str,
) -> Option<Place> {
    let sequence = index.sequence(start.spot)?;
    let count = sequence.layout.words(usize::try_from(number.bits()).ok()?);
    let limbs = sequence.limbs(start.spot.index(), count)?;
    if from_limbs(&limbs) != *number {
        return None;
    }
    Place::new(index, start.spot, count, component)
}

/// Divides the low word of each known modulus by that of each start and looks the
/// quotient up: finds p and q of any size, wherever both are. Returns how many
/// quotients were tried and how many were not.
pub(super) fn divide_moduli(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> (u64, u64) {
    let affordable = QUOTIENTS_MAX / index.starts.len().max(1);
    let tried: Vec<(u64, &BigUint)> = moduli.iter().take(affordable).map(|n| (low_word(n), n)).collect();
    let skipped = moduli.len() - tried.len();
    for start in &index.starts {
        let inverse = inverse_word(start.low);
        for (low, n) in &tried {
            let quotient = low.wrapping_mul(inverse);
            // Each pair is met from both sides; one is enough.
            if quotient <= start.low && index.contains(quotient) {
                let others: Vec<&Start> = index.matching(quotient).collect();
                for other in others {
                    if other.spot.layout() == start.spot.layout() {
                        split(index, keyring, n, start, other);
                    }
                }
            }
        }
    }
    ((tried.len() * index.starts.len()) as u64, (skipped * index.starts.len()) as u64)
}

/// Finds the lengths at which two starts multiply to the modulus.
fn split(index: &Index, keyring: &mut Keyring, n: &BigUint, a: &Start, b: &Start) {
    let (Some(first), Some(second)) = (index.sequence(a.spot), index.sequence(b.spot)) else { return };
    let words = first.layout.words(usize::try_from(n.bits()).unwrap_or(usize::MAX));
    // The low 128 bits of the product decide before anything long is tried.
    let digits = first.layout.words(128) + 1;
    let head = |sequence: &super::sequence::Sequence<'_>, start: &Start| {
        Some(from_limbs(&sequence.limbs(start.spot.index(), digits)?))
    };
    let (Some(p_head), Some(q_head)) = (head(&first, a), head(&second, b)) else { return };
    let low = |number: BigUint| number.iter_u64_digits().take(2).collect::<Vec<u64>>();
    if low(p_head * q_head) != low(n.clone()) {
        return;
    }
    for count in 1..words {
        let Some(limbs) = first.limbs(a.spot.index(), count) else { return };
        let p = from_limbs(&limbs);
        if p.bits() < DIVISOR_BITS_MIN || n % &p != BigUint::ZERO {
            continue;
        }
        let q = n / &p;
        let Some(place) = occurrence(index, b, &q, if p > q { "q" } else { "p" }) else { continue };
        if q.bits() < DIVISOR_BITS_MIN {
            return;
        }
        let name = if p > q { "p" } else { "q" };
        let key = keyring.add(n, &p, DETECTOR);
        key.places.extend(Place::new(index, a.spot, count, name));
        key.places.insert(place);
        return;
    }
}
