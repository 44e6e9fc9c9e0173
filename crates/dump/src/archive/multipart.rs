//! Bodies of multipart/form-data (RFC 7578, RFC 2046 section 5.1), as Breakpad and Crashpad upload a crash: the boundary
//! is what stands in the first line.

use super::fields::{bytes, name};
use super::limits::PART_HEADER_BYTES_MAX;
use super::member::{Content, Entry, Member};
use crate::cursor::to_u64;
use crate::read::ReadAt;
use std::io;

/// Longest boundary (RFC 2046, section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// What ends a line.
const BREAK: &[u8] = b"\r\n";

/// What ends the fields of a part.
const BLANK: &[u8] = b"\r\n\r\n";

/// Bytes searched at once for the next delimiter.
const SEARCH_BYTES: u64 = 256 << 10;

/// The delimiter that a body begins with, if one begins so: two hyphens and the boundary, and a field of a part behind it.
fn delimiter(head: &[u8]) -> Option<&[u8]> {
    // Nearly every file is told by its first byte.
    if !head.starts_with(b"--") {
        return None;
    }
    let end = find(head, BREAK)?;
    let (line, rest) = head.split_at_checked(end)?;
    let boundary = line.strip_prefix(b"--")?;
    // `bchars` of RFC 2046.
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(byte);
    let is_boundary = (1..=BOUNDARY_BYTES_MAX).contains(&boundary.len()) && boundary.iter().all(fits);
    let field = rest.get(BREAK.len()..)?;
    let is_field = field.get(..FIELD.len()).is_some_and(|start| start.eq_ignore_ascii_case(FIELD));
    (is_boundary && is_field).then_some(line)
}

/// How every field of a part begins.
const FIELD: &[u8] = b"content-";

pub(super) fn is_multipart(head: &[u8]) -> bool {
    delimiter(head).is_some()
}

/// A walk through the parts of a body.
pub(super) struct Multipart<'a> {
    source: &'a dyn ReadAt,
    /// A line break and the delimiter.
    delimiter: Vec<u8>,
    at: Option<u64>,
}

impl<'a> Multipart<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self { source, delimiter: Vec::new(), at: Some(0) }
    }

    fn step(&mut self, mut at: u64) -> io::Result<Option<Entry>> {
        let length = self.source.length();
        let damaged = |at: u64, why: &str| {
            Ok(Some(Entry::damaged(at..length, format!("multipart body, offset {at:#x}: {why}"))))
        };
        if self.delimiter.is_empty() {
            let head = self.head(0)?;
            let Some(line) = delimiter(&head) else { return damaged(0, "there is no boundary") };
            self.delimiter = [BREAK, line].concat();
            at = to_u64(self.delimiter.len());
        }
        let head = self.head(at)?;
        let Some(blank) = find(&head, BLANK) else { return damaged(at, "the fields of a part do not end") };
        let fields = head.get(..blank).unwrap_or_default();
        let start = at.saturating_add(to_u64(blank.saturating_add(BLANK.len())));
        let Some((end, is_last)) = self.next_delimiter(start.saturating_sub(to_u64(BREAK.len())))? else {
            return damaged(start.min(length), "a part does not end");
        };
        let range = start..end.max(start);
        let behind = end.saturating_add(to_u64(self.delimiter.len()).saturating_add(to_u64(BREAK.len())));
        self.at = (!is_last).then_some(behind);
        let label = label(fields);
        if let Some(how) = packing(fields) {
            let why = format!("member {label} is packed in a way that is not opened ({how})");
            return Ok(Some(Entry::hidden(range, why)));
        }
        Ok(Some(Entry::Member(Member { name: label, content: Content::one(&range), range })))
    }

    /// As much as the fields of a part may take.
    fn head(&self, at: u64) -> io::Result<Vec<u8>> {
        let end = at.saturating_add(PART_HEADER_BYTES_MAX).min(self.source.length());
        Ok(bytes(self.source, &(at.min(end)..end), PART_HEADER_BYTES_MAX)?.unwrap_or_default())
    }

    /// Where the next delimiter begins, from its line break on, and whether it is the last one.
    fn next_delimiter(&self, mut at: u64) -> io::Result<Option<(u64, bool)>> {
        let length = self.source.length();
        let whole = to_u64(self.delimiter.len()).saturating_add(2);
        while at < length {
            let end = at.saturating_add(SEARCH_BYTES).saturating_add(whole).min(length);
            let part =
                bytes(self.source, &(at..end), SEARCH_BYTES.saturating_add(whole))?.unwrap_or_default();
            let mut from = 0;
            while let Some(found) = part.get(from..).and_then(|rest| find(rest, &self.delimiter)) {
                let place = from.saturating_add(found);
                let behind = part.get(place.saturating_add(self.delimiter.len())..).unwrap_or_default();
                match behind.get(..2) {
                    Some(b"--") => return Ok(Some((at.saturating_add(to_u64(place)), true))),
                    Some(BREAK) => return Ok(Some((at.saturating_add(to_u64(place)), false))),
                    _ => from = place.saturating_add(1),
                }
            }
            if end == length {
                break;
            }
            at = end.saturating_sub(whole);
        }
        Ok(None)
    }
}

