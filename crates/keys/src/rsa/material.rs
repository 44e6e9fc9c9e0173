//! The closure of an RSA key: every value from which it follows.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::number::{inverse_word, low_word};
use super::public::public_ids;
use crate::material::{Certainty, Component, Kind, Material, Notation, Role};

/// Names of the values that belong to one prime.
struct Names {
    prime: &'static str,
    exponent: &'static str,
    minus_one: &'static str,
    odd: &'static str,
    one: &'static str,
    square: &'static str,
    cube: &'static str,
    word: &'static str,
    shifted: &'static str,
    reciprocal: &'static str,
}

macro_rules! names {
    ($prime:literal, $exponent:literal) => {
        Names {
            prime: $prime,
            exponent: $exponent,
            minus_one: concat!($prime, "_minus_1"),
            odd: concat!($prime, "_minus_1_odd"),
            one: concat!("one_", $prime),
            square: concat!("rr_", $prime),
            cube: concat!("rrr_", $prime),
            word: concat!("n0_", $prime),
            shifted: concat!($prime, "_shifted"),
            reciprocal: concat!("mu_", $prime),
        }
    };
}

/// RFC 8017 calls the third and later primes r_3, r_4, ... and their exponents d_3, d_4, ...
const NAMES: [Names; 6] = [
    names!("p", "dp"),
    names!("q", "dq"),
    names!("r3", "d3"),
    names!("r4", "d4"),
    names!("r5", "d5"),
    names!("r6", "d6"),
];

/// Names of the CRT coefficients of the third and later primes (RFC 8017: t_i).
const COEFFICIENTS: [&str; 4] = ["t3", "t4", "t5", "t6"];

/// Bits of a word in Montgomery arithmetic: limbs of 64 and 32 bits, and the digits of
/// AVX-512 IFMA (52), libtommath (60 and 28), wolfSSL (57 and 28), BearSSL (31).
const DIGIT_BITS: [u64; 7] = [64, 32, 52, 60, 57, 31, 28];

/// Bits of the digits of libtommath, and bytes of the words that hold them.
const DIVISOR_DIGITS: [(u64, usize); 2] = [(60, 8), (28, 4)];

/// How often the first steps of a binary greatest common divisor halve, but in one case of eight.
const HALVINGS: u32 = 3;

/// Exponents to assume if none is known, in this order.
const USUAL_EXPONENTS: [u32; 4] = [65537, 3, 17, 257];

/// Everything that must go if the key with these primes must go. Big-endian numbers;
/// `e` empty if unknown. `None` if the primes do not multiply to `n` or there are not
/// two to six of them.
#[must_use]
pub fn material(primes: &[&[u8]], n: &[u8], e: &[u8]) -> Option<Material> {
    let primes: Vec<BigUint> = primes.iter().map(|prime| BigUint::from_bytes_be(prime)).collect();
    let exponent = BigUint::from_bytes_be(e);
    closure(&primes, &BigUint::from_bytes_be(n), (!exponent.eq(&BigUint::ZERO)).then_some(&exponent), "rsa")
}

/// As [`material`], for numbers.
pub(super) fn closure(
    primes: &[BigUint],
    n: &BigUint,
    e: Option<&BigUint>,
    detector: &str,
) -> Option<Material> {
    if !(2..=NAMES.len()).contains(&primes.len()) || primes.iter().product::<BigUint>() != *n {
        return None;
    }
    if primes.iter().any(|prime| prime.is_even() || prime.bits() < 16) {
        return None;
    }
    let mut list = List::default();
    let phi = primes.iter().map(|prime| prime - 1u32).product::<BigUint>();
    let lambda = primes.iter().map(|prime| prime - 1u32).reduce(|a, b| a.lcm(&b))?;
    let exponent = e.cloned().into_iter().chain(USUAL_EXPONENTS.map(BigUint::from));
    let exponent = exponent.into_iter().find(|e| e.gcd(&lambda).is_one() && !e.is_one());
    for prime in primes.iter().zip(&NAMES) {
        of_prime(&mut list, prime.0, prime.1, exponent.as_ref());
    }
    of_pair(&mut list, primes);
    if let Some(d) = exponent.as_ref().and_then(|e| e.modinv(&phi)) {
        let small = &d % &lambda;
        if small != d {
            list.add("d_lambda", Role::Secret, &small);
        }
        list.add("d", Role::Secret, &d);
    }
    // The upper half of phi is that of the public modulus and stays; that of lambda is the same shifted by a bit, or a
    // few: its digits in another size are bytes of the modulus.
    let lower = |number: &BigUint| number % (BigUint::one() << (n.bits() / 2).next_multiple_of(64));
    list.add("phi", Role::Derived, &lower(&phi));
    list.add("lambda", Role::Derived, &lower(&lambda));
    for (name, number) in [("phi_shifted", &phi), ("lambda_shifted", &lambda)] {
        list.add_divisor(name, number, &lower(number));
    }
    list.add("n", Role::Public, n);
    if let Some(e) = e.or(exponent.as_ref()) {
        list.add("e", Role::Public, e);
    }
    let public_ids = public_ids(n, e.or(exponent.as_ref()));
    Some(finish(list, u32::try_from(n.bits()).ok()?, Certainty::Proven, detector, public_ids))
}

