//! From a proven number to everything that must go with it.

use super::curve::Curve;
use super::edwards::{self, Reading};
use super::goldilocks;
use super::job::{Way, looks_random};
use super::signed::{self, Digits};
use crate::encoded;
use crate::material::{Certainty, Component, Kind, Material, Notation, Role};
use num_bigint::BigUint;
use num_traits::One as _;

/// Name of the detector in reports.
const DETECTOR: &str = "ec-scalars";

/// A key on a curve of short Weierstrass form. `d` is big-endian.
pub(super) fn scalar(curve: Curve, d: &[u8], public: &[u8]) -> Material {
    let mut material = encoded::named_ec(curve.name(), d, public, DETECTOR);
    material.certainty = Certainty::Proven;
    add_montgomery(&mut material, curve, d);
    // What a signature is made with: of the number of one signature it gives the number, and that the key.
    let order = &curve.numbers().order;
    if let Some(inverse) = BigUint::from_bytes_be(d).modinv(order) {
        let inverse = inverse.to_bytes_be();
        material.components.push(Component::new("d_inverse", Role::Derived, Notation::Number, inverse));
    }
    if let Some(digits) = signed::of(curve) {
        add_signed(&mut material, &BigUint::from_bytes_be(d), &curve.numbers().order, digits);
    }
    material
}

/// A key of curve25519.
pub(super) fn bytes(reading: Reading, key: &[u8], public: &[u8]) -> Material {
    let name = if reading == Reading::Montgomery { "X25519" } else { "Ed25519" };
    let built = encoded::named_byte_curve(name, key, public, DETECTOR);
    let mut material = built.unwrap_or_else(|| blank(reading));
    material.certainty = Certainty::Proven;
    if reading == Reading::Scalar {
        // No seed: what follows from one is wrong.
        material.components.retain(|component| component.role == Role::Public);
        material.components.push(Component::new("scalar", Role::Secret, Notation::Bytes, key.to_vec()));
        add_reduced(&mut material, key, &order());
        add_unclamped(&mut material, key);
    }
    add_edwards_limbs(&mut material);
    add_signed_scalar(&mut material, &order(), signed::CURVE25519);
    add_number(&mut material);
    material
}

/// The first and the last word of the hash that a scalar was made of, with every value of the five bits that RFC 8032,
/// section 5.1.5 sets or clears: code spills the words of the hash one by one.
fn add_unclamped(material: &mut Material, scalar: &[u8]) {
    let (Some(first), Some(last)) = (scalar.first_chunk::<8>(), scalar.last_chunk::<8>()) else { return };
    let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    let low = (0..8).map(|bits| first & !7 | bits);
    let high = (0..4).map(|bits| last & !(3 << 62) | bits << 62);
    let mut push = |name, word: u64, clamped: u64| {
        if word != clamped {
            let bytes = word.to_le_bytes().to_vec();
            material.components.push(Component::new(name, Role::Derived, Notation::Bytes, bytes));
        }
    };
    low.for_each(|word| push("first_word", word, first));
    high.for_each(|word| push("last_word", word, last));
}

/// The scalar, and what it is modulo the order, as the numbers that they are, for libraries that compute with numbers of
/// any length.
fn add_number(material: &mut Material) {
    let named = |name: &'static str| {
        let number = material.components.iter().find(|one| one.name == name)?;
        Some(BigUint::from_bytes_le(number.value.bytes()).to_bytes_be())
    };
    let scalar = named("scalar").or_else(|| named("clamped")).map(|number| ("scalar_number", number));
    let reduced = named("scalar_mod_l").map(|number| ("scalar_mod_l_number", number));
    for (name, number) in [scalar, reduced].into_iter().flatten() {
        material.components.push(Component::new(name, Role::Derived, Notation::Number, number));
    }
}

