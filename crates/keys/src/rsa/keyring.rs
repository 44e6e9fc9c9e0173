//! What the relations have proven so far.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::index::{Index, Spot};
use super::material::closure;
use super::moduli::Moduli;
use super::number::is_probable_prime;

/// Where a component was seen, before its key had a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Position of the first byte, in the numbering of [`super::Harvest::collect`].
    pub position: u64,
    /// Length in bytes.
    pub length: usize,
    /// Which component: `p`, `dp`, `n`, ...
    pub component: &'static str,
    /// How it is laid out, e.g. `le`, `be-of-le32`, `le-30-in-32`.
    pub form: &'static str,
}

impl Place {
    /// The place of a number of `count` digits at `spot`.
    pub(super) fn new(index: &Index, spot: Spot, count: usize, component: &'static str) -> Option<Self> {
        let sequence = index.sequence(spot)?;
        let (position, length) = sequence.place(spot.index(), count);
        Some(Self { position, length, component, form: sequence.layout.name })
    }
}

/// Keys found, by modulus.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    /// Modulus to what is known of it.
    pub(super) keys: BTreeMap<BigUint, Key>,
    /// Primes that fit a CRT exponent but no modulus.
    pub(super) lone: BTreeMap<BigUint, Key>,
    /// Answers of the primality test: copies of a key ask again and again.
    tested: BTreeMap<BigUint, bool>,
}

/// What is known of a key.
#[derive(Debug, Default)]
pub(super) struct Key {
    /// Divisors of the modulus, not all prime, not all independent.
    factors: BTreeSet<BigUint>,
    /// Public exponent, if a relation or an encoding gave it.
    pub(super) exponent: Option<BigUint>,
    /// Where components were seen.
    pub(super) places: BTreeSet<Place>,
    /// The relation that proved it first.
    pub(super) detector: &'static str,
}

impl Keyring {
    /// Adds a divisor of a modulus, found by `detector`.
    pub(super) fn add(&mut self, n: &BigUint, factor: &BigUint, detector: &'static str) -> &mut Key {
        let key = self.keys.entry(n.clone()).or_default();
        key.factors.insert(factor.clone());
        if key.detector.is_empty() {
            key.detector = detector;
        }
        key
    }

    /// Adds a prime proven by its CRT exponent alone.
    pub(super) fn add_lone(&mut self, p: &BigUint, e: &BigUint) -> &mut Key {
        let key = self.lone.entry(p.clone()).or_default();
        key.exponent = Some(e.clone());
        key.detector = "rsa-prime-exponent";
        key
    }

    /// Gives primes that were proven alone to the moduli that they divide.
    pub(super) fn join_lone(&mut self, moduli: &Moduli) {
        let targets: BTreeSet<BigUint> = moduli.iter().chain(self.keys.keys()).cloned().collect();
        for prime in self.lone.keys().cloned().collect::<Vec<BigUint>>() {
            for n in targets.iter().filter(|n| (*n % &prime) == BigUint::ZERO) {
                self.join_lone_to(&prime, n);
            }
        }
        let keys = &self.keys;
        self.lone.retain(|prime, _| !keys.values().any(|key| key.factors.contains(prime)));
    }

    /// Gives a prime that was proven alone to a modulus that it divides.
    pub(super) fn join_lone_to(&mut self, prime: &BigUint, n: &BigUint) {
        let Some(lone) = self.lone.get(prime) else { return };
        let (exponent, places, detector) = (lone.exponent.clone(), lone.places.clone(), lone.detector);
        let is_second = n / prime > *prime;
        let key = self.add(n, prime, detector);
        key.exponent = key.exponent.take().or(exponent);
        key.places.extend(places.into_iter().map(|place| match place.component {
            "p" if is_second => Place { component: "q", ..place },
            "dp" if is_second => Place { component: "dq", ..place },
            _ => place,
        }));
    }

    /// Probable primality, remembered.
    pub(super) fn is_prime(&mut self, number: &BigUint) -> bool {
        if let Some(known) = self.tested.get(number) {
            return *known;
        }
        let answer = is_probable_prime(number);
        self.tested.insert(number.clone(), answer);
        answer
    }

    /// Every number that belongs to a key that is known whole.
    pub(super) fn numbers(&mut self, moduli: &Moduli) -> Vec<BigUint> {
        let mut out = Vec::new();
        for n in self.keys.keys().cloned().collect::<Vec<BigUint>>() {
            if !self.is_solved(&n) {
                continue;
            }
            let Some(key) = self.keys.get(&n) else { continue };
            let exponent = key.exponent.as_ref().or(moduli.exponent(&n));
            let material = closure(&key.parts(&n), &n, exponent, key.detector);
            let values = material.iter().flat_map(|material| &material.components);
            out.extend(values.map(|one| BigUint::from_bytes_be(one.value.bytes())));
        }
        out
    }

    /// True if every prime of the modulus is known.
    pub(super) fn is_solved(&mut self, n: &BigUint) -> bool {
        let Some(parts) = self.keys.get(n).map(|key| key.parts(n)) else { return false };
        parts.iter().all(|part| self.is_prime(part))
    }
}

impl Key {
    /// The modulus split as far as the known divisors allow, largest part first.
    pub(super) fn parts(&self, n: &BigUint) -> Vec<BigUint> {
        let mut parts = vec![n.clone()];
        for factor in &self.factors {
            parts = parts
                .into_iter()
                .flat_map(|part| {
                    let common = part.gcd(factor);
                    if common.is_one() || common == part { vec![part] } else { vec![&part / &common, common] }
                })
                .collect();
        }
        parts.sort_unstable_by(|a, b| b.cmp(a));
        parts
    }
}
