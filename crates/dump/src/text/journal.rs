//! Journals as `journalctl -o export` writes them ("Journal Export Format", systemd.io): a field is a line `NAME=value`, or
//! the line `NAME`, the length of its value in eight bytes, least significant first, the value and a line feed. An empty
//! line ends an entry.

use super::buffer::Buffer;
use super::regions::Region;
use crate::cursor::to_u64;
use crate::error::Error;
use std::ops::Range;

/// Bytes of the length of a value.
const LENGTH_BYTES: u64 = 8;

/// Bytes of a value that are looked at to tell whether it is text.
const LOOKED_AT_BYTES: u64 = 1 << 20;

/// Longest name of a field (`journal_field_valid` in systemd's `journal-file.c`).
const NAME_BYTES_MAX: usize = 64;

/// Shows the value of every field.
///
/// # Errors
/// If the file ends within a field, if a line is no field, or if the medium fails.
pub(super) fn walk(
    buffer: &mut Buffer<'_>,
    show: &mut dyn FnMut(&mut Buffer<'_>, Region) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut at = 0;
    while let Some((line, next)) = buffer.line(at)? {
        if line.is_empty() {
            at = next;
            continue;
        }
        let name = line.iter().position(|byte| *byte == b'=').unwrap_or(line.len());
        let field = line.get(..name).unwrap_or_default().to_vec();
        if !is_name(&field) {
            return Err(Error::Impossible {
                format: buffer.format(),
                structure: "field".to_owned(),
                offset: at,
                problem: "a line is not the name of a field; --as text takes it for text without a structure"
                    .to_owned(),
            });
        }
        let behind = at.saturating_add(to_u64(name)).saturating_add(1);
        let (region, end) = if name < line.len() {
            let end = line_end(buffer, behind)?.ok_or_else(|| truncated(buffer, at))?;
            (Region::Lines { range: behind..end, field: Some(field) }, end)
        } else {
            let range = value(buffer, behind)?.ok_or_else(|| truncated(buffer, at))?;
            let end = range.end;
            let region = if is_text(buffer, &range)? {
                Region::Lines { range, field: Some(field) }
            } else {
                Region::Binary { range, field }
            };
            (region, end)
        };
        show(buffer, region)?;
        at = end.saturating_add(1);
    }
    Ok(())
}

fn is_name(name: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.iter().all(fits)
}

/// Where the line feed stands that ends a line; none if the file ends before.
fn line_end(buffer: &mut Buffer<'_>, mut at: u64) -> Result<Option<u64>, Error> {
    loop {
        let held = buffer.ahead(at)?;
        if held.is_empty() {
            return Ok(None);
        }
        if let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            return Ok(Some(at.saturating_add(to_u64(end))));
        }
        at = at.saturating_add(to_u64(held.len()));
    }
}

/// The value whose length stands at `at`; none if the file ends before the line feed behind it.
fn value(buffer: &mut Buffer<'_>, at: u64) -> Result<Option<Range<u64>>, Error> {
    let mut length = [0; 8];
    for (place, byte) in (at..).zip(&mut length) {
        let Some(there) = buffer.byte(place)? else { return Ok(None) };
        *byte = there;
    }
    let length = u64::from_le_bytes(length);
    let start = at.saturating_add(LENGTH_BYTES);
    let Some(end) = start.checked_add(length).filter(|end| *end < buffer.length()) else { return Ok(None) };
    Ok((buffer.byte(end)? == Some(b'\n')).then_some(start..end))
}

/// Whether the beginning of a value is UTF-8 without control characters but those of lines.
fn is_text(buffer: &Buffer<'_>, range: &Range<u64>) -> Result<bool, Error> {
    let end = range.end.min(range.start.saturating_add(LOOKED_AT_BYTES));
    let bytes = buffer.take(&(range.start..end), "field")?;
    let whole = match std::str::from_utf8(&bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && end < range.end,
    };
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x1b);
    Ok(whole && !bytes.iter().any(is_control))
}

fn truncated(buffer: &Buffer<'_>, offset: u64) -> Error {
    Error::Truncated { format: buffer.format(), structure: "field", offset, length: buffer.length() }
}
