//! Modules in memory: executables, libraries and the vDSO, by their ELF headers.

use super::auxv::{AT_BASE, AT_PHDR, AT_PHNUM, AT_SYSINFO_EHDR, Auxv};
use super::header::FILE_HEADER_BYTES;
use super::segment::{PROGRAM_HEADER_BYTES, PT_LOAD, PT_NOTE, Segments};
use crate::annotation::Annotations;
use crate::cursor::{align_up, array_at, to_u64, to_usize, u16_at, u32_at, u64_at};
use crate::image::{Mapping, Protection};
use crate::limits::{
    BUILD_ID_BYTES_MAX, DYNAMIC_BYTES_MAX, MODULE_CANDIDATES_MAX, MODULE_HEADERS_MAX, MODULE_NOTE_BYTES_MAX,
    MODULE_NOTES_MAX, MODULES_MAX, VDSO_BYTES_MAX,
};
use crate::memory::Memory;
use std::collections::BTreeSet;
use std::ops::Range;

const PT_DYNAMIC: u32 = 2;
const PT_PHDR: u32 = 6;
/// `NT_GNU_BUILD_ID`, owner `GNU`.
const NT_GNU_BUILD_ID: u32 = 3;
/// `ET_EXEC` and `ET_DYN`.
const MODULE_TYPES: [u16; 2] = [2, 3];

/// One program header of a module.
struct ProgramHeader {
    kind: u32,
    file_offset: u64,
    address: u64,
    bytes: u64,
}

/// Protects the headers, dynamic sections and build-ids of all modules and the
/// vDSO. Returns the addresses of the dynamic sections, where the linker's list starts.
pub(super) fn protect(
    memory: &Memory<'_>,
    segments: &Segments,
    mappings: &[Mapping],
    auxv: &Auxv,
    annotations: &mut Annotations,
) -> BTreeSet<u64> {
    let mut dynamics = BTreeSet::new();
    executable(memory, auxv, annotations, &mut dynamics);
    let loads = segments.loads().filter(|load| !load.file.is_empty()).map(|load| load.address);
    let files = mappings.iter().filter(|mapping| mapping.file_offset == 0).map(|mapping| mapping.range.start);
    let named = [AT_BASE, AT_SYSINFO_EHDR].into_iter().filter_map(|kind| auxv.get(kind));
    let candidates: BTreeSet<u64> = named.chain(files).chain(loads).take(MODULE_CANDIDATES_MAX).collect();
    let mut modules: usize = 0;
    for base in candidates {
        if module(memory, base, annotations, &mut dynamics) {
            modules = modules.saturating_add(1);
        }
        if modules >= MODULES_MAX {
            annotations.remark(format!("ELF core: more than {MODULES_MAX} modules, the rest not looked at"));
            break;
        }
    }
    vdso(memory, segments, auxv, annotations);
    dynamics
}

/// The program headers that `AT_PHDR` names, whatever lies around them.
fn executable(memory: &Memory<'_>, auxv: &Auxv, annotations: &mut Annotations, dynamics: &mut BTreeSet<u64>) {
    let (Some(address), Some(count)) = (auxv.get(AT_PHDR), auxv.get(AT_PHNUM)) else { return };
    let count = u16::try_from(count).unwrap_or(u16::MAX).min(MODULE_HEADERS_MAX);
    let Some(headers) = program_headers(memory, address, count) else {
        annotations
            .remark(format!("ELF core: program headers of the executable at {address:#x} were not dumped"));
        return;
    };
    annotations.debugger(table(memory, address, count), "program headers of the executable");
    let own = headers.iter().find(|header| header.kind == PT_PHDR);
    if let Some(bias) = own.map(|own| address.wrapping_sub(own.address)) {
        contents(memory, bias, &headers, annotations, dynamics);
    }
}

