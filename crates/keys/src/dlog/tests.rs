use super::groups::GROUPS;
use super::numbers::Layout;
use super::{Coverage, Harvest};
use crate::ec;
use crate::lattice::Found;
use crate::material::{Certainty, Kind};
use num_bigint::BigUint;
use num_traits::One as _;
use std::io::Read as _;

fn fresh(length: usize) -> BigUint {
    let mut bytes = vec![0; length];
    std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes[0] |= 0x80;
    BigUint::from_bytes_be(&bytes)
}

fn search(parts: &[Vec<u8>]) -> (Vec<Found>, Coverage) {
    let (mut bytes, mut runs) = (vec![0; 256], Vec::new());
    for part in parts {
        let start = bytes.len();
        bytes.extend_from_slice(part);
        runs.push(start..bytes.len());
        bytes.resize(bytes.len().next_multiple_of(64) + 64, 0);
    }
    let (mut harvest, mut gathered) = (Harvest::default(), ec::Harvest::default());
    harvest.collect(&bytes, &runs);
    gathered.collect(&bytes, 0, &runs);
    harvest.conclude(&gathered)
}

fn is_prime(number: &BigUint) -> bool {
    !crate::rsa::has_small_factor(&number.to_u64_digits()) && crate::rsa::is_probable_prime(number)
}

/// p of 1024 bits, q of 160 bits, g.
fn dsa() -> (BigUint, BigUint, BigUint) {
    let q = std::iter::repeat_with(|| fresh(20) | BigUint::one()).find(is_prime).unwrap();
    let p = std::iter::repeat_with(|| {
        let number = fresh(128);
        &number - &number % (&q * 2_u32) + 1_u32
    });
    let p = p.filter(|p| p.bits() == 1024).find(is_prime).unwrap();
    let g = BigUint::from(2_u32).modpow(&((&p - 1_u32) / &q), &p);
    (p, q, g)
}

#[test]
fn dsa_keys_are_proven_by_their_numbers_alone() {
    let (p, q, g) = dsa();
    for layout in Layout::ALL {
        let x = fresh(20) % &q;
        let y = g.modpow(&x, &p);
        let write = |number: &BigUint, length: usize| layout.write(number, length);
        let public = [write(&p, 128), write(&q, 20), write(&g, 128), write(&y, 128)];
        let (found, coverage) = search(&[&public[..], &[write(&x, 20)]].concat());
        assert_eq!(found.len(), 1, "{layout:?} {coverage:?}");
        assert_eq!(
            (found[0].material.kind, found[0].material.certainty),
            (Kind::FiniteFieldPrivateKey, Certainty::Proven)
        );
        let component = found[0].material.components.iter().find(|one| one.name == "x").unwrap();
        assert_eq!(component.value.bytes(), x.to_bytes_be());
        assert_eq!(search(&public).0.len(), 0, "public numbers alone");
    }
}

/// One word of random bytes in 2,800 can be read as text.
#[test]
fn exponents_that_begin_like_a_text_are_proven() {
    let (p, q, g) = dsa();
    let text = |_| fresh(1).to_bytes_be()[0] % 95 + b' ';
    for layout in [Layout::Limbs, Layout::BigEndian] {
        let bytes: Vec<u8> = (0..8).map(text).chain(fresh(12).to_bytes_be()).collect();
        let x = match layout {
            Layout::Limbs => BigUint::from_bytes_le(&bytes),
            _ => BigUint::from_bytes_be(&bytes),
        };
        let x = x % (BigUint::one() << 159);
        let write = |number: &BigUint, length: usize| layout.write(number, length);
        let y = g.modpow(&x, &p);
        let parts = [write(&p, 128), write(&q, 20), write(&g, 128), write(&y, 128), write(&x, 20)];
        let (found, coverage) = search(&parts);
        assert_eq!(found.len(), 1, "{layout:?} {coverage:?}");
    }
}

#[test]
fn diffie_hellman_keys_in_named_groups_are_proven() {
    for group in GROUPS.iter().filter(|group| group.prime.bits() == 2048) {
        let (name, p) = (&group.name, &group.prime);
        for (layout, length) in [(Layout::Limbs, 32), (Layout::BigEndian, 29)] {
            let mut x: BigUint = fresh(29) >> 7;
            x.set_bit(224, true);
            let y = BigUint::from(2_u32).modpow(&x, p);
            let parts = [layout.write(p, 256), layout.write(&y, 256), layout.write(&x, length)];
            let (found, coverage) = search(&parts);
            assert_eq!(found.len(), 1, "{name} {layout:?} {coverage:?}");
            assert!(found[0].material.public_ids.iter().any(|id| id.value == *name));
            assert_eq!(search(&parts[..2]).0.len(), 0);
        }
    }
}