/// What follows from one prime of a key whose other primes are unknown.
pub(super) fn half_closure(
    prime: &BigUint,
    n: Option<&BigUint>,
    e: Option<&BigUint>,
    detector: &str,
) -> Material {
    let mut list = List::default();
    if let Some(names) = NAMES.first() {
        of_prime(&mut list, prime, names, e);
    }
    let mut public = Vec::new();
    if let Some(n) = n {
        list.add("n", Role::Public, n);
        public = public_ids(n, e);
    }
    let bits = u32::try_from(n.map_or(2 * prime.bits(), BigUint::bits)).unwrap_or(u32::MAX);
    finish(list, bits, Certainty::Proven, detector, public)
}

/// What follows from the Montgomery constants of both primes of a key of which nothing else is known: of each prime
/// 64 bits, so that is the size that is given where the modulus has no name.
pub(super) fn words_closure(
    words: [u64; 2],
    n: Option<&BigUint>,
    e: Option<&BigUint>,
    detector: &str,
) -> Material {
    let mut list = List::default();
    for (word, names) in words.into_iter().zip(&NAMES) {
        list.add_word(names.word, word);
        list.add_word(names.word, word.wrapping_neg());
    }
    n.into_iter().for_each(|n| list.add("n", Role::Public, n));
    let bits = u32::try_from(n.map_or(64, BigUint::bits)).unwrap_or(u32::MAX);
    let public = n.map(|n| public_ids(n, e)).unwrap_or_default();
    finish(list, bits, Certainty::Proven, detector, public)
}

