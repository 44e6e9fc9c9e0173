//! JSON Web Tokens: RFC 7519 over JWS (RFC 7515, three parts) or JWE (RFC 7516, five).

use super::limits::{JWT_BYTES_MAX, JWT_DECODES_PER_RUN_MAX, JWT_HEADER_BYTES_MAX};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// What was seen of the run of base64url characters that is being read, so
/// that `eyJ` repeated without end costs no more than its length.
#[derive(Debug, Default)]
pub(super) struct Run {
    end: usize,
    decodes: u32,
}

/// A token and the part of it that is secret: everything behind its header.
pub(super) struct Jwt {
    pub(super) whole: Range<usize>,
    pub(super) secret: Range<usize>,
}

/// Reads the token that starts at `start`. One that is cut off by the end of
/// the text counts from 16 characters behind the header on.
pub(super) fn read(text: &[u8], start: usize, run: &mut Run) -> Option<Jwt> {
    if start >= run.end {
        *run = Run { end: part_end(text, start), decodes: 0 };
    }
    let header = start..run.end;
    if text.get(run.end) != Some(&b'.')
        || header.len() > JWT_HEADER_BYTES_MAX
        || run.decodes >= JWT_DECODES_PER_RUN_MAX
    {
        return None;
    }
    run.decodes += 1;
    if !is_header(text.get(header.clone())?) {
        return None;
    }
    let secret = header.end + 1;
    let mut end = part_end(text, secret);
    for _ in 1..MORE_PARTS_MAX {
        if text.get(end) != Some(&b'.') {
            break;
        }
        end = part_end(text, end + 1);
    }
    // A full stop at the end of a sentence is not of the token.
    let end = if text.get(end.checked_sub(1)?) == Some(&b'.') && end - secret > 1 { end - 1 } else { end };
    (end.saturating_sub(secret) >= SECRET_BYTES_MIN).then_some(Jwt { whole: start..end, secret: secret..end })
}

/// True if the base64url text is a JOSE header: a JSON object with `alg` (RFC 7515, 4.1.1).
pub(super) fn is_header(text: &[u8]) -> bool {
    let Ok(json) = TOLERANT.decode(text) else { return false };
    let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_slice(&json);
    object.is_ok_and(|map| map.get("alg").is_some_and(serde_json::Value::is_string))
}

/// base64url that forgives padding and stray low bits: what runs through programs is not always canonical.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn part_end(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let wanted = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=');
    start + rest.iter().take(JWT_BYTES_MAX).position(|b| !wanted(b)).unwrap_or(rest.len().min(JWT_BYTES_MAX))
}

const MORE_PARTS_MAX: usize = 4;
const SECRET_BYTES_MIN: usize = 16;
