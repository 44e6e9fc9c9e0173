//! Program headers: which file bytes are memory and which are notes.

use super::FORMAT;
use super::annotation::Annotations;
use super::header::Header;
use crate::cursor::{to_u64, to_usize, u32_at, u64_at};
use crate::error::Error;
use crate::image::Access;
use crate::limits::{CHUNK_BYTES, SEGMENTS_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes of `Elf64_Phdr`.
pub(super) const PROGRAM_HEADER_BYTES: u64 = 56;
/// Memory.
pub(super) const PT_LOAD: u32 = 1;
/// Notes.
pub(super) const PT_NOTE: u32 = 4;

/// One program header with what the file really holds of it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// `p_type`.
    pub(super) kind: u32,
    /// `p_flags`.
    pub(super) access: Access,
    /// File bytes that are there.
    pub(super) file: Range<u64>,
    /// First address.
    pub(super) address: u64,
    /// `p_memsz`, or the promised file length if that is larger.
    pub(super) memory_bytes: u64,
    /// `p_align`, not checked.
    pub(super) alignment: u64,
}

impl Segment {
    /// Addresses of the segment; the end saturates at the last address.
    pub(super) fn addresses(&self) -> Range<u64> {
        self.address..self.address.saturating_add(self.memory_bytes)
    }
}

/// All program headers, in table order.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// The table itself, as far as the file holds it.
    pub(super) table: Range<u64>,
    /// `PT_LOAD` and `PT_NOTE` alone.
    pub(super) list: Vec<Segment>,
    /// File bytes promised and not there.
    pub(super) missing_bytes: u64,
}

impl Segments {
    /// Reads the table.
    ///
    /// # Errors
    /// If the medium fails. What lies past the end of the file is remarked and counted.
    pub(super) fn read(
        source: &dyn ReadAt,
        header: &Header,
        annotations: &mut Annotations,
    ) -> Result<Self, Error> {
        let length = source.length();
        let start = header.program_headers.min(length);
        let promised = header.program_header_count;
        let present = length.saturating_sub(start).checked_div(PROGRAM_HEADER_BYTES).unwrap_or(0);
        let count = promised.min(present).min(SEGMENTS_MAX);
        let bytes = count.saturating_mul(PROGRAM_HEADER_BYTES);
        let mut segments = Self { table: start..start.saturating_add(bytes), ..Self::default() };
        if count < promised {
            segments.missing_bytes = promised.saturating_sub(count).saturating_mul(PROGRAM_HEADER_BYTES);
            annotations.remark(format!(
                "ELF core: {promised} program headers promised at file offset {:#x}, {count} read",
                header.program_headers
            ));
        }
        let mut at = segments.table.start;
        let chunk = CHUNK_BYTES.checked_div(56).unwrap_or(1).saturating_mul(56);
        while at < segments.table.end {
            let left = to_usize(segments.table.end.saturating_sub(at));
            let mut buffer = vec![0; left.min(chunk)];
            source.read_exact_at(at, &mut buffer).map_err(|fault| Error::Read {
                format: FORMAT,
                structure: "program headers",
                offset: at,
                source: fault,
            })?;
            for (index, entry) in buffer.chunks_exact(56).enumerate() {
                let offset = at.saturating_add(to_u64(index).saturating_mul(PROGRAM_HEADER_BYTES));
                segments.take(entry, offset, length, annotations);
            }
            at = at.saturating_add(to_u64(buffer.len()));
        }
        Ok(segments)
    }

    /// Adds one program header that stands at `offset`.
    fn take(&mut self, entry: &[u8], offset: u64, length: u64, annotations: &mut Annotations) {
        let kind = u32_at(entry, 0).unwrap_or(0);
        if kind != PT_LOAD && kind != PT_NOTE {
            return;
        }
        let number = |at: usize| u64_at(entry, at).unwrap_or(0);
        let (start, promised) = (number(8), number(32));
        let end = start.saturating_add(promised).min(length);
        let file = start.min(end)..end;
        let present = end.saturating_sub(file.start);
        if present < promised {
            let missing = promised.saturating_sub(present);
            self.missing_bytes = self.missing_bytes.saturating_add(missing);
            annotations.remark(format!(
                "ELF core: program header at file offset {offset:#x} promises {promised:#x} bytes at \
                 {start:#x}, {missing:#x} of them past the end of the file"
            ));
        }
        let address = number(16);
        let memory_bytes = number(40).max(promised);
        if address.checked_add(memory_bytes).is_none() && kind == PT_LOAD {
            annotations.remark(format!(
                "ELF core: program header at file offset {offset:#x} runs past the last address"
            ));
        }
        self.list.push(Segment {
            kind,
            access: access(u32_at(entry, 4).unwrap_or(0)),
            file,
            address,
            memory_bytes,
            alignment: number(48),
        });
    }

    /// The memory segments, in table order.
    pub(super) fn loads(&self) -> impl Iterator<Item = &Segment> {
        self.list.iter().filter(|segment| segment.kind == PT_LOAD)
    }
}

fn access(flags: u32) -> Access {
    Access { read: flags & 4 != 0, write: flags & 2 != 0, execute: flags & 1 != 0 }
}
