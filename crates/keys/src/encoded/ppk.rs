//! PuTTY's private keys, versions 2 and 3: the base64 lines behind `Private-Lines`.

use super::base64::Digits;
use super::build;
use super::limits::MAX_BODY;
use crate::material::{Hit, Kind};

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
    out.push(build::hit(digits.whole(), "ppk", build::bytes(kind, "key", &bytes, "ppk")));
    digits.end
}
