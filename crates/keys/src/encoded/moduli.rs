//! Public keys in sight. With an RSA modulus known, `N mod window = 0` proves a prime;
//! with a point known, a multiple of the generator proves a scalar.

use super::base64::Digits;
use super::binary::Search;
use super::curve;
use super::der::{self, Element};
use super::limits::{MAX_EXPONENT, MAX_MODULUS, MIN_MODULUS};
use super::{bare, pkcs1};
use std::sync::LazyLock;

/// An RSA modulus that stands in the open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Modulus {
    /// The modulus, big-endian without leading zeros: 512 to 16,384 bits, odd.
    pub n: Vec<u8>,
    /// The public exponent that stands beside it, big-endian without leading zeros.
    pub e: Option<Vec<u8>>,
    /// In what it was found: `spki`, `pkcs1`, `pkcs8`, `ssh`, `jwk`.
    pub source: &'static str,
}

/// Public exponent 65537 as an INTEGER, which ends every usual public key.
const EXPONENT: &[u8] = b"\x02\x03\x01\x00\x01";
/// Object identifier, end of the algorithm and head of the BIT STRING of 32 bytes
/// (RFC 8410, section 4).
const ED25519: &[u8] = b"\x2b\x65\x70\x03\x21\x00";
/// See [`ED25519`].
const X25519: &[u8] = b"\x2b\x65\x6e\x03\x21\x00";
/// Start of the object identifiers 2.16.840.1.101.3.4.3, under which those of ML-DSA and SLH-DSA
/// stand (RFC 9881, section 2; RFC 9909, section 3): the public key begins right behind.
const NIST_SIGNATURES: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03";
/// SSH key types (RFC 8709, RFC 5656).
const SSH_ED25519: &[u8] = b"ssh-ed25519";
/// See [`SSH_ED25519`].
const SSH_ECDSA: &[u8] = b"ecdsa-sha2-nistp";
/// SSH key type.
const SSH_RSA: &[u8] = b"\0\0\0\x07ssh-rsa";

/// Finds the RSA moduli in raw memory: in certificates and other
/// SubjectPublicKeyInfo, PKCS#1 keys, PKCS#8, SSH blobs. The same modulus is given
/// as often as it stands there.
pub fn moduli(window: &[u8], out: &mut Vec<Modulus>) {
    public_keys(window, out, &mut Vec::new());
}

/// The same, and the surroundings of every elliptic-curve public key: [`POINT_BYTES`]
/// bytes from its algorithm on, in which the key stands somewhere.
pub fn public_keys(window: &[u8], moduli: &mut Vec<Modulus>, points: &mut Vec<Vec<u8>>) {
    let mut at = 0;
    while let Some((start, index)) = SEARCH.find(window, at) {
        at = start + 1;
        let found = match index {
            0 => after_algorithm(window, start + curve::RSA.len()),
            1 => before_exponent(window, start),
            2 => ssh(window, start + 7),
            _ => {
                let end = window.len().min(start + POINT_BYTES);
                points.extend(window.get(start..end).map(<[u8]>::to_vec));
                None
            }
        };
        moduli.extend(found);
    }
}

/// Algorithm and key of the longest public key: ECDSA on P-521 in SSH's encoding takes
/// 19 + 4 + 8 + 4 + 133 bytes (RFC 5656, section 3.1).
const POINT_BYTES: usize = 168;

/// Finds the RSA moduli in a run of printable characters: whatever base64
/// decodes to one, and the `n` of a JWK.
pub fn moduli_text(text: &[u8], out: &mut Vec<Modulus>) {
    public_keys_text(text, out, &mut Vec::new());
}

/// The same, and elliptic-curve public keys as in [`public_keys`], or the `x` of a JWK.
pub fn public_keys_text(text: &[u8], moduli: &mut Vec<Modulus>, points: &mut Vec<Vec<u8>>) {
    let mut bytes = zeroize::Zeroizing::default();
    bare::runs(text, &[], |digits| {
        for skip in 0..4 {
            digits.decode_into(skip, &mut bytes);
            decoded_keys(text, digits, skip, &bytes, moduli, points);
        }
    });
}

/// The public keys in `bytes`, which a block of base64 in `text` decodes to from digit `skip` on.
pub(super) fn decoded_keys(
    text: &[u8],
    digits: &Digits,
    skip: usize,
    bytes: &[u8],
    moduli: &mut Vec<Modulus>,
    points: &mut Vec<Vec<u8>>,
) {
    public_keys(bytes, moduli, points);
    if skip > 0 {
        return;
    }
    let place = digits.whole().start;
    let before = text.get(place.saturating_sub(24)..place).unwrap_or_default();
    if is_jwk_member(before, b'n') {
        moduli.extend(modulus(bytes, None, "jwk"));
    }
    if is_jwk_member(before, b'x') {
        points.push(bytes.to_vec());
    }
}

/// `"n": "` with any blanks and escapes stands at the end.
fn is_jwk_member(before: &[u8], name: u8) -> bool {
    let significant =
        before.iter().rev().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\\'));
    let mut last: Vec<u8> = significant.take(5).copied().collect();
    last.reverse();
    matches!(last.as_slice(), [b'"', member, b'"', b':', b'"'] | [b'\'', member, b'\'', b':', b'\''] if *member == name)
}

