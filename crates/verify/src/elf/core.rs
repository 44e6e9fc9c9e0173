//! Headers and notes of an ELF core.

use super::loaded::Loaded;
use super::register::{Machine, Thread};
use crate::fault::{Fault, Named};
use crate::limits::{HEADERS_MAX, NOTE_BYTES_MAX};
use object::Endianness;
use object::elf::{
    FileHeader64, NT_ARM_TLS, NT_FILE, NT_PRSTATUS, PF_W, PF_X, PN_XNUM, PT_LOAD, PT_NOTE, ProgramHeader64,
};
use object::read::elf::{FileHeader as _, NoteIterator, ProgramHeader as _};
use std::ops::Range;

type Header = FileHeader64<Endianness>;

/// Length of an ELF64 file header, `sizeof(Elf64_Ehdr)`.
const HEADER_BYTES: u64 = 64;
/// Longest mapped file whose addresses may be code: a list that lies about where one begins would make addresses of most
/// numbers, with the authentication codes of AArch64 taken off.
const MAPPING_BYTES_MAX: u64 = 1 << 40;
/// `sizeof(Elf64_Phdr)`.
const PROGRAM_HEADER_BYTES: u64 = 56;
/// `sizeof(Elf64_Shdr)`.
const SECTION_HEADER_BYTES: u64 = 64;

/// A run of memory in the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Addresses that the process had there.
    pub(crate) memory: Range<u64>,
    /// First byte in the file.
    pub(crate) file_offset: u64,
    /// How many bytes of it the file holds.
    pub(crate) file_bytes: u64,
    /// Code may run there.
    pub(crate) executable: bool,
    /// The process could write there.
    pub(crate) writable: bool,
}

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// `n_type`.
    pub(crate) kind: u32,
    /// Name without its NUL.
    pub(crate) name: Vec<u8>,
    /// Descriptor.
    pub(crate) descriptor: Vec<u8>,
}

/// A file mapping named by `NT_FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Addresses.
    pub(crate) memory: Range<u64>,
    /// Path as the note gives it.
    pub(crate) path: Vec<u8>,
}

/// An ELF core, as far as the judge needs it.
#[derive(Debug)]
pub(crate) struct Core {
    /// The file header, as it stands.
    pub(super) header: Vec<u8>,
    /// Program headers, as they stand.
    pub(super) program_headers: Vec<u8>,
    /// Section headers, as they stand.
    pub(super) section_headers: Vec<u8>,
    /// Memory, in the order of the headers.
    pub(super) segments: Vec<Segment>,
    /// Notes in file order.
    pub(super) notes: Vec<Note>,
    /// Threads in note order.
    pub(super) threads: Vec<Thread>,
    /// Processor.
    pub(super) machine: Machine,
}

