//! From a file to an image.

use super::FORMAT;
use super::auxv::Auxv;
use super::header::Header;
use super::kind::{
    NT_ARM_PAC_MASK, NT_ARM_SSVE, NT_ARM_SVE, NT_ARM_TLS, NT_AUXV, NT_FILE, NT_PRPSINFO, NT_PRSTATUS,
    NT_SIGINFO, NT_X86_XSAVE_LAYOUT, NT_X86_XSTATE, Owner,
};
use super::note::{self, Note};
use super::segment::Segments;
use super::{aarch64, layout, link_map, mapping, mark, module, register, stack, thread, xsave};
use crate::annotation::Annotations;
use crate::error::Error;
use crate::image::{Access, AddressMap, Image, Machine, Mapping, Origin, Piece, Space};
use crate::memory::Memory;
use crate::physical::{POINTERS, paging};
use crate::read::ReadAt;
use crate::spaces::merged;
use std::ops::Range;

/// Reads the structure of a core. Its bytes stay in the file.
///
/// # Errors
/// If this is no ELF64 little-endian core of x86-64 or AArch64, or if the medium
/// fails. Whatever else is wrong is remarked, and the bytes concerned are still
/// owned by a space of the image.
pub fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut annotations = Annotations::new(FORMAT);
    let header = Header::read(source)?;
    if header.count_is_derived {
        annotations.remark(format!(
            "ELF core: section header 0, which counts the program headers, is cut off; {} follow from the first one",
            header.program_header_count
        ));
    }
    let segments = Segments::read(source, &header, &mut annotations)?;
    let notes = note::read(source, &segments, header.machine, &mut annotations)?;
    let mut spaces = layout::spaces(source.length(), &header, &segments, &notes, &mut annotations);
    let addresses = AddressMap::new(&spaces);
    spaces.extend(overlays(source, &notes, header.machine)?);

    let threads = thread::read(source, &notes, header.machine, &segments)?;
    let ignored_pointer_bits = aarch64::ignored_pointer_bits(source, &notes, header.machine)?;
    let (auxv, mappings) = tables(source, &notes, &mut annotations)?;
    for note in &notes {
        protect(note, header.machine, &mut annotations);
    }
    mark::notes(source, &notes, &mut annotations)?;
    let memory = Memory::new(FORMAT, source, &addresses);
    let dynamics = module::protect(&memory, &segments, &mappings, &auxv, &mut annotations);
    link_map::protect(&memory, &dynamics, &mut annotations);
    mark::at_random(&memory, &auxv, &mut annotations);
    mark::kernel_texts(&memory, &auxv, &mut annotations);
    mark::guards(&memory, header.machine, &threads, &mut annotations);
    stack::mark(&memory, &segments, &auxv, &mut annotations);
    memory.finish()?;

    annotations.promise("section headers", &header.section_headers, source.length());
    let (missing_bytes, missing) = annotations.missing(source.length());
    let (protected, marked, remarks) = annotations.finish();
    let mut image = Image {
        format: "elf-core",
        machine: header.machine,
        file_length: source.length(),
        spaces,
        protected,
        mapped: mapped(&segments, &mappings, &notes),
        ignored_pointer_bits,
        mappings,
        threads,
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
        members: Vec::new(),
        joints_left: 0,
        addresses,
    };
    // A guest that was stopped before it entered long mode is one of 32 bits by its header.
    if is_guest(&notes) && header.machine != Machine::Aarch64 {
        paging::add(source, &mut image, &segments.physical())?;
    }
    Ok(image)
}

/// Whether this is the memory of a whole machine.
fn is_guest(notes: &[Note]) -> bool {
    notes.iter().any(|note| matches!(note.owner, Owner::Qemu | Owner::VmCoreInfo))
}

