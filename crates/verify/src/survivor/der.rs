//! The private numbers of a key in DER (ITU-T X.690), whole or cut off.

use crate::limits::DER_DEPTH_MAX;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Longest public exponent that tells RSA (version, n, e, d, ...) from DSA (version, p, q, g, y, x).
const EXPONENT_BYTES_MAX: usize = 8;

/// One element; its content ends where the bytes end, if they end early.
#[derive(Clone, Copy, Debug)]
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: bool,
}

/// Splits off the first element.
fn element(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let whole = length <= rest.len();
    let (content, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    Some((Element { tag, content, whole }, rest))
}

fn elements(mut bytes: &[u8]) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    while let Some((one, rest)) = element(bytes) {
        found.push(one);
        bytes = rest;
    }
    found
}

/// A number without its leading zeros.
fn number(content: &[u8]) -> Vec<u8> {
    content.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The private numbers of the private key that `bytes` begin with: PKCS#1 (RFC 8017, appendix A.1.2), DSA
/// as OpenSSL writes it, SEC 1 (RFC 5915), PKCS#8 (RFC 5958). Empty for an encrypted key, none for what is
/// none of these.
pub(super) fn private_numbers(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    key(bytes, 0)
}

fn key(bytes: &[u8], depth: usize) -> Option<Vec<Vec<u8>>> {
    let (outer, _) = element(bytes)?;
    if outer.tag != SEQUENCE || depth > DER_DEPTH_MAX {
        return None;
    }
    let parts = elements(outer.content);
    let tags: Vec<u8> = parts.iter().map(|part| part.tag).collect();
    match (tags.as_slice(), parts.as_slice()) {
        ([INTEGER, INTEGER, INTEGER, ..], [_, _, exponent, private @ ..]) => {
            if exponent.content.len() <= EXPONENT_BYTES_MAX {
                // Further primes stand in a SEQUENCE of SEQUENCEs of INTEGERs.
                let mut numbers = Vec::new();
                integers(private, depth, &mut numbers);
                Some(numbers)
            } else {
                Some(parts.get(5).map(|x| number(x.content)).into_iter().collect())
            }
        }
        ([INTEGER, OCTET_STRING, ..], [_, private, ..]) => Some(vec![private.content.to_vec()]),
        ([INTEGER, SEQUENCE, OCTET_STRING, ..], [_, _, private, ..]) => Some(wrapped(private.content, depth)),
        // EncryptedPrivateKeyInfo: an algorithm and what it encrypted.
        ([SEQUENCE, OCTET_STRING], [algorithm, _]) => {
            let (first, _) = element(algorithm.content)?;
            (first.tag == OBJECT_IDENTIFIER).then(Vec::new)
        }
        _ => None,
    }
}

fn integers(parts: &[Element<'_>], depth: usize, numbers: &mut Vec<Vec<u8>>) {
    for part in parts {
        match part.tag {
            INTEGER => numbers.push(number(part.content)),
            SEQUENCE if depth < DER_DEPTH_MAX => integers(&elements(part.content), depth + 1, numbers),
            _ => {}
        }
    }
}

/// What PKCS#8 wraps: a key of its own structure, a string (RFC 8410), a number (DSA, DH), or bytes.
fn wrapped(content: &[u8], depth: usize) -> Vec<Vec<u8>> {
    if let Some(numbers) = key(content, depth + 1) {
        return numbers;
    }
    match element(content) {
        Some((Element { tag: OCTET_STRING, content, .. }, [])) => vec![content.to_vec()],
        Some((Element { tag: INTEGER, content, .. }, [])) => vec![number(content)],
        _ => vec![content.to_vec()],
    }
}

/// The private numbers in the end of a PKCS#1 key whose beginning is lost: up to six INTEGERs (d, p, q, dp,
/// dq, qinv) that end where the bytes end.
pub(super) fn last_numbers(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    /// Longest RSA key that is looked at from its end: 16384 bits.
    const TAIL_BYTES_MAX: usize = 10 << 10;
    let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES_MAX)..)?;
    (0..tail.len()).find_map(|start| {
        let numbers = exact_integers(tail.get(start..)?)?;
        (1..=6).contains(&numbers.len()).then_some(numbers)
    })
}

fn exact_integers(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        let (one, rest) = element(bytes)?;
        if one.tag != INTEGER || one.content.len() < 32 || !one.whole || numbers.len() == 6 {
            return None;
        }
        numbers.push(number(one.content));
        bytes = rest;
    }
    Some(numbers)
}
