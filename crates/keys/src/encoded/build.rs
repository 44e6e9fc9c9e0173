//! From parsed values to [`Material`].

use super::curve::{self, BYTE_CURVES, ByteCurve, Curve};
use super::limits::MIN_FRAGMENT;
use super::{der, known};
use crate::material::{Certainty, Component, Hit, Kind, Material, Notation, PublicId, Role};
use crate::public;
use num_bigint::BigUint;
use num_traits::One as _;
use sha2::{Digest as _, Sha512};
use std::ops::Range;

/// A hit that covers an encoding of (what is left of) a whole key.
pub(super) fn hit(range: Range<usize>, form: &'static str, material: Material) -> Hit {
    Hit { range, component: "whole", form, material }
}

/// Values read from an RSA private key. Numbers are big-endian, unsigned.
#[derive(Debug, Default)]
pub(super) struct Rsa<'a> {
    /// Modulus.
    pub n: Option<&'a [u8]>,
    /// Public exponent.
    pub e: Option<&'a [u8]>,
    /// Complete private numbers by component name.
    pub numbers: Vec<(&'static str, &'a [u8])>,
    /// Cut private numbers.
    pub fragments: Vec<&'a [u8]>,
}

impl Rsa<'_> {
    /// The material; proven where n = p q or q qinv = 1 mod p holds.
    pub(super) fn material(&self, detector: &str) -> Material {
        let number = |name| {
            let found = self.numbers.iter().find(|(given, _)| *given == name);
            found.map(|(_, value)| BigUint::from_bytes_be(value))
        };
        // Further primes of a key with more than two.
        let others = self.numbers.iter().filter(|(given, _)| *given == "prime");
        let others: BigUint = others.map(|(_, value)| BigUint::from_bytes_be(value)).product();
        let product = number("p").zip(number("q")).map(|(p, q)| p * q * others);
        let given = self.n.map(BigUint::from_bytes_be);
        let inverse = number("p").zip(number("q")).zip(number("qinv"));
        let coefficient_fits =
            inverse.is_some_and(|((p, q), qinv)| p > BigUint::one() && ((q * qinv) % p).is_one());
        let proven = match (&given, &product) {
            (Some(n), Some(product)) => n == product,
            (None, Some(_)) => coefficient_fits,
            _ => false,
        };
        let n = given.or(product.filter(|_| proven));
        let mut material =
            blank(if n.is_some() { Kind::RsaPrivateKey } else { Kind::PrivateKeyFragment }, detector);
        if proven {
            material.certainty = Certainty::Proven;
        }
        if let Some(n) = n {
            material.bits = u32::try_from(n.bits()).unwrap_or(u32::MAX);
            let n = n.to_bytes_be();
            note_published(&mut material, &n);
            if let Some(e) = self.e {
                material.public_ids = public::rsa(&n, e);
                push(&mut material, "e", Role::Public, Notation::Number, e);
            }
            push(&mut material, "n", Role::Public, Notation::Number, &n);
        } else {
            let longest = self.numbers.iter().map(|(_, value)| value.len()).max();
            let pieces = self.fragments.iter().map(|piece| piece.len()).sum();
            material.bits = bits_of(longest.unwrap_or(pieces));
        }
        // What another use of the buffer wrote over a number is none of the key's: it would be looked for, and
        // removed, everywhere.
        let mut pieces: Vec<&[u8]> =
            self.fragments.iter().flat_map(|piece| der::without_texts(piece)).collect();
        for (name, value) in &self.numbers {
            if proven || der::texts(value).next().is_none() || self.implies(name, value) {
                push(&mut material, name, Role::Secret, Notation::Number, value);
            } else {
                pieces.extend(der::without_texts(value));
            }
        }
        push_fragments(&mut material, &pieces);
        material
    }

    /// Whether the numbers before it confirm a private number: one prime in 1,400 holds twelve characters of text by chance.
    fn implies(&self, name: &str, value: &[u8]) -> bool {
        let value = BigUint::from_bytes_be(value);
        let number = |wanted: &str| {
            let found = self.numbers.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| BigUint::from_bytes_be(value)).filter(|number| *number > BigUint::one())
        };
        let n = self.n.map(BigUint::from_bytes_be).filter(|n| n.bit(0));
        let e = self.e.map(BigUint::from_bytes_be);
        let is_inverse = |prime: &str| {
            let (prime, e) = number(prime).zip(e.clone())?;
            let below = prime - 1_u32;
            Some((&e * &value) % &below == BigUint::one() % &below)
        };
        let confirmed = match name {
            "p" | "q" => n.map(|n| value > BigUint::one() && value < n && (n % &value).bits() == 0),
            "d" => n.zip(e).map(|(n, e)| {
                let two = BigUint::from(2_u32);
                two.modpow(&(e * &value), &n) == two % &n
            }),
            "dp" => is_inverse("p"),
            "dq" => is_inverse("q"),
            "qinv" => number("p").zip(number("q")).map(|(p, q)| ((q * &value) % p).is_one()),
            _ => None,
        };
        confirmed.unwrap_or(false)
    }
}

