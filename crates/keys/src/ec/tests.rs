//! Fresh keys in every layout, and dumps without keys.

use super::curve::Curve;
use super::edwards::{self, Reading};
use super::goldilocks;
use super::harvest::Found;
use super::job::Way;
use super::layout::Layout;
use super::limits::TAG_MAX;
use super::{Coverage, Harvest};
use crate::material::{Certainty, Kind, Role};
use num_bigint::BigUint;
use sha2::{Digest as _, Sha256};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Random bytes that differ from test run to test run.
struct Noise(u64, [u8; 32]);

impl Noise {
    fn new() -> Self {
        let random = RandomState::new().build_hasher().finish();
        let seed: [u8; 32] = Sha256::digest(random.to_le_bytes()).into();
        println!("seed {seed:02x?}");
        Self(0, seed)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < length {
            self.0 += 1;
            out.extend(Sha256::digest([&self.1[..], &self.0.to_le_bytes()].concat()));
        }
        out.truncate(length);
        out
    }

    /// Thirty-two bytes that are read as a key, and are when some bits are set.
    fn read(&mut self) -> [u8; 32] {
        let is_read = |key: &[u8; 32]| Way::Bytes(Reading::Seed).value(key).is_some();
        loop {
            let key: [u8; 32] = self.bytes(32).try_into().unwrap();
            let mut clamped = key;
            clamped[0] &= 0xf8;
            clamped[31] = key[31] & 0x7f | 0x40;
            if is_read(&key) && is_read(&clamped) {
                return key;
            }
        }
    }

    /// A scalar and its public key.
    fn key(&mut self, curve: Curve) -> (Vec<u8>, Vec<u8>) {
        loop {
            let mut scalar = self.bytes(curve.size());
            if curve == Curve::P521 {
                scalar[0] &= 1;
            }
            // One key in some thousands looks less random than is asked for, in one layout or another.
            let is_read = |layout: Layout| {
                let written = layout.write(curve, &scalar, &curve.numbers().order);
                Way::Scalar(curve, layout).value(&written).is_some()
            };
            match curve.public(&scalar) {
                Some(public) if Layout::ALL.into_iter().all(is_read) => return (scalar, public),
                _ => {}
            }
        }
    }
}

/// Memory in which strings stand alone: zeros and pointers around them. The runs are what
/// a screen would say: bytes between words of zeros.
fn conclude(strings: &[&[u8]]) -> (Vec<Found>, Coverage) {
    let mut window = vec![0; 64];
    let mut runs = Vec::new();
    for string in strings {
        window.extend(0x31_u64.to_le_bytes());
        let start = window.len();
        window.extend(*string);
        runs.push(start..window.len());
        window.resize(window.len().next_multiple_of(16) + 64, 0);
    }
    let mut harvest = Harvest::default();
    harvest.collect(&window, 4096, &runs);
    harvest.conclude()
}

fn has(found: &[Found], kind: Kind, value: &[u8]) -> bool {
    found.iter().any(|one| {
        one.material.kind == kind
            && one.material.certainty == Certainty::Proven
            && one
                .material
                .components
                .iter()
                .any(|part| part.role == Role::Secret && part.value.bytes() == value)
    })
}

#[test]
fn scalar_in_every_layout_is_proven_by_a_coordinate_in_every_layout() {
    let mut noise = Noise::new();
    for curve in Curve::ALL {
        let layouts = Layout::ALL.map(|layout| (layout, Layout::BigEndian));
        let shown = Layout::ALL.map(|shown| (Layout::Limbs, shown));
        for (layout, shown) in layouts.into_iter().chain(shown) {
            // One coordinate in ten thousand looks like no random number, and nobody asks it.
            let proven = (0..2).any(|_| is_proven_by_a_coordinate(&mut noise, curve, layout, shown));
            assert!(proven, "{curve:?} {layout:?} {shown:?}");
        }
    }
}

