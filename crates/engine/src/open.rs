//! From bytes to an image.

use crate::error::Error;
use coredact_dump::container::{Foreign, HEAD_BYTES};
use coredact_dump::{Image, ReadAt, elf, hprof, minidump, physical};
use zeroize::Zeroizing;

/// Magic number of an ELF file (`ELFMAG` in `elf.h`).
const ELF_MAGIC: [u8; 4] = *b"\x7fELF";

/// Structures that a message names.
const LISTED_MAX: usize = 3;

/// `ET_CORE` of `elf.h`, at offset 16 of the header.
const ET_CORE: [u8; 2] = [4, 0];

/// Opens a dump that is to be scrubbed, whatever its format.
///
/// # Errors
/// If it has none that is understood, or cannot be read.
pub fn dump(source: &dyn ReadAt) -> Result<Image, Error> {
    let head = head(source);
    if let Some(open) = known(&head) {
        return open(source).map_err(Error::NotUnderstood);
    }
    // Says what an ELF core would have begun with.
    elf::open(source).map_err(|error| match Foreign::detect(&head) {
        Some(Foreign { name, opener }) => Error::Unopened { name, opener },
        None => Error::NotUnderstood(error),
    })
}

/// Takes any file for the memory of a machine, all of which may be overwritten: because the user says so, for nothing in it
/// does. What is packed in a format that is not opened is noted as not read.
#[must_use]
pub fn memory(source: &dyn ReadAt) -> Image {
    let mut image = physical::raw(source);
    image.unopened = Foreign::detect(&head(source));
    image
}

/// Reads the structure of one format.
type Open = fn(&dyn ReadAt) -> Result<Image, coredact_dump::Error>;

/// How to open what begins so, if it is a dump.
fn known(head: &[u8]) -> Option<Open> {
    if head.starts_with(&ELF_MAGIC) && head.get(16..18) == Some(&ET_CORE) {
        Some(elf::open)
    } else if head.starts_with(&minidump::SIGNATURE) {
        Some(minidump::open)
    } else if head.starts_with(&physical::LIME_MAGIC) {
        Some(physical::lime)
    } else if head.starts_with(&physical::KDUMP_MAGIC) {
        Some(physical::kdump)
    } else if head.starts_with(&hprof::SIGNATURE) {
        Some(hprof::open)
    } else {
        None
    }
}

/// The first bytes of a file, as many as there are and are needed.
fn head(source: &dyn ReadAt) -> Zeroizing<Vec<u8>> {
    let length = usize::try_from(source.length()).map_or(HEAD_BYTES, |length| length.min(HEAD_BYTES));
    let mut head = Zeroizing::new(vec![0; length]);
    if source.read_exact_at(0, &mut head).is_err() {
        // Whoever reads the whole file says why it cannot be read.
        head.clear();
    }
    head
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
    let holds_memory = image.spaces.iter().any(|space| space.origin.is_memory() && space.length > 0);
    if !holds_memory && image.threads.is_empty() {
        return Err(Error::NothingLeft { what });
    }
    if allow_truncated { Ok(()) } else { Err(Error::Truncated { missing: image.missing_bytes, what }) }
}

/// Opens any file for a scan: a dump as one, everything else as raw bytes. What is packed in a format that
/// is not opened is noted as not read ([`Image::unopened`]); of an archive that packs nothing, a remark tells.
///
/// # Errors
/// If a core contradicts itself, or the file cannot be read.
pub fn any(source: &dyn ReadAt) -> Result<Image, Error> {
    let head = head(source);
    let Some(open) = known(&head) else {
        let mut image = coredact_dump::raw(source);
        image.unopened = Foreign::detect(&head);
        image.remarks.extend(archive(&head).map(|name| {
            format!("scanned as raw bytes: the files in this {name} archive were not opened one by one")
        }));
        return Ok(image);
    };
    match open(source) {
        Ok(image) => Ok(image),
        // Its bytes can be searched all the same; the remark says what is lost.
        Err(error) => {
            let mut image = coredact_dump::raw(source);
            image.unopened = Foreign::detect(&head);
            image.remarks.push(format!("scanned as raw bytes: failed to {error}"));
            Ok(image)
        }
    }
}

/// The archives that hold files as they are, one behind the other: every byte of them is searched, but what is
/// compressed in them is not opened.
fn archive(head: &[u8]) -> Option<&'static str> {
    // cpio.5 of libarchive: the new ASCII formats, the old one, and the binary one in both byte orders;
    // ar.5: ARMAG.
    let magics: [(&[u8], _); 6] = [
        (b"070701", "cpio"),
        (b"070702", "cpio"),
        (b"070707", "cpio"),
        (&[0xc7, 0x71], "cpio"),
        (&[0x71, 0xc7], "cpio"),
        (b"!<arch>\n", "ar"),
    ];
    // tar.5 of libarchive: the field magic of the ustar format, which GNU's shares.
    let is_tar = head.get(257..262) == Some(b"ustar");
    let known = magics.iter().find(|(magic, _)| head.starts_with(magic));
    known.map(|(_, name)| *name).or(is_tar.then_some("tar"))
}
