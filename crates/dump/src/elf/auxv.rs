//! The auxiliary vector: where the kernel put things at the start of the process.

use crate::cursor::u64_at;
use crate::limits::AUXV_ENTRIES_MAX;

/// Program headers of the executable.
pub(super) const AT_PHDR: u64 = 3;
/// Their number.
pub(super) const AT_PHNUM: u64 = 5;
/// Base of the dynamic linker.
pub(super) const AT_BASE: u64 = 7;
/// Name of the processor, a text: `x86_64`.
pub(super) const AT_PLATFORM: u64 = 15;
/// Name of the real processor, on machines that can pass for another.
pub(super) const AT_BASE_PLATFORM: u64 = 24;
/// Address of 16 random bytes.
pub(super) const AT_RANDOM: u64 = 25;
/// Path of the executable as it was started.
pub(super) const AT_EXECFN: u64 = 31;
/// ELF header of the vDSO.
pub(super) const AT_SYSINFO_EHDR: u64 = 33;

/// The entries before `AT_NULL`.
#[derive(Debug, Default)]
pub(crate) struct Auxv {
    entries: Vec<(u64, u64)>,
}

impl Auxv {
    /// Parses the descriptor of `NT_AUXV`.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let entries = bytes
            .chunks_exact(16)
            .take(AUXV_ENTRIES_MAX)
            .map(|entry| (u64_at(entry, 0).unwrap_or(0), u64_at(entry, 8).unwrap_or(0)))
            .take_while(|entry| entry.0 != 0)
            .collect();
        Self { entries }
    }

    /// Value of the first entry of this type, unless it is zero.
    pub(super) fn get(&self, kind: u64) -> Option<u64> {
        self.entries.iter().find(|entry| entry.0 == kind).map(|entry| entry.1).filter(|value| *value != 0)
    }

    /// True if the vector has an entry of this type.
    pub(super) fn has_type(&self, kind: u64) -> bool {
        self.entries.iter().any(|entry| entry.0 == kind)
    }
}
