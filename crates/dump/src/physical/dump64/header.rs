//! The header of two pages.

use super::FORMAT;
use crate::cursor::{u16_at, u32_at, u64_at};
use crate::error::Error;
use crate::minidump::Processor;
use crate::read::ReadAt;

/// `Signature` without the width that stands behind it.
pub const MAGIC: [u8; 6] = *b"PAGEDU";

/// `Signature` and `ValidDump` of machines of 64 bits; those of 32 bits have `DUMP` there.
const MAGIC_64: [u8; 8] = *b"PAGEDU64";

/// Bytes of `DUMP_HEADER64`: what describes the frames, or the first page, stands behind it.
pub(super) const HEADER_BYTES: u64 = 0x2000;

/// Offset of `MachineImageType`.
const MACHINE: usize = 0x30;

/// Offset of `PhysicalMemoryBlockBuffer`: number of runs, number of pages, runs of first frame and number of frames.
pub(super) const RUNS: usize = 0x88;

/// Bytes of what stands before the first run, and of a run.
pub(super) const RUNS_HEAD_BYTES: usize = 16;
pub(super) const RUN_BYTES: usize = 16;

/// Runs that the buffer of 700 bytes has room for.
pub(super) const RUNS_MAX: usize = (700 - RUNS_HEAD_BYTES) / RUN_BYTES;

/// Offset of `DumpType`.
const DUMP_TYPE: usize = 0xf98;

/// What describes the frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `DUMP_TYPE_FULL`: runs in the header.
    Runs,
    /// `DUMP_TYPE_BITMAP_FULL`, `DUMP_TYPE_BITMAP_KERNEL`.
    Bitmap,
    /// Ranges, of as many pages as they say.
    Ranges,
    /// Ranges, of as many pages as a field says: all memory.
    AllRanges,
}

/// Types of dump that are read.
const KINDS: [(u32, Kind); 6] = [
    (1, Kind::Runs),
    (5, Kind::Bitmap),
    (6, Kind::Bitmap),
    (8, Kind::Ranges),
    (9, Kind::Ranges),
    (10, Kind::AllRanges),
];

/// The header as it stands in the file.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) processor: Processor,
}

impl Header {
    /// Reads the header.
    ///
    /// # Errors
    /// If it is cut off, of a machine of 32 bits, or of a dump that is not read.
    pub(super) fn read(source: &dyn ReadAt) -> Result<Self, Error> {
        let bytes = read(source, "header", 0, HEADER_BYTES)?;
        let unsupported = |offset: u64, field, value, expected| Error::Unsupported {
            format: FORMAT,
            structure: "header",
            offset,
            field,
            value,
            expected,
        };
        if !bytes.starts_with(&MAGIC_64) {
            let value = u32_at(&bytes, 4).map_or(0, u64::from);
            let expected = "only DUMP_HEADER64, which begins with PAGEDU64, is understood; PAGEDUMP is of a machine of 32 bits";
            return Err(unsupported(4, "ValidDump", value, expected));
        }
        let value = u32_at(&bytes, DUMP_TYPE).unwrap_or(0);
        let kind =
            KINDS.iter().find(|(number, _)| *number == value).map(|(_, kind)| *kind).ok_or_else(|| {
                let expected = "only 1 (full), 5 and 6 (bitmap), 8, 9 and 10 (ranges) are understood; \
                            2 is a summary of Windows 7 and before, 4 is a triage dump";
                unsupported(0xf98, "DumpType", u64::from(value), expected)
            })?;
        let processor = Processor::of_image(u16_at(&bytes, MACHINE).unwrap_or(0));
        Ok(Self { bytes, kind, processor })
    }

    /// The runs of the header, if there are as many as fit: number of pages, then first frame and number of frames of each.
    /// Dumps that do not need them have them too, or `PAGE` all over.
    pub(super) fn runs(&self) -> Option<(u64, Vec<(u64, u64)>)> {
        let count = u32_at(&self.bytes, RUNS).and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| *count <= RUNS_MAX)?;
        let runs = self.bytes.get(RUNS.checked_add(RUNS_HEAD_BYTES)?..)?;
        let runs = runs.as_chunks::<RUN_BYTES>().0.iter().take(count);
        let runs = runs.map(|run| Some((u64_at(run, 0)?, u64_at(run, 8)?))).collect::<Option<_>>()?;
        Some((u64_at(&self.bytes, RUNS.checked_add(8)?)?, runs))
    }
}

/// Bytes of the file that must be there.
pub(super) fn read(
    source: &dyn ReadAt,
    structure: &'static str,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, Error> {
    if offset.saturating_add(length) > source.length() {
        return Err(Error::Truncated { format: FORMAT, structure, offset, length: source.length() });
    }
    let mut bytes = vec![0; crate::cursor::to_usize(length)];
    source.read_exact_at(offset, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure,
        offset,
        source: fault,
    })?;
    Ok(bytes)
}
