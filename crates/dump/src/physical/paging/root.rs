//! Pages that look like the table at the top of an address space.

use super::entry::{ENTRIES, Entry};
use super::{FORMAT, PAGE};
use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::image::AddressMap;
use crate::limits::{CHUNK_BYTES, PAGING_ROOTS_MAX};
use crate::read::ReadAt;

/// What the first pass over memory saw.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// Where in the file each lies.
    pub(super) offsets: Vec<u64>,
    /// How many more there were than are followed.
    pub(super) left: u64,
}

/// Every page with the form of a table at the top: not empty, each entry absent or leading to a table, one of them used.
///
/// # Errors
/// If the medium fails.
pub(super) fn candidates(source: &dyn ReadAt, memory: &AddressMap) -> Result<Candidates, Error> {
    let mut out = Candidates::default();
    let mut buffer = Vec::new();
    for (address, file_offset, length) in memory.runs() {
        // Pages begin at multiples of their length in memory, whatever the file does.
        let skipped = address.next_multiple_of(PAGE).saturating_sub(address).min(length);
        let mut at = file_offset.saturating_add(skipped);
        let end = file_offset.saturating_add(length);
        while end.saturating_sub(at) >= PAGE {
            let left = end.saturating_sub(at);
            let bytes = whole(left).min(to_u64(CHUNK_BYTES));
            let next = at.saturating_add(bytes);
            if !source.is_zero(&(at..next)) {
                buffer.resize(to_usize(bytes), 0);
                read(source, at, &mut buffer)?;
                for (page, offset) in buffer.chunks_exact(to_usize(PAGE)).zip((at..).step_by(to_usize(PAGE)))
                {
                    if !is_candidate(page) {
                        continue;
                    }
                    if to_u64(out.offsets.len()) < PAGING_ROOTS_MAX {
                        out.offsets.push(offset);
                    } else {
                        out.left = out.left.saturating_add(1);
                    }
                }
            }
            at = next;
        }
    }
    Ok(out)
}

/// The bytes of the whole pages in so many bytes.
pub(super) fn whole(bytes: u64) -> u64 {
    bytes & !(PAGE.saturating_sub(1))
}

/// Fills a buffer from the file.
pub(super) fn read(source: &dyn ReadAt, offset: u64, buffer: &mut [u8]) -> Result<(), Error> {
    source.read_exact_at(offset, buffer).map_err(|fault| Error::Read {
        format: FORMAT,
        structure: "page",
        offset,
        source: fault,
    })
}

/// The words of a page.
pub(super) fn words(page: &[u8]) -> impl Iterator<Item = u64> {
    page.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).take(ENTRIES)
}

fn is_candidate(page: &[u8]) -> bool {
    let mut is_used = false;
    for word in words(page).filter(|word| *word != 0) {
        if !matches!(Entry::read(word, 3), Entry::Table(_)) {
            return false;
        }
        is_used |= Entry::was_used(word);
    }
    is_used
}
