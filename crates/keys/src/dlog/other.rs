//! Exponents of any usual length, and groups of safe primes that no standard names: those of `openssl dhparam` and of
//! OpenSSH's `moduli`.

use super::groups::{GROUPS, Group};
use super::limits::{BESIDE_MAX, MODULI_MAX, NUMBERS_MAX, SAFE_PRIMES_TRIED_MAX};
use super::numbers::{Layout, Number};
use super::search::Search;
use crate::rsa::{has_small_factor, is_probable_prime};
use num_bigint::BigUint;
use num_traits::One as _;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of exponents, as encodings and libraries have them: twice the bits of strength (RFC 7919, `gnutls_ffdhe_*_key_bits`,
/// `dh_gen_key` of OpenSSH, `dl_exponent_size` of Botan), those of [`OF_ELGAMAL`], and whole limbs of these.
const EXPONENTS: [usize; 18] = [20, 24, 28, 29, 32, 35, 40, 42, 43, 47, 48, 50, 51, 56, 58, 64, 96, 128];

/// Bits of the moduli of libgcrypt's `ElGamal` keys, and of their exponents: three halves of Wiener's number, made even, and one
/// more (`wiener_map` and `generate` in its `elgamal.c`).
const OF_ELGAMAL: [(u64, u64); 4] = [(1024, 250), (2048, 340), (3072, 406), (4096, 460)];

/// Leading zero bits that such an exponent may have: more are met once in four million times.
const LEADING_ZEROS_MAX: u64 = 22;

/// The top limb of an exponent is not zero.
const TOP_BITS: u64 = 64;

/// The least number that is no square modulo a prime is smaller for all but one prime in two million.
const GENERATOR_BELOW: u32 = 80;

/// Generators of safe primes: `dhparam` and `moduli` have 2 and 5.
const GENERATORS: [u32; 3] = [2, 5, 3];

impl Search<'_> {
    /// Safe primes that stand in the dump as numbers: named ones with exponents of other lengths than the standard's, and
    /// others. What is left out here counts as left out by design.
    pub(super) fn other_groups(&mut self, in_sight: &BTreeSet<usize>, moduli: &[(usize, Vec<Number>)]) {
        let (skipped, numbers_skipped) = (self.coverage.skipped, self.coverage.numbers_skipped);
        let mut primes: BTreeMap<BigUint, Option<&Number>> = BTreeMap::new();
        let seen = in_sight.iter().filter_map(|index| GROUPS.get(*index));
        for group in seen.filter(|group| self.holds(group)) {
            primes.insert(group.prime.clone(), None);
        }
        for number in self.strong_primes(moduli) {
            primes.insert(number.value.clone(), Some(number));
        }
        let mut exponents: Option<Vec<Number>> = None;
        for (prime, place) in primes {
            let length = usize::try_from(prime.bits().div_ceil(8)).unwrap_or(0);
            let mut long = self.numbers(length, MODULI_MAX);
            long.retain(|number| number.value < prime);
            // Without a number as long as y there is nothing that would prove x.
            if long.is_empty() {
                continue;
            }
            let short = exponents.get_or_insert_with(|| self.other_exponents());
            let short: Vec<&Number> = short.iter().collect();
            let beside = nearest(&long, place);
            self.other_group(&prime, length, &short, &beside);
        }
        self.coverage.far +=
            self.coverage.skipped - skipped + self.coverage.numbers_skipped - numbers_skipped;
        (self.coverage.skipped, self.coverage.numbers_skipped) = (skipped, numbers_skipped);
    }

    /// One group with all exponents, the usual generators first, then the numbers beside its prime.
    fn other_group(&mut self, prime: &BigUint, length: usize, short: &[&Number], beside: &[&Number]) {
        let named = GROUPS.iter().find(|group| group.prime == *prime);
        if named.is_none() && !is_probable_prime(&(prime >> 1_u32)) {
            return self.group_of_elgamal(prime, length, short);
        }
        let usual = GENERATORS.map(BigUint::from);
        let usual = if named.is_some() { usual.get(..1).unwrap_or_default() } else { &usual };
        for base in usual {
            let ys = self.shown_powers(base, prime, length, short);
            if let Some(group) = named {
                self.name(group, &ys);
                continue;
            }
            self.shown_powers(base, prime, length, beside);
        }
        if named.is_none() {
            for base in beside {
                let others: Vec<&Number> =
                    beside.iter().copied().filter(|one| one.value != base.value).collect();
                self.shown_powers(&base.value, prime, length, &others);
                self.shown_powers(&base.value, prime, length, short);
            }
        }
    }

    /// A prime that is not safe, as libgcrypt makes them for `ElGamal`.
    fn group_of_elgamal(&mut self, prime: &BigUint, length: usize, short: &[&Number]) {
        let Some((_, bits)) = OF_ELGAMAL.into_iter().find(|(bits, _)| *bits == prime.bits()) else { return };
        let fits = |number: &&&Number| (bits - LEADING_ZEROS_MAX..=bits).contains(&number.value.bits());
        let exponents: Vec<&Number> = short.iter().filter(fits).copied().collect();
        self.shown_powers(&least_non_residue(prime), prime, length, &exponents);
    }

    /// True if the prime of a group stands in writable memory, where a key is that uses it.
    fn holds(&self, group: &Group) -> bool {
        let little = group.prime.to_bytes_le();
        // The middle: a run of randomness may end before the ones at both ends do.
        let middle = little.len() / 2..little.len() / 2 + 32;
        let big: Vec<u8> = little.iter().rev().copied().collect();
        let words: Vec<u8> = little.rchunks(4).flatten().copied().collect();
        let forms = [&little, &big, &words].map(|form| form.get(middle.clone()).unwrap_or_default());
        self.gathered.stored().par_iter().any(|bytes| {
            bytes.len() >= little.len() / 2
                && forms.iter().any(|form| memchr::memmem::find(bytes, form).is_some())
        })
    }

    /// Safe primes among numbers of the length of moduli, as they stand there, and those of libgcrypt's `ElGamal` keys: half of
    /// them is a product of large primes.
    fn strong_primes<'m>(&mut self, moduli: &'m [(usize, Vec<Number>)]) -> Vec<&'m Number> {
        let is_named = |value: &BigUint| GROUPS.iter().any(|group| group.prime == *value);
        let may_be_strong = |number: &&Number| {
            number.value.bit(1)
                && !has_small_factor(&number.value.to_u64_digits())
                && !has_small_factor(&(&number.value >> 1_u32).to_u64_digits())
        };
        let is_strong = |number: &&Number| is_named(&number.value) || is_probable_prime(&number.value);
        let mut out = Vec::new();
        for (_, values) in moduli {
            let may_be: Vec<&Number> = values.iter().filter(may_be_strong).collect();
            self.coverage.numbers_skipped += may_be.len().saturating_sub(SAFE_PRIMES_TRIED_MAX) as u64;
            let tried = may_be.into_par_iter().take(SAFE_PRIMES_TRIED_MAX).filter(is_strong);
            out.extend(tried.collect::<Vec<_>>());
        }
        out
    }

    /// Numbers as long as exponents are.
    fn other_exponents(&mut self) -> Vec<Number> {
        let (mut numbers, mut seen) = (Vec::new(), BTreeSet::new());
        for bytes in EXPONENTS {
            let fits = |value: &BigUint| value.bits() + TOP_BITS > 8 * bytes as u64 && !value.is_one();
            numbers.extend(self.numbers_where(bytes, NUMBERS_MAX, fits));
        }
        // The same number is read again beside its start, where zeros precede it.
        let is_aligned =
            |number: &Number| number.layout == Layout::BigEndian || number.position.is_multiple_of(4);
        numbers.retain(|number| is_aligned(number) && seen.insert(number.value.clone()));
        numbers
    }
}

/// The generator of libgcrypt's `ElGamal` keys (`gen_prime_ext` of its `primegen.c`): the least from 3 on of which no power that a
/// prime factor of p - 1 gives is 1. All odd factors are large, so only squares fail.
fn least_non_residue(prime: &BigUint) -> BigUint {
    let half = prime >> 1_u32;
    let is_square = |number: &BigUint| number.modpow(&half, prime).is_one();
    (3..GENERATOR_BELOW).map(BigUint::from).find(|number| !is_square(number)).unwrap_or_else(BigUint::one)
}

/// The numbers nearest to a prime, laid out like it; none for a prime that stands nowhere as a number.
fn nearest<'n>(numbers: &'n [Number], prime: Option<&Number>) -> Vec<&'n Number> {
    let Some(prime) = prime else { return Vec::new() };
    let is_alike = |number: &&Number| {
        number.layout == prime.layout && number.position.abs_diff(prime.position).is_multiple_of(8)
    };
    let mut near: Vec<&Number> = numbers.iter().filter(is_alike).collect();
    near.sort_by_key(|number| (number.position.abs_diff(prime.position), number.position));
    near.truncate(BESIDE_MAX);
    near
}