/// A key whose parts do not add up: as parsed.
pub(super) fn unproven(
    parts: &[(&'static str, Role, BigUint)],
    n: &BigUint,
    e: Option<&BigUint>,
) -> Material {
    let mut list = List::default();
    for (name, role, number) in parts {
        list.add(name, *role, number);
    }
    let bits = u32::try_from(n.bits()).unwrap_or(u32::MAX);
    finish(list, bits, Certainty::Structured, "rsa-parsed", public_ids(n, e))
}

fn finish(
    list: List,
    bits: u32,
    certainty: Certainty,
    detector: &str,
    public_ids: Vec<crate::material::PublicId>,
) -> Material {
    Material {
        kind: Kind::RsaPrivateKey,
        bits,
        certainty,
        detector: detector.to_owned(),
        components: list.components,
        public_ids,
        publicly_known: None,
    }
}

/// Components, each value once.
#[derive(Default)]
struct List {
    components: Vec<Component>,
}

impl List {
    /// A constant of one machine word, zeros at its top included: of seven bytes nobody would sweep for it.
    fn add_word(&mut self, name: &'static str, word: u64) {
        self.components.push(Component::new(
            name,
            Role::Derived,
            Notation::Number,
            word.to_be_bytes().to_vec(),
        ));
    }

    /// What inversion leaves on the stack (GMP, nettle): as limbs alone, for there are many forms of a number.
    fn add_limbs(&mut self, name: &'static str, number: &BigUint) {
        self.components.push(Component::new(name, Role::Derived, Notation::Bytes, number.to_bytes_le()));
    }

    /// What division leaves in the digits of libtommath (`s_mp_div_school`): the divisor, shifted until its top digit lacks
    /// one bit; `part` of it alone.
    fn add_divisor(&mut self, name: &'static str, divisor: &BigUint, part: &BigUint) {
        for (bits, word) in DIVISOR_DIGITS {
            let digits = digits(&(part << (bits - 1 - divisor.bits() % bits)), bits, word);
            self.components.push(Component::new(name, Role::Derived, Notation::Bytes, digits));
        }
    }

    fn add(&mut self, name: &'static str, role: Role, number: &BigUint) {
        let bytes = number.to_bytes_be();
        if *number != BigUint::ZERO && self.components.iter().all(|known| known.value.bytes() != bytes) {
            self.components.push(Component::new(name, role, Notation::Number, bytes));
        }
    }
}

/// A number in digits of `bits` bits, the least first, each in so many bytes.
fn digits(number: &BigUint, bits: u64, word: usize) -> Vec<u8> {
    let mut rest = number.clone();
    let digits = std::iter::from_fn(|| {
        let digit = rest.iter_u64_digits().next()? & ((1 << bits) - 1);
        rest >>= bits;
        Some(digit)
    });
    digits.flat_map(|digit| digit.to_le_bytes().into_iter().take(word)).collect()
}

fn of_prime(list: &mut List, prime: &BigUint, names: &Names, e: Option<&BigUint>) {
    let order = prime - 1u32;
    list.add(names.prime, Role::Secret, prime);
    if let Some(exponent) = e.and_then(|e| e.modinv(&order)) {
        list.add(names.exponent, Role::Secret, &exponent);
    }
    list.add(names.minus_one, Role::Derived, &order);
    // The test of Miller and Rabin takes the twos out of it.
    list.add(names.odd, Role::Derived, &(&order >> order.trailing_zeros().unwrap_or(0)));
    for (at, digit_bits) in DIGIT_BITS.into_iter().enumerate() {
        let radix = (BigUint::one() << prime.bits().next_multiple_of(digit_bits)) % prime;
        let square = &radix * &radix % prime;
        list.add(names.square, Role::Derived, &square);
        if at < 2 {
            list.add(names.one, Role::Derived, &radix);
            list.add(names.cube, Role::Derived, &(&square * &radix % prime));
        }
    }
    let inverse = inverse_word(low_word(prime));
    list.add_word(names.word, inverse.wrapping_neg());
    list.add_word(names.word, inverse);
    for word_bits in [64, 32] {
        let spare = prime.bits().next_multiple_of(word_bits) - prime.bits();
        if spare > 0 {
            list.add(names.shifted, Role::Derived, &(prime << spare));
        }
    }
    // What tests of primality start from: (p - 1) / 2, and p - 1 without its factors of two.
    let twos = order.trailing_zeros().unwrap_or(0);
    list.add(names.shifted, Role::Derived, &(&order >> 1_u32));
    list.add(names.shifted, Role::Derived, &(&order >> twos));
    list.add_divisor(names.shifted, prime, prime);
    let limbs = prime.bits().next_multiple_of(64);
    // Inversions of short numbers go on from p or its complement, halved a few times.
    let negative = (BigUint::one() << limbs) - prime;
    list.add_limbs(names.shifted, &(prime << 1_u32));
    for halvings in 1..=HALVINGS {
        list.add_limbs(names.shifted, &(prime >> halvings));
        list.add_limbs(names.shifted, &(&negative >> halvings));
    }
    list.add(names.reciprocal, Role::Derived, &((BigUint::one() << (2 * limbs)) / prime));
}

/// Coefficients, and the sum and difference that key generation computes.
fn of_pair(list: &mut List, primes: &[BigUint]) {
    let [p, q, others @ ..] = primes else { return };
    for (a, b, name, montgomery) in [(q, p, "qinv", "qinv_mont"), (p, q, "pinv", "pinv_mont")] {
        if let Some(inverse) = a.modinv(b) {
            list.add(name, Role::Secret, &inverse);
            for digit_bits in DIGIT_BITS.into_iter().take(3) {
                let scaled = (&inverse << b.bits().next_multiple_of(digit_bits)) % b;
                list.add(montgomery, Role::Derived, &scaled);
            }
        }
    }
    if others.is_empty() {
        list.add("p_plus_q", Role::Derived, &(p + q));
        list.add("p_minus_q", Role::Derived, &if p > q { p - q } else { q - p });
    }
    let mut product = p * q;
    for (prime, name) in others.iter().zip(COEFFICIENTS) {
        if let Some(inverse) = product.modinv(prime) {
            list.add(name, Role::Secret, &inverse);
        }
        product *= prime;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_primality_tests_leave_is_swept_for() {
        // 3 * 2^130 + 1 is no prime, which nobody asks here.
        let p = (BigUint::from(3_u8) << 130_u32) + 1_u8;
        let q = (BigUint::one() << 132_u32) + 0x1_2345_u32;
        let material =
            material(&[&p.to_bytes_be(), &q.to_bytes_be()], &(&p * &q).to_bytes_be(), &[3]).unwrap();
        let odd = material.components.iter().find(|one| one.name == "p_minus_1_odd").unwrap();
        assert_eq!(odd.value.bytes(), [3]);
        assert_eq!(odd.role, Role::Derived);
    }

    #[test]
    fn words_keep_their_leading_zeros() {
        // The constant of this prime has seven bytes.
        let word = 0x0004_d77b_bb47_aaf9_u64;
        let p = (BigUint::one() << 600_u32) + inverse_word(word.wrapping_neg());
        let q = (BigUint::one() << 600_u32) + 0x1234_5677_u64;
        let material =
            material(&[&p.to_bytes_be(), &q.to_bytes_be()], &(&p * &q).to_bytes_be(), &[3]).unwrap();
        let words = material.components.iter().filter(|one| one.name == "n0_p");
        assert!(words.clone().any(|one| one.value.bytes() == word.to_be_bytes()));
        assert!(words.clone().all(|one| one.value.len() == 8));
    }
}
