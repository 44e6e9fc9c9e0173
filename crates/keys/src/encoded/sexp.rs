//! Keys in S-expressions, as libgcrypt and GnuPG keep them: `(rsa (n …)(e …)(d …)(p …)(q …)(u …))`.
//!
//! Two encodings stand in memory: the canonical one (`(1:p129:…)`, RFC 9804, section 6.1), and
//! libgcrypt's own, in which an opening is 3, a closing 4, and data 1 with its length in two bytes,
//! least first (`src/sexp.c`, `ST_OPEN`, `ST_CLOSE`, `ST_DATA`).

use super::build::{self, Rsa};
use super::curve::{self, BYTE_CURVES};
use super::der;
use super::limits::{MAX_OBJECT, MIN_FRAGMENT};
use crate::material::{Hit, Kind, Material};
use std::ops::Range;

/// Before the name of a parameter, canonical.
pub(super) const CANONICAL: &[u8] = b"(1:";

/// The same in libgcrypt's encoding: an opening, and data of one byte.
pub(super) const INTERNAL: &[u8] = b"\x03\x01\x01\x00";

/// Parameters of one key, at most: multi-prime keys do not exist in this format.
const PARAMETERS_MAX: usize = 8;

/// How far before its parameters the curve of a key is named: flags may stand between.
const CURVE_BYTES_MAX: usize = 96;

/// Names that libgcrypt gives curves (`curve_aliases` and `domain_parms` of `cipher/ecc-curves.c`), without spaces and in
/// small letters, and those of this crate, where they differ.
const CURVE_NAMES: [(&str, &str); 18] = [
    ("nistp192", "P-192"),
    ("nistp224", "P-224"),
    ("nistp256", "P-256"),
    ("prime256v1", "P-256"),
    ("secp256r1", "P-256"),
    ("nistp384", "P-384"),
    ("secp384r1", "P-384"),
    ("nistp521", "P-521"),
    ("secp521r1", "P-521"),
    ("secp256k1", "secp256k1"),
    ("brainpoolp256r1", "brainpoolP256r1"),
    ("brainpoolp384r1", "brainpoolP384r1"),
    ("brainpoolp512r1", "brainpoolP512r1"),
    ("sm2p256v1", "SM2"),
    ("sm2", "SM2"),
    ("ed25519", "Ed25519"),
    ("curve25519", "X25519"),
    ("ed448", "Ed448"),
];

/// One named number.
struct Parameter {
    name: u8,
    value: Range<usize>,
    /// What follows its closing.
    end: usize,
}

/// Reads the parameters from the one whose opening stands at `at`; gives the end of the last, and a
/// hit for each private one.
pub(super) fn at_parameter(window: &[u8], at: usize, out: &mut Vec<Hit>) -> usize {
    let mut chain: Vec<Parameter> = Vec::new();
    let mut next = at;
    while let Some(one) = parameter(window, next).filter(|_| chain.len() < PARAMETERS_MAX) {
        next = one.end;
        chain.push(one);
    }
    for one in &chain {
        let bytes = window.get(one.value.clone()).unwrap_or_default();
        if bytes.len() < MIN_FRAGMENT || !der::random_looking(bytes) {
            continue;
        }
        let curve = || curve_before(window, at);
        let Some((component, material)) = meaning(window, &chain, one.name, curve) else { continue };
        out.push(Hit { range: one.value.clone(), component, form: "s-expression", material });
    }
    next
}

fn parameter(window: &[u8], at: usize) -> Option<Parameter> {
    let rest = window.get(at..)?;
    if let Some([name, 1, low, high, ..]) = rest.strip_prefix(INTERNAL) {
        let start = at + INTERNAL.len() + 4;
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        return closed(window, *name, start, length, 4);
    }
    let [name, digits @ ..] = rest.strip_prefix(CANONICAL)? else { return None };
    let count = digits.iter().take(5).position(|byte| !byte.is_ascii_digit()).filter(|count| *count > 0)?;
    let number = std::str::from_utf8(digits.get(..count)?).ok()?;
    let start = at + CANONICAL.len() + 1 + count + 1;
    if digits.get(count) != Some(&b':') {
        return None;
    }
    closed(window, *name, start, number.parse().ok()?, b')')
}

/// A parameter that ends as it must.
fn closed(window: &[u8], name: u8, start: usize, length: usize, closing: u8) -> Option<Parameter> {
    let value = start..start.checked_add(length).filter(|_| length <= MAX_OBJECT)?;
    let end = value.end + 1;
    (name.is_ascii_lowercase() && window.get(value.end) == Some(&closing)).then_some(Parameter {
        name,
        value,
        end,
    })
}

