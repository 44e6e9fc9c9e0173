//! The order of the bytes of a dump's numbers: that of the machine that was dumped.

use crate::cursor::{array_at, u32_at, u64_at};

/// Which byte of a number stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The lowest: x86, AArch64, POWER as Linux runs on it today.
    Little,
    /// The highest: s390x, POWER before.
    Big,
}

impl Order {
    /// The 32-bit number at `at`; zero if there is none.
    pub(super) fn u32_at(self, bytes: &[u8], at: usize) -> u32 {
        let number = match self {
            Self::Little => u32_at(bytes, at),
            Self::Big => array_at(bytes, at).map(u32::from_be_bytes),
        };
        number.unwrap_or(0)
    }

    /// The 64-bit number at `at`; zero if there is none.
    pub(super) fn u64_at(self, bytes: &[u8], at: usize) -> u64 {
        let number = match self {
            Self::Little => u64_at(bytes, at),
            Self::Big => array_at(bytes, at).map(u64::from_be_bytes),
        };
        number.unwrap_or(0)
    }

    /// A number as it stands in the file.
    pub(super) fn u32_bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// A number as it stands in the file.
    pub(super) fn u64_bytes(self, number: u64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}