impl Core {
    /// Reads a core; none if the file is no 64-bit ELF core.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        if dump.length() < HEADER_BYTES {
            return Ok(None);
        }
        let bytes = dump.take(0, HEADER_BYTES)?;
        let mut loaded = Loaded { length: dump.length(), parts: vec![(0, bytes)] };
        let Ok(header) = Header::parse(&loaded) else { return Ok(None) };
        let Ok(endian) = header.endian() else { return Ok(None) };
        if header.e_type(endian) != object::elf::ET_CORE {
            return Ok(None);
        }
        let header = *header;
        let bad = |what: &str| Fault::Parse { which: dump.which, what: what.to_owned() };
        let tables = Tables::read(dump, &header, endian, &mut loaded)?;
        let programs = tables.programs()?;
        let segments = programs.iter().filter(|program| program.p_type(endian) == PT_LOAD);
        let segments = segments.map(|program| Segment {
            memory: program.p_vaddr(endian)..program.p_vaddr(endian).saturating_add(program.p_memsz(endian)),
            file_offset: program.p_offset(endian),
            file_bytes: program
                .p_filesz(endian)
                .min(program.p_memsz(endian))
                .min(dump.length().saturating_sub(program.p_offset(endian))),
            executable: program.p_flags(endian).0 & PF_X.0 != 0,
            writable: program.p_flags(endian).0 & PF_W.0 != 0,
        });
        let mut notes = Vec::new();
        let mut note_bytes = 0_u64;
        for program in programs.iter().filter(|program| program.p_type(endian) == PT_NOTE) {
            // A core that is cut off has lost the last of its notes; what is left is compared all the same.
            let present =
                dump.length().saturating_sub(program.p_offset(endian)).min(program.p_filesz(endian));
            let is_whole = present == program.p_filesz(endian);
            note_bytes = note_bytes.saturating_add(present);
            if note_bytes > NOTE_BYTES_MAX {
                return Err(Fault::Limit(format!("more than {NOTE_BYTES_MAX} bytes of notes")));
            }
            if present == 0 {
                continue;
            }
            let bytes = dump.take(program.p_offset(endian), present)?;
            let read = read_notes(&bytes, endian, program.p_align(endian), &mut notes);
            read.or_else(|what| if is_whole { Err(bad(&what)) } else { Ok(()) })?;
        }
        let machine = Machine::of(header.e_machine(endian).0);
        let status = notes.iter().filter(|note| note.kind == NT_PRSTATUS.0 && note.name == b"CORE");
        Ok(Some(Self {
            threads: status.map(|note| machine.thread(&note.descriptor)).collect(),
            header: object::bytes_of(&header).to_vec(),
            program_headers: object::bytes_of_slice(programs).to_vec(),
            section_headers: tables.sections.clone(),
            segments: segments.collect(),
            notes,
            machine,
        }))
    }

    /// Addresses that existed in the process, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        let segments = self.segments.iter().map(|segment| segment.memory.clone());
        merged(segments.chain(self.mappings().into_iter().map(|mapping| mapping.memory)).collect())
    }

    /// Addresses at which code may stand: executable segments, and mapped files that the dump has no
    /// segment for, of which the rights are not known.
    pub(super) fn code(&self) -> Vec<Range<u64>> {
        let known = merged(self.segments.iter().map(|segment| segment.memory.clone()).collect());
        let executable = self.segments.iter().filter(|segment| segment.executable);
        let mut code: Vec<_> = executable.map(|segment| segment.memory.clone()).collect();
        let mappings = self.mappings().into_iter().map(|mapping| mapping.memory);
        let mappings = mappings.filter(|memory| memory.end - memory.start <= MAPPING_BYTES_MAX);
        code.extend(mappings.flat_map(|memory| outside(&memory, &known)));
        merged(code)
    }

    /// Files mapped into the process, from `NT_FILE` (the kernel's `fill_files_note`): count, page size,
    /// count times start, end, page offset; then the paths, each ended by NUL.
    pub(crate) fn mappings(&self) -> Vec<Mapping> {
        let note = self.notes.iter().find(|note| note.kind == NT_FILE.0 && note.name == b"CORE");
        let Some(note) = note else { return Vec::new() };
        let mut words = note.descriptor.chunks_exact(8).map(word);
        let (Some(count), Some(_page)) = (words.next(), words.next()) else { return Vec::new() };
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(note.descriptor.len() / 24);
        let paths = note.descriptor.get(16 + count * 24..).unwrap_or_default().split(|byte| *byte == 0);
        let mut ranges = Vec::with_capacity(count);
        while let (true, Some(start), Some(end), Some(_)) =
            (ranges.len() < count, words.next(), words.next(), words.next())
        {
            ranges.push(start..end.max(start));
        }
        ranges.into_iter().zip(paths).map(|(memory, path)| Mapping { memory, path: path.to_vec() }).collect()
    }

    /// The segment that holds an address.
    pub(super) fn segment(&self, address: u64) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.memory.contains(&address))
    }

    /// Thread pointers: of x86-64 among the registers, of aarch64 in a note of their own (`NT_ARM_TLS`).
    pub(super) fn thread_pointers(&self) -> impl Iterator<Item = u64> {
        let notes =
            self.notes.iter().filter(|note| self.machine == Machine::Aarch64 && note.kind == NT_ARM_TLS.0);
        let in_notes = notes.filter_map(|note| note.descriptor.get(..8).map(word));
        self.threads.iter().filter_map(|thread| thread.thread_pointer).chain(in_notes)
    }

    /// File offset of the byte at `address`, if the dump holds it.
    pub(crate) fn file_offset_of(&self, address: u64) -> Option<u64> {
        self.segments.iter().find_map(|segment| {
            let into = address.checked_sub(segment.memory.start).filter(|into| *into < segment.file_bytes)?;
            segment.file_offset.checked_add(into)
        })
    }

    /// File offsets of the first thread's live stack.
    #[cfg(test)]
    pub(crate) fn first_stack(&self) -> Option<(u64, u64)> {
        let pointer = self.threads.first()?.stack_pointer?;
        let segment = self.segments.iter().find(|segment| segment.memory.contains(&pointer))?;
        Some((self.file_offset_of(pointer)?, segment.file_offset + segment.file_bytes))
    }

    /// The value of an entry of the auxiliary vector.
    pub(crate) fn auxiliary(&self, key: u64) -> Option<u64> {
        let note =
            self.notes.iter().find(|note| note.kind == object::elf::NT_AUXV.0 && note.name == b"CORE")?;
        let entry = |pair: &[u8]| Some((word(pair.get(..8)?), word(pair.get(8..)?)));
        note.descriptor
            .chunks_exact(16)
            .filter_map(entry)
            .find(|(found, _)| *found == key)
            .map(|(_, value)| value)
    }
}

