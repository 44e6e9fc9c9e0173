//! Text forms: hex, base64, decimal, and what escaping makes of a text.

use super::Maker;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;
use std::fmt::Write;

/// Longest value that is also looked for in base64 of base64 (a token inside
/// an encoded header inside an encoded document).
const DOUBLE_BYTES_MAX: usize = 1024;

/// Hex in both cases and with the usual separators, base64 at its three
/// alignments in both alphabets, and base64 of that again for short values.
pub(super) fn of_bytes(prefix: &str, value: &[u8], maker: &mut Maker) {
    let lower = hex(value, false);
    let upper = hex(value, true);
    for (name, digits) in [("hex", &lower), ("HEX", &upper)] {
        maker.add_text(&format!("{prefix}{name}"), digits.clone(), (2, 1), true);
        for separator in [":", " ", "-", ", 0x", "\\x"] {
            let mut spread = Vec::with_capacity(value.len() * 6);
            for (index, pair) in digits.chunks(2).enumerate() {
                if index > 0 {
                    spread.extend_from_slice(separator.as_bytes());
                }
                spread.extend_from_slice(pair);
            }
            let step = 2 + separator.len();
            maker.add(format!("{prefix}{name} '{separator}'"), spread, (step, 1), false);
        }
    }
    for phase in 0..3 {
        let inner = base64_at(value, phase);
        let url = url_safe(&inner);
        if value.len() <= DOUBLE_BYTES_MAX {
            for outer in 0..3 {
                let name = format!("{prefix}base64+{outer} of base64+{phase}");
                maker.add(name, base64_at(&inner, outer), (16, 9), true);
            }
        }
        // Eight characters count, though they say only six bytes: a judge that compares the text itself does so.
        maker.add_text(&format!("{prefix}base64+{phase}"), inner, (1, 1), true);
        maker.add_text(&format!("{prefix}base64url+{phase}"), url, (1, 1), true);
    }
}

/// A text as it is, in both UTF-16 orders, reversed, and escaped for URLs and JSON.
pub(super) fn of_text(value: &[u8], maker: &mut Maker) {
    maker.add_text("text", value.to_vec(), (1, 1), false);
    maker.add("text utf-16be".to_owned(), value.iter().flat_map(|b| [0, *b]).collect(), (2, 1), false);
    maker.add("text reversed".to_owned(), value.iter().rev().copied().collect(), (1, 1), false);
    for upper in [true, false] {
        let escaped = percent(value, upper);
        let ratio = (escaped.len(), value.len());
        maker.add("url-encoded".to_owned(), escaped, ratio, false);
    }
    if let Ok(text) = std::str::from_utf8(value)
        && let Ok(quoted) = serde_json::to_string(text)
    {
        let inner = quoted.trim_matches('"').as_bytes().to_vec();
        let slashed = quoted.trim_matches('"').replace('/', "\\/").into_bytes();
        for escaped in [inner, slashed] {
            let ratio = (escaped.len(), value.len());
            maker.add("json-escaped".to_owned(), escaped, ratio, false);
        }
    }
}

/// The number in decimal digits, read in both byte orders.
pub(super) fn decimal(big_endian: &[u8], maker: &mut Maker) {
    for (name, number) in [
        ("decimal", BigUint::from_bytes_be(big_endian)),
        ("decimal of le", BigUint::from_bytes_le(big_endian)),
    ] {
        // Sixteen digits, as of hexadecimal: Java keeps a number that it writes down in strings of eighteen.
        maker.add_text(name, number.to_string().into_bytes(), (2, 1), true);
    }
}

/// The bytes one by one in decimal, as languages print arrays: `[243 34 126]` of Go, `[-13, 34, 126]` of Java, `[243, 34, 126]` of
/// Python, Rust and JavaScript, `243,34,126` where an array is joined.
pub(super) fn lists(value: &[u8], maker: &mut Maker) {
    if !(LIST_BYTES_MIN..=LIST_BYTES_MAX).contains(&value.len()) {
        return;
    }
    let joined = |numbers: &mut dyn Iterator<Item = String>, between| {
        numbers.collect::<Vec<_>>().join(between).into_bytes()
    };
    for (name, between) in
        [("list by spaces", " "), ("list by commas and spaces", ", "), ("list by commas", ",")]
    {
        let text = joined(&mut value.iter().map(u8::to_string), between);
        let ratio = (text.len(), value.len());
        maker.add_text(name, text, ratio, false);
    }
    let text = joined(&mut value.iter().map(|byte| byte.cast_signed().to_string()), ", ");
    let ratio = (text.len(), value.len());
    maker.add_text("list of signed bytes", text, ratio, false);
}

/// Least and greatest length in bytes of what is looked for as a list: a key of AES, and the numbers of RSA of 8192 bits.
const LIST_BYTES_MIN: usize = 16;
const LIST_BYTES_MAX: usize = 1024;

fn hex(value: &[u8], upper: bool) -> Vec<u8> {
    let mut text = String::with_capacity(value.len() * 2);
    for byte in value {
        let done = if upper { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
        done.expect("writing to a String cannot fail");
    }
    text.into_bytes()
}

/// The base64 characters that depend on `value` alone when `phase` bytes of
/// something else stand before it.
fn base64_at(value: &[u8], phase: usize) -> Vec<u8> {
    let mut padded = vec![0; phase];
    padded.extend_from_slice(value);
    let whole = STANDARD.encode(&padded).into_bytes();
    // One foreign byte spoils two characters, two spoil three (RFC 4648, section 4).
    let head = [0, 2, 3].get(phase).copied().unwrap_or(0);
    let tail = match padded.len() % 3 {
        1 => 3,
        2 => 2,
        _ => 0,
    };
    let end = whole.len().saturating_sub(tail);
    whole.get(head.min(end)..end).unwrap_or_default().to_vec()
}

fn url_safe(standard: &[u8]) -> Vec<u8> {
    let swap = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        other => *other,
    };
    standard.iter().map(swap).collect()
}

/// Percent-encoding that leaves the unreserved characters of RFC 3986, section 2.3.
fn percent(value: &[u8], upper: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 3);
    for byte in value {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend(hex(&[*byte], upper));
        }
    }
    out
}
