//! All-zero bytes: most of a sparse dump, and nothing to find in them.

/// True if every byte is zero (also for no bytes at all).
///
/// Looks at 128 bytes at a time and leaves at the first that differ, so that
/// content costs next to nothing.
#[must_use]
pub fn is_zero(bytes: &[u8]) -> bool {
    const STEP: usize = 128;
    let (blocks, tail) = bytes.as_chunks::<STEP>();
    blocks.iter().all(|block| {
        let (words, _) = block.as_chunks::<16>();
        words.iter().fold(0, |sum, word| sum | u128::from_ne_bytes(*word)) == 0
    }) && tail.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_anywhere_is_seen() {
        for len in [0, 1, 15, 16, 127, 128, 129, 300] {
            let mut bytes = vec![0; len];
            assert!(is_zero(&bytes), "{len} zero bytes");
            for at in 0..len {
                bytes[at] = 1;
                assert!(!is_zero(&bytes), "byte {at} of {len}");
                bytes[at] = 0;
            }
        }
    }
}
