//! Blocks of which a reader wanted a part.

use super::limits::{BLOCK_BYTES, CACHE_BLOCKS};
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use zeroize::Zeroizing;

/// A few blocks, each in the one slot that its index maps to. Wiped when dropped.
///
/// Windows overlap by less than a block, so the last block of one window is the
/// first of the next: it is read once and copied twice.
pub(super) struct Cache {
    slots: [Mutex<Slot>; CACHE_BLOCKS],
}

#[derive(Default)]
struct Slot {
    index: Option<u64>,
    block: Zeroizing<Vec<u8>>,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { slots: Default::default() }
    }

    /// Copies a whole block, if it is here and nobody is busy with its slot.
    pub(super) fn copy(&self, index: u64, buffer: &mut [u8]) -> bool {
        let slot = match self.slot(index).map(Mutex::try_lock) {
            Some(Ok(slot)) => slot,
            Some(Err(TryLockError::Poisoned(slot))) => slot.into_inner(),
            Some(Err(TryLockError::WouldBlock)) | None => return false,
        };
        if slot.index != Some(index) || slot.block.len() != buffer.len() {
            return false;
        }
        buffer.copy_from_slice(&slot.block);
        true
    }

    /// Copies a part of a block from `within` on; `load` fills the block if it is not here.
    pub(super) fn copy_part(
        &self,
        index: u64,
        block_length: usize,
        within: usize,
        buffer: &mut [u8],
        load: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let eof = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut slot = self.lock(index).ok_or_else(eof)?;
        if slot.index != Some(index) {
            slot.index = None;
            if slot.block.capacity() == 0 {
                // The first block is short only if there is no other.
                slot.block.reserve_exact(if index == 0 { block_length } else { BLOCK_BYTES });
            }
            slot.block.resize(block_length, 0);
            load(&mut slot.block)?;
            slot.index = Some(index);
        }
        let end = within.checked_add(buffer.len()).ok_or_else(eof)?;
        buffer.copy_from_slice(slot.block.get(within..end).ok_or_else(eof)?);
        Ok(())
    }

    fn lock(&self, index: u64) -> Option<MutexGuard<'_, Slot>> {
        // A panic while a slot was loaded leaves it without an index, hence empty.
        Some(self.slot(index)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn slot(&self, index: u64) -> Option<&Mutex<Slot>> {
        // Windows start at multiples of a power of two, which must not all share a slot.
        let spread = index.wrapping_mul(GOLDEN) >> 32;
        self.slots.get(usize::try_from(spread).ok()? % CACHE_BLOCKS)
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({CACHE_BLOCKS} blocks)")
    }
}

/// 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, section 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
