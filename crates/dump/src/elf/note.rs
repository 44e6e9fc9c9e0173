//! The notes of a core: where each header and descriptor lies, and whose it is.

use super::kind::{self, NT_PRSTATUS, Owner};
use super::segment::{PT_NOTE, Segment, Segments};
use super::{FORMAT, check};
use crate::annotation::Annotations;
use crate::cursor::{align_up, to_u64, to_usize, u32_at};
use crate::error::Error;
use crate::image::Machine;
use crate::limits::{CHUNK_BYTES, DESCRIPTOR_BYTES_MAX, NOTES_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// `n_namesz`, `n_descsz`, `n_type`.
const NOTE_HEADER_BYTES: u64 = 12;
/// Longest owner name that matters (`VMCOREINFO` and its NUL).
const OWNER_BYTES: u64 = 16;
/// Where `pr_pid` stands in `struct elf_prstatus`.
const PR_PID: u64 = 32;

/// One note.
#[derive(Clone, Debug)]
pub(super) struct Note {
    /// File bytes of the header and the owner's name, padding included.
    pub(super) header: Range<u64>,
    /// File bytes of the descriptor.
    pub(super) descriptor: Range<u64>,
    /// `n_type`.
    pub(super) kind: u32,
    /// Whose `n_type` that is.
    pub(super) owner: Owner,
    /// Name as in `elf.h`.
    pub(super) name: &'static str,
    /// Thread to which it belongs.
    pub(super) thread: Option<u32>,
}

impl Note {
    /// True for the kernel's note of this kind.
    pub(super) fn is(&self, kind: u32) -> bool {
        self.owner == Owner::Linux && self.kind == kind
    }

    /// Length of the descriptor in bytes.
    pub(super) fn length(&self) -> u64 {
        self.descriptor.end.saturating_sub(self.descriptor.start)
    }

    /// File bytes of a part of the descriptor, if all of it is there.
    pub(super) fn part(&self, start: u64, length: u64) -> Option<Range<u64>> {
        let start = self.descriptor.start.checked_add(start)?;
        let end = start.checked_add(length)?;
        (end <= self.descriptor.end).then_some(start..end)
    }

    /// The descriptor, up to the limit of what is held in memory.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn read(&self, source: &dyn ReadAt) -> Result<Vec<u8>, Error> {
        self.read_first(source, DESCRIPTOR_BYTES_MAX)
    }

    /// The first `length` bytes of the descriptor, or all if it is shorter.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn read_first(&self, source: &dyn ReadAt, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; to_usize(self.length().min(length).min(DESCRIPTOR_BYTES_MAX))];
        source.read_exact_at(self.descriptor.start, &mut bytes).map_err(|fault| Error::Read {
            format: FORMAT,
            structure: "note descriptor",
            offset: self.descriptor.start,
            source: fault,
        })?;
        Ok(bytes)
    }
}

/// Reads the notes of all note segments.
///
/// # Errors
/// If the medium fails, or a note leaves its segment although the file holds all of that. In a
/// segment that is cut off the note that is cut off ends it.
pub(super) fn read(
    source: &dyn ReadAt,
    segments: &Segments,
    machine: Machine,
    annotations: &mut Annotations,
) -> Result<Vec<Note>, Error> {
    let mut notes = Vec::new();
    for segment in segments.list.iter().filter(|segment| segment.kind == PT_NOTE) {
        let room = NOTES_MAX.saturating_sub(notes.len());
        walk(source, segment, machine, annotations, room, &mut notes)?;
    }
    Ok(notes)
}

/// Reads the notes of one segment.
///
/// # Errors
/// As [`read`].
pub(super) fn read_segment(
    source: &dyn ReadAt,
    segment: &Segment,
    machine: Machine,
    annotations: &mut Annotations,
) -> Result<Vec<Note>, Error> {
    let mut notes = Vec::new();
    walk(source, segment, machine, annotations, NOTES_MAX, &mut notes)?;
    Ok(notes)
}

/// Adds the notes of a segment, at most `room` of them.
fn walk(
    source: &dyn ReadAt,
    segment: &Segment,
    machine: Machine,
    annotations: &mut Annotations,
    room: usize,
    notes: &mut Vec<Note>,
) -> Result<(), Error> {
    let mut walk = Walk { window: Window::new(source, segment), segment, machine, thread: None };
    let mut at = segment.file.start;
    for _ in 0..room {
        if at >= segment.file.end {
            return Ok(());
        }
        let Some((note, next)) = walk.note(at, annotations)? else { return Ok(()) };
        notes.push(note);
        at = next;
    }
    if at < segment.file.end {
        annotations.remark(format!("ELF core: more than {NOTES_MAX} notes, the rest from {at:#x} unread"));
    }
    Ok(())
}