/// A key of curve448.
pub(super) fn goldilocks(reading: Reading, key: &[u8], public: &[u8]) -> Material {
    let name = if reading == Reading::Montgomery { "X448" } else { "Ed448" };
    let built = encoded::named_byte_curve(name, key, public, DETECTOR);
    let mut material = built.unwrap_or_else(|| blank(reading));
    material.certainty = Certainty::Proven;
    let mut push = |name, role, value: &[u8]| {
        material.components.push(Component::new(name, role, Notation::Bytes, value.to_vec()));
    };
    match reading {
        Reading::Seed => {
            let expanded = goldilocks::expand(key);
            let (scalar, prefix) = expanded.split_at(goldilocks::SEED_BYTES);
            push("scalar", Role::Derived, scalar.get(..goldilocks::SCALAR_BYTES).unwrap_or_default());
            push("prefix", Role::Derived, prefix);
            push("hash", Role::Derived, &goldilocks::hash(key));
        }
        Reading::Montgomery => push("clamped", Role::Derived, &goldilocks::clamp(key)),
        Reading::Scalar => {
            material.components.retain(|component| component.role == Role::Public);
            material.components.push(Component::new("scalar", Role::Secret, Notation::Bytes, key.to_vec()));
        }
    }
    if reading != Reading::Montgomery
        && let Some(scalar) = material.components.iter().find(|one| one.name == "scalar")
    {
        let scalar = scalar.value.duplicate();
        add_reduced(&mut material, scalar.bytes(), &goldilocks_order());
        add_signed_scalar(&mut material, &goldilocks_order(), signed::CURVE448);
    }
    add_number(&mut material);
    material
}

/// Adds what stands beside a key and can be nothing but its other half: the prefix
/// of RFC 8032, section 5.1.6, behind an expanded scalar. With it, each signature gives
/// the scalar away.
pub(super) fn add_neighbours(material: &mut Material, way: Way, bytes: &[u8], public: &[u8]) {
    let prefix = match way {
        Way::Bytes(Reading::Scalar) => 32..64,
        Way::Goldilocks(Reading::Scalar) => goldilocks::SEED_BYTES..2 * goldilocks::SEED_BYTES,
        _ => return,
    };
    if material.components.iter().any(|one| one.name == "prefix") {
        return;
    }
    let Some(prefix) = bytes.get(prefix).filter(|prefix| *prefix != public) else { return };
    if looks_random(prefix) {
        material.components.push(Component::new("prefix", Role::Secret, Notation::Bytes, prefix.to_vec()));
    }
}

/// Completes a key that was parsed from an encoding: its public key, the names that
/// follow, and the constants that libraries keep. What the encoding says of the public
/// key proves it, if it agrees.
#[must_use]
pub fn enrich(mut material: Material) -> Material {
    let Some(curve) = material.public_ids.iter().find(|id| id.name == "curve").map(|id| id.value.clone())
    else {
        return material;
    };
    let secret = |name: &str| {
        let component = material.components.iter().find(|one| one.name == name && one.role == Role::Secret);
        component.map(|component| component.value.duplicate())
    };
    let more = match material.kind {
        Kind::EcPrivateKey => {
            let known = Curve::by_name(&curve).zip(secret("d"));
            known.and_then(|(curve, d)| {
                let public = curve.public(d.bytes())?;
                Some((scalar(curve, d.bytes(), &public), public))
            })
        }
        Kind::EdwardsPrivateKey => {
            secret("seed").and_then(|seed| from_bytes(&curve, Reading::Seed, seed.bytes()))
        }
        Kind::MontgomeryPrivateKey => {
            secret("key").and_then(|key| from_bytes(&curve, Reading::Montgomery, key.bytes()))
        }
        _ => None,
    };
    if let Some((more, public)) = more {
        join(&mut material, more, &public);
    }
    material
}

fn from_bytes(curve: &str, reading: Reading, key: &[u8]) -> Option<(Material, Vec<u8>)> {
    if matches!(curve, "Ed448" | "X448") {
        let public = goldilocks::public(reading, key)?;
        return Some((goldilocks(reading, key, &public), public));
    }
    let public = edwards::public(reading, key)?;
    Some((bytes(reading, key, &public), public))
}

