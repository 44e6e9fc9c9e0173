//! LiME's format, version 1 (`doc/README.md` of LiME): each range of memory behind a header of 32 bytes.

use super::POINTERS;
use crate::annotation::Annotations;
use crate::cursor::{u32_at, u64_at};
use crate::error::Error;
use crate::image::{AddressMap, Image, Machine, Origin, Protection};
use crate::limits::PHYSICAL_RANGES_MAX;
use crate::read::ReadAt;
use crate::spaces::{MADE, Run, UNKNOWN, joined, single};
use std::ops::Range;

/// How errors name this format.
const FORMAT: &str = "LiME dump";

/// `LIME_MAGIC`, as it stands in the file.
pub const MAGIC: [u8; 4] = 0x4c69_4d45_u32.to_le_bytes();

/// Bytes of `lime_mem_range_header`: magic, version, first and last address, eight reserved.
pub(super) const HEADER_BYTES: u64 = 32;

/// One range of physical memory.
struct Part {
    header: Range<u64>,
    address: u64,
    memory: Range<u64>,
}

/// Reads the headers of a dump. Its bytes stay in the file.
///
/// # Errors
/// If the first header is none, or the medium fails. What follows a header that is none is remarked and searched.
pub(crate) fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let length = source.length();
    let mut annotations = Annotations::new(FORMAT);
    let (mut spaces, mut runs, mut at, mut count) = (Vec::new(), Vec::new(), 0, 0_usize);
    while at < length {
        let part = match header(source, at) {
            Ok(part) if count < PHYSICAL_RANGES_MAX => part,
            Ok(_) => {
                annotations.remark(format!(
                    "{FORMAT}: more than {PHYSICAL_RANGES_MAX} ranges; what follows file offset {at:#x} is searched as it stands"
                ));
                break;
            }
            Err(error) if count == 0 || matches!(error, Error::Read { .. }) => return Err(error),
            Err(error) => {
                annotations
                    .remark(format!("{FORMAT}: failed to {error}; what follows is searched as it stands"));
                break;
            }
        };
        count = count.saturating_add(1);
        annotations.protect(part.header.clone(), Protection::Structure, "range header");
        spaces.push(single(Origin::Header, part.header.clone(), MADE));
        annotations.promise(&format!("memory at {:#x}", part.address), &part.memory, length);
        let end = part.memory.end.min(length);
        runs.push(Run { address: part.address, file: part.memory.start..end, access: UNKNOWN });
        at = end;
    }
    let mut spaces: Vec<_> = joined(runs).into_iter().chain(spaces).collect();
    if at < length {
        spaces.push(single(Origin::Trailing, at..length, UNKNOWN));
    }
    let (missing_bytes, missing) = annotations.missing(length);
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image {
        format: "lime",
        machine: Machine::Unknown,
        file_length: length,
        members: Vec::new(),
        joints_left: 0,
        addresses: AddressMap::new(&spaces),
        spaces,
        protected,
        mapped: POINTERS.to_vec(),
        ignored_pointer_bits: 0,
        mappings: Vec::new(),
        threads: Vec::new(),
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
    })
}

/// The range whose header stands at an offset.
fn header(source: &dyn ReadAt, at: u64) -> Result<Part, Error> {
    let end = at.saturating_add(HEADER_BYTES);
    if end > source.length() {
        let length = source.length();
        return Err(Error::Truncated { format: FORMAT, structure: "range header", offset: at, length });
    }
    let mut bytes = [0; 32];
    source.read_exact_at(at, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure: "range header",
        offset: at,
        source: fault,
    })?;
    let unsupported = |field, place: u64, value, expected| Error::Unsupported {
        format: FORMAT,
        structure: "range header",
        offset: at.saturating_add(place),
        field,
        value,
        expected,
    };
    if !bytes.starts_with(&MAGIC) {
        let value = u32_at(&bytes, 0).map_or(0, u64::from);
        return Err(unsupported("magic", 0, value, "every range begins with 0x4c694d45"));
    }
    let version = u32_at(&bytes, 4).map_or(0, u64::from);
    if version != 1 {
        return Err(unsupported("version", 4, version, "only 1 is understood"));
    }
    let (first, last) = (u64_at(&bytes, 8).unwrap_or(0), u64_at(&bytes, 16).unwrap_or(0));
    let held = last.checked_sub(first).and_then(|held| held.checked_add(1));
    let memory = held.and_then(|held| Some(end..end.checked_add(held)?));
    let memory =
        memory.ok_or_else(|| unsupported("e_addr", 16, last, "the last address is none below the first"))?;
    Ok(Part { header: at..end, address: first, memory })
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]
mod tests {
    use super::*;

    fn range(address: u64, memory: &[u8]) -> Vec<u8> {
        let last = address + u64::try_from(memory.len()).unwrap() - 1;
        let header = [&MAGIC[..], &[1, 0, 0, 0], &address.to_le_bytes(), &last.to_le_bytes(), &[0; 8]];
        [&header.concat()[..], memory].concat()
    }

    fn owners(image: &Image) -> Vec<u8> {
        let mut owners = vec![0_u8; usize::try_from(image.file_length).unwrap()];
        for piece in image.spaces.iter().flat_map(|space| &space.pieces) {
            for at in piece.file_offset..piece.file_offset + piece.length {
                owners[usize::try_from(at).unwrap()] += 1;
            }
        }
        owners
    }

    #[test]
    fn ranges_that_follow_each_other_in_memory_are_one() {
        let file = [range(0x1000, &[1; 64]), range(0x1040, &[2; 32]), range(0x9000, &[3; 16])].concat();
        let image = open(&file).unwrap();
        let memory: Vec<_> = image.spaces.iter().filter(|space| space.origin == Origin::Memory).collect();
        assert_eq!(memory.iter().map(|space| space.length).collect::<Vec<_>>(), [96, 16]);
        assert_eq!(image.file_offset_of(0x1040), Some((128, 32)));
        assert!(owners(&image).iter().all(|owners| *owners == 1));
        assert_eq!(image.protected.len(), 3);
    }

    #[test]
    fn damaged_headers_are_refused_or_searched() {
        let file = [range(0x1000, &[1; 64]), range(0x8000, &[2; 32])].concat();
        for at in 0..file.len() {
            for value in [0, 0x7f, 0xff] {
                let mut damaged = file.clone();
                damaged[at] = value;
                if let Ok(image) = open(&damaged) {
                    assert!(owners(&image).iter().all(|owners| *owners == 1), "{at}");
                }
            }
            if let Ok(image) = open(&file[..at].to_vec()) {
                assert!(owners(&image).iter().all(|owners| *owners == 1), "{at}");
                let whole = [0, 96].contains(&at) || image.missing_bytes > 0 || !image.remarks.is_empty();
                assert!(whole, "{at}");
            }
        }
        let error = open(&[&b"EMiL\x02"[..], &[0; 40]].concat()).unwrap_err().to_string();
        assert!(error.contains("file offset 0x4: version is 0x2"), "{error}");
    }
}