/// What a parameter is, by its name and those around it; `None` for a public one.
fn meaning(
    window: &[u8],
    chain: &[Parameter],
    name: u8,
    curve: impl Fn() -> Option<&'static str>,
) -> Option<(&'static str, Material)> {
    let get = |name: u8| {
        let found = chain.iter().find(|one| one.name == name)?;
        window.get(found.value.clone())
    };
    let with = |names: &[u8]| names.iter().all(|name| get(*name).is_some());
    // A DSA or ElGamal key: p and q are public, x is not.
    if with(b"x") && (with(b"g") || with(b"y")) {
        let public = [("p", b'p'), ("q", b'q'), ("g", b'g'), ("y", b'y')];
        let public: Vec<_> = public.iter().filter_map(|(one, name)| Some((*one, get(*name)?))).collect();
        return (name == b'x')
            .then(|| ("x", build::finite_field(get(b'x').unwrap_or_default(), &public, "s-expression")));
    }
    // (ecc (curve …)(q POINT)(d SCALAR)): the curve's name stands before the point, if at all.
    if !(with(b"n") || with(b"u") || with(b"p") && with(b"d")) {
        let secret = get(b'd').filter(|_| name == b'd')?;
        let named = curve().and_then(|curve| on_curve(curve, secret, get(b'q')));
        let unnamed = || ("d", build::bytes(Kind::OtherPrivateKey, "d", secret, "s-expression"));
        return Some(named.unwrap_or_else(unnamed));
    }
    let private = [("d", b'd'), ("q", b'p'), ("p", b'q'), ("qinv", b'u')];
    // libgcrypt's u is the inverse of p modulo q: in the terms of RFC 8017, q is p.
    let (component, _) = private.iter().find(|(_, one)| *one == name)?;
    let mut rsa = Rsa { n: get(b'n'), e: get(b'e'), ..Rsa::default() };
    rsa.numbers = private.iter().filter_map(|(component, name)| Some((*component, get(*name)?))).collect();
    Some((component, rsa.material("s-expression")))
}

/// The name of the curve of the parameters that start at `at`: the last that stands before them as a string. What stands
/// before the name may be overwritten, as in memory that was freed.
fn curve_before(window: &[u8], at: usize) -> Option<&'static str> {
    let before = window.get(at.saturating_sub(CURVE_BYTES_MAX)..at)?;
    (0..before.len()).rev().find_map(|at| curve_at(before.get(at..)?))
}

/// The name of a curve that stands as a string of either encoding at the start of some bytes, and closes a list.
fn curve_at(bytes: &[u8]) -> Option<&'static str> {
    let (length, rest, closing) = match bytes {
        [1, length, 0, rest @ ..] => (usize::from(*length), rest, 4),
        [tens @ b'1'..=b'2', ones @ b'0'..=b'9', b':', rest @ ..] => {
            (usize::from(tens - b'0') * 10 + usize::from(ones - b'0'), rest, b')')
        }
        [ones @ b'1'..=b'9', b':', rest @ ..] => (usize::from(ones - b'0'), rest, b')'),
        _ => return None,
    };
    let name = rest.get(..length).filter(|_| rest.get(length) == Some(&closing))?;
    let plain: Vec<u8> =
        name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    CURVE_NAMES.iter().find(|(name, _)| name.as_bytes() == plain).map(|(_, name)| *name)
}

