//! Secret keys of OpenPGP: packets 5 and 7, version 4 (RFC 4880, section 5.5.3) and 6 (RFC 9580, section 5.5.3).

use super::build::{self, Rsa};
use super::curve::BYTE_CURVES;
use super::{curve, der};
use crate::material::{Hit, Kind, Material};
use std::ops::Range;

/// Longest packet that is read.
const PACKET_BYTES_MAX: usize = 1 << 16;
/// Longest number in bits.
const NUMBER_BITS_MAX: usize = 16_384;

/// First bytes of secret-key and secret-subkey packets: RFC 4880, section 4.2, in the old format with one, two or four
/// bytes of length, and in the new one.
const TAGS: [u8; 8] = [0x94, 0x95, 0x96, 0x9c, 0x9d, 0x9e, 0xc5, 0xc7];

/// Appends the secret keys whose packets begin in `window`.
pub(super) fn scan(window: &[u8], out: &mut Vec<Hit>) {
    // Version and algorithm are seven bytes apart; the version alone is what half of all pages hold.
    for at in memchr::memchr2_iter(4, 6, window) {
        if let Some(hit) = at_version(window, at) {
            out.push(hit);
        }
    }
}

/// Reads the packet whose version stands at `at`, behind the tag and the length.
fn at_version(window: &[u8], at: usize) -> Option<Hit> {
    let algorithm = *window.get(at + 5)?;
    if !matches!(algorithm, 1..=3 | 16..=19 | 22 | 25..=28) {
        return None;
    }
    let body = [1, 2, 3, 5, 6].into_iter().find_map(|header| header_ends(window, at, header))?;
    let version = *window.get(at)?;
    let fields = Fields { window, at: at + 6, end: body.end };
    match version {
        4 => key(fields, algorithm, false),
        _ => key(fields, algorithm, true),
    }
}

/// The body, if the tag stands `header` bytes before it and the length between says so.
fn header_ends(window: &[u8], at: usize, header: usize) -> Option<Range<usize>> {
    let head = window.get(at.checked_sub(header)?..at)?;
    let (tag, length) = head.split_first()?;
    if !TAGS.contains(tag) {
        return None;
    }
    let number = |bytes: &[u8]| bytes.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
    let length = match (tag, length) {
        (0xc5 | 0xc7, [one]) if *one < 192 => usize::from(*one),
        (0xc5 | 0xc7, [one, two]) if (192..224).contains(one) => {
            (usize::from(*one) - 192) * 256 + usize::from(*two) + 192
        }
        (0xc5 | 0xc7, [0xff, rest @ ..]) if rest.len() == 4 => number(rest),
        (0x94 | 0x9c, [_]) | (0x95 | 0x9d, [_, _]) | (0x96 | 0x9e, [_, _, _, _]) => number(length),
        _ => return None,
    };
    let end = at.checked_add(length)?;
    (length > 24 && length <= PACKET_BYTES_MAX && end <= window.len()).then_some(at..end)
}

struct Fields<'a> {
    window: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.end)?;
        let bytes = self.window.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// A number behind its length in bits, whose first bit is set.
    fn number(&mut self) -> Option<&'a [u8]> {
        let bits = usize::from(u16::from_be_bytes(*self.take(2)?.first_chunk()?));
        if bits == 0 || bits > NUMBER_BITS_MAX {
            return None;
        }
        let bytes = self.take(bits.div_ceil(8))?;
        let top = usize::try_from(bytes.first()?.checked_ilog2()?).ok()?;
        (top + 1 == (bits - 1) % 8 + 1).then_some(bytes)
    }
}

/// Lengths of the keys whose algorithm is their curve (RFC 9580, section 9.1), with the curve's name.
const NATIVE: [(u8, usize, &str); 4] =
    [(25, 32, "X25519"), (26, 56, "X448"), (27, 32, "Ed25519"), (28, 57, "Ed448")];

/// Public numbers, how the secret is protected, and the secret.
fn key(mut fields: Fields<'_>, algorithm: u8, v6: bool) -> Option<Hit> {
    let window = fields.window;
    let stated = if v6 { Some(u32::from_be_bytes(*fields.take(4)?.first_chunk()?)) } else { None };
    let before = fields.at;
    let public = public(&mut fields, algorithm)?;
    if stated.is_some_and(|stated| usize::try_from(stated) != Ok(fields.at - before)) {
        return None;
    }
    let protection = fields.byte()?;
    if protection != 0 {
        return encrypted(fields, protection, v6);
    }
    let start = fields.at;
    let material = secret(&mut fields, algorithm, &public)?;
    let secret = start..fields.at;
    // Version 4 ends with the sum of the secret's bytes; version 6 with nothing.
    if !v6 {
        let sum = u16::from_be_bytes(*fields.take(2)?.first_chunk()?);
        let bytes = window.get(secret.clone())?;
        if bytes.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte))) != sum {
            return None;
        }
    }
    (fields.at == fields.end).then(|| build::hit(secret, "openpgp", material))
}

