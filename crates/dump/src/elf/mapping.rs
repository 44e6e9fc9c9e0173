//! `NT_FILE`: the files mapped into the process; and all addresses that existed.

use super::kind::NT_FILE;
use super::note::Note;
use super::segment::Segments;
use crate::annotation::Annotations;
use crate::cursor::{to_u64, to_usize, u64_at};
use crate::image::Mapping;
use crate::limits::MAPPINGS_MAX;
use crate::spaces::merged;
use std::ops::Range;

/// Bytes of one entry: start, end, offset in pages.
const ENTRY_BYTES: usize = 24;
/// Bytes before the entries: count and page size.
const HEAD_BYTES: usize = 16;

/// Parses one `NT_FILE` descriptor (`fill_files_note` in `fs/binfmt_elf.c` of Linux).
pub(super) fn parse(note: &Note, bytes: &[u8], annotations: &mut Annotations) -> Vec<Mapping> {
    debug_assert!(note.is(NT_FILE));
    let (Some(promised), Some(page_bytes)) = (u64_at(bytes, 0), u64_at(bytes, 8)) else {
        annotations.remark(format!("ELF core: NT_FILE at file offset {:#x} cut off", note.descriptor.start));
        return Vec::new();
    };
    let room = to_u64(bytes.len().saturating_sub(HEAD_BYTES).checked_div(ENTRY_BYTES).unwrap_or(0));
    let count = to_usize(promised.min(room).min(MAPPINGS_MAX));
    let entries_end = HEAD_BYTES.saturating_add(count.saturating_mul(ENTRY_BYTES));
    let entries = bytes.get(HEAD_BYTES..entries_end).unwrap_or_default();
    let mut names = bytes.get(entries_end..).unwrap_or_default().split(|byte| *byte == 0);
    let mut mappings = Vec::new();
    for entry in entries.chunks_exact(ENTRY_BYTES) {
        let number = |at| u64_at(entry, at).unwrap_or(0);
        let path = String::from_utf8_lossy(names.next().unwrap_or_default()).into_owned();
        let range = number(0)..number(8);
        if range.start < range.end {
            mappings.push(Mapping { range, file_offset: number(16).saturating_mul(page_bytes), path });
        }
    }
    if to_u64(mappings.len()) < promised {
        annotations.remark(format!(
            "ELF core: NT_FILE at file offset {:#x} promises {promised} mappings, {} read",
            note.descriptor.start,
            mappings.len()
        ));
    }
    mappings
}

/// All addresses that existed, sorted and merged.
///
/// A lying header could declare everything mapped, and then no word would look
/// random: so the null page and the part of the address space that no processor
/// of the two translates are left out.
pub(super) fn mapped(segments: &Segments, mappings: &[Mapping]) -> Vec<Range<u64>> {
    let files = mappings.iter().map(|mapping| mapping.range.clone());
    let loads = segments.loads().map(super::segment::Segment::addresses);
    let translated = loads
        .chain(files)
        .flat_map(|range| TRANSLATED.map(|part| range.start.max(part.start)..range.end.min(part.end)));
    merged(translated.collect())
}

/// Addresses that a page table can translate: 57 bits of x86-64 (Intel SDM vol. 3
/// ch. 4.5, half of it for each side) and 56 of AArch64 cover each other.
const TRANSLATED: [Range<u64>; 2] = [0x1000..1 << 56, 0xff00_0000_0000_0000..u64::MAX];
