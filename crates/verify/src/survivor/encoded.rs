//! The private values inside an encoded key: what must not survive of it, beside the public numbers that may.

use super::der;
use super::text::{base64_value, decode_base64, is_printable, narrowed};
use zeroize::Zeroizing;

/// First bytes of an OpenSSH private key (`PROTOCOL.key` of OpenSSH).
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// Private members of a JWK (RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037).
const JWK_PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// The private values; empty for an encrypted key, none if the encoding is not understood.
pub(crate) fn private_values(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let narrow = narrowed(bytes);
    let bytes = narrow.as_deref().map_or(bytes, Vec::as_slice);
    if let Some(begin) = position(bytes, b"-----BEGIN ") {
        return armoured(bytes.get(begin + 11..)?);
    }
    if let Some(end) = position(bytes, b"-----END ") {
        return der::last_numbers(&last_base64(bytes.get(..end)?));
    }
    if bytes.starts_with(OPENSSH) {
        return openssh(bytes);
    }
    if is_printable(bytes) && bytes.contains(&b'"') {
        return jwk(bytes);
    }
    der::private_numbers(bytes)
}

/// Reads PEM (RFC 7468) behind `-----BEGIN `, whole or cut off at its end.
fn armoured(rest: &[u8]) -> Option<Vec<Vec<u8>>> {
    let label = position(rest, b"-----")?;
    let rest = rest.get(label + 5..)?;
    let body = rest.get(..position(rest, b"-----").unwrap_or(rest.len()))?;
    if position(body, b"ENCRYPTED").is_some() || position(rest, b"Proc-Type").is_some() {
        return Some(Vec::new());
    }
    let mut bytes = Zeroizing::new(Vec::new());
    decode_base64(&values(&characters(body)), &mut bytes);
    if bytes.starts_with(OPENSSH) { openssh(&bytes) } else { der::private_numbers(&bytes) }
}

/// The characters of a base64 body, without line breaks, also such as `\n` in JSON.
fn characters(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut escaped = false;
    for byte in body {
        if !escaped && (base64_value(*byte).is_some() || *byte == b'=') {
            kept.push(*byte);
        }
        escaped = *byte == b'\\' && !escaped;
    }
    kept
}

/// The 6-bit values of characters; padding has none.
fn values(characters: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(characters.iter().filter_map(|byte| base64_value(*byte)).collect())
}

/// The bytes of base64 whose beginning is lost: groups of four are counted from the end.
fn last_base64(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let characters = characters(body);
    let whole = characters.len() % 4;
    let mut bytes = Zeroizing::new(Vec::new());
    decode_base64(&values(characters.get(whole..).unwrap_or_default()), &mut bytes);
    bytes
}

/// Reads an OpenSSH key: lengths are 32 bits, most significant byte first (RFC 4251, section 5).
fn openssh(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = bytes.get(OPENSSH.len()..)?;
    if string(&mut rest)? != b"none" {
        return Some(Vec::new());
    }
    let (_kdf, _options) = (string(&mut rest)?, string(&mut rest)?);
    let (_count, after) = rest.split_at_checked(4)?;
    rest = after;
    let _public = string(&mut rest)?;
    let (_length, after) = rest.split_at_checked(4)?;
    let (_checks, mut rest) = after.split_at_checked(8)?;
    // Which of the strings behind the type are private.
    let (public, private) = match string(&mut rest)? {
        b"ssh-rsa" => (2, 4),
        b"ssh-dss" => (4, 1),
        b"ssh-ed25519" => (1, 1),
        kind if kind.starts_with(b"ecdsa-sha2-") => (2, 1),
        _ => return None,
    };
    for _ in 0..public {
        string(&mut rest)?;
    }
    let values = (0..private).map_while(|_| string(&mut rest));
    // The private string of Ed25519 is the seed, then the public key again.
    let seed =
        |value: &[u8]| if public == 1 { value.iter().take(32).copied().collect() } else { value.to_vec() };
    Some(values.map(seed).map(|value| value.into_iter().skip_while(|byte| *byte == 0).collect()).collect())
}

fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    // Cut off, it is as long as the rest.
    let (value, after) = after.split_at_checked(length).unwrap_or((after, &[]));
    *rest = after;
    Some(value)
}

/// Reads the private members of JSON Web Keys.
fn jwk(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut values = Vec::new();
    for name in JWK_PRIVATE {
        let quoted = format!("\"{name}\"");
        let mut rest = text;
        while let Some(at) = position(rest, quoted.as_bytes()) {
            rest = rest.get(at + quoted.len()..)?;
            let value = rest.iter().position(|byte| !matches!(byte, b':' | b' ' | b'\t' | b'\r' | b'\n'));
            let Some(value) = value.and_then(|at| rest.get(at..)?.strip_prefix(b"\"")) else { continue };
            let mut bytes = Vec::new();
            let value: Zeroizing<Vec<u8>> =
                Zeroizing::new(value.iter().map_while(|byte| base64_value(*byte)).collect());
            decode_base64(&value, &mut bytes);
            values.push(bytes);
        }
    }
    (!values.is_empty()).then_some(values)
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}
