//! Two candidates whose product lies in the dump: the key, with nothing known before.

use std::collections::BTreeMap;

use num_bigint::BigUint;
use rayon::prelude::*;

use super::index::{Candidate, Filter, Index, Standing, Start};
use super::keyring::{Keyring, Place};
use super::limits::{
    CLASS_PAIRS_MAX, CLASS_QUOTIENTS_MAX, DIVISOR_BITS_MIN, MODULUS_BITS_MIN, NEAR_PAIRS_MAX, NEIGHBOURS_MIN,
    QUOTIENTS_MAX,
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
/// product up among the starts that have room for it and the known moduli of its size:
/// those that fill their runs all with all, the others with their neighbours. Where only
/// few products are possible, each is divided by each candidate instead.
pub(super) fn multiply_pairs(index: &Index, moduli: &Moduli, keyring: &mut Keyring) -> Tally {
    let mut tally = Tally::default();
    let mut products: BTreeMap<usize, Products> = BTreeMap::new();
    let mut quotients_left = CLASS_QUOTIENTS_MAX;
    for ((_, length), class) in &index.classes {
        let products = products.entry(*length).or_insert_with(|| Products::new(index, moduli, *length));
        let may_be = |p: &Candidate, q: &Candidate| products.contain(index, p.low.wrapping_mul(q.low));
        let mut meet = |p: &Candidate, q: &Candidate| prove(index, moduli, keyring, p, q);
        let all = pairs_of(class.len());
        if products.is_empty() {
            tally.tried += all;
            continue;
        }
        if all <= CLASS_PAIRS_MAX {
            tally.tried += each_pair(class, class.len(), may_be, &mut meet);
            continue;
        }
        if products.are_affordable(class.len(), &mut quotients_left) {
            products.each_quotient(class, &mut meet);
            tally.tried += all;
            continue;
        }
        let reach = |class: &[Candidate]| (NEAR_PAIRS_MAX / class.len().max(1)).max(NEIGHBOURS_MIN);
        let mut tried = each_pair(class, reach(class), may_be, &mut meet);
        let at_edges: Vec<Candidate> =
            class.iter().copied().filter(|one| one.standing != Standing::Inside).collect();
        tried += each_pair(&at_edges, reach(&at_edges), may_be, &mut meet);
        let alone: Vec<Candidate> =
            class.iter().copied().filter(|one| one.standing == Standing::Alone).collect();
        let affordable = usize::try_from(CLASS_PAIRS_MAX).unwrap_or(0) / alone.len().max(1);
        let among_alone = if pairs_of(alone.len()) <= CLASS_PAIRS_MAX {
            each_pair(&alone, alone.len(), may_be, &mut meet)
        } else if products.are_affordable(alone.len(), &mut quotients_left) {
            products.each_quotient(&alone, &mut meet);
            pairs_of(alone.len())
        } else {
            each_pair(&alone, affordable, may_be, &mut meet)
        };
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

/// Candidates whose pairs are judged at once, before those are proven that passed: bounds
/// what is held of them.
const PAIRS_BLOCK: usize = 512;

/// Calls for each pair at most `reach` apart that passes the test. Returns how many pairs
/// there were.
fn each_pair(
    class: &[Candidate],
    reach: usize,
    test: impl Fn(&Candidate, &Candidate) -> bool + Sync,
    call: &mut impl FnMut(&Candidate, &Candidate),
) -> u64 {
    let before = |at: usize| class.get(at.saturating_sub(reach)..at).unwrap_or_default();
    let mut tried = 0;
    for from in (0..class.len()).step_by(PAIRS_BLOCK) {
        let block = from..class.len().min(from + PAIRS_BLOCK);
        tried += block.clone().map(|at| before(at).len() as u64).sum::<u64>();
        let passed =
            block.into_par_iter().filter_map(|at| Some((at, class.get(at)?))).flat_map_iter(|(at, q)| {
                let test = &test;
                before(at).iter().filter(move |p| test(p, q)).map(move |p| (p, q))
            });
        passed.collect::<Vec<_>>().into_iter().for_each(|(p, q)| call(p, q));
    }
    tried
}

/// What the product of two numbers of one length can be: a number for which there is room
/// in the dump, or a known modulus of that length.
struct Products {
    /// Low words, each once; `None` if most of all starts are among them.
    lows: Option<(Vec<u64>, Filter)>,
}

impl Products {
    /// The products of two numbers of `length` limbs.
    fn new(index: &Index, moduli: &Moduli, length: usize) -> Self {
        // Both have a bit in their top limb, so the product has one in the last limb but one.
        let shortest = (2 * length).saturating_sub(1);
        let starts = index.starts.iter().filter(|start| usize::from(start.room) >= shortest);
        if starts.clone().count() > index.starts.len() / 2 {
            return Self { lows: None };
        }
        let is_as_long = |n: &&BigUint| {
            (shortest..=2 * length).contains(&usize::try_from(n.bits().div_ceil(64)).unwrap_or(0))
        };
        let mut lows: Vec<u64> =
            starts.map(|start| start.low).chain(moduli.iter().filter(is_as_long).map(low_word)).collect();
        lows.sort_unstable();
        lows.dedup();
        let filter = Filter::new(lows.len(), lows.iter().copied());
        Self { lows: Some((lows, filter)) }
    }

    /// True if two numbers of this length cannot have a product anywhere.
    fn is_empty(&self) -> bool {
        self.lows.as_ref().is_some_and(|(lows, _)| lows.is_empty())
    }

    #[inline]
    fn contain(&self, index: &Index, low: u64) -> bool {
        match &self.lows {
            Some((_, filter)) => filter.contains(low),
            None => index.contains(low),
        }
    }

    /// True if all of them can be divided by each of `count` numbers; takes that from what is left.
    fn are_affordable(&self, count: usize, left: &mut u64) -> bool {
        let Some((lows, _)) = &self.lows else { return false };
        let rest = left.checked_sub((lows.len() as u64).saturating_mul(count as u64));
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }

    /// Calls for each two candidates whose product may be one of these.
    fn each_quotient(&self, class: &[Candidate], call: &mut impl FnMut(&Candidate, &Candidate)) {
        let Some((lows, _)) = &self.lows else { return };
        let mut sorted: Vec<&Candidate> = class.iter().collect();
        sorted.sort_unstable_by_key(|one| (one.low, one.spot));
        let filter = Filter::new(class.len(), class.iter().map(|one| one.low));
        for block in class.chunks(PAIRS_BLOCK) {
            let passed = block.par_iter().flat_map_iter(|p| {
                let inverse = inverse_word(p.low);
                // Each two are met from both sides; one is enough.
                let quotients = lows.iter().map(move |low| low.wrapping_mul(inverse));
                quotients
                    .filter(|quotient| *quotient <= p.low && filter.contains(*quotient))
                    .map(move |low| (p, low))
            });
            for (p, quotient) in passed.collect::<Vec<_>>() {
                let from = sorted.partition_point(|one| one.low < quotient);
                let matching = sorted.iter().skip(from).take_while(|one| one.low == quotient);
                matching.for_each(|q| call(p, q));
            }
        }
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

#[cfg(test)]
mod tests {
    use super::super::index::Spot;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn quotients_meet_the_same_pairs_as_products(
            lows in proptest::collection::btree_set(any::<u64>(), 2..60),
            chosen in proptest::collection::vec((0usize..60, 0usize..60), 0..8),
            strangers in proptest::collection::vec(any::<u64>(), 0..20),
        ) {
            let lows: Vec<u64> = lows.into_iter().map(|low| low | 1).collect::<BTreeSet<_>>().into_iter().collect();
            let candidate = |(at, low): (usize, &u64)| Candidate {
                low: *low,
                spot: Spot::new(0, 0, at),
                count: 8,
                standing: Standing::Alone,
            };
            let class: Vec<Candidate> = lows.iter().enumerate().map(candidate).collect();
            let at = |index: usize| lows[index % lows.len()];
            let chosen = chosen.into_iter().filter(|(p, q)| at(*p) != at(*q));
            let mut products: Vec<u64> =
                chosen.map(|(p, q)| at(p).wrapping_mul(at(q))).chain(strangers.iter().map(|low| low | 1)).collect();
            products.sort_unstable();
            products.dedup();
            let name = |p: &Candidate, q: &Candidate| (p.low.min(q.low), p.low.max(q.low));
            let mut expected = BTreeSet::new();
            let test = |p: &Candidate, q: &Candidate| products.binary_search(&p.low.wrapping_mul(q.low)).is_ok();
            let tried = each_pair(&class, class.len(), test, &mut |p, q| { expected.insert(name(p, q)); });
            prop_assert_eq!(tried, pairs_of(class.len()));
            let filter = Filter::new(products.len(), products.iter().copied());
            let mut met = BTreeSet::new();
            let products = Products { lows: Some((products, filter)) };
            products.each_quotient(&class, &mut |p, q| { met.insert(name(p, q)); });
            // A number times itself is no pair.
            met.retain(|(p, q)| p != q);
            prop_assert_eq!(met, expected);
        }
    }
}
