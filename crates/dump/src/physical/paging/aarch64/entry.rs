//! Descriptors (Arm Architecture Reference Manual, D8.3).

/// The granules: how many bits of an address lie within a page of 4, 16 and 64 KiB.
pub(in super::super) const GRANULES: [u32; 3] = [12, 14, 16];

/// Bit 0: the descriptor leads somewhere.
const VALID: u64 = 1;
/// Bit 1: to a table, or on the lowest level to a page; else to a block.
const TABLE: u64 = 2;
/// Bits 2 to 9 and 11 of a page or block: memory type, access, shareability, not global. Linux leaves none of them zero for
/// all, and all of them zero in what leads to a table (`pgtable-hwdef.h`: `PMD_TYPE_TABLE`, `PTE_SHARED`).
const ATTRIBUTES: u64 = 0xbfc;
/// Bits 12 to 47: a physical address.
const ADDRESS: u64 = 0x0000_ffff_ffff_f000;
/// Bits 48 to 58 of what leads to a table: ignored or reserved, and zero.
const RESERVED: u64 = 0x07ff_0000_0000_0000;

/// What a descriptor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nothing, or where a page went that is not in memory.
    Absent,
    /// The physical address of a table.
    Table(u64),
    /// The physical address of a page or block.
    Page(u64),
    /// What Linux does not write.
    Impossible,
}

impl Entry {
    /// Reads a descriptor of a table `height` levels above those that lead to pages.
    pub(super) fn read(word: u64, granule: u32, height: u32) -> Self {
        if word & VALID == 0 {
            return Self::Absent;
        }
        let within = page_bytes(granule, height).saturating_sub(1);
        let address = word & ADDRESS;
        match (word & TABLE != 0, height) {
            (true, 1..) if is_table(word, granule) => Self::Table(address),
            (true, 0) | (false, 1..) if word & ATTRIBUTES == 0 || address & within != 0 => Self::Impossible,
            (true, 0) => Self::Page(address),
            // Blocks of 2 MiB and 1 GiB; of 32 MiB; of 512 MiB.
            (false, 1) => Self::Page(address),
            (false, 2) if granule == 12 => Self::Page(address),
            _ => Self::Impossible,
        }
    }
}

/// Whether a descriptor leads to a table.
pub(in super::super) fn is_table(word: u64, granule: u32) -> bool {
    let within = page_bytes(granule, 0).saturating_sub(1) & ADDRESS;
    let address = word & ADDRESS;
    word & (VALID | TABLE) == VALID | TABLE && word & (ATTRIBUTES | RESERVED | within) == 0 && address != 0
}

/// Entries of a table.
pub(super) const fn entries(granule: u32) -> u64 {
    page_bytes(granule, 0) >> 3
}

/// Bytes that an entry of a table at a height covers.
pub(super) const fn page_bytes(granule: u32, height: u32) -> u64 {
    let bits = granule.saturating_add(height.saturating_mul(granule.saturating_sub(3)));
    if bits < 64 { 1 << bits } else { 0 }
}

/// Heights that a table at the top can have, highest first: 48, 39 and 30 bits of address with pages of 4 KiB, 47 and 36 with
/// 16 KiB, 42 with 64 KiB. What lies above is a table of a few entries only.
pub(super) fn heights(granule: u32) -> impl Iterator<Item = u32> {
    let highest = match granule {
        12 => 3,
        14 => 2,
        _ => 1,
    };
    (1..=highest).rev()
}
