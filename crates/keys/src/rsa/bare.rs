//! Moduli that no encoding names: numbers that stand alone, or at the end of a run, and may be one, against private
//! exponents, prime candidates and proven primes of the same dump.

use std::collections::BTreeMap;
use std::ops::Range;

use num_bigint::BigUint;
use num_traits::One;
use rayon::iter::Either;
use rayon::prelude::*;

use super::exponents::{fits, scaled};
use super::index::{Candidate, Index, Spot, Standing, Start};
use super::keyring::{Keyring, Place};
use super::limits::{
    BARE_DIVISION_WORK_MAX, BARE_MODULI_MAX, BARE_PAIRS_MAX, BARE_STARTS_MAX, DIVISOR_BITS_MIN,
    EDGE_SLACK_BYTES,
};
use super::moduli::Moduli;
use super::number::{from_limbs, split};
use super::pairs::Tally;
use super::quotient::Dividend;
use super::sequence::Sequence;
use super::sieve::has_small_factor;

/// Lengths of moduli in bits. A modulus has its top bit set: key generators see to it.
const SIZES: [usize; 7] = [1024, 1536, 2048, 3072, 4096, 6144, 8192];

/// A private exponent is shorter than its modulus by the bits of what both p - 1 and q - 1 have, and by chance.
const SHORTER_BITS_MAX: u64 = 24;

/// An odd number of the size of a modulus.
struct Number {
    /// Its value.
    limbs: Vec<u64>,
    spot: Spot,
    count: usize,
}

impl Number {
    fn value(&self) -> BigUint {
        from_limbs(&self.limbs)
    }
}

/// Numbers of one size, each value once, in order of position.
struct Numbers {
    /// Those that fill their run and may be moduli.
    moduli: Vec<Number>,
    /// The same of those that only end where their run does.
    edge_moduli: Vec<Number>,
    /// All that fill their run: those that may be private exponents.
    exponents: Vec<Number>,
}

/// Looks for keys with a modulus that stands alone.
pub(super) fn solve(index: &Index, known: &Moduli, keyring: &mut Keyring) -> Tally {
    let mut tally = Tally::default();
    let mut work = 0;
    for bits in SIZES {
        let numbers = of_bits(index, bits, &mut tally);
        for moduli in [&numbers.moduli, &numbers.edge_moduli] {
            lone_primes(index, moduli, keyring);
            primes(index, moduli, bits, &mut work, keyring, &mut tally);
        }
        exponents(index, known, &numbers, keyring, &mut tally);
    }
    tally
}

/// Where a number stands, and whether it may be a modulus.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Modulus,
    EdgeModulus,
    Exponent,
}

/// Reads all numbers of a size.
fn of_bits(index: &Index, bits: usize, tally: &mut Tally) -> Numbers {
    let length = bits.div_ceil(64);
    let fits = |start: &&Start| start.is_edge && usize::from(start.room) >= length;
    let placed =
        index.starts.par_iter().filter(fits).filter_map(|start| Some((place_of(index, start, bits)?, start)));
    let (alone, mut edge): (Vec<_>, Vec<_>) = placed.partition_map(|(place, start)| match place {
        Standing::Alone => Either::Left(start),
        Standing::Edge | Standing::Inside => Either::Right(start),
    });
    edge.sort_unstable_by_key(|start: &&Start| start.spot);
    tally.far += edge.len().saturating_sub(BARE_STARTS_MAX) as u64;
    edge.truncate(BARE_STARTS_MAX);
    let read_all = |starts: &[&Start], is_alone: bool| -> Vec<(Role, Number)> {
        starts.par_iter().filter_map(|start| read(index, start, bits, is_alone)).collect()
    };
    let read = read_all(&alone, true).into_iter().chain(read_all(&edge, false));
    let mut by_value: BTreeMap<Vec<u64>, (Role, Number)> = BTreeMap::new();
    for (role, number) in read {
        let known = by_value.entry(number.limbs.clone()).or_insert((role, number));
        if role == Role::Modulus {
            known.0 = role;
        }
    }
    let mut out = Numbers { moduli: Vec::new(), edge_moduli: Vec::new(), exponents: Vec::new() };
    for (role, number) in by_value.into_values() {
        match role {
            Role::Modulus => {
                out.exponents.push(Number { limbs: number.limbs.clone(), ..number });
                out.moduli.push(number);
            }
            Role::EdgeModulus => out.edge_moduli.push(number),
            Role::Exponent => out.exponents.push(number),
        }
    }
    for numbers in [&mut out.moduli, &mut out.edge_moduli, &mut out.exponents] {
        numbers.sort_by_key(|number| (number.spot, number.count));
    }
    for moduli in [&mut out.moduli, &mut out.edge_moduli] {
        tally.far += moduli.len().saturating_sub(BARE_MODULI_MAX) as u64;
        moduli.truncate(BARE_MODULI_MAX);
    }
    out
}

