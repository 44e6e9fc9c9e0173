//! Word by word: the definition.

use super::{CHOICES, FACTOR, REACH, shift};

/// The portable kernel.
#[expect(clippy::cast_possible_truncation, reason = "an index below the number of blocks")]
pub(super) fn ask(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    let shift = shift(blocks.len());
    let [first, second] = CHOICES;
    let (starts, _) = bytes.split_at(REACH - 1);
    let hits = starts.array_windows().fold(0, |hits, word| {
        let hash = u64::from_le_bytes(*word).wrapping_mul(FACTOR);
        let block = blocks.get((hash >> shift) as usize).copied().unwrap_or(0);
        let both = (block >> (hash >> first & 63)) & (block >> (hash >> second & 63));
        hits << 1 | both & 1
    });
    hits.reverse_bits()
}
