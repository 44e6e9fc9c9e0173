//! Fields of headers: bounded reads, and numbers written as text.

use crate::cursor::{to_u64, to_usize};
use crate::read::ReadAt;
use std::io;
use std::ops::Range;

/// The `N` bytes at `at`; `None` if the file ends before.
pub(super) fn block<const N: usize>(source: &dyn ReadAt, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    match at.checked_add(to_u64(N)) {
        Some(end) if end <= source.length() => source.read_exact_at(at, &mut bytes).map(|()| Some(bytes)),
        _ => Ok(None),
    }
}

/// The bytes of a range, if they are there and at most `most`.
pub(super) fn bytes(source: &dyn ReadAt, range: &Range<u64>, most: u64) -> io::Result<Option<Vec<u8>>> {
    let length = range.end.saturating_sub(range.start);
    if range.end > source.length() || length > most {
        return Ok(None);
    }
    let mut out = vec![0; to_usize(length)];
    source.read_exact_at(range.start, &mut out)?;
    Ok(Some(out))
}

/// A number in `radix`, with spaces before it and spaces or zeros behind it; nothing at all is zero.
pub(super) fn number(field: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(|c| c == ' ' || c == '\0');
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, radix).ok() }
}

/// A text up to its first zero.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A name, as far as it is UTF-8.
pub(super) fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
