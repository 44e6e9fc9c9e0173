//! Reading where a pointer points.

use zeroize::Zeroizing;

/// The memory of the process, by address. The numbers in it are little-endian.
pub trait Memory {
    /// The bytes from an address on, if the dump has all of them.
    fn read(&self, address: u64, length: usize) -> Option<Zeroizing<Vec<u8>>>;
}

/// A word of eight bytes.
pub(super) fn word(memory: &dyn Memory, address: u64) -> Option<u64> {
    let bytes = memory.read(address, 8)?;
    Some(u64::from_le_bytes(bytes.as_slice().try_into().ok()?))
}

/// A word of four bytes inside others.
pub(super) fn half(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// A word of eight bytes inside others.
pub(super) fn whole(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

/// Lowest address that a program may own (`vm.mmap_min_addr`).
const LOWEST: u64 = 0x1_0000;

/// Highest address of a process with four levels of page tables.
const HIGHEST: u64 = 1 << 47;

/// True for a word that may be an address.
pub(super) fn may_point(word: u64) -> bool {
    (LOWEST..HIGHEST).contains(&word)
}

/// True for a word that may be the address of an object.
pub(super) fn may_point_to_object(word: u64) -> bool {
    may_point(word) && word.is_multiple_of(8)
}
