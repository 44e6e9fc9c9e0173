//! Notes that stand outside of an ELF file, as those of a kernel do in other dumps.

use super::layout;
use super::note::{self, Note};
use super::open::protect;
use super::segment::Segment;
use crate::annotation::Annotations;
use crate::error::Error;
use crate::image::{Access, Machine, Origin};
use crate::read::ReadAt;
use std::ops::Range;

/// One note: its header, its descriptor, and what that is.
#[derive(Debug)]
pub(crate) struct Part {
    /// Header and name.
    pub(crate) header: Range<u64>,
    /// Descriptor.
    pub(crate) descriptor: Range<u64>,
    /// The descriptor as part of a space.
    pub(crate) origin: Origin,
    /// Whether it can hold what was computed.
    pub(crate) access: Access,
}

/// The notes in `area`, which the file holds all of; what debuggers read of them is protected.
///
/// # Errors
/// If the medium fails, or a note leaves the area.
pub(crate) fn read(
    source: &dyn ReadAt,
    area: Range<u64>,
    machine: Machine,
    annotations: &mut Annotations,
) -> Result<Vec<Part>, Error> {
    let segment = Segment::of_notes(area);
    let notes = note::read_segment(source, &segment, machine, annotations)?;
    for note in &notes {
        protect(note, machine, annotations);
    }
    let part = |note: Note| Part {
        access: layout::note_access(&note),
        origin: Origin::Note { name: note.name, kind: note.kind, thread: note.thread },
        header: note.header,
        descriptor: note.descriptor,
    };
    Ok(notes.into_iter().map(part).collect())
}