fn modulus(n: &[u8], e: Option<&[u8]>, source: &'static str) -> Option<Modulus> {
    let n = der::trimmed(n);
    let odd = n.last().is_some_and(|last| last & 1 == 1);
    let shaped = (MIN_MODULUS..=MAX_MODULUS).contains(&n.len()) && odd && der::random_looking(n);
    shaped.then(|| Modulus { n: n.to_vec(), e: e.map(|e| der::trimmed(e).to_vec()), source })
}

fn numbers(window: &[u8], at: usize, source: &'static str) -> Option<Modulus> {
    let n = der::integer(window, at)?;
    if !pkcs1::is_modulus(window, &n) {
        return None;
    }
    let e = n.next().and_then(|next| der::integer(window, next)).filter(|e| pkcs1::is_exponent(window, e));
    modulus(n.bytes(window), e.as_ref().map(|e| e.bytes(window)), source)
}

/// The key behind `rsaEncryption`: NULL, then a BIT STRING (public) or an OCTET
/// STRING (private) with a SEQUENCE inside.
fn after_algorithm(window: &[u8], at: usize) -> Option<Modulus> {
    let null = window.get(at..at + 2) == Some(&[5, 0]);
    let key: Element = der::element(window, if null { at + 2 } else { at })?;
    let (start, source) = match key.tag {
        // A BIT STRING starts with the number of unused bits.
        der::BIT_STRING => (key.content.start + 1, "spki"),
        der::OCTET_STRING => (key.content.start, "pkcs8"),
        _ => return None,
    };
    let inner = der::expect(window, start, der::SEQUENCE)?;
    let first = der::integer(window, inner.content.start)?;
    let at = if source == "pkcs8" { first.next()? } else { inner.content.start };
    numbers(window, at, source)
}

/// The modulus that ends where the exponent at `at` starts. Encoders write
/// moduli of a multiple of 64 bits, with a zero byte before the top bit.
fn before_exponent(window: &[u8], at: usize) -> Option<Modulus> {
    let start = (MIN_MODULUS..=MAX_MODULUS).step_by(8).find_map(|size| {
        let content = at.checked_sub(size + 1)?;
        if window.get(content) != Some(&0) {
            return None;
        }
        let (start, length) = der::enclosing(window, content, der::INTEGER)?;
        (length == size + 1).then_some(start)
    })?;
    // SubjectPublicKeyInfo of `rsaEncryption` is read at its identifier.
    numbers(window, start, "pkcs1")
}

/// The fields behind an SSH key type: e and n of a public key, n and e of a private one.
fn ssh(window: &[u8], at: usize) -> Option<Modulus> {
    let field = |at: usize| {
        let start = at + 4;
        let digits: [u8; 4] = window.get(at..start)?.try_into().ok()?;
        let length = usize::try_from(u32::from_be_bytes(digits)).ok()?;
        if length > MAX_MODULUS + 1 {
            return None;
        }
        Some((window.get(start..start + length)?, start + length))
    };
    let (first, next) = field(at)?;
    let (second, _) = field(next)?;
    let (n, e) = if first.len() > second.len() { (first, second) } else { (second, first) };
    (e.len() <= MAX_EXPONENT).then(|| modulus(n, Some(e), "ssh")).flatten()
}

static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let ssh = SSH_RSA.split_at(4).1;
    Search::new(&[
        curve::RSA,
        EXPONENT,
        ssh,
        curve::EC,
        ED25519,
        X25519,
        SSH_ED25519,
        SSH_ECDSA,
        NIST_SIGNATURES,
    ])
});

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

    /// Bytes that look like a key.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| next()).collect()
    }

    fn shown(text: &str, key: &[u8]) -> bool {
        let mut points = Vec::new();
        public_keys_text(text.as_bytes(), &mut Vec::new(), &mut points);
        points.iter().any(|point| point.windows(key.len()).any(|window| window == key))
    }

    #[test]
    fn points_are_found_in_text() {
        let point = [&[4], &noise(64)[..]].concat();
        let spki =
            [&[0x30, 0x59, 0x30, 0x13, 6, 7], curve::EC, &[6, 8], &[0; 8], &[3, 0x42, 0], &point].concat();
        assert!(shown(&format!("-----BEGIN PUBLIC KEY-----\n{}\n", BASE64_STANDARD.encode(spki)), &point));
        let key = noise(32);
        let spki = [&[0x30, 0x2a, 0x30, 5, 6, 3], ED25519, &key].concat();
        assert!(shown(&BASE64_STANDARD.encode(spki), &key));
        let blob = [&[0, 0, 0, 11], SSH_ED25519, &[0, 0, 0, 32], &key].concat();
        assert!(shown(&format!("ssh-ed25519 {} name", BASE64_STANDARD.encode(blob)), &key));
        let jwk = format!(r#"{{"kty":"OKP","crv":"X25519","x": "{}"}}"#, BASE64_URL_SAFE_NO_PAD.encode(&key));
        assert!(shown(&jwk, &key));
    }
}