/// The public values in their order: numbers, or the curve and the point, or octets.
fn public<'a>(fields: &mut Fields<'a>, algorithm: u8) -> Option<Vec<&'a [u8]>> {
    let count = match algorithm {
        1..=3 => 2,
        17 => 4,
        16 => 3,
        18 | 19 | 22 => {
            let length = usize::from(fields.byte()?);
            let values = vec![fields.take(length)?, fields.number()?];
            if algorithm == 18 {
                // Which hash and cipher wrap a session key.
                let length = usize::from(fields.byte()?);
                fields.take(length)?;
            }
            return Some(values);
        }
        _ => {
            let (_, length, _) = NATIVE.iter().find(|(known, ..)| *known == algorithm)?;
            return Some(vec![fields.take(*length)?]);
        }
    };
    (0..count).map(|_| fields.number()).collect()
}

/// The secret values, made into a key.
fn secret(fields: &mut Fields<'_>, algorithm: u8, public: &[&[u8]]) -> Option<Material> {
    match algorithm {
        1..=3 => {
            // The coefficient is that of p modulo q: with the primes exchanged it is the usual one.
            let names = ["d", "q", "p", "qinv"].into_iter();
            let numbers = names.map(|name| Some((name, fields.number()?))).collect::<Option<Vec<_>>>()?;
            let [n, e] = public else { return None };
            Some(Rsa { n: Some(n), e: Some(e), numbers, ..Rsa::default() }.material("openpgp"))
        }
        16 | 17 => {
            let names: &[&'static str] =
                if algorithm == 17 { &["p", "q", "g", "y"] } else { &["p", "g", "y"] };
            let public: Vec<_> = names.iter().copied().zip(public.iter().copied()).collect();
            Some(build::finite_field(fields.number()?, &public, "openpgp"))
        }
        18 | 19 | 22 => on_curve(public, fields.number()?),
        _ => {
            let (_, length, name) = NATIVE.iter().find(|(known, ..)| *known == algorithm)?;
            let key = fields.take(*length)?;
            let curve = BYTE_CURVES.iter().find(|curve| curve.name == *name)?;
            Some(build::byte_curve(curve, key, public.first().copied(), "openpgp"))
        }
    }
}

/// Curve25519 and Ed25519 as GnuPG and RFC 4880's successors named them before RFC 9580.
const ED25519_LEGACY: &[u8] = b"\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";
/// See [`ED25519_LEGACY`].
const X25519_LEGACY: &[u8] = b"\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01";

fn on_curve(public: &[&[u8]], secret: &[u8]) -> Option<Material> {
    let [oid, point] = public else { return None };
    let legacy = |name: &str, turned: bool| {
        let curve = BYTE_CURVES.iter().find(|curve| curve.name == name)?;
        let mut key = vec![0; 32_usize.checked_sub(secret.len())?];
        key.extend_from_slice(secret);
        if turned {
            key.reverse();
        }
        Some(build::byte_curve(curve, &key, point.get(1..), "openpgp"))
    };
    match *oid {
        ED25519_LEGACY => legacy("Ed25519", false),
        X25519_LEGACY => legacy("X25519", true),
        other => Some(build::ec(Some(curve::by_oid(other)?), secret, Some(point), "openpgp")),
    }
}

/// A secret under a passphrase: the cipher and how its key is made (RFC 4880, section 5.5.3; RFC 9580, sections 3.7 and
/// 5.5.3, with its authenticated modes, 253), then the ciphertext. A number of a cipher instead, as PGP 2 wrote it, is
/// not read: anything might be one.
fn encrypted(mut fields: Fields<'_>, protection: u8, v6: bool) -> Option<Hit> {
    let within =
        |byte: Option<u8>, range: std::ops::RangeInclusive<u8>| byte.filter(|byte| range.contains(byte));
    within(Some(protection), 253..=255)?;
    let count = if v6 { fields.byte()? } else { 1 };
    within(fields.byte(), 1..=13)?;
    if protection == 253 {
        within(fields.byte(), 1..=3)?;
    }
    let length = if v6 { fields.byte()? } else { 1 };
    match fields.byte()? {
        // Hashed once, with a salt, and again and again; GnuPG's own number 101 says that the key is elsewhere.
        0 | 1 | 3 => within(fields.byte(), 1..=14)?,
        // Argon2: salt, passes, lanes, memory.
        4 => *fields.take(19)?.last().filter(|memory| **memory <= 31)?,
        _ => return None,
    };
    let range = fields.at..fields.end;
    let bytes = fields.window.get(range.clone()).filter(|bytes| der::random_looking(bytes))?;
    if count == 0 || length == 0 {
        return None;
    }
    let material = build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, "openpgp");
    Some(build::hit(range, "openpgp", material))
}
