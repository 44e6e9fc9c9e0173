//! What every block held when it was first read.

use super::limits::{BLOCK_BYTES, BLOCK_LENGTH, INPUT_BYTES_MAX};
use std::sync::OnceLock;

/// Content of a block, as far as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Zeros alone.
    Zero,
    /// BLAKE3 of the block.
    Digest(blake3::Hash),
}

impl Seen {
    /// Looks at a block.
    pub(crate) fn of(block: &[u8]) -> Self {
        if is_zero(block) { Self::Zero } else { Self::Digest(blake3::hash(block)) }
    }
}

/// One entry for each block of an input of known length.
#[derive(Debug)]
pub(crate) struct Digests {
    length: u64,
    blocks: Vec<OnceLock<Seen>>,
}

impl Digests {
    /// Nothing seen yet; `None` if the input is too long.
    pub(crate) fn unseen(length: u64) -> Option<Self> {
        if length > INPUT_BYTES_MAX {
            return None;
        }
        let count = usize::try_from(length.div_ceil(BLOCK_LENGTH)).ok()?;
        Some(Self { length, blocks: (0..count).map(|_| OnceLock::new()).collect() })
    }

    /// All seen, by whoever wrote the blocks.
    pub(crate) fn written(length: u64, blocks: Vec<Seen>) -> Self {
        Self { length, blocks: blocks.into_iter().map(OnceLock::from).collect() }
    }

    /// Length of the input in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Length of a block in bytes: [`BLOCK_BYTES`], or less at the end of the input.
    pub(crate) fn block_length(&self, index: u64) -> usize {
        let left = self.length.saturating_sub(index.saturating_mul(BLOCK_LENGTH));
        usize::try_from(left).unwrap_or(usize::MAX).min(BLOCK_BYTES)
    }

    /// Remembers a block at its first reading; false if it was another one then.
    pub(crate) fn agrees(&self, index: u64, block: &[u8]) -> bool {
        let Some(entry) = self.entry(index) else { return false };
        let now = Seen::of(block);
        *entry.get_or_init(|| now) == now
    }

    /// Whether a block is all zeros; `None` if nobody has read it.
    pub(crate) fn is_zero(&self, index: u64) -> Option<bool> {
        Some(matches!(self.entry(index)?.get()?, Seen::Zero))
    }

    fn entry(&self, index: u64) -> Option<&OnceLock<Seen>> {
        self.blocks.get(usize::try_from(index).ok()?)
    }
}

/// True if every byte is zero. Stops at the first kilobyte that is not.
pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(1024).all(|chunk| chunk.iter().fold(0, |sum, &byte| sum | byte) == 0)
}
