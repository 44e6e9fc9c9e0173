//! OpenSSH's private keys: the `openssh-key-v1` container, the private section
//! inside it, and the same fields in an agent's add-identity message.
//!
//! The layouts are those of PROTOCOL.key and draft-miller-ssh-agent section 3.2.

use super::build::{self, Rsa};
use super::curve::{self, BYTE_CURVES};
use super::der;
use super::limits::{MAX_EXPONENT, MAX_MODULUS, MIN_MODULUS};
use crate::material::{Hit, Kind};
use std::ops::Range;

/// Magic of the container without its first four letters, with its NUL: it then begins as the types of keys do,
/// which the search looks for anyway.
pub(super) const MAGIC: &[u8] = b"ssh-key-v1\0";

/// A length-prefixed field, cut at the window's end.
#[derive(Clone, Debug)]
struct Field {
    content: Range<usize>,
    declared: usize,
}

impl Field {
    fn complete(&self) -> bool {
        self.content.len() == self.declared
    }

    fn bytes<'a>(&self, window: &'a [u8]) -> &'a [u8] {
        window.get(self.content.clone()).unwrap_or_default()
    }
}

/// Reads the field at `at`, at most `limit` bytes long.
fn field(window: &[u8], at: usize, limit: usize) -> Option<Field> {
    let start = at.checked_add(4)?;
    let digits: [u8; 4] = window.get(at..start)?.try_into().ok()?;
    let declared = usize::try_from(u32::from_be_bytes(digits)).ok()?;
    if declared > limit {
        return None;
    }
    let end = start.checked_add(declared)?.min(window.len());
    Some(Field { content: start..end, declared })
}

/// Reads fields one after another until one is cut.
struct Fields<'a> {
    window: &'a [u8],
    at: Option<usize>,
}

impl Fields<'_> {
    fn next(&mut self, limit: usize) -> Option<Field> {
        let found = field(self.window, self.at?, limit)?;
        self.at = found.complete().then_some(found.content.end);
        Some(found)
    }

    /// A positive number (RFC 4251 section 5) between two lengths in bytes.
    fn number(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Option<Field> {
        let found = self.next(*lengths.end())?;
        let positive = found.bytes(self.window).first().is_none_or(|&first| first < 0x80);
        (positive && lengths.contains(&found.declared)).then_some(found)
    }
}

/// Reads an encrypted container at its magic. An unencrypted one is read by its
/// keys' type names, which stand inside it.
pub(super) fn at_magic(window: &[u8], at: usize) -> Option<Hit> {
    let mut fields = Fields { window, at: Some(at + MAGIC.len()) };
    let cipher = fields.next(64)?;
    if !cipher.complete() || cipher.bytes(window) == b"none" {
        return None;
    }
    fields.next(64)?;
    fields.next(256)?;
    let keys = fields.at?;
    // Number of keys, then that many public ones; more than one was never written.
    if window.get(keys..keys + 4)? != [0, 0, 0, 1] {
        return None;
    }
    fields.at = Some(keys + 4);
    fields.next(1 << 16)?;
    let body = fields.next(1 << 16)?;
    if body.content.is_empty() {
        return None;
    }
    let bytes = body.bytes(window);
    let material = if body.complete() {
        build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, "openssh")
    } else {
        build::fragments(Kind::EncryptedPrivateKey, &[bytes], "openssh")
    };
    Some(build::hit(body.content, "openssh", material))
}

/// Reads the private fields after the key type whose text starts at `at`.
pub(super) fn at_type(window: &[u8], at: usize) -> Option<Hit> {
    let at = if window.get(..at)?.ends_with(b"sk-") { at - 3 } else { at };
    let start = at.checked_sub(4)?;
    let kind = field(window, start, 64)?;
    let name = kind.bytes(window);
    let mut fields = Fields { window, at: Some(kind.content.end) };
    let certificate = name.strip_suffix(b"-cert-v01@openssh.com");
    if certificate.is_some() {
        let body = fields.next(1 << 16)?;
        let repeated = window.get(start..kind.content.end)?;
        // A certificate blob begins with its type; the public one with a nonce.
        if !body.bytes(window).starts_with(repeated) {
            return None;
        }
    }
    match certificate.unwrap_or(name) {
        b"ssh-rsa" => rsa(fields, certificate.is_some()),
        b"ssh-ed25519" => ed25519(fields),
        b"ssh-dss" => dsa(fields, start, certificate.is_some()),
        b"sk-ssh-ed25519@openssh.com" => security_key(fields, start, false),
        b"sk-ecdsa-sha2-nistp256@openssh.com" => security_key(fields, start, true),
        other if other.starts_with(b"ecdsa-sha2-") => ecdsa(fields, start, certificate.is_some()),
        _ => None,
    }
}

/// True if the fields from `start` to `end` are a public key blob: the length
/// before them covers exactly these. What follows it is some other field.
fn is_public_blob(window: &[u8], start: usize, end: usize) -> bool {
    let prefix = start.checked_sub(4).and_then(|at| field(window, at, usize::MAX));
    prefix.is_some_and(|prefix| prefix.content.start + prefix.declared == end)
}