/// mbedTLS takes the length that it is told, OpenSSH twice the bits of strength.
#[test]
fn exponents_of_other_lengths_are_proven_where_the_prime_stands_in_memory() {
    let group = GROUPS.iter().find(|group| group.name == "ffdhe2048").unwrap();
    for (layout, length) in
        [(Layout::Limbs, 32), (Layout::Limbs, 64), (Layout::LongDigits, 48), (Layout::IntArray, 128)]
    {
        let x = fresh(length);
        let y = BigUint::from(2_u32).modpow(&x, &group.prime);
        let parts = [layout.write(&group.prime, 256), layout.write(&y, 256), layout.write(&x, length)];
        let (found, coverage) = search(&parts);
        assert_eq!(found.len(), 1, "{layout:?} {length} {coverage:?}");
        assert!(found[0].material.public_ids.iter().any(|id| id.value == "ffdhe2048"));
    }
}

/// As `openssl dhparam -2 1024` printed it: such a prime is public, and takes long to find.
const SAFE_PRIME: &str = "c8718d64aeb5de37e67e6d4d38af88393e5483aff72257295596a6709fc37bb54563df50f27243e702a15a84276fa93e\
    27e4ae8c5ea5c893b95d9ea5b1cd57422d6587632699523600205d42c9db6709eb521b8f672986cd40dc69e1921b42f9\
    52cedc9ced7582ae67670ac630acb8ef9f82e8b6dc275fa9d4ed066d90b197e7";

/// The generators of `openssl dhparam -2` and `-5`; a full-size generator as `PyCryptodome` has it.
#[test]
fn keys_in_groups_of_other_safe_primes_are_proven() {
    let safe = BigUint::parse_bytes(SAFE_PRIME.as_bytes(), 16).unwrap();
    let square = fresh(127).modpow(&BigUint::from(2_u32), &safe);
    for (base, length) in [(BigUint::from(2_u32), 32), (BigUint::from(5_u32), 64), (square, 127)] {
        let x = fresh(length);
        let y = base.modpow(&x, &safe);
        let mut parts = vec![Layout::Limbs.write(&safe, 128), Layout::Limbs.write(&y, 128)];
        if base.bits() > 64 {
            parts.push(Layout::Limbs.write(&base, 128));
        }
        assert_eq!(search(&parts).0.len(), 0);
        parts.push(Layout::Limbs.write(&x, length.next_multiple_of(8)));
        let (found, coverage) = search(&parts);
        assert_eq!(found.len(), 1, "{length} {coverage:?}");
        assert!(!coverage.is_cut_off());
    }
}

/// p = 2 q r + 1, as libgcrypt makes it (with more factors).
#[test]
fn keys_of_elgamal_are_proven_though_the_prime_is_not_safe() {
    let q = std::iter::repeat_with(|| fresh(20) | BigUint::one()).find(is_prime).unwrap();
    let strong =
        |p: &BigUint| p.bits() == 1024 && !crate::rsa::has_small_factor(&(p >> 1_u32).to_u64_digits());
    let p = std::iter::repeat_with(|| (fresh(108) | BigUint::one()) * &q * 2_u32 + 1_u32)
        .filter(strong)
        .find(is_prime)
        .unwrap();
    let is_square = |g: &u32| BigUint::from(*g).modpow(&(&p >> 1_u32), &p).is_one();
    let g = BigUint::from((3..).find(|g| !is_square(g)).unwrap());
    for (layout, length) in [(Layout::Limbs, 32), (Layout::BigEndian, 32)] {
        let mut x: BigUint = fresh(32) >> 6;
        x.set_bit(249, true);
        let y = g.modpow(&x, &p);
        let parts = [layout.write(&p, 128), layout.write(&y, 128), layout.write(&x, length)];
        let (found, coverage) = search(&parts);
        assert_eq!(found.len(), 1, "{layout:?} {coverage:?}");
        assert_eq!(search(&parts[..2]).0.len(), 0);
    }
}

#[test]
fn numbers_that_follow_from_the_group_are_no_keys() {
    let group = GROUPS.iter().find(|group| group.name == "modp2048").unwrap();
    let p = &group.prime;
    let one = BigUint::from(1_u8);
    for x in [p - &one, p - 2_u8, (p - &one) >> 1_u32, (p + &one) >> 1_u32] {
        for layout in [Layout::Limbs, Layout::IntArray, Layout::LongDigits] {
            let y = BigUint::from(2_u8).modpow(&x, p);
            let parts = [p, &x, &one, &y, &(p - &one)].map(|number| layout.write(number, 256));
            assert_eq!(search(&parts).0.len(), 0, "{layout:?}");
        }
    }
}

#[test]
fn random_numbers_are_no_keys() {
    let parts: Vec<Vec<u8>> =
        [20, 20, 28, 32, 32, 128, 128, 256, 256].map(|length| fresh(length).to_bytes_le()).into();
    let (found, coverage) = search(&parts);
    assert!(found.is_empty() && !coverage.is_cut_off());
}
