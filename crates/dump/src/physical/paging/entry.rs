//! Entries of page tables (Intel SDM, volume 3A, tables 4-15 to 4-20).

/// Bit 0: the entry leads somewhere.
const PRESENT: u64 = 1;
/// Bit 5: the processor has used it.
const ACCESSED: u64 = 1 << 5;
/// Bit 7 above the lowest level: a large page, no table. Reserved at the top.
const LARGE: u64 = 1 << 7;
/// Bits 12 to 51: a physical address.
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Physical addresses end here: 64 TiB, as much as Linux maps with four levels (`mm.rst`).
const ADDRESSES: u64 = 1 << 46;

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nothing, or where a page went that is not in memory.
    Absent,
    /// The physical address of a table.
    Table(u64),
    /// The physical address of a page.
    Page(u64),
    /// What no processor accepts.
    Impossible,
}

impl Entry {
    /// Reads an entry of a table `level` levels above the pages: 0 for entries that lead to pages of 4 KiB, 3 at the top.
    pub(super) fn read(word: u64, level: u32) -> Self {
        if word & PRESENT == 0 {
            return Self::Absent;
        }
        let address = word & ADDRESS;
        let is_page = level == 0 || (word & LARGE != 0 && level < 3);
        // Bit 12 of a large page is no part of its address.
        let low = if level == 0 { 0 } else { (page_bytes(level).saturating_sub(1)) & ADDRESS & !0x1000 };
        let is_broken = address >= ADDRESSES || (level == 3 && word & LARGE != 0);
        match (is_broken, is_page) {
            (true, _) => Self::Impossible,
            (false, true) if address & low != 0 => Self::Impossible,
            (false, true) => Self::Page(address & !low & !u64::from(level > 0).saturating_mul(0x1000)),
            (false, false) if address == 0 => Self::Impossible,
            (false, false) => Self::Table(address),
        }
    }

    /// Whether the processor has gone this way.
    pub(super) fn was_used(word: u64) -> bool {
        word & (PRESENT | ACCESSED) == PRESENT | ACCESSED
    }
}

/// Bytes that an entry covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB.
pub(super) const fn page_bytes(level: u32) -> u64 {
    match level {
        0 => 4 << 10,
        1 => 2 << 20,
        2 => 1 << 30,
        _ => 512 << 30,
    }
}