/// Whether a fresh scalar is proven by the coordinate of its point; if it is, by nothing else and as what it is.
fn is_proven_by_a_coordinate(noise: &mut Noise, curve: Curve, layout: Layout, shown: Layout) -> bool {
    let (d, public) = noise.key(curve);
    let scalar = layout.write(curve, &d, &curve.numbers().order);
    let x = shown.write(curve, &public[1..=curve.size()], &curve.numbers().prime);
    // A curve is looked for if a point of it is there.
    let point = noise.key(curve).1;
    let (found, coverage) = conclude(&[&scalar, &x, &point]);
    assert!(!coverage.is_cut_off() && found.len() <= 1, "{curve:?} {layout:?} {shown:?}");
    let Some(one) = found.first() else { return false };
    assert!(has(&found, Kind::EcPrivateKey, &d), "{curve:?} {layout:?} {shown:?}");
    assert_eq!(one.places[0].form, layout.name());
    true
}

#[test]
fn words_of_the_hash_go_with_a_scalar_whose_seed_is_not_there() {
    let mut noise = Noise::new();
    for _ in 0..32 {
        let hash: [u8; 32] = noise.read();
        let mut key = hash;
        key[0] &= 0xf8;
        key[31] = key[31] & 0x7f | 0x40;
        let public = edwards::public(Reading::Scalar, &key).unwrap();
        let (found, _) = conclude(&[&key, &public]);
        let removed = |word: &[u8]| {
            found[0]
                .material
                .components
                .iter()
                .any(|one| one.value.bytes().windows(8).any(|piece| piece == word))
        };
        assert!(hash.chunks(8).all(removed));
    }
}

#[test]
fn scalar_of_a_seed_is_known_modulo_the_order_too() {
    let mut noise = Noise::new();
    // RFC 8032, sections 5.1 and 5.2: the orders from their decimal digits.
    let orders = [
        (1_u32, 252_u32, "27742317777372353535851937790883648493"),
        (0, 446, "13818066809895115352007386748515426880336692474882178609894547503885"),
    ];
    for (index, (sign, bits, digits)) in orders.into_iter().enumerate() {
        let (power, rest): (BigUint, BigUint) = (BigUint::from(1_u8) << bits, digits.parse().unwrap());
        let order = if sign == 1 { power + rest } else { power - rest };
        let seed = [noise.read(), noise.read()].concat();
        let seed = &seed[..[32, 57][index]];
        let public = match index {
            0 => edwards::public(Reading::Seed, seed).unwrap().to_vec(),
            _ => goldilocks::public(Reading::Seed, seed).unwrap(),
        };
        let (found, _) = conclude(&[seed, &public]);
        let component = |name: &str| {
            found[0].material.components.iter().find(|one| one.name == name).unwrap().value.bytes().to_vec()
        };
        let expected = BigUint::from_bytes_le(&component("scalar")) % &order;
        assert_eq!(BigUint::from_bytes_be(&component("scalar_mod_l_number")), expected);
        assert_eq!(BigUint::from_bytes_le(&component("scalar_mod_l")), expected);
    }
}

#[test]
fn curve25519_is_proven_in_each_reading() {
    let mut noise = Noise::new();
    for reading in [Reading::Seed, Reading::Scalar, Reading::Montgomery] {
        let mut key: [u8; 32] = noise.read();
        if reading == Reading::Scalar {
            key[0] &= 0xf8;
            key[31] = key[31] & 0x7f | 0x40;
        }
        let public = edwards::public(reading, &key).unwrap();
        let kind =
            if reading == Reading::Montgomery { Kind::MontgomeryPrivateKey } else { Kind::EdwardsPrivateKey };
        let prefix = noise.read();
        let neighbours = [&key[..], &prefix].concat();
        let apart: [&[u8]; 2] = [&key, &public];
        let joined = [&key[..], &public].concat();
        for strings in [&apart[..], &[&joined], &[&neighbours, &public]] {
            let (found, _) = conclude(strings);
            assert!(has(&found, kind, &key), "{reading:?}");
            assert_eq!(found.len(), 1, "{reading:?}");
        }
        let (found, _) = conclude(&[&neighbours, &public]);
        assert_eq!(has(&found, kind, &prefix), reading == Reading::Scalar, "{reading:?}");
    }
}

