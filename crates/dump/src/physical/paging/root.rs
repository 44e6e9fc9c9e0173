//! Pages that look like the table at the top of an address space.

use super::entry::Entry;
use super::{FORMAT, PAGE, aarch64};
use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::image::{AddressMap, Machine};
use crate::limits::{CHUNK_BYTES, PAGING_ROOTS_MAX};
use crate::read::ReadAt;

/// How tables are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As those of x86-64.
    X86_64,
    /// As those of AArch64, with pages of so many bits of an address.
    Aarch64(u32),
}

/// What the first pass over memory saw.
#[derive(Debug)]
pub(super) struct Candidates {
    /// Where in the file each lies, by how it is read.
    pub(super) offsets: Vec<(Reading, Vec<u64>)>,
    /// How many more there were than are followed.
    pub(super) left: u64,
}

impl Candidates {
    fn new() -> Self {
        let all = std::iter::once(Reading::X86_64).chain(aarch64::GRANULES.map(Reading::Aarch64));
        Self { offsets: all.map(|reading| (reading, Vec::new())).collect(), left: 0 }
    }

    /// Takes note of the tables in a stretch of whole pages, which begins at `address` and lies at `offset` in the file.
    fn take(&mut self, stretch: &[u8], address: u64, offset: u64, machine: Machine) {
        let pages = stretch.chunks_exact(to_usize(PAGE));
        let forms: Vec<Form> = pages.map(|page| Form::of(page, machine)).collect();
        for (reading, known) in &mut self.offsets {
            let bytes = match reading {
                Reading::X86_64 => PAGE,
                Reading::Aarch64(granule) => 1_u64.checked_shl(*granule).unwrap_or(PAGE),
            };
            let skipped = address.next_multiple_of(bytes).saturating_sub(address);
            let [first, count] = [skipped, bytes].map(|bytes| to_usize(bytes.checked_div(PAGE).unwrap_or(0)));
            let tables = forms.get(first..).unwrap_or_default().chunks_exact(count.max(1));
            let start = offset.saturating_add(skipped);
            for (table, at) in tables.zip((start..).step_by(to_usize(bytes))) {
                let is_top = reading.is_top(table);
                let has_room = to_u64(known.len()) < PAGING_ROOTS_MAX;
                if is_top && has_room {
                    known.push(at);
                }
                self.left = self.left.saturating_add(u64::from(is_top && !has_room));
            }
        }
    }
}

impl Reading {
    /// Whether pages are together a table at the top.
    fn is_top(self, pages: &[Form]) -> bool {
        match self {
            Self::X86_64 => pages.iter().all(|form| form.is_x86_64),
            Self::Aarch64(_) => {
                pages.iter().any(|form| form.aarch64 == Said::Tables)
                    && pages.iter().all(|form| form.aarch64 != Said::Else)
            }
        }
    }
}

/// What a page says, read as part of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Tables,
    Else,
}

/// Which tables a page has the form of.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// Each entry absent or leading to a table, one of them used.
    is_x86_64: bool,
    /// Each entry zero or leading to a table.
    aarch64: Said,
}

impl Form {
    fn of(page: &[u8], machine: Machine) -> Self {
        let zeros = words(page).take_while(|word| *word == 0).count();
        let mut form = Self { is_x86_64: false, aarch64: Said::Nothing };
        let mut said = words(page).skip(zeros).filter(|word| *word != 0).peekable();
        if said.peek().is_none() {
            return form;
        }
        if machine != Machine::X86_64 {
            let [granule, ..] = aarch64::GRANULES;
            let is_table = said.clone().all(|word| aarch64::is_table(word, granule));
            form.aarch64 = if is_table { Said::Tables } else { Said::Else };
        }
        if machine != Machine::Aarch64 {
            form.is_x86_64 = is_top(said);
        }
        form
    }
}

/// Whether entries of x86-64 are those of a table at the top.
fn is_top(words: impl Iterator<Item = u64>) -> bool {
    let mut is_used = false;
    for word in words {
        if !matches!(Entry::read(word, 3), Entry::Table(_)) {
            return false;
        }
        is_used |= Entry::was_used(word);
    }
    is_used
}

/// Every page with the form of a table at the top, of the machine or, if that is not known, of all.
///
/// # Errors
/// If the medium fails.
pub(super) fn candidates(
    source: &dyn ReadAt,
    memory: &AddressMap,
    machine: Machine,
) -> Result<Candidates, Error> {
    let mut out = Candidates::new();
    let mut buffer = Vec::new();
    for (start, file_offset, length) in memory.runs() {
        let end = start.saturating_add(length);
        // Pages begin at multiples of their length in memory, whatever the file does; and so do stretches, so that none ends
        // within a table.
        let mut address = start.next_multiple_of(PAGE);
        while end.saturating_sub(address) >= PAGE {
            let next = address.saturating_add(1).next_multiple_of(to_u64(CHUNK_BYTES));
            let bytes = whole(next.min(end).saturating_sub(address));
            let at = file_offset.saturating_add(address.saturating_sub(start));
            if !source.is_zero(&(at..at.saturating_add(bytes))) {
                buffer.resize(to_usize(bytes), 0);
                read(source, at, &mut buffer)?;
                out.take(&buffer, address, at, machine);
            }
            address = address.saturating_add(bytes.max(PAGE));
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

/// The words of a page or table.
pub(super) fn words(page: &[u8]) -> impl Iterator<Item = u64> + Clone {
    page.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word))
}
