//! Program headers: which file bytes are memory and which are notes.

use super::header::Header;
use super::{FORMAT, check};
use crate::annotation::Annotations;
use crate::cursor::{to_u64, to_usize, u32_at, u64_at};
use crate::error::Error;
use crate::image::{Access, AddressMap};
use crate::limits::CHUNK_BYTES;
use crate::read::ReadAt;
use crate::spaces::{UNKNOWN, length};
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
    /// Index of the program header.
    pub(super) index: u64,
    /// Where the program header stands in the file.
    pub(super) offset: u64,
    /// File bytes that it promises.
    pub(super) promised: Range<u64>,
    /// `p_type`.
    pub(super) kind: u32,
    /// `p_flags`.
    pub(super) access: Access,
    /// File bytes that are there.
    pub(super) file: Range<u64>,
    /// First address.
    pub(super) address: u64,
    /// `p_paddr`: where in physical memory it lay; 0 for processes.
    pub(super) physical: u64,
    /// `p_memsz`, or the promised file length if that is larger.
    pub(super) memory_bytes: u64,
    /// `p_align`; of memory not checked.
    pub(super) alignment: u64,
}

impl Segment {
    /// Notes that stand in `file` without a program header.
    pub(super) fn of_notes(file: Range<u64>) -> Self {
        Self {
            index: 0,
            offset: file.start,
            promised: file.clone(),
            kind: PT_NOTE,
            access: access(0),
            file,
            address: 0,
            physical: 0,
            memory_bytes: 0,
            alignment: 4,
        }
    }

    /// Addresses of the segment; the end saturates at the last address.
    pub(super) fn addresses(&self) -> Range<u64> {
        self.address..self.address.saturating_add(self.memory_bytes)
    }

    /// What messages call it.
    pub(super) fn name(&self) -> String {
        let kind = if self.kind == PT_NOTE { "note segment" } else { "segment" };
        format!("{kind} {}", self.index)
    }

    /// True if the file holds all of it.
    pub(super) fn is_whole(&self) -> bool {
        self.file.end == self.promised.end || self.promised.is_empty()
    }
}

/// All program headers, in table order.
#[derive(Debug, Default)]
pub(super) struct Segments {
    /// The table itself, as far as the file holds it.
    pub(super) table: Range<u64>,
    /// `PT_LOAD` and `PT_NOTE` alone.
    pub(super) list: Vec<Segment>,
}

impl Segments {
    /// Reads the table.
    ///
    /// # Errors
    /// If the medium fails, or what the table says cannot be. What lies past the end of the file is
    /// noted as missing.
    pub(super) fn read(
        source: &dyn ReadAt,
        header: &Header,
        annotations: &mut Annotations,
    ) -> Result<Self, Error> {
        let length = source.length();
        let promised = header.program_header_table();
        let whole = annotations.promise("program headers", &promised, length);
        let start = promised.start.min(length);
        let present = length.saturating_sub(start).checked_div(PROGRAM_HEADER_BYTES).unwrap_or(0);
        let bytes = present.min(header.program_header_count).saturating_mul(PROGRAM_HEADER_BYTES);
        let mut segments = Self { table: start..start.saturating_add(bytes), list: Vec::new() };
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
                segments.take(entry, offset, length, annotations)?;
            }
            at = at.saturating_add(to_u64(buffer.len()));
        }
        segments.settle_access();
        if whole || !segments.list.is_empty() {
            check::segments(header, &promised, &segments.list)?;
        }
        Ok(segments)
    }

    /// Adds one program header that stands at `offset`.
    fn take(
        &mut self,
        entry: &[u8],
        offset: u64,
        length: u64,
        annotations: &mut Annotations,
    ) -> Result<(), Error> {
        let kind = u32_at(entry, 0).unwrap_or(0);
        if kind != PT_LOAD && kind != PT_NOTE {
            return Ok(());
        }
        let number = |at: usize| u64_at(entry, at).unwrap_or(0);
        let before = offset.saturating_sub(self.table.start);
        let index = before.checked_div(PROGRAM_HEADER_BYTES).unwrap_or(0);
        let (address, memory_bytes) = (number(16), number(40));
        // A segment without file bytes may say that they lie anywhere.
        let start = if number(32) == 0 { 0 } else { number(8) };
        let promised = check::place(&format!("segment {index}"), offset, start, number(32))?;
        let end = promised.end.min(length);
        let segment = Segment {
            index,
            offset,
            kind,
            access: access(u32_at(entry, 4).unwrap_or(0)),
            file: promised.start.min(end)..end,
            address,
            physical: number(24),
            memory_bytes: memory_bytes.max(number(32)),
            alignment: number(48),
            promised,
        };
        check::segment(&segment, memory_bytes, length)?;
        annotations.promise(&segment.name(), &segment.promised, length);
        if kind == PT_LOAD && address.checked_add(segment.memory_bytes).is_none() {
            annotations.remark(format!(
                "ELF core: program header at file offset {offset:#x} runs past the last address"
            ));
        }
        self.list.push(segment);
        Ok(())
    }

    /// Where no segment of memory has any right, nothing is known of them: QEMU writes physical memory so.
    fn settle_access(&mut self) {
        if self.loads().all(|segment| segment.access == Access::default()) {
            self.list.iter_mut().for_each(|segment| segment.access = UNKNOWN);
        }
    }

    /// Where the memory of a machine lies in the file, by its physical addresses.
    pub(super) fn physical(&self) -> AddressMap {
        let runs = self.loads().map(|segment| (segment.physical, segment.file.start, length(&segment.file)));
        // Segments that share bytes of the file say nothing.
        let mut runs: Vec<(u64, u64, u64)> = runs.filter(|(_, _, bytes)| *bytes > 0).collect();
        runs.sort_by_key(|(_, file_offset, _)| *file_offset);
        let shares = runs.windows(2).any(
            |pair| matches!(pair, [(_, first, bytes), (_, next, _)] if first.saturating_add(*bytes) > *next),
        );
        if shares { AddressMap::default() } else { AddressMap::of(runs.into_iter()) }
    }

    /// The memory segments, in table order.
    pub(super) fn loads(&self) -> impl Iterator<Item = &Segment> {
        self.list.iter().filter(|segment| segment.kind == PT_LOAD)
    }
}

fn access(flags: u32) -> Access {
    Access { read: flags & 4 != 0, write: flags & 2 != 0, execute: flags & 1 != 0 }
}