fn join(material: &mut Material, more: Material, public: &[u8]) {
    let stated = material.components.iter().find(|one| one.name == "public");
    if stated.is_some_and(|stated| stated.value.bytes() == public) {
        material.certainty = Certainty::Proven;
    }
    material.publicly_known = material.publicly_known.take().or(more.publicly_known);
    for component in more.components {
        if !material.components.iter().any(|known| known.value.bytes() == component.value.bytes()) {
            material.components.push(component);
        }
    }
    for id in more.public_ids {
        if !material.public_ids.contains(&id) {
            material.public_ids.push(id);
        }
    }
}

/// d R mod n: ring keeps nothing else of a key, others keep it while they sign.
fn add_montgomery(material: &mut Material, curve: Curve, d: &[u8]) {
    let mut value = curve.montgomery(d, &curve.numbers().order);
    value.reverse();
    let value = value.split_off(value.len().saturating_sub(curve.size()));
    material.components.push(Component::new("d_montgomery", Role::Derived, Notation::Number, value));
}

/// The scalar of Ed25519 modulo L, in the form of `edwards25519` of Go: times 2^256.
fn add_edwards_limbs(material: &mut Material) {
    let Some(scalar) = material.components.iter().find(|one| one.name == "scalar") else { return };
    let product = (BigUint::from_bytes_le(scalar.value.bytes()) << 256_u32) % order();
    let mut value = product.to_bytes_le();
    value.resize(32, 0);
    material.components.push(Component::new("scalar_montgomery", Role::Derived, Notation::Bytes, value));
}

/// The scalar in signed digits, with every multiple of the order that has room in them.
fn add_signed(material: &mut Material, scalar: &BigUint, order: &BigUint, digits: Digits) {
    let written = signed::written(scalar, order, digits).into_iter();
    let component = |words| Component::new("signed_digits", Role::Derived, Notation::Digits, words);
    material.components.extend(written.map(component));
}

/// The same of a scalar of RFC 8032, which is a multiple of the cofactor and so above the order.
fn add_signed_scalar(material: &mut Material, order: &BigUint, digits: Digits) {
    let Some(scalar) = material.components.iter().find(|one| one.name == "scalar") else { return };
    let scalar = BigUint::from_bytes_le(scalar.value.bytes()) % order;
    add_signed(material, &scalar, order, digits);
}

fn add_reduced(material: &mut Material, scalar: &[u8], order: &BigUint) {
    let mut value = (BigUint::from_bytes_le(scalar) % order).to_bytes_le();
    value.resize(scalar.len(), 0);
    if value != scalar {
        material.components.push(Component::new("scalar_mod_l", Role::Derived, Notation::Bytes, value));
    }
}

/// L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032 section 5.1).
pub(super) fn order() -> BigUint {
    (BigUint::one() << 252_u32) + BigUint::from(27_742_317_777_372_353_535_851_937_790_883_648_493_u128)
}

/// L = 2^446 - 13818066809895115352007386748515426880336692474882178609894547503885 (RFC 8032 section 5.2).
pub(super) fn goldilocks_order() -> BigUint {
    const BELOW: [u8; 28] = [
        0x83, 0x35, 0xdc, 0x16, 0x3b, 0xb1, 0x24, 0xb6, 0x51, 0x29, 0xc9, 0x6f, 0xde, 0x93, 0x3d, 0x8d, 0x72,
        0x3a, 0x70, 0xaa, 0xdc, 0x87, 0x3d, 0x6d, 0x54, 0xa7, 0xbb, 0x0d,
    ];
    (BigUint::one() << 446_u32) - BigUint::from_bytes_be(&BELOW)
}

fn blank(reading: Reading) -> Material {
    Material {
        kind: if reading == Reading::Montgomery {
            Kind::MontgomeryPrivateKey
        } else {
            Kind::EdwardsPrivateKey
        },
        bits: 256,
        certainty: Certainty::Proven,
        detector: DETECTOR.to_owned(),
        components: Vec::new(),
        public_ids: Vec::new(),
        publicly_known: None,
    }
}