/// A key on a curve that is named; nothing if its length does not fit.
fn on_curve(name: &str, secret: &[u8], point: Option<&[u8]>) -> Option<(&'static str, Material)> {
    let number = der::trimmed(secret);
    if let Some(curve) = curve::by_name(name.as_bytes()) {
        let fits = number.len() <= curve.size;
        return fits.then(|| ("d", build::ec(Some(curve), number, point, "s-expression")));
    }
    let curve = BYTE_CURVES.iter().find(|curve| curve.name == name)?;
    // A point may follow the 0x40 of OpenPGP.
    let point = point.and_then(|point| {
        let more = point.len().checked_sub(curve.size).filter(|more| *more < 2)?;
        point.get(more..)
    });
    let key = if curve.signs {
        Some(secret.to_vec()).filter(|seed| seed.len() == curve.size)?
    } else {
        // Kept as a number, most significant byte first.
        let mut key: Vec<u8> = number.iter().rev().copied().collect();
        key.resize(curve.size.max(key.len()), 0);
        Some(key).filter(|key| key.len() == curve.size)?
    };
    let key = zeroize::Zeroizing::new(key);
    let component = if curve.signs { "seed" } else { "key" };
    Some((component, build::byte_curve(curve, &key, point, "s-expression")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Certainty, encoded};

    /// The factors need not be prime: `n = p q` is what is proven.
    fn numbers() -> [(u8, Vec<u8>); 4] {
        let stretch = |seed: u8| -> Vec<u8> {
            use sha2::{Digest, Sha512};
            let mut bytes = Sha512::digest([seed; 9]).to_vec();
            bytes[0] |= 0xc0;
            bytes[63] |= 1;
            bytes
        };
        let (p, q) = (stretch(1), stretch(2));
        let [big_p, big_q] = [&p, &q].map(|number| num_bigint::BigUint::from_bytes_be(number));
        [(b'n', (big_p * big_q).to_bytes_be()), (b'e', vec![1, 0, 1]), (b'p', p), (b'q', q)]
    }

    fn check(encode: impl Fn(u8, &[u8]) -> Vec<u8>) {
        let mut memory = vec![0x5a; 101];
        for (name, value) in numbers() {
            memory.extend(encode(name, &[&[0], value.as_slice()].concat()));
        }
        memory.extend([0x5a; 77]);
        let mut hits = Vec::new();
        encoded::scan_binary(&memory, &mut hits);
        let found: Vec<_> = hits.iter().filter(|hit| hit.form == "s-expression").collect();
        assert_eq!(found.iter().map(|hit| hit.component).collect::<Vec<_>>(), ["q", "p"]);
        for (hit, (_, value)) in found.iter().zip(&numbers()[2..]) {
            assert_eq!(&memory[hit.range.start + 1..hit.range.end], value);
            assert_eq!(hit.material.certainty, Certainty::Proven);
        }
    }

    #[test]
    fn key_of_libgcrypt_in_its_own_encoding_is_proven() {
        check(|name, value| {
            let length = u16::try_from(value.len()).unwrap().to_le_bytes();
            [INTERNAL, &[name, 1], &length, value, &[4]].concat()
        });
    }

    #[test]
    fn keys_on_curves_are_called_by_their_kind() {
        let long = |length: usize| [&numbers()[2].1[..], &numbers()[3].1[..]].concat()[..length].to_vec();
        let cases = [
            ("Ed25519", 32, Kind::EdwardsPrivateKey, "Ed25519"),
            ("Ed448", 57, Kind::EdwardsPrivateKey, "Ed448"),
            ("Curve25519", 32, Kind::MontgomeryPrivateKey, "X25519"),
            ("NIST P-256", 32, Kind::EcPrivateKey, "P-256"),
            ("NIST P-521", 65, Kind::EcPrivateKey, "P-521"),
            ("brainpoolP256r1", 32, Kind::EcPrivateKey, "brainpoolP256r1"),
            ("none of these", 32, Kind::OtherPrivateKey, ""),
        ];
        for (name, length, kind, expected) in cases {
            let key = long(length);
            let internal =
                |value: &[u8]| [&[1], &u16::try_from(value.len()).unwrap().to_le_bytes()[..], value].concat();
            let list = |name: &str, value: &[u8]| {
                [vec![3], internal(name.as_bytes()), internal(value), vec![4]].concat()
            };
            let canonical = |name: &str, value: &[u8]| {
                let head = format!("({}:{name}{}:", name.len(), value.len());
                [head.as_bytes(), value, b")"].concat()
            };
            let parts = [("curve", name.as_bytes()), ("flags", b"eddsa"), ("q", &[0x55; 33]), ("d", &key)];
            let encodings = [
                parts.map(|(name, value)| list(name, value)).concat(),
                parts.map(|(name, value)| canonical(name, value)).concat(),
            ];
            for memory in encodings {
                let mut hits = Vec::new();
                encoded::scan_binary(&[&[0x5a; 99], &memory[..], &[0x5a; 99]].concat(), &mut hits);
                let hit = hits.iter().find(|hit| hit.form == "s-expression").unwrap();
                let curve = hit.material.public_ids.iter().find(|id| id.name == "curve");
                assert_eq!((hit.material.kind, curve.map_or("", |id| &id.value)), (kind, expected), "{name}");
            }
        }
    }

    #[test]
    fn key_in_a_canonical_expression_is_proven() {
        check(|name, value| {
            [CANONICAL, &[name], format!("{}:", value.len()).as_bytes(), value, b")"].concat()
        });
    }
}
