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
    let file = OpenOptions::new().read(true).custom_flags(NON_BLOCKING).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut beginning = Vec::new();
    File::take(file, BEGINNING_BYTES).read_to_end(&mut beginning).ok()?;
    let first = mappings.iter().find(|mapping| Path::new(OsStr::from_bytes(&mapping.path)) == path)?;
    let dumped =
        core.file_offset_of(first.memory.start).and_then(|at| dump.take(at, beginning.len() as u64).ok());
    let same = dumped.is_none_or(|dumped| dumped == beginning);
    (beginning.starts_with(b"\x7fELF") && same).then(|| path.to_path_buf())
}
