//! Randomness of the operating system, for secrets that live as long as a test.

use anyhow::{Context, Result};

/// Letters and digits.
pub const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `count` random bytes.
///
/// # Errors
/// If the operating system has none.
pub fn bytes(count: usize) -> Result<Vec<u8>> {
    let mut out = vec![0; count];
    getrandom::fill(&mut out).context("get randomness")?;
    Ok(out)
}

/// `count` random characters of `alphabet`, which must not be empty.
///
/// # Errors
/// If the operating system has no randomness.
pub fn text(count: usize, alphabet: &[u8]) -> Result<String> {
    let picked = bytes(8 * count)?;
    let (words, _) = picked.as_chunks::<8>();
    let at = |word: &[u8; 8]| usize::try_from(u64::from_le_bytes(*word) % alphabet.len() as u64);
    words.iter().map(|word| Ok(char::from(alphabet[at(word)?]))).collect()
}

/// Puts things into the order of chance (Fisher and Yates).
///
/// # Errors
/// If the operating system has no randomness.
pub fn shuffle<T>(things: &mut [T]) -> Result<()> {
    let picked = bytes(8 * things.len())?;
    let (words, _) = picked.as_chunks::<8>();
    for (index, word) in words.iter().enumerate().skip(1) {
        let other = u64::from_le_bytes(*word) % (index as u64 + 1);
        things.swap(index, usize::try_from(other)?);
    }
    Ok(())
}
