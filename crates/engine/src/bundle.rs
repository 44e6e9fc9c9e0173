//! A bundle as the dump that is scrubbed: every member is opened as what it is, and all are one image, so that what is
//! proven in one is looked for, and overwritten, in all.
//!
//! Members are scrubbed where they lie, so that names, order, rights and times of an archive stay byte for byte. That is
//! possible for what is stored as it is: tar archives and multipart bodies (whatever they are compressed in as a whole), and
//! ZIP archives that were laid out ([`flat`](coredact_dump::archive::flat)). What hides its bytes is refused by name.

use crate::error::Error;
use crate::open::{self, head};
use crate::withheld::masked;
use coredact_dump::archive::{Archive, Content, Entry, Fault, Member, Stored};
use coredact_dump::bundle::{Part, assemble};
use coredact_dump::container::{Compression, Foreign};
use coredact_dump::text::{self, Kind};
use coredact_dump::{Image, ReadAt, Section, physical};
use std::ops::Range;
use zeroize::Zeroizing;

/// Archives inside each other that are opened.
const DEPTH_MAX: usize = 4;

/// Members of a bundle: each has an image of its own, which is held.
const MEMBERS_MAX: usize = 1 << 16;

/// Bytes of a member that are looked at together to tell a text.
const LOOK_BYTES: u64 = 1 << 20;

/// The archive format of a file that begins with `head`, if its members are scrubbed in place.
pub(crate) fn detect(head: &[u8]) -> Option<Archive> {
    Archive::detect(head)
        .filter(|archive| matches!(archive, Archive::Tar | Archive::Multipart | Archive::Zip))
}

/// What takes the members out of an archive that is only scanned.
pub(crate) fn opener(archive: Archive) -> &'static str {
    match archive {
        Archive::Ar => "ar x",
        Archive::Cpio => "cpio -id",
        Archive::Pack => "git unpack-objects",
        Archive::Tar | Archive::Multipart => "tar -x",
        Archive::Zip => "unzip",
    }
}

/// Opens a bundle.
///
/// # Errors
/// If a member hides what it holds, is damaged or of another structure than it says, or if the medium fails.
pub(crate) fn open(source: &dyn ReadAt, archive: Archive) -> Result<Image, Error> {
    let mut walker = Walker { source, parts: Vec::new() };
    walker.archive(archive, &(0..source.length()), "", 0)?;
    Ok(assemble(archive.name(), source.length(), walker.parts))
}

struct Walker<'a> {
    source: &'a dyn ReadAt,
    parts: Vec<Part>,
}

impl Walker<'_> {
    fn archive(
        &mut self,
        archive: Archive,
        place: &Range<u64>,
        outer: &str,
        depth: usize,
    ) -> Result<(), Error> {
        let section = Section::new(self.source, place.clone());
        for entry in archive.walk(&section) {
            match entry.map_err(Error::read)? {
                Entry::Fault(Fault { why, is_hidden, .. }) => {
                    let next = if is_hidden {
                        "decrypt or unpack it first, or take it out of the bundle"
                    } else {
                        "make the bundle again"
                    };
                    let member = if outer.is_empty() { archive.name() } else { outer };
                    return Err(refused(member, format!("{why}; {next}")));
                }
                Entry::Member(member) => self.member(member, place.start, outer, depth)?,
            }
        }
        Ok(())
    }

    fn member(&mut self, member: Member, base: u64, outer: &str, depth: usize) -> Result<(), Error> {
        let Member { name, content, .. } = member;
        let name = masked(&name);
        let name = if outer.is_empty() { name } else { format!("{outer}!{name}") };
        let (length, parts) = match content {
            Content::Stored { length, parts } => (length, parts),
            Content::Packed { .. } | Content::Held(_) => return Err(refused(&name, COMPRESSED)),
        };
        let (start, own) = match parts.as_slice() {
            [] if length == 0 => return Ok(()),
            [Stored { start: 0, file_offset, length: own }] => (file_offset.saturating_add(base), *own),
            _ => return Err(refused(&name, SPARSE)),
        };
        if own != length {
            return Err(refused(&name, SPARSE));
        }
        if self.parts.len() >= MEMBERS_MAX {
            return Err(refused(
                &name,
                format!("more than {MEMBERS_MAX} members are not opened; split the bundle"),
            ));
        }
        let range = start..start.saturating_add(length);
        let section = Section::new(self.source, range.clone());
        let head = head(&section);
        if !open::is_dump(&head)
            && let Some(archive) = Archive::detect(&head)
        {
            if depth >= DEPTH_MAX || !matches!(archive, Archive::Tar | Archive::Multipart) {
                let why =
                    format!("it is a {} archive in an archive; unpack it in the bundle", archive.name());
                return Err(refused(&name, why));
            }
            return self.archive(archive, &range, &name, depth + 1);
        }
        let image = one(&section, &head, &name)?;
        self.parts.push(Part { name, range, image });
        Ok(())
    }
}

/// Why a compressed member is refused, and what to do.
const COMPRESSED: &str = "it is compressed, so that its bytes cannot be overwritten where they lie; expand it in the \
                          bundle, and compress the bundle as a whole";

/// The same of a member with holes.
const SPARSE: &str = "it is stored as a sparse file; make the bundle again without --sparse";

fn refused(member: &str, why: impl Into<String>) -> Error {
    Error::Member { member: member.to_owned(), why: why.into() }
}

/// A member as what it is: a dump, a text, else bytes.
fn one(section: &Section<'_>, head: &[u8], name: &str) -> Result<Image, Error> {
    if Compression::detect(head).is_some() || physical::is_packed(head) {
        return Err(refused(name, COMPRESSED));
    }
    let understood = |image: Result<Image, coredact_dump::Error>| {
        image.map_err(|source| Error::MemberNotUnderstood { member: name.to_owned(), source })
    };
    if let Some(open) = open::known(head) {
        return understood(open(section));
    }
    if let Some(Foreign { name: format, opener }) = Foreign::detect(head) {
        let why =
            format!("it is a {format} file, which coredact does not open; lay it open first ({opener})");
        return Err(refused(name, why));
    }
    if is_text(section)? {
        return understood(text::open(section, Kind::Plain));
    }
    physical::raw(section).map_err(Error::NotUnderstood)
}

/// Whether all of a member is text: UTF-8 without zeros.
fn is_text(section: &Section<'_>) -> Result<bool, Error> {
    let (mut at, mut left) = (0, Zeroizing::new(Vec::new()));
    while at < section.length() {
        let count = (section.length() - at).min(LOOK_BYTES);
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(count).unwrap_or(0)]);
        section.read_exact_at(at, &mut bytes).map_err(Error::read)?;
        at += count;
        let all = Zeroizing::new([left.as_slice(), &bytes].concat());
        let whole = match std::str::from_utf8(&all) {
            Ok(_) => all.len(),
            // A character may go on in what is read next.
            Err(error) if error.error_len().is_none() && at < section.length() => error.valid_up_to(),
            Err(_) => return Ok(false),
        };
        if all.contains(&0) {
            return Ok(false);
        }
        left = Zeroizing::new(all.get(whole..).unwrap_or_default().to_vec());
    }
    Ok(true)
}
