//! Whole searches: a fresh key, some of its numbers in some layout, and the key back.

use std::ops::Range;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;
use proptest::prelude::*;

use super::layout::{LAYOUTS, Layout};
use super::number::is_probable_prime;
use super::{Coverage, Found, Harvest, Parsed, components_from_parsed, material};
use crate::material::{Certainty, Material, Role};

/// SplitMix64 (Steele, Lea, Flood 2014): noise and keys from a printed seed.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> usize {
        usize::try_from(self.next() % limit).unwrap()
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length.div_ceil(8)).flat_map(|_| self.next().to_le_bytes()).take(length).collect()
    }

    /// A prime of exactly `bits` bits whose two top bits are set, as generators make them.
    fn prime(&mut self, bits: usize, e: &BigUint) -> BigUint {
        loop {
            let mut prime = BigUint::from_bytes_le(&self.bytes(bits.div_ceil(8))) % (BigUint::one() << bits);
            for bit in [0, bits - 1, bits - 2] {
                prime.set_bit(bit as u64, true);
            }
            if !super::sieve::has_small_factor(&prime.to_u64_digits())
                && (&prime - 1u32).gcd(e).is_one()
                && is_probable_prime(&prime)
            {
                return prime;
            }
        }
    }
}

struct Key {
    n: BigUint,
    e: BigUint,
    primes: Vec<BigUint>,
    d: BigUint,
}

impl Key {
    fn new(seed: u64, sizes: &[usize]) -> Self {
        let mut noise = Noise(seed);
        let e = BigUint::from(65537u32);
        let mut primes: Vec<BigUint> = sizes.iter().map(|bits| noise.prime(*bits, &e)).collect();
        primes.sort_unstable_by(|a, b| b.cmp(a));
        let lambda = primes.iter().map(|prime| prime - 1u32).reduce(|a, b| a.lcm(&b)).unwrap();
        Self { n: primes.iter().product(), d: e.modinv(&lambda).unwrap(), e, primes }
    }

    fn exponent(&self, prime: usize) -> BigUint {
        &self.d % (&self.primes[prime] - 1u32)
    }

    /// R^power mod p for 64-bit limbs.
    fn montgomery(&self, power: u32) -> BigUint {
        let p = &self.primes[0];
        (BigUint::one() << (p.bits().next_multiple_of(64) * u64::from(power))) % p
    }
}

/// Lays a number out, the independent way: digit by digit.
fn lay_out(number: &BigUint, layout: &Layout) -> Vec<u8> {
    let bits = usize::try_from(number.bits()).unwrap();
    let radix = BigUint::one() << layout.bits;
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut rest = number.clone();
    for _ in 0..bits.div_ceil(layout.bits) {
        let mut word = (&rest % &radix).to_bytes_le();
        word.resize(layout.word, 0);
        if layout.big_endian {
            word.reverse();
        }
        words.push(word);
        rest >>= layout.bits;
    }
    if layout.falling {
        words.reverse();
    }
    words.concat()
}

/// Runs of 16-byte blocks with at most one zero byte and 3 to 13 high bits: a plain
/// stand-in for the screen of the sweep. Blocks of spare bits may have four zero bytes.
fn runs(window: &[u8], zeros: usize) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, block) in window.windows(16).enumerate() {
        let high = block.iter().filter(|byte| **byte >= 0x80).count();
        let mut distinct = block.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let zero = block.iter().filter(|byte| **byte == 0).count();
        if zero <= zeros && (2..=13).contains(&high) && distinct.len() >= 11 {
            match runs.last_mut() {
                Some(run) if run.end >= at => run.end = at + 16,
                _ => runs.push(at..at + 16),
            }
        }
    }
    runs
}

/// Memory without secrets: pointers, small integers, text, zeros, in turns.
fn filler(noise: &mut Noise, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        match noise.next() % 4 {
            0 => bytes.extend((0x7f12_3456_0000 | (noise.next() & 0xffff)).to_le_bytes()),
            1 => bytes.extend((noise.next() % 1000).to_le_bytes()),
            2 => bytes.extend(b"GET /api "[..8].iter()),
            _ => bytes.extend([0; 8]),
        }
    }
    bytes.truncate(length);
    bytes
}

