//! Private keys as Windows writes them: the blobs of CNG and of its predecessor CAPI.
//!
//! Layouts: `bcrypt.h` (`BCRYPT_RSAKEY_BLOB`, `BCRYPT_ECCKEY_BLOB`) and `wincrypt.h` (`PUBLICKEYSTRUC`, `RSAPUBKEY`).

use super::build::{self, Rsa};
use super::curve;
use super::limits::{MAX_EXPONENT, MAX_MODULUS, MIN_MODULUS};
use crate::material::Hit;
use std::ops::Range;
use zeroize::Zeroizing;

/// Magics: an RSA private key, the same with everything that follows from it, and keys on NIST's curves for signing
/// and for agreement.
pub(super) const MAGICS: [&[u8]; 8] =
    [b"RSA2", b"RSA3", b"ECS2", b"ECS4", b"ECS6", b"ECK2", b"ECK4", b"ECK6"];

/// The beginning of a CAPI blob (`PRIVATEKEYBLOB`, version 2): what stands eight bytes before the magic.
const CAPI: &[u8] = b"\x07\x02\x00\x00";

/// Reads the blob whose magic stands at `at`.
pub(super) fn at_magic(window: &[u8], at: usize) -> Option<Hit> {
    let magic = window.get(at..at + 4)?;
    match magic {
        b"RSA2" if window.get(..at)?.rchunks(8).next()?.starts_with(CAPI) => capi(window, at + 4),
        b"RSA2" | b"RSA3" => rsa(window, at + 4, magic == b"RSA3"),
        _ => ec(window, at + 4, *magic.last()?),
    }
}

/// Fields one after another.
struct Fields<'a> {
    window: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let bytes = self.window.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }

    /// A number of CAPI, least byte first, turned around.
    fn turned(&mut self, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(self.take(length)?.iter().rev().copied().collect()))
    }
}

/// Lengths, then public exponent, modulus, primes, and in a full key the CRT numbers, most significant byte first.
fn rsa(window: &[u8], at: usize, full: bool) -> Option<Hit> {
    let mut fields = Fields { window, at };
    let (bits, e, n) = (fields.number()?, fields.number()?, fields.number()?);
    let (p, q) = (fields.number()?, fields.number()?);
    let sound = (MIN_MODULUS..=MAX_MODULUS).contains(&n) && (1..=MAX_EXPONENT).contains(&e);
    if !sound || bits.div_ceil(8) != n || p + q < n || p > n || q > n {
        return None;
    }
    let (e, n) = (fields.take(e)?, fields.take(n)?);
    let start = fields.at;
    let mut rsa = Rsa { n: Some(n), e: Some(e), ..Rsa::default() };
    let lengths = [("p", p), ("q", q), ("dp", p), ("dq", q), ("qinv", p), ("d", n.len())];
    for (name, length) in lengths.into_iter().take(if full { 6 } else { 2 }) {
        rsa.numbers.push((name, fields.take(length)?));
    }
    Some(build::hit(start..fields.at, "cng", rsa.material("cng")))
}

/// The same of CAPI, least significant byte first, each with a fixed share of the modulus's length.
fn capi(window: &[u8], at: usize) -> Option<Hit> {
    let mut fields = Fields { window, at };
    let bits = fields.number()?;
    let e = fields.turned(4)?;
    let length = bits.div_ceil(8);
    if !(MIN_MODULUS..=MAX_MODULUS).contains(&length) || !bits.is_multiple_of(16) {
        return None;
    }
    let n = fields.turned(length)?;
    let start = fields.at;
    let mut numbers = Vec::new();
    for (name, share) in [("p", 2), ("q", 2), ("dp", 2), ("dq", 2), ("qinv", 2), ("d", 1)] {
        numbers.push((name, fields.turned(length / share)?));
    }
    let numbers = numbers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
    let rsa = Rsa { n: Some(&n), e: Some(&e), numbers, ..Rsa::default() };
    Some(build::hit(start..fields.at, "capi", rsa.material("capi")))
}

/// Length of a coordinate, then x, y and the private number, most significant byte first.
fn ec(window: &[u8], at: usize, digit: u8) -> Option<Hit> {
    let (name, size) = match digit {
        b'2' => ("P-256", 32),
        b'4' => ("P-384", 48),
        _ => ("P-521", 66),
    };
    let mut fields = Fields { window, at };
    if fields.number()? != size {
        return None;
    }
    let point = [&[4], fields.take(2 * size)?].concat();
    let start = fields.at;
    let d = fields.take(size)?;
    let range: Range<usize> = start..fields.at;
    // Any 4-byte word may stand before a length; a point of zeros is none.
    let is_key = |bytes: &[u8]| bytes.iter().any(|byte| *byte != 0);
    (is_key(d) && is_key(point.get(1..)?))
        .then(|| build::hit(range, "cng", build::ec(curve::by_name(name.as_bytes()), d, Some(&point), "cng")))
}