/// How a number of so many bits would stand, cheaply: most runs are of another length. At an edge it is read in the usual
/// layouts alone.
fn place_of(index: &Index, start: &Start, bits: usize) -> Option<Standing> {
    let sequence = index.sequence(start.spot)?;
    let (layout, at) = (sequence.layout, start.spot.index());
    let count = layout.words(bits);
    if ends_with_run(&sequence, at, count) {
        return Some(Standing::Alone);
    }
    let top = sequence.digit(at + count - 1)? >> (layout.bits - 1) & 1;
    let is_usual = !layout.is_padded() && matches!((layout.word, layout.falling), (1, true) | (8, false));
    (is_usual && layout.big_endian == (layout.word == 1) && !sequence.chunk.bulk && top == 1)
        .then_some(Standing::Edge)
}

/// The number of so many bits at a place, if it is one.
fn read(index: &Index, start: &Start, bits: usize, is_alone: bool) -> Option<(Role, Number)> {
    let sequence = index.sequence(start.spot)?;
    let (at, count) = (start.spot.index(), sequence.layout.words(bits));
    let mut limbs = sequence.limbs(at, count)?;
    let length = bits.div_ceil(64);
    if limbs.iter().skip(length).any(|limb| *limb != 0) {
        return None;
    }
    limbs.truncate(length);
    let is_full = limbs.last().is_some_and(|top| top >> 63 == 1);
    if !is_full && from_limbs(&limbs).bits() < (bits as u64).saturating_sub(SHORTER_BITS_MAX) {
        return None;
    }
    let may_be_modulus = is_full && !has_small_factor(&limbs);
    let role = match (is_alone, may_be_modulus) {
        (true, true) => Role::Modulus,
        (true, false) => Role::Exponent,
        (false, true) => Role::EdgeModulus,
        (false, false) => return None,
    };
    Some((role, Number { limbs, spot: start.spot, count }))
}

/// True if the run of randomness ends about where the number's most significant digit does.
fn ends_with_run(sequence: &Sequence<'_>, at: usize, count: usize) -> bool {
    let range = sequence.range(at, count);
    let (edges, end) = if sequence.layout.falling {
        (&sequence.chunk.starts, range.start)
    } else {
        (&sequence.chunk.ends, range.end)
    };
    let near = edges.partition_point(|edge| edge + EDGE_SLACK_BYTES < end);
    edges.get(near).is_some_and(|edge| edge.abs_diff(end) <= EDGE_SLACK_BYTES)
}

/// Gives primes that were proven by their exponents to the moduli that they divide.
fn lone_primes(index: &Index, moduli: &[Number], keyring: &mut Keyring) {
    let primes: Vec<BigUint> = keyring.lone.keys().cloned().collect();
    for number in moduli.iter().filter(|_| !primes.is_empty()) {
        let n = number.value();
        for prime in primes.iter().filter(|prime| (&n % *prime) == BigUint::ZERO) {
            if keyring.is_prime(&(&n / prime)) {
                keyring.join_lone_to(prime, &n);
                place(index, keyring, &n, number.spot, number.count, "n");
            }
        }
    }
}