/// Protects the module whose ELF header stands at `base`; false if there is none.
fn module(
    memory: &Memory<'_>,
    base: u64,
    annotations: &mut Annotations,
    dynamics: &mut BTreeSet<u64>,
) -> bool {
    let Some(header) = memory.array::<FILE_HEADER_BYTES>(base) else { return false };
    let is_module = array_at::<6>(&header, 0) == Some([0x7f, b'E', b'L', b'F', 2, 1])
        && u16_at(&header, 16).is_some_and(|kind| MODULE_TYPES.contains(&kind))
        && u16_at(&header, 54) == Some(56);
    if !is_module {
        return false;
    }
    annotations.debugger(
        memory.file_ranges(base..base.saturating_add(to_u64(FILE_HEADER_BYTES))),
        "module ELF header",
    );
    let count = u16_at(&header, 56).unwrap_or(0).min(MODULE_HEADERS_MAX);
    let address = u64_at(&header, 32).and_then(|offset| base.checked_add(offset));
    let Some(headers) = address.and_then(|address| program_headers(memory, address, count)) else {
        return true;
    };
    annotations.debugger(table(memory, address.unwrap_or(0), count), "module program headers");
    let first =
        headers.iter().filter(|header| header.kind == PT_LOAD).min_by_key(|header| header.file_offset);
    let Some(first) = first else { return true };
    let bias = base.wrapping_sub(first.address.wrapping_sub(first.file_offset));
    contents(memory, bias, &headers, annotations, dynamics);
    true
}

/// What the program headers lead to: the dynamic section and the build-id.
fn contents(
    memory: &Memory<'_>,
    bias: u64,
    headers: &[ProgramHeader],
    annotations: &mut Annotations,
    dynamics: &mut BTreeSet<u64>,
) {
    if let Some(header) = headers.iter().find(|header| header.kind == PT_DYNAMIC) {
        let start = bias.wrapping_add(header.address);
        let bytes = header.bytes.min(DYNAMIC_BYTES_MAX);
        annotations.debugger(memory.file_ranges(start..start.saturating_add(bytes)), "module PT_DYNAMIC");
        dynamics.insert(start);
    }
    for header in headers.iter().filter(|header| header.kind == PT_NOTE).take(MODULE_NOTES_MAX) {
        let start = bias.wrapping_add(header.address);
        build_id(memory, start, header.bytes.min(MODULE_NOTE_BYTES_MAX), annotations);
    }
}

/// Finds `NT_GNU_BUILD_ID` among the notes of a module.
fn build_id(memory: &Memory<'_>, start: u64, length: u64, annotations: &mut Annotations) {
    let Some(bytes) = memory.bytes(start, memory.held(start, length)) else { return };
    let mut at: usize = 0;
    while let (Some(name), Some(size), Some(kind)) =
        (u32_at(&bytes, at), u32_at(&bytes, at.saturating_add(4)), u32_at(&bytes, at.saturating_add(8)))
    {
        let name_at = at.saturating_add(12);
        let name_end = align_up(u64::from(name), 4).map(to_usize).and_then(|end| end.checked_add(name_at));
        let next = name_end.and_then(|end| align_up(u64::from(size), 4).map(to_usize)?.checked_add(end));
        let (Some(_), Some(next)) = (name_end, next.filter(|next| *next <= bytes.len())) else { return };
        let is_gnu = array_at::<4>(&bytes, name_at) == Some(*b"GNU\0") && name == 4;
        if is_gnu && kind == NT_GNU_BUILD_ID && u64::from(size) <= BUILD_ID_BYTES_MAX {
            let range = start.saturating_add(to_u64(at))..start.saturating_add(to_u64(next));
            for range in memory.file_ranges(range) {
                annotations.protect(range, Protection::Explained, "build-id");
            }
        }
        at = next;
    }
}

/// The code that the kernel mapped: no file holds it, so the dump must.
fn vdso(memory: &Memory<'_>, segments: &Segments, auxv: &Auxv, annotations: &mut Annotations) {
    let Some(base) = auxv.get(AT_SYSINFO_EHDR) else { return };
    let holder = segments.loads().map(super::segment::Segment::addresses).find(|range| range.contains(&base));
    let Some(holder) = holder else { return };
    let end = holder.end.min(base.saturating_add(VDSO_BYTES_MAX));
    annotations.debugger(memory.file_ranges(base..end), "vdso");
}

fn table(memory: &Memory<'_>, address: u64, count: u16) -> Vec<Range<u64>> {
    let bytes = u64::from(count).saturating_mul(PROGRAM_HEADER_BYTES);
    memory.file_ranges(address..address.saturating_add(bytes))
}

fn program_headers(memory: &Memory<'_>, address: u64, count: u16) -> Option<Vec<ProgramHeader>> {
    let bytes = memory.bytes(address, u64::from(count).saturating_mul(PROGRAM_HEADER_BYTES))?;
    let parse = |entry: &[u8]| {
        Some(ProgramHeader {
            kind: u32_at(entry, 0)?,
            file_offset: u64_at(entry, 8)?,
            address: u64_at(entry, 16)?,
            bytes: u64_at(entry, 40)?,
        })
    };
    bytes.chunks_exact(56).map(parse).collect()
}