/// A private key on a named curve; `d` is given the curve's width.
pub(super) fn ec(curve: Option<&Curve>, d: &[u8], point: Option<&[u8]>, detector: &str) -> Material {
    let mut material = blank(Kind::EcPrivateKey, detector);
    let number = der::trimmed(d);
    let width = curve.map_or(d.len(), |curve| curve.size.max(number.len()));
    let mut fixed = zeroize::Zeroizing::new(vec![0; width - number.len()]);
    fixed.extend_from_slice(number);
    let d = &fixed[..];
    material.bits = curve.map_or(bits_of(d.len()), |curve| curve.bits);
    push(&mut material, "d", Role::Secret, Notation::Number, d);
    if let Some(curve) = curve {
        material.public_ids.push(public::named(curve.name));
    }
    if let Some(point) = point {
        note_published(&mut material, point);
        push(&mut material, "public", Role::Public, Notation::Bytes, point);
        if let Some(curve) = curve {
            material.public_ids.extend(public::ec(curve, point));
        }
    }
    note_published(&mut material, der::trimmed(d));
    material
}

/// A private key on the curve of this name, from a detector that knows no encoding.
pub(crate) fn named_ec(curve: &str, d: &[u8], point: &[u8], detector: &str) -> Material {
    ec(curve::by_name(curve.as_bytes()), d, Some(point), detector)
}

/// The same for a curve of RFC 8410; nothing for a name that it does not give.
pub(crate) fn named_byte_curve(name: &str, key: &[u8], public: &[u8], detector: &str) -> Option<Material> {
    let curve = BYTE_CURVES.iter().find(|curve| curve.name == name)?;
    Some(byte_curve(curve, key, Some(public), detector))
}

/// An Edwards or Montgomery key with everything that follows from it.
pub(super) fn byte_curve(curve: &ByteCurve, key: &[u8], public: Option<&[u8]>, detector: &str) -> Material {
    let mut material =
        blank(if curve.signs { Kind::EdwardsPrivateKey } else { Kind::MontgomeryPrivateKey }, detector);
    material.bits = bits_of(curve.size);
    material.public_ids.push(public::named(curve.name));
    push(&mut material, if curve.signs { "seed" } else { "key" }, Role::Secret, Notation::Bytes, key);
    if let Some(public) = public {
        note_published(&mut material, public);
        push(&mut material, "public", Role::Public, Notation::Bytes, public);
        material.public_ids.extend(public::octets(curve, public));
    }
    note_published(&mut material, key);
    match curve.name {
        "Ed25519" => push_ed25519(&mut material, key),
        "X25519" => {
            let clamped = clamp(key);
            push(&mut material, "clamped", Role::Derived, Notation::Bytes, &clamped);
        }
        _ => {}
    }
    material
}