/// Compares numbers as private exponents with moduli, near ones where there are many.
fn exponents(index: &Index, known: &Moduli, numbers: &Numbers, keyring: &mut Keyring, tally: &mut Tally) {
    let usual = known.exponents();
    let length = numbers.moduli.first().map_or(0, |number| number.limbs.len());
    let tops: Vec<f64> = numbers.exponents.iter().map(|number| scaled(&number.limbs, length)).collect();
    let reach = BARE_PAIRS_MAX / numbers.moduli.len().max(1);
    let judge = |(number, modulus): (usize, &Number)| {
        let near = nearest(&numbers.exponents, modulus.spot, reach, |number| number.spot);
        let top = scaled(&modulus.limbs, length);
        let mut passed = Vec::new();
        for e in &usual {
            let factor = as_fraction(e) / top;
            for at in near.clone() {
                let is_close = tops.get(at).is_some_and(|d| *d < top && fits(d * factor));
                let exponent = numbers.exponents.get(at).filter(|_| is_close);
                let Some(d) = exponent.map(Number::value) else { continue };
                let n = modulus.value();
                if (e * &d) % (&n - 1_u32) == BigUint::one() {
                    passed.push((number, e, at, None));
                } else if let Some((p, _)) = split(&n, e, &d) {
                    passed.push((number, e, at, Some(p)));
                }
            }
        }
        (near.len() as u64, passed)
    };
    for (count, passed) in numbers.moduli.par_iter().enumerate().map(judge).collect::<Vec<_>>() {
        tally.tried += count;
        tally.far += numbers.exponents.len() as u64 - count;
        for (modulus, e, number, factor) in passed {
            let Some((modulus, number)) = numbers.moduli.get(modulus).zip(numbers.exponents.get(number))
            else {
                continue;
            };
            let n = modulus.value();
            if let Some(p) = factor {
                let key = keyring.add(&n, &p, "rsa-private-exponent");
                key.exponent = Some(e.clone());
                key.places.extend(Place::new(index, number.spot, number.count, "d"));
                place(index, keyring, &n, modulus.spot, modulus.count, "n");
            } else if keyring.is_prime(&n) {
                lone_prime(index, keyring, modulus, number, e);
            }
        }
    }
}

/// A prime with its exponent, far from each other.
fn lone_prime(index: &Index, keyring: &mut Keyring, prime: &Number, exponent: &Number, e: &BigUint) {
    let key = keyring.add_lone(&prime.value(), e);
    key.places.extend(Place::new(index, prime.spot, prime.count, "p"));
    key.places.extend(Place::new(index, exponent.spot, exponent.count, "dp"));
}

/// Divides moduli by prime candidates near them: all, as far as the work goes.
fn primes(
    index: &Index,
    moduli: &[Number],
    bits: usize,
    work: &mut u64,
    keyring: &mut Keyring,
    tally: &mut Tally,
) {
    let mut open: Vec<(&Number, BigUint)> = moduli.iter().map(|number| (number, number.value())).collect();
    open.retain(|(_, n)| !keyring.is_solved(n));
    let half = (bits / 2).div_ceil(64);
    let classes = index.classes.iter().filter(|((_, length), _)| *length == half);
    let mut candidates: Vec<&Candidate> =
        classes.flat_map(|(_, class)| class).filter(|one| one.standing != Standing::Inside).collect();
    candidates.sort_by_key(|one| (one.spot, one.count));
    let cost = (half * half) as u64;
    let share = BARE_DIVISION_WORK_MAX.saturating_sub(*work) / cost / (open.len().max(1) as u64);
    let reach = usize::try_from(share).unwrap_or(usize::MAX);
    for (number, n) in &open {
        let near = nearest(&candidates, number.spot, reach, |one| one.spot);
        tally.tried += near.len() as u64;
        tally.far += (candidates.len() - near.len()) as u64;
        let mut dividend = Dividend::new(n);
        for one in candidates.get(near).unwrap_or_default() {
            let Some(mut limbs) = index.limbs(one.spot, one.count) else { continue };
            limbs.truncate(half);
            if !dividend.may_be_multiple_of(&limbs, work) {
                continue;
            }
            let p = from_limbs(&limbs);
            let q = n / &p;
            let is_key = &p * &q == *n && q.bits() >= DIVISOR_BITS_MIN && p != q;
            if is_key && keyring.is_prime(&p) && keyring.is_prime(&q) {
                keyring.add(n, &p, "rsa-divisor");
                place(index, keyring, n, one.spot, one.count, if p > q { "p" } else { "q" });
                place(index, keyring, n, number.spot, number.count, "n");
            }
        }
    }
}

/// Those at most `reach` of a list, sorted by spot, that stand around a spot.
fn nearest<T>(list: &[T], spot: Spot, reach: usize, of: impl Fn(&T) -> Spot) -> Range<usize> {
    let at = list.partition_point(|one| of(one) < spot);
    let from = at.saturating_sub(reach / 2).min(list.len().saturating_sub(reach));
    from..from.saturating_add(reach).min(list.len())
}

fn place(index: &Index, keyring: &mut Keyring, n: &BigUint, spot: Spot, count: usize, name: &'static str) {
    if let Some(key) = keyring.keys.get_mut(n) {
        key.places.extend(Place::new(index, spot, count, name));
    }
}

fn as_fraction(e: &BigUint) -> f64 {
    use num_traits::ToPrimitive as _;
    e.to_f64().unwrap_or(0.0)
}
