//! Extended headers: "Pax Interchange Format" of tar(5), and the keywords of GNU tar for sparse files.

use super::super::limits::SPARSE_RUNS_MAX;
use super::Run;

/// What extended headers say of the next member.
#[derive(Debug, Default)]
pub(super) struct Extended {
    /// `path`, or what a GNU header has before it.
    pub(super) name: Option<Vec<u8>>,
    /// `size`.
    pub(super) size: Option<u64>,
    /// `GNU.sparse.realsize` or `GNU.sparse.size`.
    pub(super) real_size: Option<u64>,
    /// The map of formats 0.0 and 0.1.
    pub(super) sparse: Option<Vec<Run>>,
    /// Format 1.0: the map stands before the bytes.
    pub(super) map_is_ahead: bool,
}

impl Extended {
    /// Reads the records of a header; what is damaged among them is passed over.
    pub(super) fn read(&mut self, mut records: &[u8]) {
        let mut offset = None;
        while let Some((record, rest)) = split(records) {
            records = rest;
            let Some(equals) = record.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) = record.split_at_checked(equals).unwrap_or_default();
            let value = value.get(1..).unwrap_or_default();
            match key {
                // The name that GNU tar shows of a sparse member stands under a keyword of its own.
                b"GNU.sparse.name" => self.name = Some(value.to_vec()),
                b"path" if self.name.is_none() => self.name = Some(value.to_vec()),
                b"size" => self.size = number(value),
                b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.real_size = number(value),
                b"GNU.sparse.major" => self.map_is_ahead = number(value) == Some(1),
                b"GNU.sparse.map" => self.sparse = map(value),
                b"GNU.sparse.offset" => offset = number(value),
                b"GNU.sparse.numbytes" => {
                    let runs = self.sparse.get_or_insert_default();
                    if let (Some(offset), Some(length)) = (offset.take(), number(value)) {
                        runs.push((offset, length));
                    }
                }
                _ => {}
            }
        }
    }
}

/// The first record, without its length and line feed, and what follows it.
fn split(records: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = records.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(number(records.get(..space)?)?).ok()?;
    let record = records.get(space.checked_add(1)?..length.checked_sub(1)?)?;
    Some((record, records.get(length..)?))
}

/// A decimal number.
pub(super) fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Pairs of offset and length, with commas between all of them.
fn map(value: &[u8]) -> Option<Vec<Run>> {
    let mut numbers = value.split(|byte| *byte == b',').map(number);
    let mut runs = Vec::new();
    while let Some(offset) = numbers.next() {
        if runs.len() >= SPARSE_RUNS_MAX {
            return None;
        }
        runs.push((offset?, numbers.next()??));
    }
    Some(runs)
}