/// Addresses that pointers lead to. Of a whole machine, all that a kernel and its programs may use: the segments of physical
/// memory say nothing of them.
fn mapped(segments: &Segments, mappings: &[Mapping], notes: &[Note]) -> Vec<Range<u64>> {
    let mut mapped = mapping::mapped(segments, mappings);
    if is_guest(notes) {
        mapped.extend(POINTERS);
    }
    merged(mapped)
}

/// The auxiliary vector and the mapped files.
fn tables(
    source: &dyn ReadAt,
    notes: &[Note],
    annotations: &mut Annotations,
) -> Result<(Auxv, Vec<Mapping>), Error> {
    let mut auxv = Auxv::default();
    let mut mappings = Vec::new();
    if let Some(note) = notes.iter().find(|note| note.is(NT_AUXV)) {
        auxv = Auxv::parse(&note.read(source)?);
    }
    if let Some(note) = notes.iter().find(|note| note.is(NT_FILE)) {
        mappings = mapping::parse(note, &note.read(source)?, annotations);
    }
    Ok((auxv, mappings))
}

/// Protects what debuggers read of a note.
pub(super) fn protect(note: &Note, machine: Machine, annotations: &mut Annotations) {
    // Start and length of each part. Of some only the front: fields before pr_psargs,
    // si_signo to si_addr, the SVE header.
    let whole = (0, note.length());
    // `QEMUCPUState` of target/i386: version and size, rsp and rbp, rip and all behind it.
    let qemu = [(0, 8), (56, 16), (136, note.length().saturating_sub(136))];
    let parts: &[(u64, u64)] = match (note.owner, note.kind) {
        (Owner::Linux, NT_PRSTATUS) => return register::protect(note, machine, annotations),
        (Owner::Linux, NT_AUXV | NT_FILE | NT_X86_XSAVE_LAYOUT | NT_ARM_PAC_MASK | NT_ARM_TLS)
        | (Owner::Gdb | Owner::VmCoreInfo, _) => &[whole],
        (Owner::Qemu, _) => &qemu,
        (Owner::Linux, NT_PRPSINFO) => &[(0, mark::PSARGS)],
        (Owner::Linux, NT_SIGINFO) => &[(0, 32)],
        (Owner::Linux, NT_ARM_SVE | NT_ARM_SSVE) => &[(0, 16)],
        // XCR0 as gdb reads it, and the XSAVE header, which says what the area holds.
        (Owner::Linux, NT_X86_XSTATE) => &[(464, 8), (512, 64)],
        _ => &[],
    };
    for &(start, length) in parts {
        annotations.debugger(note.part(start, length), note.name);
    }
}

/// The rejoined vector registers of all threads.
fn overlays(source: &dyn ReadAt, notes: &[Note], machine: Machine) -> Result<Vec<Space>, Error> {
    let layouts = xsave::layouts(source, notes, machine)?;
    let mut spaces = Vec::new();
    for note in notes {
        let views = match machine {
            Machine::X86_64 => xsave::views(note, &layouts),
            Machine::Aarch64 => aarch64::views(source, note)?,
            Machine::X86 | Machine::Arm | Machine::Unknown => Vec::new(),
        };
        spaces.extend(views.into_iter().map(|view| overlay(note.thread, view)));
    }
    Ok(spaces)
}

fn overlay(thread: Option<u32>, parts: Vec<Range<u64>>) -> Space {
    let access = Access { read: true, write: true, execute: false };
    let mut length: u64 = 0;
    let mut pieces: Vec<Piece> = Vec::new();
    for part in parts {
        let bytes = part.end.saturating_sub(part.start);
        match pieces.last_mut() {
            // Registers that follow each other in the file: there may be thousands of threads.
            Some(last) if last.file_offset.saturating_add(last.length) == part.start => {
                last.length = last.length.saturating_add(bytes);
            }
            _ => pieces.push(Piece { start: length, file_offset: part.start, length: bytes, access }),
        }
        length = length.saturating_add(bytes);
    }
    pieces.shrink_to_fit();
    Space { origin: Origin::Registers { thread }, address: None, pieces, length }
}