/// A walk over one note segment.
struct Walk<'a> {
    window: Window<'a>,
    segment: &'a Segment,
    machine: Machine,
    thread: Option<u32>,
}

impl Walk<'_> {
    /// The note at `at` and where the next one starts.
    fn note(&mut self, at: u64, annotations: &mut Annotations) -> Result<Option<(Note, u64)>, Error> {
        let bytes = self.window.get(at, NOTE_HEADER_BYTES)?;
        let (Some(name_bytes), Some(length), Some(kind)) =
            (u32_at(bytes, 0), u32_at(bytes, 4), u32_at(bytes, 8))
        else {
            self.cut_off(at, "its header leaves the segment".to_owned(), annotations)?;
            return Ok(None);
        };
        // gABI and binutils: alignment 8 only if p_align says so, else 4 whatever it says.
        let alignment = if self.window.alignment == 8 { 8 } else { 4 };
        let header_end = at
            .checked_add(NOTE_HEADER_BYTES)
            .and_then(|name| name.checked_add(u64::from(name_bytes)))
            .and_then(|end| align_up(end.saturating_sub(self.window.start), alignment))
            .and_then(|end| end.checked_add(self.window.start));
        let Some(start) = header_end.filter(|end| *end <= self.window.end) else {
            let problem = format!("its name of {name_bytes:#x} bytes leaves the segment");
            self.cut_off(at, problem, annotations)?;
            return Ok(None);
        };
        let promised = start.saturating_add(u64::from(length));
        let end = promised.min(self.window.end);
        if end < promised {
            let present = end.saturating_sub(start);
            let problem = format!("its descriptor promises {length:#x} bytes, {present:#x} are there");
            self.cut_off(at, problem, annotations)?;
        }
        let name_at = at.saturating_add(NOTE_HEADER_BYTES);
        let owner = Owner::new(self.window.get(name_at, u64::from(name_bytes).min(OWNER_BYTES))?);
        if owner == Owner::Linux && kind == NT_PRSTATUS {
            self.thread = u32_at(self.window.get(start.saturating_add(PR_PID), 4)?, 0);
        }
        let name = kind::name(owner, kind, self.machine);
        let thread = self.thread.filter(|_| belongs_to_thread(owner, kind));
        let note = Note { header: at..start, descriptor: start..end, kind, owner, name, thread };
        let next = align_up(end.saturating_sub(self.window.start), alignment)
            .and_then(|next| next.checked_add(self.window.start))
            .unwrap_or(u64::MAX);
        Ok(Some((note, next)))
    }
}

impl Walk<'_> {
    /// A note that leaves its segment: if that is cut off, it is too; else it lies.
    fn cut_off(&self, at: u64, problem: String, annotations: &mut Annotations) -> Result<(), Error> {
        if self.segment.is_whole() {
            let structure = format!("a note of {}", self.segment.name());
            return Err(check::impossible(structure, at, problem));
        }
        annotations.remark(format!("ELF core: note at file offset {at:#x} is cut off: {problem}"));
        Ok(())
    }
}

fn belongs_to_thread(owner: Owner, kind: u32) -> bool {
    let process = [kind::NT_PRPSINFO, kind::NT_AUXV, kind::NT_FILE, kind::NT_X86_XSAVE_LAYOUT];
    owner == Owner::Linux && !process.contains(&kind)
}

/// Buffered forward reading within one segment.
struct Window<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    end: u64,
    alignment: u64,
    buffer: Vec<u8>,
    buffer_offset: u64,
}

impl<'a> Window<'a> {
    fn new(source: &'a dyn ReadAt, segment: &Segment) -> Self {
        let (start, end) = (segment.file.start, segment.file.end);
        Self { source, start, end, alignment: segment.alignment, buffer: Vec::new(), buffer_offset: 0 }
    }

    /// Up to `length` bytes at `offset`: fewer at the end of the segment.
    fn get(&mut self, offset: u64, length: u64) -> Result<&[u8], Error> {
        let length = length.min(self.end.saturating_sub(offset));
        if length == 0 {
            return Ok(&[]);
        }
        let held = self.buffer_offset..self.buffer_offset.saturating_add(to_u64(self.buffer.len()));
        if offset < held.start || offset.saturating_add(length) > held.end {
            let bytes = to_usize(self.end.saturating_sub(offset)).min(CHUNK_BYTES);
            self.buffer = vec![0; bytes];
            self.buffer_offset = offset;
            self.source.read_exact_at(offset, &mut self.buffer).map_err(|fault| Error::Read {
                format: FORMAT,
                structure: "notes",
                offset,
                source: fault,
            })?;
        }
        let start = to_usize(offset.saturating_sub(self.buffer_offset));
        let end = start.saturating_add(to_usize(length));
        Ok(self.buffer.get(start..end).unwrap_or_default())
    }
}
