//! From bytes to an image.

use crate::error::Error;
use coredact_dump::{Image, ReadAt, elf};

/// Magic number of an ELF file (`ELFMAG` in `elf.h`).
const ELF_MAGIC: [u8; 4] = *b"\x7fELF";

/// `ET_CORE` of `elf.h`, at offset 16 of the header.
const ET_CORE: [u8; 2] = [4, 0];

/// Opens a dump that is to be scrubbed: an ELF core.
///
/// # Errors
/// If it is none, or cannot be read.
pub fn core(source: &dyn ReadAt) -> Result<Image, Error> {
    elf::open(source).map_err(Error::NotUnderstood)
}

/// Opens any file for a scan: an ELF core as one, everything else as raw bytes.
///
/// # Errors
/// If a core contradicts itself, or the file cannot be read.
pub fn any(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut head = [0; 18];
    let is_core = source.read_exact_at(0, &mut head).is_ok()
        && head.starts_with(&ELF_MAGIC)
        && head.ends_with(&ET_CORE);
    if !is_core {
        return Ok(coredact_dump::raw(source));
    }
    match elf::open(source) {
        Ok(image) => Ok(image),
        // Its bytes can be searched all the same; the remark says what is lost.
        Err(error) => {
            let mut image = coredact_dump::raw(source);
            image.remarks.push(format!("scanned as raw bytes: failed to {error}"));
            Ok(image)
        }
    }
}