/// Memory with the given pieces in it, far enough apart.
fn memory(seed: u64, pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut noise = Noise(seed);
    let mut bytes = filler(&mut noise, 4096);
    for piece in pieces {
        // Allocations are aligned to 16 and preceded by their size.
        bytes.extend((piece.len() as u64 | 1).to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(piece);
        bytes.resize(bytes.len().next_multiple_of(16), 0);
        bytes.extend([0; 32]);
        let more = 1024 + 16 * noise.below(64);
        bytes.extend(filler(&mut noise, more));
    }
    bytes
}

fn search(window: &[u8], zeros: usize, moduli: &[&BigUint]) -> (Vec<Found>, Coverage) {
    let mut harvest = Harvest::new();
    for n in moduli {
        harvest.add_modulus(&n.to_bytes_be(), Some(&[1, 0, 1]));
    }
    harvest.collect(window, 0x7000_0000, &runs(window, zeros));
    harvest.conclude()
}

fn component<'m>(material: &'m Material, name: &str) -> Option<&'m [u8]> {
    material
        .components
        .iter()
        .find(|component| component.name == name)
        .map(|component| component.value.bytes())
}

/// The search finds exactly this key, whole.
fn expect_key(found: &[Found], key: &Key, what: &str) {
    assert_eq!(found.len(), 1, "{what}: one key");
    let material = &found[0].material;
    assert_eq!(material.certainty, Certainty::Proven, "{what}");
    assert_eq!(component(material, "n"), Some(key.n.to_bytes_be().as_slice()), "{what}");
    for (prime, name) in key.primes.iter().zip(["p", "q", "r3", "r4"]) {
        assert_eq!(component(material, name), Some(prime.to_bytes_be().as_slice()), "{what}: {name}");
    }
    let d = key.d.to_bytes_be();
    assert!(material.components.iter().any(|c| c.role == Role::Secret && c.value.bytes() == d), "{what}: d");
}

fn zeros_of(layout: &Layout) -> usize {
    if layout.is_padded() { 5 } else { 1 }
}

#[test]
fn primes_and_modulus_are_found_in_every_layout() {
    let key = Key::new(1, &[512, 512]);
    for layout in LAYOUTS {
        let pieces = [&key.primes[1], &key.n, &key.primes[0]].map(|number| lay_out(number, layout));
        let (found, _) = search(&memory(7, &pieces), zeros_of(layout), &[]);
        expect_key(&found, &key, layout.name);
        assert!(found[0].places.iter().any(|place| place.component == "n" && place.form == layout.name));
    }
}

#[test]
fn one_prime_and_a_known_modulus_are_enough_in_every_layout() {
    let key = Key::new(2, &[512, 512]);
    for layout in LAYOUTS {
        let (found, _) = search(&memory(8, &[lay_out(&key.primes[1], layout)]), zeros_of(layout), &[&key.n]);
        expect_key(&found, &key, layout.name);
    }
}

#[test]
fn remains_of_a_key_with_a_known_modulus_give_it_away() {
    let key = Key::new(3, &[512, 512]);
    let shifted = Key::new(4, &[509, 509]);
    let cases: [(&str, &Key, BigUint); 7] = [
        ("R mod p", &key, key.montgomery(1)),
        ("R^2 mod p", &key, key.montgomery(2)),
        ("R^3 mod p", &key, key.montgomery(3)),
        ("p << 3", &shifted, &shifted.primes[0] << 3),
        ("d", &key, key.d.clone()),
        ("dp", &key, key.exponent(0)),
        ("dq", &key, key.exponent(1)),
    ];
    for (what, key, number) in cases {
        for layout in [&LAYOUTS[0], &LAYOUTS[4]] {
            let mut pieces = vec![lay_out(&number, layout)];
            if what.starts_with('d') {
                // Exponents are tried for moduli that stand in memory as numbers.
                pieces.push(lay_out(&key.n, layout));
            }
            let (found, _) = search(&memory(9, &pieces), 1, &[&key.n]);
            expect_key(&found, key, &format!("{what} {}", layout.name));
        }
    }
}

