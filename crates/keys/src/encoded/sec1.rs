//! ECPrivateKey (RFC 5915), whole, cut off, or without its head.

use super::build;
use super::curve::{self, CURVES, Curve};
use super::der::{self, Element};
use crate::material::{Hit, Kind};

/// Tag of the `parameters` member.
const PARAMETERS: u8 = 0xa0;
/// Tag of the `publicKey` member.
const PUBLIC_KEY: u8 = 0xa1;

/// Reads the key whose version INTEGER (1) stands at `at`. `given` is the curve
/// that an outer PKCS#8 names; without one, the members that follow or the
/// outer length must show that this is a key: SNMP messages begin alike.
pub(super) fn at_version(window: &[u8], at: usize, given: Option<&'static Curve>) -> Option<Hit> {
    let version = der::integer(window, at)?;
    let d = der::expect(window, version.next()?, der::OCTET_STRING)?;
    if !(16..=72).contains(&d.declared) || d.content.is_empty() {
        return None;
    }
    let (parameters, public) = d.next().map_or((None, None), |next| members(window, next));
    let curve = given.or_else(|| parameters.as_ref().and_then(|oid| curve::by_oid(oid.bytes(window))));
    let inside_pkcs8 = given.is_some();
    let shown = parameters.is_some() || public.is_some();
    let outer = der::enclosing(window, at, der::SEQUENCE);
    let fits = outer.is_some_and(|(_, length)| length_fits(length, d.declared));
    // Programs hold heads of keys as constants; other data follows them there.
    let bytes = d.bytes(window);
    let is_tail = matches!(bytes, [PUBLIC_KEY, _, der::BIT_STRING, _, 0, ..]);
    let is_other = is_tail || !der::random_looking(bytes) || der::mostly_text(bytes);
    if !(inside_pkcs8 || shown || fits) || is_other {
        return None;
    }
    if curve.is_some_and(|curve| d.declared > curve.size + 1) {
        return None;
    }
    let material = if d.complete() {
        let point = public.filter(Element::complete);
        let point = point.and_then(|bits| bits.bytes(window).split_first()).map(|(_, point)| point);
        build::ec(curve, d.bytes(window), point, "der-sec1")
    } else {
        build::fragments(Kind::EcPrivateKey, &[d.bytes(window)], "der-sec1")
    };
    Some(build::hit(d.content, "der-sec1", material))
}

/// Reads backwards from a `publicKey` or `parameters` member at `at` whose key
/// lost its head: the scalar's tail stands directly before it.
pub(super) fn before_member(window: &[u8], at: usize) -> Option<Hit> {
    let (parameters, public) = members(window, at);
    let size = match (&parameters, &public) {
        (Some(oid), _) => curve::by_oid(oid.bytes(window))?.size,
        // BIT STRING: one byte of unused bits, one of the point's form, two coordinates.
        (None, Some(bits)) => bits.declared.checked_sub(2)? / 2,
        (None, None) => return None,
    };
    let start = at.saturating_sub(size);
    let piece = window.get(start..at)?;
    // Before the member may stand the curve, named or explicit (which ends with
    // the cofactor 1), instead of the scalar.
    let curve_before = CURVES.iter().any(|curve| piece.ends_with(curve.oid)) || piece.ends_with(&[2, 1, 1]);
    if piece.len() < 8 || curve_before || !der::random_looking(piece) {
        return None;
    }
    let mut material = build::fragments(Kind::EcPrivateKey, &[piece], "der-sec1");
    if let Some(curve) = parameters.and_then(|oid| curve::by_oid(oid.bytes(window))) {
        build::push_id(&mut material, "curve", curve.name);
    }
    Some(build::hit(start..at, "der-sec1", material))
}

/// The curve's identifier and the public BIT STRING, where they stand at `at`.
fn members(window: &[u8], at: usize) -> (Option<Element>, Option<Element>) {
    let outer = der::expect(window, at, PARAMETERS);
    let oid =
        outer.as_ref().and_then(|outer| der::expect(window, outer.content.start, der::OBJECT_IDENTIFIER));
    // Explicit curve parameters are a SEQUENCE in place of the identifier.
    let explicit = outer.as_ref().filter(|outer| window.get(outer.content.start) == Some(&der::SEQUENCE));
    let next = oid.as_ref().or(explicit).and_then(Element::next).unwrap_or(at);
    let public = der::expect(window, next, PUBLIC_KEY)
        .and_then(|outer| der::expect(window, outer.content.start, der::BIT_STRING))
        .filter(|bits| bits.declared > 32);
    (oid.filter(|oid| (5..=12).contains(&oid.declared) && oid.complete()), public)
}

/// True if a SEQUENCE of this length can hold a scalar of `size` bytes with any
/// choice of the two optional members of the curves that have this size.
fn length_fits(length: usize, size: usize) -> bool {
    let base = 3 + 2 + size;
    let public = |size: usize| {
        let bits = 2 + 2 * size;
        let header = if bits < 0x80 { 2 } else { 3 };
        let outer = if bits + header < 0x80 { 2 } else { 3 };
        bits + header + outer
    };
    length == base
        || length == base + public(size)
        || CURVES.iter().filter(|curve| curve.size == size).any(|curve| {
            let parameters = curve.oid.len() + 4;
            length == base + parameters || length == base + parameters + public(size)
        })
}
