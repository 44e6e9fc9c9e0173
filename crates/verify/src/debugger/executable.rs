//! The program that was dumped, as the dump names it.

use crate::elf::Core;
use crate::fault::Named;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// `AT_ENTRY` of the auxiliary vector (`elf.h`): where the program begins.
const AT_ENTRY: u64 = 9;

/// Bytes at the program's start that must be those of the dump, if it holds them: the ELF header and what
/// follows it, the build-id of most programs included.
const BEGINNING_BYTES: u64 = 1024;

/// Length of a 64-bit ELF header.
const HEADER_BYTES: u64 = 64;

/// Bits of an address that loading a program elsewhere does not change: those inside a page.
const PAGE_MASK: u64 = 0xfff;

/// `O_NONBLOCK` of Linux: opening a pipe or device that the dump names must not wait.
const NON_BLOCKING: i32 = 0o4000;

/// The file mapped where the program begins, if it is a regular ELF file that begins as the dump says.
pub(super) fn of(core: &Core, dump: Named<'_>) -> Option<PathBuf> {
    let entry = core.auxiliary(AT_ENTRY)?;
    let mappings = core.mappings();
    let mapping = mappings.iter().find(|mapping| mapping.memory.contains(&entry))?;
    let path = Path::new(OsStr::from_bytes(&mapping.path));
    if !path.is_absolute() || !std::fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let beginning = beginning(path, BEGINNING_BYTES)?;
    let first = mappings.iter().find(|mapping| Path::new(OsStr::from_bytes(&mapping.path)) == path)?;
    let dumped =
        core.file_offset_of(first.memory.start).and_then(|at| dump.take(at, beginning.len() as u64).ok());
    let same = dumped.is_none_or(|dumped| dumped == beginning);
    (beginning.starts_with(b"\x7fELF") && same).then(|| path.to_path_buf())
}

/// Why `path`, which somebody named, is not the program that was dumped; nothing if it may be. A stripped
/// file and one with debugging information begin alike where this looks.
pub(super) fn mistaken(path: &Path, core: &Core, dump: Named<'_>) -> Option<String> {
    let other = |why: &str| Some(format!("{} is not the program of this dump: {why}", path.display()));
    let Some(header) = beginning(path, HEADER_BYTES).filter(|bytes| bytes.len() as u64 == HEADER_BYTES)
    else {
        return other("it cannot be read as an ELF file");
    };
    // e_ident: the magic number and ELFCLASS64.
    if !header.starts_with(b"\x7fELF\x02") {
        return other("it is no 64-bit ELF file");
    }
    let entry = core.auxiliary(AT_ENTRY)?;
    // e_entry: an address, or an offset from where the kernel loaded the program.
    if word(&header, 24).is_none_or(|own| own & PAGE_MASK != entry & PAGE_MASK) {
        return other("it starts at another address");
    }
    let mappings = core.mappings();
    let mapping = mappings.iter().find(|mapping| mapping.memory.contains(&entry))?;
    let first = mappings.iter().find(|one| one.path == mapping.path)?;
    let dumped = dump.take(core.file_offset_of(first.memory.start)?, HEADER_BYTES).ok()?;
    if !dumped.starts_with(b"\x7fELF") {
        return None;
    }
    // e_type to e_phoff, and e_phnum.
    let same = [16..40, 56..58].into_iter().all(|part| header.get(part.clone()) == dumped.get(part));
    if same { None } else { other("its ELF header is not the one in the dump") }
}

/// The first bytes of a regular file.
fn beginning(path: &Path, length: u64) -> Option<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(NON_BLOCKING).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::take(file, length).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}