#[test]
fn a_modulus_that_no_encoding_names_is_factored_by_what_stands_beside_it() {
    let key = Key::new(41, &[512, 512]);
    let phi = key.primes.iter().map(|prime| prime - 1u32).product::<BigUint>();
    let unequal = Key::new(42, &[544, 480]);
    let big = |number: &BigUint| number.to_bytes_be();
    let limbs = |number: &BigUint| lay_out(number, &LAYOUTS[0]);
    let row =
        [big(&key.primes[0]), big(&key.primes[1]), big(&key.exponent(0)), big(&key.exponent(1))].concat();
    let noisy = |number: &BigUint| [Noise(77).bytes(40), big(number)].concat();
    let cases: [(&str, &Key, Vec<Vec<u8>>); 6] = [
        ("a modulus at the end of other randomness", &key, vec![row.clone(), noisy(&key.n)]),
        ("d modulo lambda", &key, vec![limbs(&key.n), limbs(&key.d)]),
        ("d modulo phi", &key, vec![limbs(&key.e.modinv(&phi).unwrap()), limbs(&key.n)]),
        ("d in another layout", &key, vec![big(&key.n), limbs(&key.d)]),
        ("numbers back to back", &key, vec![row, big(&key.n)]),
        (
            "unequal primes",
            &unequal,
            vec![limbs(&unequal.primes[0]), limbs(&unequal.exponent(0)), limbs(&unequal.n)],
        ),
    ];
    for (what, key, pieces) in cases {
        let (found, coverage) = search(&memory(10, &pieces), 1, &[]);
        expect_key(&found, key, &format!("{what} {coverage:?}"));
        assert!(found[0].places.iter().any(|place| place.component == "n"), "{what}");
        assert!(!coverage.is_cut_off(), "{what}");
    }
}

#[test]
fn primes_of_large_keys_are_proven_by_exponents_far_from_them() {
    let key = Key::new(44, &[1024, 64]);
    let mut pieces: Vec<Vec<u8>> = vec![lay_out(&key.primes[0], &LAYOUTS[0])];
    let mut noise = Noise(45);
    // More numbers between them than are looked at around a prime.
    pieces.extend((0..300).map(|_| noise.bytes(128)));
    pieces.push(lay_out(&key.exponent(0), &LAYOUTS[0]));
    let (found, coverage) = search(&memory(12, &pieces), 1, &[]);
    assert_eq!(found.len(), 1, "{coverage:?}");
    assert_eq!(component(&found[0].material, "p"), Some(key.primes[0].to_bytes_be().as_slice()));
}

#[test]
fn private_exponents_are_told_whatever_both_orders_have_in_common() {
    let e = BigUint::from(65537u32);
    let mut noise = Noise(43);
    for common in [2u32, 6, 10, 16, 22, 30, 34, 54, 64] {
        let mut prime = || {
            let numbers = std::iter::repeat_with(|| {
                let number = BigUint::from_bytes_le(&noise.bytes(64)) | BigUint::from(3u32) << 510u32;
                &number - (&number % common) + 1u32
            });
            let is_prime = |number: &BigUint| {
                !super::sieve::has_small_factor(&number.to_u64_digits()) && is_probable_prime(number)
            };
            numbers.into_iter().find(is_prime).unwrap()
        };
        let (p, q) = (prime(), prime());
        let n = &p * &q;
        let d = e.modinv(&(&p - 1u32).lcm(&(&q - 1u32))).unwrap();
        let limbs = |number: &BigUint| lay_out(number, &LAYOUTS[0]);
        if (&p - 1u32).gcd(&(&q - 1u32)) == BigUint::from(common) {
            let (found, _) = search(&memory(11, &[limbs(&n), limbs(&d)]), 1, &[]);
            assert_eq!(found.len(), 1, "{common}");
        }
    }
}

#[test]
fn one_prime_is_found_among_many_strangers() {
    let key = Key::new(12, &[512, 512]);
    let mut noise = Noise(31);
    let e = BigUint::from(65537u32);
    let stranger = noise.prime(512, &e);
    let strangers: Vec<BigUint> = (0..12).map(|_| &stranger * noise.prime(512, &e)).collect();
    let mut moduli: Vec<&BigUint> = strangers.iter().collect();
    moduli.push(&key.n);
    let mut pieces: Vec<Vec<u8>> = (0..200).map(|_| noise.bytes(256)).collect();
    pieces.push(lay_out(&key.primes[1], &LAYOUTS[0]));
    let (found, _) = search(&memory(17, &pieces), 1, &moduli);
    expect_key(&found, &key, "strangers");
}

