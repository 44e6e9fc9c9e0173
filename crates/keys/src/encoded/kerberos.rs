//! Kerberos: keys of services in keytabs, session keys in credential caches. Formats of MIT Kerberos, "keytab file
//! format" and "credential cache file format", versions 5.2 and 5.4.

use super::build;
use crate::material::{Hit, Kind, Material};
use std::ops::Range;

/// A keytab of version 5.2 and the upper half of its first entry's length; a cache of version 5.4 with the only header
/// that was ever written, and without.
pub(super) const MAGICS: [&[u8]; 2] = [b"\x05\x02\x00\x00\x00", b"\x05\x04\x00\x0c\x00\x01\x00\x08"];

/// Entries that are read of one file.
const ENTRIES_MAX: usize = 1024;

/// Lengths of keys in bytes with the encryption types that have them (IANA, "Kerberos Encryption Type Numbers").
const KEYS: [(u16, usize); 10] =
    [(1, 8), (3, 8), (16, 24), (17, 16), (18, 32), (19, 16), (20, 32), (23, 16), (25, 16), (26, 32)];

/// Longest text of a principal, address, ticket.
const TEXT_BYTES_MAX: usize = 1024;
/// See [`TEXT_BYTES_MAX`].
const TICKET_BYTES_MAX: usize = 1 << 16;

/// Appends the keys of the file that begins at `at`; gives where the last one ends.
pub(super) fn at_magic(window: &[u8], at: usize, out: &mut Vec<Hit>) -> usize {
    let first = out.len();
    if window.get(at + 1) == Some(&2) {
        let mut next = at + 2;
        for _ in 0..ENTRIES_MAX {
            let Some(end) = entry(window, next, out) else { break };
            next = end;
        }
    } else {
        let mut fields = Fields { window, at: at + MAGICS[1].len() + 8 };
        if principal(&mut fields).is_some() {
            for _ in 0..ENTRIES_MAX {
                if credential(&mut fields, out).is_none() {
                    break;
                }
            }
        }
    }
    out.get(first..).unwrap_or_default().last().map_or(at + 1, |hit| hit.range.end)
}

struct Fields<'a> {
    window: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let bytes = self.window.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn short(&mut self) -> Option<usize> {
        let bytes = self.take(2)?.first_chunk()?;
        Some(usize::from(u16::from_be_bytes(*bytes)))
    }

    fn long(&mut self) -> Option<usize> {
        let bytes = self.take(4)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*bytes)).ok()
    }

    fn text(&mut self, length: usize) -> Option<&'a [u8]> {
        self.take(length).filter(|text| text.len() <= TEXT_BYTES_MAX && text.iter().all(u8::is_ascii_graphic))
    }
}

/// The encryption type, then the key behind its length, which must be that of the type.
fn key(kind: usize, length: usize, fields: &mut Fields<'_>) -> Option<Range<usize>> {
    let is_known = KEYS.iter().any(|(known, bytes)| usize::from(*known) == kind && *bytes == length);
    let start = fields.at;
    let key = fields.take(length)?;
    (is_known && key.iter().any(|byte| *byte != 0)).then_some(start..start + length)
}

/// One entry of a keytab; gives where it ends. A deleted one has a negative length.
fn entry(window: &[u8], at: usize, out: &mut Vec<Hit>) -> Option<usize> {
    let mut fields = Fields { window, at };
    let length = i32::from_be_bytes(*fields.take(4)?.first_chunk()?);
    let end = fields.at.checked_add(usize::try_from(length.unsigned_abs()).ok()?)?;
    if length < 0 {
        return (length > -4096).then_some(end);
    }
    if !(20..=4096).contains(&length) {
        return None;
    }
    let count = fields.short().filter(|count| (1..=8).contains(count))?;
    let mut names = Vec::new();
    for _ in 0..=count {
        let length = fields.short()?;
        names.push(fields.text(length)?);
    }
    // Type of the name, time, version of the key.
    fields.take(9)?;
    let (kind, length) = (fields.short()?, fields.short()?);
    let range = key(kind, length, &mut fields)?;
    if fields.at > end {
        return None;
    }
    let (realm, components) = names.split_first()?;
    let name = format!("{}@{}", texts(components, "/"), texts(&[realm], ""));
    out.push(hit(window, range, kind, &name, "keytab"));
    Some(end)
}

fn texts(parts: &[&[u8]], separator: &str) -> String {
    let parts: Vec<_> = parts.iter().map(|part| String::from_utf8_lossy(part)).collect();
    parts.join(separator)
}

fn hit(window: &[u8], range: Range<usize>, kind: usize, name: &str, form: &'static str) -> Hit {
    let value = window.get(range.clone()).unwrap_or_default();
    // A key of AES has schedules wherever it is used.
    let aes = matches!(kind, 17..=20).then(|| crate::aes::material_for_key(value)).flatten();
    let mut material = build::bytes(Kind::SymmetricKey, "key", value, form);
    let derived = aes.into_iter().flat_map(|aes: Material| aes.components);
    material.components.extend(derived.filter(|one| one.role == crate::Role::Derived));
    build::push_id(&mut material, "principal", name);
    build::push_id(&mut material, "encryption-type", &kind.to_string());
    Hit { range, component: "key", form, material }
}

/// Name of a user or service in a cache.
fn principal(fields: &mut Fields<'_>) -> Option<String> {
    fields.take(4)?;
    let count = fields.long().filter(|count| *count <= 8)?;
    let mut names = Vec::new();
    for _ in 0..=count {
        let length = fields.long()?;
        names.push(fields.text(length)?);
    }
    let (realm, components) = names.split_first()?;
    Some(format!("{}@{}", texts(components, "/"), texts(&[realm], "")))
}

fn credential(fields: &mut Fields<'_>, out: &mut Vec<Hit>) -> Option<()> {
    principal(fields)?;
    let server = principal(fields)?;
    let (kind, length) = (fields.short()?, fields.long()?);
    let configuration = kind == 0 && length == 0;
    let range = if configuration { None } else { Some(key(kind, length, fields)?) };
    // Four times, whether it is a session key of another ticket, flags.
    fields.take(16 + 1 + 4)?;
    for _ in 0..2 {
        let count = fields.long().filter(|count| *count <= 64)?;
        for _ in 0..count {
            fields.take(2)?;
            let length = fields.long().filter(|length| *length <= TICKET_BYTES_MAX)?;
            fields.take(length)?;
        }
    }
    for _ in 0..2 {
        let length = fields.long().filter(|length| *length <= TICKET_BYTES_MAX)?;
        fields.take(length)?;
    }
    out.extend(range.map(|range| hit(fields.window, range, kind, &server, "ccache")));
    Some(())
}
