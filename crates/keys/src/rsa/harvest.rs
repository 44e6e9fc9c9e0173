//! The search itself: collect from windows, then conclude.

use std::collections::BTreeSet;
use std::ops::Range;

use num_bigint::BigUint;
use num_traits::ToPrimitive;

use super::chunk::Store;
use super::explained::Explained;
use super::index::Index;
use super::keyring::{Key, Keyring, Place};
use super::limits::DIVISOR_BITS_MIN;
use super::material::{closure, half_closure, words_closure};
use super::moduli::Moduli;
use super::montgomery::{LoneWords, Pair};
use super::number::low_word;
use super::{bare, crt, divisors, exponents, pairs};
use crate::material::Material;

/// What one worker has gathered for the search. Merging the harvests of all workers
/// gives the same result in any order.
#[derive(Debug, Default)]
pub struct Harvest {
    store: Store,
    moduli: Moduli,
    lone: LoneWords,
    coverage: Coverage,
}

/// A key that was proven, and where its parts were met on the way. The closure finds
/// all other places.
#[derive(Debug)]
pub struct Found {
    /// The key with everything that follows from it.
    pub material: Material,
    /// Where components stood.
    pub places: Vec<Place>,
}

/// What was looked at and what was not: numbers for the report. Everything named
/// `skipped` or `dropped` is bytes or relations that no arithmetic has judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Runs given.
    pub runs: u64,
    /// Bytes inside bulk random data, too far from an edge to be looked at.
    pub bulk_bytes_skipped: u64,
    /// Chunks of randomness that exceeded the memory limit.
    pub chunks_dropped: u64,
    /// Chunks looked at.
    pub chunks: u64,
    /// Bytes in them.
    pub chunk_bytes: u64,
    /// Known moduli: given ones within the limits.
    pub moduli: u64,
    /// Known moduli that exceeded the limit.
    pub moduli_dropped: u64,
    /// Numbers read as possible primes.
    pub windows: u64,
    /// Of these, distinct and without a small factor: those paired.
    pub candidates: u64,
    /// Places at which a number may start.
    pub starts: u64,
    /// Starts and candidates that exceeded the memory limit.
    pub numbers_dropped: u64,
    /// Products of two candidates looked up, and those not.
    pub pairs: u64,
    /// See `pairs`.
    pub pairs_skipped: u64,
    /// Quotients of known moduli looked up.
    pub quotients: u64,
    /// Primes compared with CRT exponents, private exponents with moduli, and those not.
    pub exponents: u64,
    /// See `exponents`.
    pub exponents_skipped: u64,
    /// Numbers divided into or compared with known moduli, and those not.
    pub divisors: u64,
    /// See `divisors`.
    pub divisors_skipped: u64,
    /// Words that may be constants of Montgomery arithmetic beyond the memory limit.
    pub lone_words_dropped: u64,
    /// Relations left out by design: of numbers that do not stand alone, and far from
    /// each other or of sizes that no other number has.
    pub far: u64,
}

impl Coverage {
    /// True if a limit cut the search off: of what it should have looked at, some was
    /// not, and a key may have been missed.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        let left_out = [
            self.chunks_dropped,
            self.moduli_dropped,
            self.numbers_dropped,
            self.pairs_skipped,
            self.exponents_skipped,
            self.divisors_skipped,
        ];
        left_out.iter().any(|count| *count > 0)
    }
}

impl Harvest {
    /// An empty harvest.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the randomness of a window. `position` numbers the window's first byte
    /// in a way that is the same for all windows and congruent to its address modulo 8;
    /// `runs` are the ranges that look random, rising and not overlapping. Windows may
    /// overlap; a number must lie within one of them.
    pub fn collect(&mut self, window: &[u8], position: u64, runs: &[Range<usize>]) {
        self.coverage.runs += runs.len() as u64;
        self.coverage.bulk_bytes_skipped += self.store.collect(window, position, runs);
        self.lone.collect(window, position);
    }

    /// Adds a modulus from a certificate or another public encoding: big-endian, with
    /// its public exponent if it came with one.
    pub fn add_modulus(&mut self, n: &[u8], e: Option<&[u8]>) {
        let exponent = e.map(BigUint::from_bytes_be).filter(|e| e.bits() > 1);
        self.moduli.add(&BigUint::from_bytes_be(n), exponent);
    }

    /// Adds the harvest of another worker.
    pub fn merge(&mut self, other: Self) {
        self.coverage.runs += other.coverage.runs;
        self.coverage.bulk_bytes_skipped += other.coverage.bulk_bytes_skipped;
        self.store.merge(other.store);
        self.moduli.merge(other.moduli);
        self.lone.merge(other.lone);
    }