#[test]
fn prime_beside_its_exponent_needs_no_modulus() {
    let key = Key::new(5, &[512, 512]);
    let pieces = [lay_out(&key.primes[0], &LAYOUTS[0]), lay_out(&key.exponent(0), &LAYOUTS[0])];
    let (found, _) = search(&memory(10, &pieces), 1, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(component(&found[0].material, "p"), Some(key.primes[0].to_bytes_be().as_slice()));
    assert_eq!(component(&found[0].material, "dp"), Some(key.exponent(0).to_bytes_be().as_slice()));
    assert_eq!(component(&found[0].material, "n"), None);
}

#[test]
fn primes_inside_a_longer_run_are_found() {
    let key = Key::new(6, &[768, 768]);
    let mut noise = Noise(11);
    let le = &LAYOUTS[0];
    let mut pool = noise.bytes(1000);
    for number in [&key.primes[0], &key.n, &key.primes[1]] {
        pool.extend(lay_out(number, le));
        pool.extend(noise.bytes(24));
    }
    let (found, _) = search(&memory(12, &[pool]), 1, &[]);
    expect_key(&found, &key, "pool");
}

#[test]
fn multi_prime_keys_are_found() {
    let key = Key::new(7, &[683, 683, 682]);
    let le = &LAYOUTS[0];
    let mut pieces: Vec<Vec<u8>> = key.primes.iter().map(|prime| lay_out(prime, le)).collect();
    let (found, _) = search(&memory(13, &pieces), 1, &[&key.n]);
    expect_key(&found, &key, "three primes and a known modulus");
    pieces.extend((0..3).map(|prime| lay_out(&key.exponent(prime), le)));
    let (found, _) = search(&memory(14, &pieces), 1, &[]);
    assert_eq!(found.len(), 3, "each prime by its exponent");
}

#[test]
fn larger_keys_are_found() {
    for (seed, size) in [(20, 1024), (21, 1536)] {
        let key = Key::new(seed, &[size, size]);
        let pieces = [&key.primes[0], &key.primes[1], &key.n].map(|number| lay_out(number, &LAYOUTS[0]));
        let (found, _) = search(&memory(15, &pieces), 1, &[]);
        expect_key(&found, &key, "larger");
    }
}

#[test]
fn random_data_proves_nothing() {
    let mut noise = Noise(30);
    let strangers: Vec<BigUint> =
        (0..40).map(|_| BigUint::from_bytes_le(&noise.bytes(256)) | BigUint::one()).collect();
    let mut harvest = Harvest::new();
    for n in &strangers {
        harvest.add_modulus(&n.to_bytes_be(), None);
    }
    for window in 0..3u64 {
        let mut bytes = noise.bytes(1 << 20);
        // Half in bulk, half in allocations of all sizes.
        let mut at = 1 << 19;
        while at + 2000 < bytes.len() {
            let length = 64 + noise.below(1500);
            bytes[at + length..at + length + 48].fill(0);
            at += length + 48;
        }
        harvest.collect(&bytes, window << 20, &runs(&bytes, 1));
    }
    let (found, coverage) = harvest.conclude();
    assert!(found.is_empty());
    assert!(coverage.candidates > 10_000 && coverage.bulk_bytes_skipped > 1 << 20, "{coverage:?}");
}

/// Moduli of which no private number is anywhere, as certificates name them.
fn strangers(noise: &mut Noise, count: usize) -> Vec<BigUint> {
    let ends = BigUint::one() | BigUint::one() << 1023u32;
    std::iter::repeat_with(|| BigUint::from_bytes_le(&noise.bytes(128)) | &ends)
        .filter(|n| !super::sieve::has_small_factor(&n.to_u64_digits()))
        .take(count)
        .collect()
}

#[test]
fn exponents_are_found_beside_many_solved_keys_and_known_moduli() {
    let mut noise = Noise(40);
    let solved: Vec<Key> = (50..62).map(|seed| Key::new(seed, &[512, 512])).collect();
    let last = Key::new(70, &[512, 512]);
    let (le, descending) = (&LAYOUTS[0], &LAYOUTS[4]);
    assert_eq!(descending.name, "be-of-le64");
    let mut pieces = Vec::new();
    for key in &solved {
        let coefficient = key.primes[1].modinv(&key.primes[0]).unwrap();
        let numbers = [&key.n, &key.d, &key.primes[0], &key.primes[1], &key.exponent(0), &key.exponent(1)];
        pieces.extend(numbers.map(|number| lay_out(number, le)));
        pieces.push(lay_out(&coefficient, le));
        pieces.extend((0..8).map(|_| noise.bytes(64)));
    }
    pieces.push(lay_out(&last.n, le));
    pieces.push(lay_out(&last.exponent(0), descending));
    pieces.push(lay_out(&last.exponent(1), descending));
    let strangers = strangers(&mut noise, 300);
    let mut moduli: Vec<&BigUint> = strangers.iter().chain(solved.iter().map(|key| &key.n)).collect();
    moduli.push(&last.n);
    let (found, coverage) = search(&memory(41, &pieces), 1, &moduli);
    assert_eq!(found.len(), 13);
    let n = last.n.to_bytes_be();
    let one =
        found.iter().find(|one| component(&one.material, "n") == Some(n.as_slice())).expect("the last key");
    assert_eq!(component(&one.material, "p"), Some(last.primes[0].to_bytes_be().as_slice()));
    assert!(!coverage.is_cut_off(), "{coverage:?}");
}

#[test]
fn keys_are_found_in_a_heap_full_of_ciphertext() {
    let key = Key::new(71, &[512, 512]);
    let mut noise = Noise(42);
    let strangers = strangers(&mut noise, 300);
    let mut harvest = Harvest::new();
    strangers.iter().for_each(|n| harvest.add_modulus(&n.to_bytes_be(), Some(&[1, 0, 1])));
    let numbers = [&key.primes[0], &key.n, &key.primes[1]].map(|number| lay_out(number, &LAYOUTS[0]));
    for (window, number) in (0u64..3).zip(&numbers) {
        let (mut bytes, mut runs) = (Vec::new(), Vec::new());
        let mut put = |piece: &[u8]| {
            let start = bytes.len();
            bytes.extend_from_slice(piece);
            runs.push(start..bytes.len());
            bytes.resize(bytes.len().next_multiple_of(16) + 48, 0);
        };
        for _ in 0..250 {
            let length = 1000 + noise.below(3000);
            put(&noise.bytes(length));
        }
        put(number);
        for _ in 0..150 {
            let length = 100 + noise.below(1000);
            put(&noise.bytes(length));
        }
        harvest.collect(&bytes, window << 20, &runs);
    }
    let (found, coverage) = harvest.conclude();
    expect_key(&found, &key, "ciphertext");
    assert!(coverage.chunk_bytes > 1 << 21 && !coverage.is_cut_off(), "{coverage:?}");
}

#[test]
fn workers_may_finish_in_any_order() {
    let key = Key::new(8, &[512, 512]);
    let windows: Vec<Vec<u8>> = [&key.primes[0], &key.primes[1], &key.n]
        .iter()
        .map(|number| memory(16, &[lay_out(number, &LAYOUTS[0])]))
        .collect();
    let run = |order: [usize; 3]| {
        let mut all = Harvest::new();
        for part in order {
            let mut worker = Harvest::new();
            worker.collect(&windows[part], (part as u64) << 20, &runs(&windows[part], 1));
            all.merge(worker);
        }
        let (found, coverage) = all.conclude();
        expect_key(&found, &key, "merged");
        (found[0].places.clone(), coverage)
    };
    assert_eq!(run([0, 1, 2]), run([2, 0, 1]));
}

#[test]
fn closure_holds_what_programs_keep() {
    let key = Key::new(9, &[512, 512]);
    let (p, q) = (&key.primes[0], &key.primes[1]);
    let bytes = |number: &BigUint| number.to_bytes_be();
    let material = material(&[&bytes(p), &bytes(q)], &bytes(&key.n), &bytes(&key.e)).unwrap();
    let word = BigUint::one() << 64u32;
    let radix = BigUint::one() << 512u32;
    let expected: [(&str, BigUint); 9] = [
        ("dp", key.exponent(0)),
        ("dq", key.exponent(1)),
        ("qinv", q.modinv(p).unwrap()),
        ("pinv", p.modinv(q).unwrap()),
        ("rr_p", &radix * &radix % p),
        ("rrr_q", radix.modpow(&BigUint::from(3u32), q)),
        ("n0_p", &word - p.modinv(&word).unwrap()),
        ("qinv_mont", q.modinv(p).unwrap() * &radix % p),
        ("lambda", (p - 1u32).lcm(&(q - 1u32)) % &radix),
    ];
    for (name, number) in expected {
        assert_eq!(component(&material, name), Some(bytes(&number).as_slice()), "{name}");
    }
    assert_eq!(u64::from(material.bits), key.n.bits());
    assert_eq!(material.public_ids.len(), 5);
}

/// libtommath keeps (p - 1) / 2 in digits of 60 bits when it has tested p.
#[test]
fn closure_holds_what_tests_of_primality_start_from_in_every_form() {
    let key = Key::new(9, &[512, 512]);
    let bytes = |number: &BigUint| number.to_bytes_be();
    let [p, q] = [0, 1].map(|at: usize| bytes(&key.primes[at]));
    let material = material(&[&p, &q], &bytes(&key.n), &bytes(&key.e)).unwrap();
    let half = &key.primes[0] >> 1u32;
    let odd = &half >> half.trailing_zeros().unwrap_or(0);
    for number in [half, odd] {
        let component = material.components.iter().find(|one| one.value.bytes() == bytes(&number)).unwrap();
        let digits = lay_out(&number, LAYOUTS.iter().find(|one| one.name == "le-60-in-64").unwrap());
        // The zeros above the number are no part of the form.
        let significant = digits.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        assert!(
            crate::forms::forms(component).iter().any(|form| form.bytes.starts_with(&digits[..significant]))
        );
    }
    // 512 = 8 * 60 + 32: the top digit of a divisor gets 59 bits.
    let divisor =
        lay_out(&(&key.primes[1] << 27u32), LAYOUTS.iter().find(|one| one.name == "le-60-in-64").unwrap());
    assert!(material.components.iter().any(|one| one.value.bytes() == divisor));
}

#[test]
fn phi_leaves_the_public_modulus_alone() {
    let key = Key::new(10, &[512, 512]);
    let primes: Vec<Vec<u8>> = key.primes.iter().map(BigUint::to_bytes_be).collect();
    let material = material(&[&primes[0], &primes[1]], &key.n.to_bytes_be(), &[1, 0, 1]).unwrap();
    let modulus = key.n.to_bytes_be();
    for secret in material.components.iter().filter(|component| component.role != Role::Public) {
        let shared =
            secret.value.bytes().windows(8).any(|part| modulus.windows(8).any(|public| public == part));
        assert!(!shared, "{} shares bytes with the modulus", secret.name);
    }
}

#[test]
fn parsed_keys_are_completed() {
    let key = Key::new(11, &[512, 512]);
    let (n, e, d) = (key.n.to_bytes_be(), key.e.to_bytes_be(), key.d.to_bytes_be());
    let (p, q) = (key.primes[0].to_bytes_be(), key.primes[1].to_bytes_be());
    let dq = key.exponent(1).to_bytes_be();
    let cases = [
        ("all", Parsed { n: &n, e: &e, d: &d, p: &p, q: &q, ..Parsed::default() }),
        ("no primes", Parsed { n: &n, e: &e, d: &d, ..Parsed::default() }),
        ("one prime", Parsed { n: &n, q: &q, ..Parsed::default() }),
        ("no modulus", Parsed { p: &p, q: &q, e: &e, ..Parsed::default() }),
        ("one exponent", Parsed { n: &n, e: &e, dq: &dq, ..Parsed::default() }),
    ];
    for (what, parsed) in cases {
        let material = components_from_parsed(&parsed).unwrap();
        assert_eq!(material.certainty, Certainty::Proven, "{what}");
        assert!(component(&material, "p").is_some() && component(&material, "dq").is_some(), "{what}");
    }
    let wrong = Parsed { n: &n, e: &e, d: &q, ..Parsed::default() };
    let material = components_from_parsed(&wrong).unwrap();
    assert_eq!(material.certainty, Certainty::Structured);
    assert!(components_from_parsed(&Parsed { n: &n, e: &e, ..Parsed::default() }).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_bytes_are_searched_without_a_fault(
        window in proptest::collection::vec(any::<u8>(), 0..6000),
        edges in proptest::collection::vec(0usize..7000, 0..24),
        modulus in proptest::collection::vec(any::<u8>(), 0..300),
        position in any::<u64>(),
    ) {
        let mut edges = edges;
        edges.sort_unstable();
        let runs: Vec<Range<usize>> = edges.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
        let mut harvest = Harvest::new();
        harvest.add_modulus(&modulus, Some(&modulus));
        harvest.collect(&window, position, &runs);
        prop_assert!(harvest.conclude().0.is_empty());
    }

    #[test]
    fn any_numbers_are_completed_without_a_fault(
        parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 8),
    ) {
        let others = [parts[0].as_slice()];
        let parsed = Parsed {
            n: &parts[0], e: &parts[1], d: &parts[2], p: &parts[3], q: &parts[4],
            dp: &parts[5], dq: &parts[6], qinv: &parts[7], others: &others,
        };
        let material = components_from_parsed(&parsed);
        prop_assert!(material.is_none_or(|material| !material.components.is_empty()));
    }
}
