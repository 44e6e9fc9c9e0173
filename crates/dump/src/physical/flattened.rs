//! makedumpfile's flattened format (`makedumpfile.h`: `makedumpfile_header`, `makedumpfile_data_header`): what would have been
//! written at any offset of a file, as records for a pipe. Its numbers are big-endian. QEMU writes kdump so.

use crate::container::Error;
use crate::cursor::{array_at, to_u64, to_usize};
use crate::limits::{FILE_END_MAX, FLATTENED_RECORDS_MAX};
use crate::read::ReadAt;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// `MAKEDUMPFILE_SIGNATURE` in its 16 bytes.
pub(super) const MAGIC: [u8; 16] = *b"makedumpfile\0\0\0\0";

/// How errors name this format.
const FORMAT: &str = "flattened dump";

/// `MAX_SIZE_MDF_HEADER`: where the first record stands.
const HEADER_BYTES: u64 = 4096;

/// `TYPE_FLAT_HEADER` and `VERSION_FLAT_HEADER`.
const TYPE_AND_VERSION: [u64; 2] = [1, 1];

/// Bytes of `makedumpfile_data_header`: offset and length.
const RECORD_BYTES: u64 = 16;

/// Both fields of the last record: `END_FLAG_FLAT_HEADER`.
const END: u64 = u64::MAX;

/// The file that the records make up. What no record writes is zeros.
pub(super) struct Flattened {
    packed: Arc<dyn ReadAt>,
    /// Start in the plain file: end there, and where the bytes stand in the packed one.
    parts: BTreeMap<u64, (u64, u64)>,
    length: u64,
}

impl Flattened {
    /// Reads the records. `None` if the header is of no known version.
    ///
    /// # Errors
    /// If the medium fails, the file ends before its last record, or a record says what cannot be.
    pub(super) fn read(packed: Arc<dyn ReadAt>) -> io::Result<Option<Self>> {
        let [kind, version] = pair(&*packed, to_u64(MAGIC.len()))?;
        if [kind, version] != TYPE_AND_VERSION {
            return Ok(None);
        }
        let mut whole = Self { packed, parts: BTreeMap::new(), length: 0 };
        let mut at = HEADER_BYTES;
        let mut count = 0_usize;
        loop {
            let [offset, bytes] = pair(&*whole.packed, at)?;
            if [offset, bytes] == [END, END] {
                break;
            }
            let unsound = |problem: &str| {
                let problem = problem.to_owned();
                Err(Error::Unsound { format: FORMAT, offset: at, problem }.into())
            };
            let start = at.saturating_add(RECORD_BYTES);
            let next = start.saturating_add(bytes);
            let end = offset.saturating_add(bytes);
            count = count.saturating_add(1);
            if end > FILE_END_MAX || count > FLATTENED_RECORDS_MAX {
                return unsound("a record ends where no file does, or there are too many");
            }
            if next > whole.packed.length() {
                return unsound("the file ends in this record: fetch the complete file");
            }
            whole.write(offset, end, start);
            at = next;
        }
        Ok(Some(whole))
    }

    /// Takes note of bytes that stand at `packed`; what was written there before is overwritten.
    fn write(&mut self, start: u64, end: u64, packed: u64) {
        self.length = self.length.max(end);
        if start >= end {
            return;
        }
        let before = self.parts.range(..start).next_back().map(|(&at, &part)| (at, part));
        if let Some((at, (stop, from))) = before.filter(|(_, (stop, _))| *stop > start) {
            self.parts.insert(at, (start, from));
            if stop > end {
                self.parts.insert(end, (stop, from.saturating_add(end.saturating_sub(at))));
            }
        }
        while let Some((&at, &(stop, from))) = self.parts.range(start..end).next() {
            self.parts.remove(&at);
            if stop > end {
                self.parts.insert(end, (stop, from.saturating_add(end.saturating_sub(at))));
            }
        }
        self.parts.insert(start, (end, packed));
    }
}

impl ReadAt for Flattened {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = offset.checked_add(to_u64(buffer.len())).filter(|end| *end <= self.length);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.fill(0);
        let first = self.parts.range(..=offset).next_back().map_or(offset, |(at, _)| *at);
        for (&at, &(stop, from)) in self.parts.range(first..end) {
            let (start, stop) = (at.max(offset), stop.min(end));
            if start >= stop {
                continue;
            }
            let place = to_usize(start.saturating_sub(offset))..to_usize(stop.saturating_sub(offset));
            let part = buffer.get_mut(place).unwrap_or_default();
            self.packed.read_exact_at(from.saturating_add(start.saturating_sub(at)), part)?;
        }
        Ok(())
    }
}

/// Two numbers of a header.
fn pair(packed: &dyn ReadAt, at: u64) -> io::Result<[u64; 2]> {
    if at.saturating_add(RECORD_BYTES) > packed.length() {
        let problem = "the file ends before its last record: fetch the complete file".to_owned();
        return Err(Error::Unsound { format: FORMAT, offset: at, problem }.into());
    }
    let mut bytes = [0; 16];
    packed.read_exact_at(at, &mut bytes)?;
    Ok([0, 8].map(|place| array_at(&bytes, place).map_or(0, u64::from_be_bytes)))
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn flattened(records: &[(u64, Vec<u8>)]) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([1_u64, 1].map(u64::to_be_bytes).concat());
        out.resize(4096, 0);
        for (offset, bytes) in records {
            out.extend([*offset, to_u64(bytes.len())].map(u64::to_be_bytes).concat());
            out.extend(bytes);
        }
        out.extend([0xff; 16]);
        out
    }

    fn read(packed: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
        let Some(whole) = Flattened::read(Arc::new(packed))? else { return Ok(None) };
        let mut out = vec![7; to_usize(whole.length())];
        whole.read_exact_at(0, &mut out)?;
        Ok(Some(out))
    }

    #[test]
    fn every_cut_is_an_error_and_lies_are_refused() {
        let whole = flattened(&[(8, vec![1; 20]), (0, vec![2; 4])]);
        for cut in MAGIC.len()..whole.len() {
            assert!(read(whole[..cut].to_vec()).is_err(), "{cut}");
        }
        for field in [4096, 4104] {
            let mut lie = whole.clone();
            lie[field..field + 8].copy_from_slice(&(1_u64 << 60).to_be_bytes());
            assert!(read(lie).is_err(), "{field}");
        }
        let mut other = whole;
        other[31] = 2;
        assert!(read(other).unwrap().is_none());
    }

    proptest! {
        #[test]
        fn records_are_as_writes_into_a_file(
            records in proptest::collection::vec((0_u64..200, proptest::collection::vec(any::<u8>(), 0..60)), 0..20),
            start in 0_usize..100,
        ) {
            let mut file: Vec<u8> = Vec::new();
            for (offset, bytes) in &records {
                let start = to_usize(*offset);
                file.resize(file.len().max(start + bytes.len()), 0);
                file[start..start + bytes.len()].copy_from_slice(bytes);
            }
            prop_assert_eq!(read(flattened(&records)).unwrap().unwrap(), file.clone());
            let whole = Flattened::read(Arc::new(flattened(&records))).unwrap().unwrap();
            let start = start.min(file.len());
            let mut part = vec![7; (file.len() - start).min(30)];
            whole.read_exact_at(to_u64(start), &mut part).unwrap();
            prop_assert_eq!(&part[..], &file[start..start + part.len()]);
        }
    }
}