#[test]
fn curve448_is_proven_in_each_reading() {
    let mut noise = Noise::new();
    for reading in [Reading::Seed, Reading::Scalar, Reading::Montgomery] {
        let way = Way::Goldilocks(reading);
        let is_read = |key: &Vec<u8>| way.value(key).is_some();
        let key = std::iter::repeat_with(|| noise.bytes(way.width())).find(is_read).unwrap();
        let public = goldilocks::public(reading, &key).unwrap();
        let kind =
            if reading == Reading::Montgomery { Kind::MontgomeryPrivateKey } else { Kind::EdwardsPrivateKey };
        // Of the bytes of a public key the last is a sign, zero as often as not.
        for strings in [&[&key[..], &public][..], &[&[&key[..], &public].concat()]] {
            let (found, _) = conclude(strings);
            assert!(has(&found, kind, &key), "{reading:?}");
            assert_eq!(found.len(), 1, "{reading:?}");
        }
    }
}

#[test]
fn a_public_key_before_tells_where_a_key_stands() {
    let mut noise = Noise::new();
    let ways = [
        Way::Bytes(Reading::Seed),
        Way::Bytes(Reading::Montgomery),
        Way::Goldilocks(Reading::Seed),
        Way::Goldilocks(Reading::Montgomery),
    ];
    for way in ways {
        let is_read = |key: &Vec<u8>| way.value(key).is_some();
        let key = std::iter::repeat_with(|| noise.bytes(way.width())).find(is_read).unwrap();
        let public = way.publics(&[way.value(&key).unwrap()]).pop().unwrap().unwrap();
        let rest = noise.bytes(600);
        let between = [&public[..], &key, &public, &rest].concat();
        let flagged = [&public[..], &[0], &key].concat();
        for string in [between, flagged] {
            let (found, coverage) = conclude(&[&string]);
            let is_found = found.iter().any(|one| {
                one.material
                    .components
                    .iter()
                    .any(|part| part.role == Role::Secret && part.value.bytes() == key)
            });
            assert!(is_found && found.len() == 1, "{way:?} {coverage:?}");
        }
    }
}

#[test]
fn scalars_are_removed_as_bytes_and_as_numbers() {
    let mut noise = Noise::new();
    let seed: [u8; 32] = noise.read();
    let public = edwards::public(Reading::Seed, &seed).unwrap();
    let material = super::material::bytes(Reading::Seed, &seed, &public);
    let part = |name: &str| material.components.iter().find(|one| one.name == name).unwrap();
    assert_eq!(part("hash").value.bytes(), &sha2::Sha512::digest(seed)[..]);
    let number = BigUint::from_bytes_le(part("scalar").value.bytes());
    let digits = (0..9_u32).flat_map(|at| {
        let digit = (&number >> (30 * at)) % (1_u32 << 30);
        u32::try_from(digit).unwrap().to_le_bytes()
    });
    let digits: Vec<u8> = digits.collect();
    let forms = material.components.iter().flat_map(crate::forms::forms);
    // The zeros above the number are no part of the form.
    let significant = digits.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    assert!(forms.into_iter().any(|form| form.bytes.starts_with(&digits[..significant])));
}

#[test]
fn key_in_an_encoding_at_an_odd_offset_is_found() {
    let mut noise = Noise::new();
    for (head, curve) in [(&[4, 0x20][..], Curve::P256), (&[0, 0, 0, 0x31, 0], Curve::P384)] {
        let (d, public) = noise.key(curve);
        let encoded = [&[7, 3, 1][..], head, &d, &[0xa1, 0, 0, 0]].concat();
        let (found, _) = conclude(&[&encoded, &public]);
        assert!(has(&found, Kind::EcPrivateKey, &d), "{curve:?}");
    }
}

