//! Dynamic sections: where the linker left the address of its list.

use crate::cursor::u64_at;
use crate::limits::DYNAMIC_BYTES_MAX;
use crate::memory::Memory;

/// Address of `struct r_debug`; zero but in the executable.
const DT_DEBUG: u64 = 21;
const DT_NULL: u64 = 0;

/// Value of `DT_DEBUG` in the dynamic section at `address`.
pub(super) fn debug(memory: &Memory<'_>, address: u64) -> Option<u64> {
    let bytes = memory.bytes(address, memory.held(address, DYNAMIC_BYTES_MAX))?;
    bytes
        .chunks_exact(16)
        .map(|entry| (u64_at(entry, 0).unwrap_or(0), u64_at(entry, 8).unwrap_or(0)))
        .take_while(|entry| entry.0 != DT_NULL)
        .find(|entry| entry.0 == DT_DEBUG)
        .map(|entry| entry.1)
        .filter(|value| *value != 0)
}