impl Iterator for Multipart<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at.take()?;
        self.step(at).transpose()
    }
}

/// What a part is called: the name of the field, and that of the file if it has one.
fn label(fields: &[u8]) -> String {
    let disposition = field(fields, b"content-disposition").unwrap_or_default();
    let of = |parameter: &[u8]| {
        let start = find(disposition, parameter)?.checked_add(parameter.len())?;
        let rest = disposition.get(start..)?;
        rest.split(|byte| *byte == b'"').next().filter(|value| !value.is_empty())
    };
    match (of(b" name=\""), of(b" filename=\"")) {
        (Some(field), Some(file)) => format!("{}/{}", name(field), name(file)),
        (Some(one), None) | (None, Some(one)) => name(one),
        (None, None) => "(part without a name)".to_owned(),
    }
}

/// How the bytes of a part are packed, unless they stand there as they are.
fn packing(fields: &[u8]) -> Option<String> {
    let plain: [&[u8]; 4] = [b"binary", b"8bit", b"7bit", b"identity"];
    let packed = |wanted: &[u8]| {
        let value = field(fields, wanted)?.trim_ascii();
        (!plain.iter().any(|one| value.eq_ignore_ascii_case(one))).then(|| name(value))
    };
    packed(b"content-transfer-encoding").or_else(|| packed(b"content-encoding"))
}

/// The value of a field.
fn field<'a>(fields: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    let mut lines = fields.split(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (key, value) = line.split_at_checked(colon)?;
        key.eq_ignore_ascii_case(wanted).then(|| value.get(1..).unwrap_or_default())
    })
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// The parts of a small body, for tests.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::cursor::to_usize;

    fn entries(body: &[u8]) -> Vec<Entry> {
        let body = body.to_vec();
        Multipart::new(&body).map(Result::unwrap).collect()
    }

    #[test]
    fn parts_are_members_and_own_their_bytes() {
        let head = "Content-Disposition: form-data; name=\"dump\"; filename=\"a.dmp\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        let mut body = format!(
            "--XyZ\r\nContent-Disposition: form-data; name=\"prod\"\r\n\r\nmy app\r\n--XyZ\r\n{head}"
        );
        let start = body.len();
        // A delimiter is one only at the start of a line, and only if nothing else follows.
        body.push_str("MDMP --XyZ\r\n--XyZa");
        let end = body.len();
        body.push_str("\r\n--XyZ--\r\n");
        assert!(is_multipart(body.as_bytes()));
        let found: Vec<_> = entries(body.as_bytes())
            .into_iter()
            .map(|entry| match entry {
                Entry::Member(member) => {
                    (member.name, to_usize(member.range.start)..to_usize(member.range.end))
                }
                Entry::Fault(fault) => panic!("{fault:?}"),
            })
            .collect();
        assert_eq!(found[1], ("dump/a.dmp".to_owned(), start..end));
        assert_eq!(found[0].0, "prod");
        assert_eq!(&body[found[0].1.clone()], "my app");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn what_is_cut_off_or_encoded_is_told() {
        let why = |body: &str| match entries(body.as_bytes()).pop() {
            Some(Entry::Fault(fault)) => fault.why,
            other => panic!("{other:?}"),
        };
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n";
        assert!(why(&format!("{part}\r\ntext without end")).contains("does not end"));
        assert!(why(part).contains("fields of a part"));
        let packed = why(&format!("{part}Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"));
        assert!(packed.contains("member a is packed") && packed.contains("base64"), "{packed}");
        assert!(!is_multipart(b"--b\r\nsome text\r\n") && !is_multipart(b"--\r\nContent-Type: a\r\n"));
    }
}