#[test]
fn zeros_before_a_number_are_no_other_start_of_it() {
    let mut noise = Noise::new();
    // A small first byte might be a tag, and this one the length of what follows.
    let is_plain = |key: &[u8; 32]| key[0] > TAG_MAX && key[0] != 32;
    let key = std::iter::repeat_with(|| noise.read()).find(is_plain).unwrap();
    let (_, coverage) = conclude(&[&key]);
    assert!(coverage.candidates <= 3, "{key:02x?}: {coverage:?}");
}

#[test]
fn number_in_two_byte_orders_goes_before_the_crowd() {
    let mut noise = Noise::new();
    for curve in [Curve::P256, Curve::Secp256k1] {
        let (d, public) = noise.key(curve);
        let turned: Vec<u8> = d.iter().rev().copied().collect();
        let crowd: Vec<Vec<u8>> = (0..400).map(|_| noise.read().to_vec()).collect();
        let found = |orders: &[&[u8]]| {
            let mut harvest = Harvest::default();
            let strings = crowd.iter().map(Vec::as_slice).chain(orders.iter().copied());
            for (index, string) in strings.enumerate() {
                let window = [&[0; 64][..], string, &[0; 64]].concat();
                let run = 64..64 + string.len();
                harvest.collect(&window, 4096 * index as u64, std::slice::from_ref(&run));
            }
            harvest.add_public(&public);
            let (found, coverage) = harvest.conclude_within(200 * curve.cost());
            assert!(coverage.is_cut_off() && coverage.candidates <= 2000, "{coverage:?}");
            has(&found, Kind::EcPrivateKey, &d)
        };
        assert!(found(&[&d, &turned]), "{curve:?}");
        assert!(!found(&[&d]), "{curve:?}: the crowd leaves it room");
    }
}

#[test]
fn public_key_from_elsewhere_proves_too() {
    let mut noise = Noise::new();
    let (d, public) = noise.key(Curve::P256);
    let mut harvest = Harvest::default();
    let window = [&[0; 64][..], &d, &[0; 64]].concat();
    let run = 64..96;
    harvest.collect(&window, 0, std::slice::from_ref(&run));
    harvest.add_public(&public);
    let (found, _) = harvest.conclude();
    assert!(has(&found, Kind::EcPrivateKey, &d));
}

#[test]
fn dumps_without_keys_prove_nothing() {
    let mut noise = Noise::new();
    let publics: Vec<Vec<u8>> = Curve::ALL.into_iter().map(|curve| noise.key(curve).1).collect();
    let lone: Vec<Vec<u8>> = (0..50).map(|i| noise.bytes(24 + 2 * i)).collect();
    let strings: Vec<&[u8]> = publics.iter().chain(&lone).map(Vec::as_slice).collect();
    let (found, coverage) = conclude(&strings);
    assert!(found.is_empty());
    assert!(coverage.candidates > 100, "{coverage:?}");
}

#[test]
fn merging_in_any_order_gives_the_same() {
    let mut noise = Noise::new();
    let (d, public) = noise.key(Curve::Secp256k1);
    let window = |bytes: &[u8]| [&[0; 64][..], bytes, &[0; 64]].concat();
    let collected = |bytes: &[u8], position| {
        let mut harvest = Harvest::default();
        let run = 64..64 + bytes.len();
        harvest.collect(&window(bytes), position, std::slice::from_ref(&run));
        harvest
    };
    let places = |first: Harvest, second: Harvest| {
        let mut all = Harvest::default();
        all.merge(first);
        all.merge(second);
        let (found, coverage) = all.conclude();
        (found.into_iter().map(|one| one.places).collect::<Vec<_>>(), coverage)
    };
    let (one, two) = (|| collected(&d, 0), || collected(&public, 4096));
    assert_eq!(places(one(), two()), places(two(), one()));
    assert_eq!(places(one(), two()).0.len(), 1);
}

