//! Gram by gram: the definition.

use super::{REACH, bits, block_of, gram};
use crate::chunk::CHUNK;

/// The portable kernel.
pub(super) fn ask(blocks: &[u64], bytes: &[u8; REACH]) -> u64 {
    let (starts, _) = bytes.split_at(CHUNK + 4);
    let grams = starts.array_windows().step_by(4).map(|word| gram(u64::from_le_bytes(*word)));
    grams.enumerate().fold(0, |hits, (index, gram)| {
        let block = blocks.get(block_of(gram, blocks.len())).copied().unwrap_or(0);
        let bits = bits(gram);
        hits | u64::from(block & bits == bits) << (4 * index)
    })
}
