//! PrivateKeyInfo (RFC 5208) and OneAsymmetricKey (RFC 5958).

use super::build;
use super::curve::{self, BYTE_CURVES, ByteCurve};
use super::der::{self, Element};
use super::limits::MAX_OTHER_KEY;
use super::{pkcs1, sec1};
use crate::material::{Hit, Kind};
use crate::{lattice, slh};

/// Tag of the `publicKey` member of OneAsymmetricKey ([1] IMPLICIT BIT STRING).
const PUBLIC_KEY: u8 = 0x81;

/// Reads the key whose version INTEGER stands at `at`.
pub(super) fn at_version(window: &[u8], at: usize) -> Option<Hit> {
    let version = der::integer(window, at)?;
    let algorithm = der::expect(window, version.next()?, der::SEQUENCE)?;
    let oid = der::expect(window, algorithm.content.start, der::OBJECT_IDENTIFIER)?;
    if !(3..=24).contains(&oid.declared) || oid.content.end > algorithm.content.end {
        return None;
    }
    let key = der::expect(window, algorithm.next()?, der::OCTET_STRING)?;
    let name = oid.bytes(window);
    let mut hit = match name {
        curve::RSA | curve::RSA_PSS | curve::RSA_OAEP => inner_sequence(window, &key, pkcs1::at_version)?,
        curve::EC | curve::EC_DH => {
            let parameters = der::expect(window, oid.next()?, der::OBJECT_IDENTIFIER);
            let curve = parameters.and_then(|parameters| curve::by_oid(parameters.bytes(window)));
            inner_sequence(window, &key, |window, at| sec1::at_version(window, at, curve))?
        }
        curve::DSA | curve::DH | curve::DH_X942 => finite_field(window, &oid, &key)?,
        _ => match BYTE_CURVES.iter().find(|curve| curve.oid == name) {
            Some(curve) => byte_curve(window, curve, &key)?,
            None => quantum(window, name, &key).map_or_else(|| other(window, at, &key), Some)?,
        },
    };
    hit.form = "der-pkcs8";
    "der-pkcs8".clone_into(&mut hit.material.detector);
    Some(hit)
}

/// Reads `04 LL <key>` at `at`, the inner OCTET STRING of an Edwards or
/// Montgomery key whose outer structure was overwritten.
pub(super) fn inner_octets(window: &[u8], at: usize) -> Option<Hit> {
    let outer = der::expect(window, at, der::OCTET_STRING)?;
    let inner = der::expect(window, outer.content.start, der::OCTET_STRING)?;
    if inner.declared + 2 != outer.declared || !inner.complete() || !der::random_looking(inner.bytes(window))
    {
        return None;
    }
    // The identifier may be lost; its last byte tells the curves of one size apart.
    let oid = window.get(at.checked_sub(3)?..at)?;
    let curve = BYTE_CURVES.iter().find(|curve| curve.oid == oid && curve.size == inner.declared)?;
    let material = build::byte_curve(curve, inner.bytes(window), None, "der-pkcs8");
    Some(build::hit(inner.content, "der-pkcs8", material))
}

/// A SEQUENCE inside the OCTET STRING, read from its version on.
fn inner_sequence(window: &[u8], key: &Element, read: impl Fn(&[u8], usize) -> Option<Hit>) -> Option<Hit> {
    let inner = der::expect(window, key.content.start, der::SEQUENCE)?;
    read(window, inner.content.start)
}

fn byte_curve(window: &[u8], curve: &'static ByteCurve, key: &Element) -> Option<Hit> {
    let inner = der::expect(window, key.content.start, der::OCTET_STRING)?;
    // Programs hold this header as a constant; other data follows it there.
    if inner.declared != curve.size || !der::random_looking(inner.bytes(window)) {
        return None;
    }
    if !inner.complete() {
        let kind = if curve.signs { Kind::EdwardsPrivateKey } else { Kind::MontgomeryPrivateKey };
        let material = build::fragments(kind, &[inner.bytes(window)], "der-pkcs8");
        return Some(build::hit(inner.content, "der-pkcs8", material));
    }
    let public = key.next().and_then(|next| der::expect(window, next, PUBLIC_KEY));
    let public = public.filter(|bits| bits.complete() && bits.declared == curve.size + 1);
    let public = public.and_then(|bits| bits.bytes(window).split_first()).map(|(_, public)| public);
    let material = build::byte_curve(curve, inner.bytes(window), public, "der-pkcs8");
    Some(build::hit(inner.content, "der-pkcs8", material))
}

/// DSA and Diffie-Hellman: parameters p, q, g or p, g in the algorithm, x inside.
fn finite_field(window: &[u8], oid: &Element, key: &Element) -> Option<Hit> {
    let x = der::integer(window, key.content.start)?;
    if x.declared < 16 || x.declared > key.declared {
        return None;
    }
    if !x.complete() {
        let material = build::fragments(Kind::FiniteFieldPrivateKey, &[x.bytes(window)], "der-pkcs8");
        return Some(build::hit(x.content, "der-pkcs8", material));
    }
    let names: &[&'static str] = match oid.bytes(window) {
        curve::DSA => &["p", "q", "g"],
        curve::DH_X942 => &["p", "g", "q"],
        _ => &["p", "g"],
    };
    let parameters = der::expect(window, oid.next()?, der::SEQUENCE)?;
    let mut at = Some(parameters.content.start);
    let mut public = Vec::new();
    for name in names {
        let Some(number) = at.and_then(|at| der::integer(window, at)).filter(Element::complete) else {
            break;
        };
        public.push((*name, der::trimmed(number.bytes(window))));
        at = number.next();
    }
    Some(build::hit(
        x.content.clone(),
        "der-pkcs8",
        build::finite_field(x.bytes(window), &public, "der-pkcs8"),
    ))
}

/// ML-KEM, ML-DSA and SLH-DSA.
fn quantum(window: &[u8], oid: &[u8], key: &Element) -> Option<Hit> {
    let key = Some(key).filter(|key| key.complete())?;
    let material = lattice::private_key(oid, key.bytes(window), "der-pkcs8")
        .or_else(|| slh::private_key(oid, key.bytes(window), "der-pkcs8"))?;
    Some(build::hit(key.content.clone(), "der-pkcs8", material))
}

/// An algorithm not parsed further. Its outer SEQUENCE must agree with the
/// lengths inside it, since nothing else tells a key from other structures that
/// hold a version, an algorithm and octets.
fn other(window: &[u8], version_at: usize, key: &Element) -> Option<Hit> {
    let (_, length) = der::enclosing(window, version_at, der::SEQUENCE)?;
    let inside = (key.content.start + key.declared).checked_sub(version_at)?;
    let attributes = version_at + length != key.content.start + key.declared;
    let next = window.get(key.content.end).copied();
    let attributes_fit = matches!(next, Some(0xa0 | 0xa1 | PUBLIC_KEY)) && length > inside;
    let shaped = (16..=MAX_OTHER_KEY).contains(&key.declared) && (!attributes || attributes_fit);
    let bytes = key.bytes(window);
    if !shaped || bytes.is_empty() || !der::random_looking(bytes) {
        return None;
    }
    let material = if key.complete() {
        build::bytes(Kind::OtherPrivateKey, "key", bytes, "der-pkcs8")
    } else {
        build::fragments(Kind::OtherPrivateKey, &[bytes], "der-pkcs8")
    };
    Some(build::hit(key.content.clone(), "der-pkcs8", material))
}