#[test]
fn inside_of_bulk_data_is_counted() {
    let mut noise = Noise::new();
    let mut harvest = Harvest::default();
    let bulk = noise.bytes(100_000);
    let run = 0..100_000;
    harvest.collect(&bulk, 0, std::slice::from_ref(&run));
    let (_, coverage) = harvest.conclude();
    assert_eq!(coverage.bulk_bytes_skipped, 100_000 - 512);
}

#[test]
fn encoded_key_gets_what_follows_from_it() {
    let mut noise = Noise::new();
    let (d, public) = noise.key(Curve::P384);
    let other = noise.key(Curve::P384).1;
    for (stated, certainty) in [(&public, Certainty::Proven), (&other, Certainty::Structured)] {
        let material = super::enrich(crate::encoded::named_ec("P-384", &d, stated, "pem"));
        assert_eq!((material.certainty, material.detector.as_str()), (certainty, "pem"));
        let derived = material.components.iter().find(|one| one.name == "d_montgomery").unwrap();
        let mut limbs = Curve::P384.montgomery(&d, &Curve::P384.numbers().order);
        limbs.reverse();
        assert_eq!((derived.role, derived.value.bytes()), (Role::Derived, &limbs[..]));
        let names = |name: &str| material.public_ids.iter().any(|id| id.name == name);
        assert!(names("spki-sha256") && names("jwk-thumbprint") && names("ssh-sha256"));
    }
}

#[test]
fn point_in_jacobian_coordinates_proves_its_scalar() {
    let mut noise = Noise::new();
    for curve in [Curve::P256, Curve::P384, Curve::P521, Curve::BrainpoolP256] {
        let (d, public) = noise.key(curve);
        let prime = &curve.numbers().prime;
        let (x, y) = public[1..].split_at(curve.size());
        let z = BigUint::from_bytes_be(&noise.key(curve).0) % prime;
        let x = BigUint::from_bytes_be(x) * z.modpow(&2_u8.into(), prime) % prime;
        let y = BigUint::from_bytes_be(y) * z.modpow(&3_u8.into(), prime) % prime;
        let [x, y, z] = [x, y, z].map(|value| curve.montgomery(&value.to_bytes_be(), prime));
        let scalar = Layout::Limbs.write(curve, &d, prime);
        let (found, _) = conclude(&[&scalar, &x, &y, &z]);
        // One number in some thousands looks less random than is asked for.
        let read = |number: &Vec<u8>| Way::Scalar(curve, Layout::Limbs).value(number).is_some();
        assert!(has(&found, Kind::EcPrivateKey, &d) || ![&x, &y, &z].into_iter().all(read), "{curve:?}");
    }
}

#[test]
fn point_in_the_words_of_its_field_proves_its_scalar() {
    let mut noise = Noise::new();
    for (curve, layout) in [(Curve::Secp256k1, Layout::Digits52), (Curve::P521, Layout::Digits58)] {
        let (d, public) = noise.key(curve);
        let write = |layout: Layout, value: &[u8]| layout.write(curve, value, &curve.numbers().prime);
        let (x, y) = public[1..].split_at(curve.size());
        let point = [write(layout, x), write(layout, y)].concat();
        assert_eq!(layout.scalar(curve, &point[..layout.width(curve)]).unwrap().as_slice(), x);
        let (found, _) = conclude(&[&write(Layout::Limbs, &d), &point]);
        // One number in some thousands looks less random than is asked for.
        let read = |value: &[u8]| Way::Scalar(curve, layout).value(&write(layout, value)).is_some();
        assert!(has(&found, Kind::EcPrivateKey, &d) || !read(x) || !read(y), "{curve:?}");
    }
}
