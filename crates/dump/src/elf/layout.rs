//! Spaces: every byte of the file gets one owner.

use super::header::{FILE_HEADER_BYTES, Header};
use super::kind::{NT_AUXV, NT_FILE, NT_PRPSINFO, NT_X86_XSAVE_LAYOUT, Owner};
use super::note::Note;
use super::segment::{Segment, Segments};
use crate::annotation::Annotations;
use crate::cursor::to_u64;
use crate::image::{Access, Origin, Protection, Space};
use crate::partition::Partition;
use crate::spaces::{MADE, Run, UNKNOWN, joined, length, single};
use std::ops::Range;

/// Builds the spaces of the file: memory sorted by address, then headers, notes,
/// gaps and trailing bytes. Protects what is structure.
pub(super) fn spaces(
    file_length: u64,
    header: &Header,
    segments: &Segments,
    notes: &[Note],
    annotations: &mut Annotations,
) -> Vec<Space> {
    let mut partition = Partition::new(file_length);
    let mut rest = Vec::new();
    let mut structure = |partition: &mut Partition, range: Range<u64>, what: &'static str| {
        for range in partition.claim(range) {
            annotations.protect(range.clone(), Protection::Structure, what);
            rest.push(single(Origin::Header, range, MADE));
        }
    };
    structure(&mut partition, 0..to_u64(FILE_HEADER_BYTES), "ELF header");
    structure(&mut partition, segments.table.clone(), "program headers");
    for note in notes {
        structure(&mut partition, note.header.clone(), "note header");
    }
    for note in notes {
        for range in partition.claim(note.descriptor.clone()) {
            let origin = Origin::Note { name: note.name, kind: note.kind, thread: note.thread };
            rest.push(single(origin, range, note_access(note)));
        }
    }
    let mut spaces = memory(&mut partition, segments, annotations);
    let sections = [(&header.section_headers, "section headers"), (&header.section_names, "section names")];
    for (table, what) in sections {
        for range in partition.claim(table.clone()) {
            annotations.protect(range.clone(), Protection::Structure, what);
            rest.push(single(Origin::Header, range, MADE));
        }
    }
    spaces.append(&mut rest);
    for range in partition.unowned() {
        let origin = if range.end == file_length { Origin::Trailing } else { Origin::Gap };
        spaces.push(single(origin, range, UNKNOWN));
    }
    spaces
}

/// The memory spaces: runs that are adjacent in the address space become one.
fn memory(partition: &mut Partition, segments: &Segments, annotations: &mut Annotations) -> Vec<Space> {
    let mut runs = Vec::new();
    for segment in segments.loads() {
        let before = runs.len();
        runs.extend(own(partition, segment));
        let owned: u64 = runs.iter().skip(before).map(|run| length(&run.file)).sum();
        let lost = length(&segment.file).saturating_sub(owned);
        if lost > 0 {
            annotations.remark(format!(
                "ELF core: memory segment at address {:#x} shares {lost:#x} of its file bytes from {:#x} with \
                 another structure, which owns them",
                segment.address, segment.file.start
            ));
        }
    }
    joined(runs)
}

fn own(partition: &mut Partition, segment: &Segment) -> Vec<Run> {
    let claimed = partition.claim(segment.file.clone());
    claimed
        .into_iter()
        .map(|file| {
            let skipped = file.start.saturating_sub(segment.file.start);
            Run { address: segment.address.saturating_add(skipped), file, access: segment.access }
        })
        .collect()
}

/// Registers can hold anything the process computed; the tables that the kernel writes cannot.
pub(super) fn note_access(note: &Note) -> Access {
    let made = [NT_AUXV, NT_FILE, NT_PRPSINFO, NT_X86_XSAVE_LAYOUT];
    match note.owner {
        Owner::Linux if made.contains(&note.kind) => MADE,
        Owner::Gdb | Owner::VmCoreInfo => MADE,
        Owner::Linux | Owner::Qemu | Owner::Other => UNKNOWN,
    }
}