    /// Proves what can be proven. Keys come in order of their modulus.
    #[must_use]
    pub fn conclude(self) -> (Vec<Found>, Coverage) {
        let Self { store, mut moduli, lone, mut coverage } = self;
        coverage.chunks_dropped = store.dropped();
        coverage.moduli_dropped = moduli.dropped;
        coverage.moduli = moduli.len() as u64;
        moduli.index();
        let chunks = store.into_chunks();
        coverage.chunks = chunks.len() as u64;
        coverage.chunk_bytes = chunks.iter().map(|chunk| chunk.bytes.len() as u64).sum();
        let index = Index::new(chunks, moduli.iter().map(low_word));
        coverage.windows = index.windows;
        coverage.candidates = index.classes.values().map(|class| class.len() as u64).sum();
        coverage.starts = index.starts.len() as u64;
        coverage.numbers_dropped = index.dropped;
        let mut keyring = Keyring::default();
        let likely = likely_first(&index, &moduli, &mut keyring);
        let quotients = pairs::divide_moduli(&index, &likely, &mut keyring);
        let pairs = pairs::multiply_pairs(&index, &moduli, &mut keyring);
        let near = exponents::near_primes(&index, &moduli, &mut keyring);
        keyring.join_lone(&moduli);
        let bare = bare::solve(&index, &moduli, &mut keyring);
        keyring.join_lone(&moduli);
        let open = likely_first(&index, &moduli, &mut keyring);
        let explained = Explained::new(&index, &moduli, &mut keyring);
        let divisors = divisors::divide(&index, &open, &explained, &mut keyring);
        let private = exponents::private(&index, &moduli, &open, &mut keyring);
        let crt = crt::exponents(&index, &moduli, &open, &explained, &mut keyring);
        coverage.quotients = quotients.tried;
        (coverage.pairs, coverage.pairs_skipped) = (pairs.tried, pairs.skipped);
        (coverage.divisors, coverage.divisors_skipped) = (divisors.tried, divisors.skipped);
        coverage.exponents = near.tried + bare.tried + private.tried + crt.tried;
        coverage.exponents_skipped = near.skipped + private.skipped + crt.skipped;
        let tallies = [quotients, pairs, near, bare, divisors, private, crt];
        coverage.far = tallies.iter().map(|tally| tally.far).sum();
        coverage.lone_words_dropped = lone.dropped;
        let open = likely_first(&index, &moduli, &mut keyring);
        let mut words: Vec<Found> =
            lone.pairs(&open).iter().map(|(n, pair)| of_words(Some(*n), pair, &moduli)).collect();
        let known: BTreeSet<u64> = keyring.numbers(&moduli).iter().filter_map(BigUint::to_u64).collect();
        let unnamed = lone.pairs_of(|low| {
            index.contains(low) && moduli.matching(low).is_empty() && index.matching(low).next().is_some()
        });
        let is_new = |pair: &&Pair| !pair.words.iter().any(|(word, _)| known.contains(word));
        words.extend(unnamed.iter().filter(is_new).map(|pair| of_words(None, pair, &moduli)));
        let mut all = found(keyring, &moduli);
        all.extend(words);
        (all, coverage)
    }
}

/// A key of which two words are left.
fn of_words(n: Option<&BigUint>, pair: &Pair, moduli: &Moduli) -> Found {
    let words = pair.words.map(|(word, _)| word);
    let place = |((_, position), component)| Place { position, length: 8, component, form: "le" };
    Found {
        material: words_closure(words, n, n.and_then(|n| moduli.exponent(n)), "rsa-montgomery-words"),
        places: pair.words.into_iter().zip(["n0_p", "n0_q"]).map(place).collect(),
    }
}

/// The moduli without a solution. Those that stand in memory as numbers come first: they
/// are in use; the certificates of strangers stand there as DER only.
fn likely_first<'m>(index: &Index, moduli: &'m Moduli, keyring: &mut Keyring) -> Vec<&'m BigUint> {
    let mut open: Vec<&BigUint> = moduli.iter().collect();
    open.retain(|n| !keyring.is_solved(n));
    open.sort_by_key(|n| (index.matching(low_word(n)).next().is_none(), n.bits(), *n));
    open
}

fn found(mut keyring: Keyring, moduli: &Moduli) -> Vec<Found> {
    let mut all = Vec::new();
    for (n, key) in std::mem::take(&mut keyring.keys) {
        let exponent = key.exponent.as_ref().or(moduli.exponent(&n));
        let parts = key.parts(&n);
        let primes: Vec<&BigUint> =
            parts.iter().filter(|part| part.bits() >= DIVISOR_BITS_MIN && keyring.is_prime(part)).collect();
        let material =
            if primes.len() == parts.len() { closure(&parts, &n, exponent, key.detector) } else { None };
        match material {
            Some(material) => all.push(with_places(material, key)),
            None => {
                // Some primes of a multi-prime key are known, others not.
                for prime in primes {
                    let material = half_closure(prime, Some(&n), exponent, key.detector);
                    all.push(Found { material, places: key.places.iter().cloned().collect() });
                }
            }
        }
    }
    for (prime, key) in keyring.lone {
        let material = half_closure(&prime, None, key.exponent.as_ref(), key.detector);
        all.push(with_places(material, key));
    }
    all
}

fn with_places(material: Material, key: Key) -> Found {
    Found { material, places: key.places.into_iter().collect() }
}
