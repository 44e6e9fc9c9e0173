//! From bytes to an image.

use crate::bundle;
use crate::error::Error;
use coredact_dump::archive::Archive;
use coredact_dump::container::{Foreign, HEAD_BYTES};
use coredact_dump::text::{self, Kind};
use coredact_dump::{Image, ReadAt, elf, goheap, hprof, macho, minidump, physical};
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
    if let Some(archive) = bundle::detect(&head) {
        return bundle::open(source, archive);
    }
    if let Some(archive) = Archive::detect(&head) {
        return Err(Error::ScannedOnly { name: archive.name(), opener: bundle::opener(archive) });
    }
    // Says what an ELF core would have begun with, or that a core is to be taken out of a fat file.
    let open = if macho::is_fat(&head) { macho::open } else { elf::open };
    open(source).map_err(|error| match Foreign::detect(&head) {
        Some(Foreign { name, opener }) => Error::Unopened { name, opener },
        None if head.starts_with(&ELF_MAGIC) || macho::is_fat(&head) => Error::NotUnderstood(error),
        None => Error::Unknown(error),
    })
}

/// Takes any file for the memory of a machine, all of which may be overwritten: because the user says so, for nothing in it
/// does. What is packed in a format that is not opened is noted as not read.
///
/// # Errors
/// If it cannot be read.
pub fn memory(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut image = physical::raw(source).map_err(Error::NotUnderstood)?;
    image.unopened = Foreign::detect(&head(source));
    Ok(image)
}

/// Takes any file for a text.
///
/// # Errors
/// If it cannot be read, or says more than is held.
pub fn text(source: &dyn ReadAt) -> Result<Image, Error> {
    text::open(source, Kind::Plain).map_err(Error::NotUnderstood)
}

/// Reads the structure of one format.
pub(crate) type Open = fn(&dyn ReadAt) -> Result<Image, coredact_dump::Error>;

/// How to open what begins so, if it is a dump.
pub(crate) fn known(head: &[u8]) -> Option<Open> {
    if head.starts_with(&ELF_MAGIC) && head.get(16..18) == Some(&ET_CORE) {
        Some(elf::open)
    } else if head.starts_with(&minidump::SIGNATURE) {
        Some(minidump::open)
    } else if macho::is_core(head) {
        Some(macho::open)
    } else if head.starts_with(&physical::LIME_MAGIC) {
        Some(physical::lime)
    } else if physical::is_kdump(head) {
        Some(physical::kdump)
    } else if head.starts_with(&physical::DUMP64_MAGIC) {
        Some(physical::dump64)
    } else if head.starts_with(&hprof::SIGNATURE) {
        Some(hprof::open)
    } else if goheap::is_heap(head) {
        Some(goheap::open)
    } else if Archive::detect(head).is_some() {
        // Texts are told by sentences within them, which may be those of a member.
        None
    } else {
        known_text(head)
    }
}

/// How to open a text that begins so, if it is of a kind that is told apart.
fn known_text(head: &[u8]) -> Option<Open> {
    Some(match Kind::detect(head)? {
        Kind::HeapSnapshot => |source| text::open(source, Kind::HeapSnapshot),
        Kind::HotSpotLog => |source| text::open(source, Kind::HotSpotLog),
        Kind::AppleReport => |source| text::open(source, Kind::AppleReport),
        Kind::DotnetReport => |source| text::open(source, Kind::DotnetReport),
        Kind::JournalExport => |source| text::open(source, Kind::JournalExport),
        Kind::Backtrace => |source| text::open(source, Kind::Backtrace),
        Kind::Plain => |source| text::open(source, Kind::Plain),
    })
}

/// Whether a file that begins so is taken for a dump.
pub(crate) fn is_dump(head: &[u8]) -> bool {
    known(head).is_some()
}

/// Whether a file begins with a zlib stream that is too long to be expanded where it stands.
pub(crate) fn is_zlib(head: &[u8]) -> bool {
    Foreign::detect(head).is_some_and(|foreign| foreign.name == "zlib")
}

/// The first bytes of a file, as many as there are and are needed.
pub(crate) fn head(source: &dyn ReadAt) -> Zeroizing<Vec<u8>> {
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
/// is not opened is noted as not read ([`Image::unopened`]); archives are opened by [`unpack`](crate::unpack) before.
///
/// # Errors
/// If a core contradicts itself, or the file cannot be read.
pub fn any(source: &dyn ReadAt) -> Result<Image, Error> {
    let head = head(source);
    let Some(open) = known(&head) else {
        let mut image = coredact_dump::raw(source);
        image.unopened = Foreign::detect(&head);
        if is_old_cpio(&head) {
            image.remarks.push(
                "scanned as raw bytes: the files in this old cpio archive were not opened one by one"
                    .to_owned(),
            );
        }
        if image.unopened.is_none() && may_be_memory(source.length()) {
            physical::in_virtual_order(source, &mut image).map_err(Error::NotUnderstood)?;
        }
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

/// Bytes of the smallest machine whose memory is looked for in files without headers: Firecracker's least.
const MACHINE_BYTES_MIN: u64 = 16 << 20;

/// Whether a file without headers has the length of a machine's memory: whole pages, and many.
fn may_be_memory(length: u64) -> bool {
    length >= MACHINE_BYTES_MIN && length.is_multiple_of(4096)
}

/// The formats of cpio that are not opened: the old ASCII one, and the binary one in both byte orders (cpio.5 of
/// libarchive). They hold files as they are.
fn is_old_cpio(head: &[u8]) -> bool {
    let magics: [&[u8]; 3] = [b"070707", &[0xc7, 0x71], &[0x71, 0xc7]];
    magics.iter().any(|magic| head.starts_with(magic))
}
