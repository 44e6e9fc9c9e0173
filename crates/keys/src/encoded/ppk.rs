//! PuTTY's private keys, versions 2 and 3: the base64 lines behind `Private-Lines`.

use super::base64::Digits;
use super::build::{self, Rsa};
use super::curve::{self, BYTE_CURVES};
use super::der;
use super::limits::MAX_BODY;
use crate::material::{Hit, Kind, Material};
use zeroize::Zeroizing;

/// The anchor.
pub(super) const PRIVATE_LINES: &[u8] = b"Private-Lines: ";

/// Reads the lines behind the anchor at `at`. Which algorithm and whether they
/// are encrypted stands in the lines before.
pub(super) fn at_private_lines(text: &[u8], at: usize, out: &mut Vec<Hit>) -> usize {
    let count_start = at + PRIVATE_LINES.len();
    let rest = text.get(count_start..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let lines = count_start + count;
    let gap = super::base64::separator(text, lines);
    if count == 0 || count > 4 || gap == 0 {
        return lines;
    }
    let digits = Digits::read(text, lines + gap, MAX_BODY);
    if digits.len() < 22 {
        return lines;
    }
    let before = text.get(at.saturating_sub(4096)..at).unwrap_or_default();
    let encryption =
        memchr::memmem::rfind(before, b"Encryption: ").and_then(|found| before.get(found + 12..));
    let encrypted = encryption.is_some_and(|value| !value.starts_with(b"none"));
    let kind = if encrypted { Kind::EncryptedPrivateKey } else { Kind::OtherPrivateKey };
    let bytes = digits.decode(0);
    let parsed = if encrypted { None } else { public(before).and_then(|public| private(&public, &bytes)) };
    let material = parsed.unwrap_or_else(|| build::bytes(kind, "key", &bytes, "ppk"));
    out.push(build::hit(digits.whole(), "ppk", material));
    digits.end
}

/// The public blob, which stands before the private lines.
fn public(before: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let at = memchr::memmem::rfind(before, b"Public-Lines: ")?;
    let count = at + before.get(at..)?.iter().position(|byte| byte.is_ascii_digit())?;
    let lines = count + before.get(count..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = lines + super::base64::separator(before, lines);
    Some(Digits::read(before, start, MAX_BODY).decode(0))
}

/// The private numbers (PuTTY manual, appendix C.3), each behind its length: of an RSA key d, p, q and the
/// inverse of q; of others one alone.
fn private(public: &[u8], private: &[u8]) -> Option<Material> {
    let (mut public, mut private) = (Strings(public), Strings(private));
    match public.next()? {
        b"ssh-rsa" => {
            let (e, n) = (public.next()?, public.next()?);
            let names = ["d", "p", "q", "qinv"].into_iter();
            let numbers =
                names.map(|name| Some((name, der::trimmed(private.next()?)))).collect::<Option<_>>()?;
            let n = Some(der::trimmed(n));
            Some(Rsa { n, e: Some(e), numbers, ..Rsa::default() }.material("ppk"))
        }
        b"ssh-ed25519" => {
            let curve = BYTE_CURVES.iter().find(|curve| curve.name == "Ed25519")?;
            let point = public.next()?;
            let seed = private.next().filter(|seed| seed.len() == curve.size)?;
            Some(build::byte_curve(curve, seed, Some(point), "ppk"))
        }
        b"ssh-dss" => {
            let names = ["p", "q", "g", "y"].into_iter();
            let public = names.map(|name| Some((name, public.next()?))).collect::<Option<Vec<_>>>()?;
            Some(build::finite_field(private.next()?, &public, "ppk"))
        }
        name if name.starts_with(b"ecdsa-sha2-") => {
            let curve = curve::by_name(public.next()?)?;
            Some(build::ec(Some(curve), private.next()?, public.next(), "ppk"))
        }
        _ => None,
    }
}

/// Strings of SSH, one after another (RFC 4251, section 5).
struct Strings<'a>(&'a [u8]);

impl<'a> Strings<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (string, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(string)
    }
}
