//! Programs and libraries in memory (PE): which of their sections the process could write.

use super::list::{Memory, Module, Reader};
use crate::cursor::{array_at, to_usize, u16_at, u32_at};
use crate::error::Error;
use crate::image::Access;
use crate::limits::MINIDUMP_IMAGE_BYTES_MAX;
use std::ops::Range;

/// `e_magic` and `Signature` (PE format, "MS-DOS Stub", "Signature").
const MZ: [u8; 2] = *b"MZ";
const PE: [u8; 4] = *b"PE\0\0";

/// Bytes of a section header.
const SECTION_BYTES: usize = 40;

/// `IMAGE_SCN_MEM_EXECUTE`, `_READ` and `_WRITE`.
const EXECUTE: u32 = 0x2000_0000;
const READ: u32 = 0x4000_0000;
const WRITE: u32 = 0x8000_0000;

/// Sections begin at pages.
const PAGE_BYTES: u64 = 4096;

/// The sections of all modules whose header was dumped, with their rights.
///
/// # Errors
/// If the medium fails.
pub(super) fn sections(
    reader: &Reader<'_>,
    modules: &[Module],
    memory: &[Memory],
) -> Result<Vec<(Range<u64>, Access)>, Error> {
    let mut sorted: Vec<&Memory> = memory.iter().filter(|one| !one.file.is_empty()).collect();
    sorted.sort_by_key(|one| one.address);
    let mut out = Vec::new();
    for module in modules {
        let after = sorted.partition_point(|one| one.address <= module.base);
        let Some(holder) = after.checked_sub(1).and_then(|index| sorted.get(index)) else { continue };
        let start = holder.file.start.saturating_add(module.base.saturating_sub(holder.address));
        let header = start..holder.file.end.min(start.saturating_add(MINIDUMP_IMAGE_BYTES_MAX));
        let bytes = reader.bytes("module header", &header, MINIDUMP_IMAGE_BYTES_MAX)?;
        out.extend(of_header(&bytes, module).unwrap_or_default());
    }
    Ok(out)
}

/// The sections that a header lists, within the module.
fn of_header(bytes: &[u8], module: &Module) -> Option<Vec<(Range<u64>, Access)>> {
    let pe = to_usize(u32_at(bytes, 0x3c).map(u64::from)?);
    if array_at(bytes, 0) != Some(MZ) || array_at(bytes, pe) != Some(PE) {
        return None;
    }
    let field = |at: usize| u16_at(bytes, pe.checked_add(at)?).map(usize::from);
    let (count, optional) = (field(6)?, field(20)?);
    let table = pe.checked_add(24)?.checked_add(optional)?;
    let end = module.base.saturating_add(module.size);
    let section = |header: &[u8]| {
        let start = module.base.saturating_add(u64::from(u32_at(header, 12)?));
        let length = u64::from(u32_at(header, 8)?).checked_next_multiple_of(PAGE_BYTES)?;
        let flags = u32_at(header, 36)?;
        let access =
            Access { read: flags & READ != 0, write: flags & WRITE != 0, execute: flags & EXECUTE != 0 };
        Some((start..start.saturating_add(length).min(end), access))
    };
    Some(bytes.get(table..)?.chunks_exact(SECTION_BYTES).take(count).filter_map(section).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_a_program_have_their_rights() {
        let mut header = vec![0; 0x400];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ");
        put(0x3c, &0x80_u32.to_le_bytes());
        put(0x80, b"PE\0\0");
        put(0x86, &2_u16.to_le_bytes());
        put(0x94, &0xf0_u16.to_le_bytes());
        for (index, (size, start, flags)) in
            [(0x1234_u32, 0x1000_u32, 0x6000_0020_u32), (0x10, 0x3000, 0xc000_0040)].into_iter().enumerate()
        {
            let at = 0x188 + 40 * index;
            put(at + 8, &size.to_le_bytes());
            put(at + 12, &start.to_le_bytes());
            put(at + 36, &flags.to_le_bytes());
        }
        let module = Module { base: 0x40_0000, size: 0x8000, name: 0, records: [0..0, 0..0] };
        let sections = of_header(&header, &module).unwrap();
        let access = |write, execute| Access { read: true, write, execute };
        assert_eq!(
            sections,
            [(0x40_1000..0x40_3000, access(false, true)), (0x40_3000..0x40_4000, access(true, false))]
        );
        for length in 0..header.len() {
            of_header(&header[..length], &module);
        }
        assert!(of_header(&[0; 0x400], &module).is_none());
    }
}
