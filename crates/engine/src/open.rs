//! From bytes to an image.

use crate::error::Error;
use coredact_dump::{Image, Origin, ReadAt, elf};

/// Magic number of an ELF file (`ELFMAG` in `elf.h`).
const ELF_MAGIC: [u8; 4] = *b"\x7fELF";

/// Structures that a message names.
const LISTED_MAX: usize = 3;

/// `ET_CORE` of `elf.h`, at offset 16 of the header.
const ET_CORE: [u8; 2] = [4, 0];

/// Opens a dump that is to be scrubbed: an ELF core.
///
/// # Errors
/// If it is none, or cannot be read.
pub fn core(source: &dyn ReadAt) -> Result<Image, Error> {
    elf::open(source).map_err(Error::NotUnderstood)
}

/// Refuses a dump that is cut off, unless `allow_truncated`; one of which nothing is left, always.
///
/// # Errors
/// As said.
pub fn complete(image: &Image, allow_truncated: bool) -> Result<(), Error> {
    if image.missing_bytes == 0 {
        return Ok(());
    }
    let listed = image.missing.iter().take(LISTED_MAX).map(ToString::to_string);
    let mut what = listed.collect::<Vec<_>>().join("; ");
    if let Some(more) = image.missing.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
        what.push_str(&format!("; and {more} more"));
    }
    let holds_memory = image.spaces.iter().any(|space| space.origin == Origin::Memory);
    if !holds_memory && image.threads.is_empty() {
        return Err(Error::NothingLeft { what });
    }
    if allow_truncated { Ok(()) } else { Err(Error::Truncated { missing: image.missing_bytes, what }) }
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