/// Program headers and section headers, as far as the file holds them.
struct Tables {
    which: &'static str,
    programs: Vec<u8>,
    count: usize,
    sections: Vec<u8>,
}

impl Tables {
    fn read(
        dump: Named<'_>,
        header: &Header,
        endian: Endianness,
        loaded: &mut Loaded,
    ) -> Result<Self, Fault> {
        let (programs_at, sections_at) = (header.e_phoff(endian), header.e_shoff(endian));
        let sections = u64::from(header.e_shnum(endian));
        let mut programs = u64::from(header.e_phnum(endian));
        let bad = |error: object::read::Error| Fault::Parse { which: dump.which, what: error.to_string() };
        let is_there =
            |start: u64, bytes: u64| start.checked_add(bytes).is_some_and(|end| end <= dump.length());
        if programs == u64::from(PN_XNUM) {
            if sections_at != 0 && is_there(sections_at, SECTION_HEADER_BYTES) {
                loaded.parts.push((sections_at, dump.take(sections_at, SECTION_HEADER_BYTES)?));
                programs = u64::from(header.phnum(endian, &*loaded).map_err(bad)?);
            } else if is_there(programs_at, PROGRAM_HEADER_BYTES) {
                // The kernel writes the count last: if it is cut off, the first segment begins where the
                // program headers end (`elf_core_dump` in fs/binfmt_elf.c).
                let first = dump.take(programs_at, PROGRAM_HEADER_BYTES)?;
                let end = word(first.get(8..16).unwrap_or_default());
                programs = end.saturating_sub(programs_at) / PROGRAM_HEADER_BYTES;
            }
        }
        if programs.max(sections) > HEADERS_MAX {
            return Err(Fault::Limit(format!("more than {HEADERS_MAX} headers")));
        }
        let count = programs.min(dump.length().saturating_sub(programs_at) / PROGRAM_HEADER_BYTES);
        let bytes = count.saturating_mul(PROGRAM_HEADER_BYTES);
        let programs = if count == 0 { Vec::new() } else { dump.take(programs_at, bytes)? };
        let bytes = sections.saturating_mul(SECTION_HEADER_BYTES);
        let present = sections_at != 0 && bytes != 0 && is_there(sections_at, bytes);
        let sections = if present { dump.take(sections_at, bytes)? } else { Vec::new() };
        Ok(Self { which: dump.which, programs, count: usize::try_from(count).unwrap_or(0), sections })
    }

    fn programs(&self) -> Result<&[ProgramHeader64<Endianness>], Fault> {
        let parsed = object::slice_from_bytes(&self.programs, self.count).map(|(headers, _)| headers);
        let what = || "program headers that are no program headers".to_owned();
        parsed.map_err(|()| Fault::Parse { which: self.which, what: what() })
    }
}

fn read_notes(bytes: &[u8], endian: Endianness, align: u64, notes: &mut Vec<Note>) -> Result<(), String> {
    let iterator = NoteIterator::<Header>::new(endian, align, bytes).map_err(|error| error.to_string())?;
    for note in iterator {
        let note = note.map_err(|error| error.to_string())?;
        let (name, descriptor) = (note.name().to_vec(), note.desc().to_vec());
        notes.push(Note { kind: note.n_type(endian).0, name, descriptor });
    }
    Ok(())
}

/// A little-endian word; shorter input reads as if zeros followed.
pub(super) fn word(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The parts of a range outside of others, which are sorted and do not touch: a mapping that lies about where it begins
/// makes no code of memory that is in the dump.
fn outside(range: &Range<u64>, others: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut parts = Vec::new();
    let mut at = range.start;
    let first = others.partition_point(|other| other.end <= range.start);
    for other in others.iter().skip(first).take_while(|other| other.start < range.end) {
        if at < other.start {
            parts.push(at..other.start);
        }
        at = at.max(other.end);
    }
    if at < range.end {
        parts.push(at..range.end);
    }
    parts
}

/// Sorts ranges and joins those that touch.
pub(crate) fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| range.start < range.end);
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// True if one of the sorted, disjoint ranges holds `value`.
pub(crate) fn contains(ranges: &[Range<u64>], value: u64) -> bool {
    let after = ranges.partition_point(|range| range.start <= value);
    after.checked_sub(1).and_then(|index| ranges.get(index)).is_some_and(|range| value < range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapping_is_code_where_no_segment_is() {
        let known = [0x1000..0x2000, 0x4000..0x5000];
        let check =
            |range: Range<u64>, expected: &[Range<u64>]| assert_eq!(outside(&range, &known), expected);
        check(0..0x9000, &[0..0x1000, 0x2000..0x4000, 0x5000..0x9000]);
        check(0x1800..0x4800, std::slice::from_ref(&(0x2000..0x4000)));
        check(0x1000..0x2000, &[]);
        check(0x2000..0x3000, std::slice::from_ref(&(0x2000..0x3000)));
    }
}
