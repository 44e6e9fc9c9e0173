//! Encoded private keys.

use crate::survivor::encoded::private_values;

/// Longest encoding that is read: an RSA key of 16384 bits in PEM.
const ENCODING_BYTES_MAX: usize = 16 << 10;

/// Fewest base64 characters behind an armour that make it a key and no template.
const BODY_MIN: usize = 32;

/// Calls `add` with offset, length and name of every private key.
pub(super) fn find(bytes: &[u8], add: &mut dyn FnMut(usize, usize, &'static str)) {
    let reach = |at: usize| {
        let end = bytes.len().min(at.saturating_add(ENCODING_BYTES_MAX));
        bytes.get(at..end).unwrap_or_default()
    };
    for at in memchr::memmem::find_iter(bytes, b"-----BEGIN ") {
        if is_private_armour(reach(at)) {
            let end = memchr::memmem::find(reach(at), b"-----END ");
            add(at, end.unwrap_or(BODY_MIN), "private key in PEM");
        }
    }
    for at in memchr::memmem::find_iter(bytes, b"openssh-key-v1\0") {
        if holds_private(reach(at)) {
            add(at, BODY_MIN, "private key in OpenSSH's encoding");
        }
    }
    // PKCS#1, SEC 1 and PKCS#8 begin with a SEQUENCE whose first element is the INTEGER 0 or 1.
    for at in memchr::memmem::find_iter(bytes, &[0x02, 0x01, 0x00])
        .chain(memchr::memmem::find_iter(bytes, &[0x02, 0x01, 0x01]))
    {
        for header in 2..=4 {
            let start = at.wrapping_sub(header);
            let long = match (header, reach(start)) {
                (2, [0x30, length @ 0x20..=0x7f, ..]) => usize::from(*length),
                (3, [0x30, 0x81, length, ..]) => usize::from(*length),
                (4, [0x30, 0x82, high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
                _ => continue,
            };
            if holds_private(reach(start)) {
                add(start, header + long, "private key in DER");
            }
        }
    }
}

/// True for an armour of a private key, not encrypted, with a body.
fn is_private_armour(rest: &[u8]) -> bool {
    let label = rest.get(11..).unwrap_or_default();
    let Some(end) = memchr::memmem::find(label.get(..64).unwrap_or(label), b"-----") else { return false };
    let (label, body) = label.split_at(end);
    let body = body.get(5..).unwrap_or_default();
    let is_body =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\r' | b'\n');
    let body = body.iter().take_while(is_body).filter(|byte| !byte.is_ascii_whitespace()).count();
    label.ends_with(b"PRIVATE KEY") && !label.starts_with(b"ENCRYPTED") && body >= BODY_MIN
}

/// True if the encoding parses and its first private value looks like one: at least 16 bytes, not text (the
/// fill of a value that was removed is text), not all the same.
fn holds_private(encoding: &[u8]) -> bool {
    let values = private_values(encoding).unwrap_or_default();
    values.first().is_some_and(|value| {
        let text = value.iter().all(|byte| (0x20..0x7f).contains(byte));
        (16..=4096).contains(&value.len()) && !text && value.iter().any(|byte| Some(byte) != value.first())
    })
}
