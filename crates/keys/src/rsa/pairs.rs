//! Two candidates whose product lies in the dump: the key, with nothing known before.

use num_bigint::BigUint;

use super::index::{Candidate, Index, Standing, Start};
use super::keyring::{Keyring, Place};
use super::limits::{
    CLASS_PAIRS_MAX, DIVISOR_BITS_MIN, MODULUS_BITS_MIN, NEAR_PAIRS_MAX, NEIGHBOURS_MIN, QUOTIENTS_MAX,
};
use super::moduli::Moduli;
use super::number::{from_limbs, inverse_word, low_word};

/// Name of this relation in reports.
const DETECTOR: &str = "rsa-primes";

/// Relations tried, those beyond a limit, and those that the search leaves out by design.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Tried.
    pub(super) tried: u64,
    /// Beyond a limit.
    pub(super) skipped: u64,
    /// Left out: numbers inside long runs, far from each other.
    pub(super) far: u64,
    /// Left out of a round, to be counted as one or the other.
    pub(super) unlikely: u64,
}

/// Multiplies candidates of one class with each other and looks the low word of the
/// product up among all starts and known moduli: those that fill their runs all with
/// all, the others with their neighbours.
pub(super) fn multiply_pairs(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> Tally {
    let mut tally = Tally::default();
    for class in index.classes.values() {
        let all = pairs_of(class.len());
        if all <= CLASS_PAIRS_MAX {
            tally.tried += each_pair(class, class.len(), |p, q| meet(index, moduli, keyring, p, q));
            continue;
        }
        let reach = |class: &[Candidate]| (NEAR_PAIRS_MAX / class.len().max(1)).max(NEIGHBOURS_MIN);
        let mut tried = each_pair(class, reach(class), |p, q| meet(index, moduli, keyring, p, q));
        let at_edges: Vec<Candidate> =
            class.iter().copied().filter(|one| one.standing != Standing::Inside).collect();
        tried += each_pair(&at_edges, reach(&at_edges), |p, q| meet(index, moduli, keyring, p, q));
        let alone: Vec<Candidate> =
            class.iter().copied().filter(|one| one.standing == Standing::Alone).collect();
        let affordable = usize::try_from(CLASS_PAIRS_MAX).unwrap_or(0) / alone.len().max(1);
        let reach = if pairs_of(alone.len()) <= CLASS_PAIRS_MAX { alone.len() } else { affordable };
        let among_alone = each_pair(&alone, reach, |p, q| meet(index, moduli, keyring, p, q));
        tally.skipped += pairs_of(alone.len()).saturating_sub(among_alone);
        tally.tried += tried + among_alone;
        tally.far += all.saturating_sub(tried).saturating_sub(pairs_of(alone.len()));
    }
    tally
}

fn pairs_of(count: usize) -> u64 {
    let count = count as u64;
    count.saturating_mul(count.saturating_sub(1)) / 2
}

/// Calls for each pair at most `reach` apart. Returns how many there were.
fn each_pair(class: &[Candidate], reach: usize, mut call: impl FnMut(&Candidate, &Candidate)) -> u64 {
    let mut tried = 0;
    for (at, q) in class.iter().enumerate() {
        let before = class.get(at.saturating_sub(reach)..at).unwrap_or_default();
        before.iter().for_each(|p| call(p, q));
        tried += before.len() as u64;
    }
    tried
}

#[inline]
fn meet(index: &Index, moduli: &Moduli, keyring: &mut Keyring, p: &Candidate, q: &Candidate) {
    if index.contains(p.low.wrapping_mul(q.low)) {
        prove(index, moduli, keyring, p, q);
    }
}

/// Looks for the whole product where its low word was met.
fn prove(index: &Index, moduli: &Moduli, keyring: &mut Keyring, p: &Candidate, q: &Candidate) {
    let low = p.low.wrapping_mul(q.low);
    let mut hits = index.matching(low).peekable();
    let known = moduli.matching(low);
    if hits.peek().is_none() && known.is_empty() {
        return;
    }
    let value = |one: &Candidate| Some(from_limbs(&index.limbs(one.spot, one.count)?));
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

/// Divides the low word of each modulus, the likely ones first, by that of each start at
/// an edge and looks the quotient up: finds p and q of any size, wherever q is.
pub(super) fn divide_moduli(index: &Index, moduli: &[&BigUint], keyring: &mut Keyring) -> Tally {
    let starts: Vec<&Start> = index.starts.iter().filter(|start| start.is_edge).collect();
    let affordable = QUOTIENTS_MAX / starts.len().max(1);
    let tried: Vec<(u64, &BigUint)> = moduli.iter().take(affordable).map(|n| (low_word(n), *n)).collect();
    let far = moduli.len() - tried.len();
    for start in &starts {
        let inverse = inverse_word(start.low);
        for (low, n) in &tried {
            let quotient = low.wrapping_mul(inverse);
            if index.contains(quotient) {
                let others: Vec<&Start> = index.matching(quotient).collect();
                for other in others {
                    // Two at edges are met from both sides; one is enough.
                    let is_first = !other.is_edge || quotient <= start.low;
                    if is_first && other.spot.layout() == start.spot.layout() {
                        split(index, keyring, n, start, other);
                    }
                }
            }
        }
    }
    let count = |moduli: usize| (moduli * starts.len()) as u64;
    Tally { tried: count(tried.len()), far: count(far), ..Tally::default() }
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