/// n, e, d, iqmp, p, q. The public blob holds e first, which is short.
fn rsa(mut fields: Fields<'_>, certificate: bool) -> Option<Hit> {
    let window = fields.window;
    let mut rsa = Rsa::default();
    if !certificate {
        let n = fields.number(MIN_MODULUS..=MAX_MODULUS + 1)?;
        let e = fields.number(1..=MAX_EXPONENT)?;
        if !e.complete() {
            return None;
        }
        rsa.n = Some(der::trimmed(n.bytes(window)));
        rsa.e = Some(e.bytes(window));
    }
    let mut span: Option<Range<usize>> = None;
    for name in ["d", "qinv", "p", "q"] {
        let Some(number) = fields.number(MIN_MODULUS / 4..=MAX_MODULUS + 1) else { break };
        span = Some(span.map_or(number.content.start, |span| span.start)..number.content.end);
        if number.complete() {
            rsa.numbers.push((name, der::trimmed(number.bytes(window))));
        } else {
            rsa.fragments.push(number.bytes(window));
        }
    }
    let span = span.filter(|span| window.get(span.clone()).is_some_and(der::random_looking))?;
    Some(build::hit(span, "openssh", rsa.material("openssh")))
}

/// The public key, then 64 bytes: the seed and the public key again.
fn ed25519(mut fields: Fields<'_>) -> Option<Hit> {
    let window = fields.window;
    let curve = BYTE_CURVES.iter().find(|curve| curve.name == "Ed25519")?;
    let public = fields.next(32)?;
    let pair = fields.next(64)?;
    if public.declared != 32 || pair.declared != 64 {
        return None;
    }
    let Some((seed, copy)) = pair.bytes(window).split_at_checked(32) else {
        let material = build::fragments(Kind::EdwardsPrivateKey, &[pair.bytes(window)], "openssh");
        return Some(build::hit(pair.content, "openssh", material));
    };
    let public = public.bytes(window);
    if !public.starts_with(copy) {
        return None;
    }
    let span = pair.content.start..pair.content.start + 32;
    Some(build::hit(span, "openssh", build::byte_curve(curve, seed, Some(public), "openssh")))
}

/// Curve name, point, d.
fn ecdsa(mut fields: Fields<'_>, start: usize, certificate: bool) -> Option<Hit> {
    let window = fields.window;
    let (curve, point) = if certificate {
        (None, None)
    } else {
        let curve = curve::by_name(fields.next(16)?.bytes(window))?;
        let point = fields.next(2 * curve.size + 1)?;
        if !point.complete() || is_public_blob(window, start, point.content.end) {
            return None;
        }
        (Some(curve), Some(point))
    };
    let size = curve.map_or(66, |curve| curve.size);
    let d = fields.number(size.min(32) - 4..=size + 1)?;
    if !der::random_looking(d.bytes(window)) {
        return None;
    }
    if !d.complete() {
        let material = build::fragments(Kind::EcPrivateKey, &[d.bytes(window)], "openssh");
        return Some(build::hit(d.content, "openssh", material));
    }
    let point = point.map(|point| point.bytes(window));
    Some(build::hit(d.content.clone(), "openssh", build::ec(curve, d.bytes(window), point, "openssh")))
}

/// p, q, g, y, x.
fn dsa(mut fields: Fields<'_>, start: usize, certificate: bool) -> Option<Hit> {
    let window = fields.window;
    let mut public = Vec::new();
    if !certificate {
        for name in ["p", "q", "g", "y"] {
            let number = fields.number(20..=MAX_MODULUS + 1).filter(Field::complete)?;
            public.push((name, der::trimmed(number.bytes(window))));
        }
        if is_public_blob(window, start, fields.at?) {
            return None;
        }
    }
    let x = fields.number(16..=33)?;
    if !der::random_looking(x.bytes(window)) {
        return None;
    }
    Some(build::hit(x.content.clone(), "openssh", build::finite_field(x.bytes(window), &public, "openssh")))
}

/// A key kept in a security key: application, flags, key handle. The handle is
/// of use only with the device, and still leads to it.
fn security_key(mut fields: Fields<'_>, start: usize, ecdsa: bool) -> Option<Hit> {
    let window = fields.window;
    if ecdsa {
        fields.next(16)?;
    }
    let public = fields.next(133)?;
    let application = fields.next(256)?;
    let flags = fields.at?;
    if public.declared < 32 || application.declared < 3 || is_public_blob(window, start, flags) {
        return None;
    }
    fields.at = Some(flags + 1);
    let handle = fields.next(1024)?;
    if handle.declared < 16 || !handle.complete() || !der::random_looking(handle.bytes(window)) {
        return None;
    }
    let material = build::bytes(Kind::OtherPrivateKey, "key_handle", handle.bytes(window), "openssh");
    Some(build::hit(handle.content, "openssh", material))
}
