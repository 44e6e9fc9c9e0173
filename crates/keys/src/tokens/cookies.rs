//! Cookies: `name=value` pairs of `Cookie` and `Set-Cookie` headers (RFC 6265).

use super::limits::COOKIES_MAX;
use super::name::claim;
use super::surprise::{half_bits, looks_random};
use super::value::digit_or_shuffled;
use std::ops::Range;

/// Ranges of the values in `header` (a part of `text`) that must go: values of
/// at least 8 characters that look random, and values of at least 6 characters
/// under a name that says secret. `lang=en`, `theme=dark`, `seen=1` stay. For
/// `Set-Cookie` only the first pair is a cookie, the others are attributes.
pub(super) fn values(text: &[u8], header: Range<usize>, set: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = header.start;
    let pairs = text.get(header).unwrap_or_default().split(|&b| b == b';');
    for pair in pairs.take(if set { 1 } else { COOKIES_MAX }) {
        if let Some(equals) = memchr::memchr(b'=', pair) {
            let name = pair.get(..equals).unwrap_or_default().trim_ascii();
            let value = pair.get(equals + 1..).unwrap_or_default();
            let start = at + equals + 1 + value.iter().take_while(|b| matches!(b, b'"' | b' ')).count();
            let value = value.trim_ascii_start();
            let value = value.strip_prefix(b"\"").unwrap_or(value);
            // A cookie's value holds no space, quote or backslash (RFC 6265, 4.1.1).
            let length = value
                .iter()
                .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\\'))
                .unwrap_or(value.len());
            let value = value.get(..length).unwrap_or_default();
            if secret(name, value) {
                found.push(start..start + value.len());
            }
        }
        at += pair.len() + 1;
    }
    found
}

fn secret(name: &[u8], value: &[u8]) -> bool {
    let random = value.len() >= 8 && looks_random(value);
    // Cookies pack values with joints (`s:id.signature`): the average is lower, the sum is not.
    let long = value.len() >= 24 && half_bits(value) >= 160;
    random || long || (value.len() >= 6 && claim(name).is_some() && digit_or_shuffled(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, set: bool, expected: &[&str]) {
        let found: Vec<&str> =
            values(header.as_bytes(), 0..header.len(), set).into_iter().map(|range| &header[range]).collect();
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn session_values_go_and_trivial_ones_stay() {
        check("lang=en; sid=kq8Zp2XwR4tYz7Lm; theme=dark", false, &["kq8Zp2XwR4tYz7Lm"]);
        check("a=\"kq8Zp2XwR4tYz7Lm\"; Path=/", true, &["kq8Zp2XwR4tYz7Lm"]);
        check("session=abc123; seen=1", false, &["abc123"]);
        check("lang=en; Expires=Wed, 21 Oct 2026 07:28:00 GMT", true, &[]);
        check("", false, &[]);
    }
}