/// A DSA or Diffie-Hellman key: private `x`, and the public numbers by name.
pub(crate) fn finite_field(x: &[u8], public: &[(&'static str, &[u8])], detector: &str) -> Material {
    let mut material = blank(Kind::FiniteFieldPrivateKey, detector);
    for (name, value) in public {
        if *name == "p" {
            material.bits = bits_of(der::trimmed(value).len());
        }
        if *name == "y" {
            note_published(&mut material, der::trimmed(value));
        }
        push(&mut material, name, Role::Public, Notation::Number, value);
    }
    push(&mut material, "x", Role::Secret, Notation::Number, x);
    note_published(&mut material, der::trimmed(x));
    material
}

/// Secret bytes under one name.
pub(super) fn bytes(kind: Kind, name: &'static str, value: &[u8], detector: &str) -> Material {
    let mut material = blank(kind, detector);
    material.bits = bits_of(value.len());
    push(&mut material, name, Role::Secret, Notation::Bytes, value);
    note_published(&mut material, value);
    material
}

/// A piece of a key: nothing in it is complete.
pub(super) fn fragments(kind: Kind, pieces: &[&[u8]], detector: &str) -> Material {
    let mut material = blank(kind, detector);
    material.bits = bits_of(pieces.iter().map(|piece| piece.len()).sum());
    push_fragments(&mut material, pieces);
    material
}

/// Adds a piece of a secret that is cut: its bytes keep their order.
pub(super) fn push_fragments(material: &mut Material, pieces: &[&[u8]]) {
    for piece in pieces.iter().filter(|piece| piece.len() >= MIN_FRAGMENT) {
        push(material, "fragment", Role::Secret, Notation::Bytes, piece);
    }
}

/// Adds a public name.
pub(super) fn push_id(material: &mut Material, name: &'static str, value: &str) {
    material.public_ids.push(PublicId { name, value: value.to_owned() });
}

fn blank(kind: Kind, detector: &str) -> Material {
    Material {
        kind,
        bits: 0,
        certainty: Certainty::Structured,
        detector: detector.to_owned(),
        components: Vec::new(),
        public_ids: Vec::new(),
        publicly_known: None,
    }
}

/// Adds a component, if it has a value.
pub(super) fn push(
    material: &mut Material,
    name: &'static str,
    role: Role,
    notation: Notation,
    value: &[u8],
) {
    // An elliptic-curve scalar keeps its width: its leading zeros are part of the encoding.
    let number = notation == Notation::Number && material.kind != Kind::EcPrivateKey;
    let value = if number { der::trimmed(value) } else { value };
    // A damaged or made-up encoding may say that a prime is zero: that is no secret.
    if !value.is_empty() {
        material.components.push(Component::new(name, role, notation, value.to_vec()));
    }
}

fn note_published(material: &mut Material, canonical: &[u8]) {
    if material.publicly_known.is_none() {
        material.publicly_known = known::published(canonical).map(str::to_owned);
    }
}

fn bits_of(length: usize) -> u32 {
    u32::try_from(length.saturating_mul(8)).unwrap_or(u32::MAX)
}

/// RFC 8032 section 5.1.5: the two halves of SHA-512 of the seed.
fn push_ed25519(material: &mut Material, seed: &[u8]) {
    let expanded = zeroize::Zeroizing::new(<[u8; 64]>::from(Sha512::digest(seed)));
    let (low, prefix) = expanded.split_at(32);
    let scalar = clamp(low);
    push(material, "scalar", Role::Derived, Notation::Bytes, &scalar);
    // As it comes, before bits of the scalar are set: the rest of a buffer on the stack.
    push(material, "hash", Role::Derived, Notation::Bytes, &expanded[..]);
    push(material, "prefix", Role::Derived, Notation::Bytes, prefix);
    // L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032 section 5.1).
    let order =
        (BigUint::one() << 252u32) + BigUint::from(27_742_317_777_372_353_535_851_937_790_883_648_493u128);
    let mut reduced = zeroize::Zeroizing::new((BigUint::from_bytes_le(&scalar) % order).to_bytes_le());
    reduced.resize(32, 0);
    push(material, "scalar_mod_l", Role::Derived, Notation::Bytes, &reduced);
}

/// RFC 7748 section 5: the bits that every scalar of curve25519 has set or clear.
fn clamp(bytes: &[u8]) -> zeroize::Zeroizing<Vec<u8>> {
    let mut scalar = zeroize::Zeroizing::new(bytes.to_vec());
    if let Some(first) = scalar.first_mut() {
        *first &= 0xf8;
    }
    if let Some(last) = scalar.last_mut() {
        *last = *last & 0x7f | 0x40;
    }
    scalar
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn random(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
        bytes
    }

    /// A prime that holds twelve characters of text, as one in 1,400 does by chance.
    fn prime() -> BigUint {
        std::iter::repeat_with(|| {
            let mut bytes = random(64);
            bytes[0] |= 0xc0;
            bytes[63] |= 1;
            bytes[20..32].iter_mut().for_each(|byte| *byte = *byte % 95 + b' ');
            BigUint::from_bytes_be(&bytes)
        })
        .find(crate::rsa::is_probable_prime)
        .unwrap()
    }

    #[test]
    fn numbers_of_a_key_stay_whole_though_chance_wrote_a_text_into_them() {
        let (p, q) = (prime(), prime());
        let (one, n) = (BigUint::one(), &p * &q);
        let phi = (&p - 1_u32) * (&q - 1_u32);
        let (d, e) = std::iter::repeat_with(|| {
            let mut bytes = random(127);
            bytes[40..60].fill(b'x');
            bytes[126] |= 1;
            BigUint::from_bytes_be(&bytes)
        })
        .find_map(|d| d.modinv(&phi).map(|e| (d, e)))
        .unwrap();
        let (dp, dq, qinv) = (&d % (&p - &one), &d % (&q - &one), q.modinv(&p).unwrap());
        let numbers = [("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qinv", qinv)];
        let numbers = numbers.map(|(name, number)| (name, number.to_bytes_be()));
        let (n, e) = (n.to_bytes_be(), e.to_bytes_be());
        let shown = numbers.iter().map(|(name, number)| (*name, number.as_slice()));
        let mut rsa = Rsa { n: Some(&n), e: Some(&e), numbers: shown.collect(), fragments: Vec::new() };
        for (name, number) in &numbers {
            assert!(rsa.implies(name, number), "{name}");
            let mut other = number.clone();
            other[20..32].copy_from_slice(b"GREETING=hel");
            assert!(!rsa.implies(name, &other), "{name} overwritten");
        }
        // Cut off behind the first prime.
        rsa.numbers.truncate(2);
        let material = rsa.material("test");
        for (name, number) in &numbers[..2] {
            let component = material.components.iter().find(|component| component.name == *name);
            assert_eq!(component.unwrap().value.bytes(), number, "{name}");
        }
    }
}
