//! What no honest writer makes: places that no file can hold, and structures that share bytes with
//! others. Such a core is refused. What is merely not there may be cut off, and is no lie.

use super::FORMAT;
use super::header::{FILE_HEADER_BYTES, Header};
use super::segment::{PT_LOAD, PT_NOTE, Segment};
use crate::cursor::to_u64;
use crate::error::Error;
use crate::limits::{FILE_END_MAX, NOTE_BYTES_MAX};
use std::ops::Range;

/// A contradiction in a structure that is described at `offset`.
pub(super) fn impossible(structure: String, offset: u64, problem: String) -> Error {
    Error::Impossible { format: FORMAT, structure, offset, problem }
}

/// The file bytes from `start` on, unless they end where no file does.
///
/// # Errors
/// As said.
pub(super) fn place(structure: &str, described: u64, start: u64, length: u64) -> Result<Range<u64>, Error> {
    let end = start.checked_add(length).filter(|end| *end <= FILE_END_MAX);
    let problem = || {
        format!("{length:#x} bytes from {start:#x} on end beyond {FILE_END_MAX:#x}, which no core can fill")
    };
    let end = end.ok_or_else(|| impossible(structure.to_owned(), described, problem()))?;
    Ok(start..end)
}

/// Holds the segments against the header and each other. Memory may share bytes with memory.
///
/// # Errors
/// If structures overlap, if there is no segment at all, or more bytes of notes than anyone makes.
pub(super) fn segments(header: &Header, table: &Range<u64>, list: &[Segment]) -> Result<(), Error> {
    if list.is_empty() {
        let count = header.program_header_count;
        let problem = format!("none of {count} is memory or notes");
        return Err(impossible("the program headers".to_owned(), table.start, problem));
    }
    let notes = list.iter().filter(|segment| segment.kind == PT_NOTE);
    let note_bytes = notes.fold(0_u64, |sum, segment| sum.saturating_add(length(&segment.promised)));
    if note_bytes > NOTE_BYTES_MAX {
        let problem = format!("{note_bytes:#x} bytes of notes, at most {NOTE_BYTES_MAX:#x} are read");
        return Err(impossible("the program headers".to_owned(), table.start, problem));
    }
    let tables = [
        (0..to_u64(FILE_HEADER_BYTES), "the ELF header"),
        (table.clone(), "the program headers"),
        (header.section_headers.clone(), "the section headers"),
    ];
    for segment in list {
        let shared = |(range, _): &&(Range<u64>, &str)| overlap(range, &segment.promised);
        if let Some((_, what)) = tables.iter().find(shared) {
            return Err(shares(segment, what));
        }
    }
    notes_alone(list)
}

/// Notes share bytes with nothing.
fn notes_alone(list: &[Segment]) -> Result<(), Error> {
    let mut sorted: Vec<&Segment> = list.iter().filter(|segment| !segment.promised.is_empty()).collect();
    sorted.sort_by_key(|segment| (segment.promised.start, segment.promised.end, segment.offset));
    let (mut end, mut notes_end) = (0, 0);
    for segment in sorted {
        let taken = if segment.kind == PT_NOTE { end } else { notes_end };
        if segment.promised.start < taken {
            return Err(shares(segment, "another segment"));
        }
        end = end.max(segment.promised.end);
        if segment.kind == PT_NOTE {
            notes_end = notes_end.max(segment.promised.end);
        }
    }
    Ok(())
}

/// What one program header says, by itself.
///
/// # Errors
/// If notes are aligned as nobody reads them, memory that is not in the file ends beyond the last
/// address, or the file ends in more memory than the process had.
pub(super) fn segment(segment: &Segment, memory_bytes: u64, file_length: u64) -> Result<(), Error> {
    let bytes = length(&segment.promised);
    if segment.kind == PT_LOAD && bytes > memory_bytes && segment.promised.end > file_length {
        let problem =
            format!("p_filesz is {bytes:#x}, more than p_memsz, {memory_bytes:#x}, and than the file holds");
        return Err(impossible(segment.name(), segment.offset, problem));
    }
    let overflows = segment.address.checked_add(memory_bytes).is_none();
    if segment.kind == PT_LOAD && overflows && memory_bytes > bytes {
        let problem = format!(
            "{memory_bytes:#x} bytes from address {:#x} on end beyond the last address",
            segment.address
        );
        return Err(impossible(segment.name(), segment.offset, problem));
    }
    // As binutils and gdb: up to 4 is 4, and nothing else but 8 is read (elf_parse_notes in bfd/elf.c).
    if segment.kind == PT_NOTE && bytes > 0 && segment.alignment > 4 && segment.alignment != 8 {
        let problem = format!("p_align is {:#x}, notes are aligned to 4 or 8", segment.alignment);
        return Err(impossible(segment.name(), segment.offset, problem));
    }
    Ok(())
}

fn shares(segment: &Segment, what: &str) -> Error {
    let Range { start, end } = segment.promised;
    impossible(
        segment.name(),
        segment.offset,
        format!("its file bytes {start:#x} to {end:#x} overlap {what}"),
    )
}

/// True if two ranges share a byte.
pub(super) fn overlap(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start.max(other.start) < one.end.min(other.end)
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}
