//! ChaCha20 keys that stand without the constant, beside a counter and a nonce: OpenSSL's `PROV_CHACHA20_CTX`
//! (key, counter, nonce, a block of key stream), which serves ChaCha20-Poly1305 too.

use super::candidate::may_be_secret;
use crate::ec::Stretch;
use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use zeroize::Zeroizing;

/// Name of the detector.
pub(super) const DETECTOR: &str = "chacha20-key-stream";

/// Bytes of a key, of a nonce, and of a block of key stream (RFC 8439 sections 2.3 and 2.4).
const KEY: usize = 32;
const NONCE: usize = 12;
const BLOCK: usize = 64;

/// Bytes of key stream that must be there.
const AGREEING: usize = 16;

/// Bytes behind the key in which the key stream is looked for: the structure.
const REACH: usize = 256;

/// Largest counter that is taken for one: 64 MiB under one nonce.
const COUNTER_MAX: u32 = 1 << 20;

/// The key that starts at an offset of a stretch, if a block of its key stream stands behind it.
pub(super) fn key_at<'a>(stretch: &Stretch<'a>, at: usize) -> Option<&'a [u8]> {
    let key = stretch.bytes.get(at..at.checked_add(KEY)?)?;
    let behind = stretch.bytes.get(at + KEY..)?;
    let counter = u32::from_le_bytes(*behind.first_chunk()?);
    let nonce: [u8; NONCE] = *behind.get(4..)?.first_chunk()?;
    if counter > COUNTER_MAX || !may_be_secret(key) {
        return None;
    }
    let near = behind.get(4 + NONCE..)?;
    let near = near.get(..near.len().min(REACH)).unwrap_or_default();
    // The block that keys Poly1305, the one that was begun, and the one to come.
    let mut counters = vec![0, counter.saturating_sub(1), counter];
    counters.dedup();
    let stream = counters.into_iter().filter_map(|counter| block(key, &nonce, counter));
    let stands = |block: Zeroizing<[u8; BLOCK]>| {
        block.as_chunks::<AGREEING>().0.iter().any(|part| near.array_windows().any(|there| there == part))
    };
    stream.into_iter().any(stands).then_some(key)
}

/// A block of key stream.
fn block(key: &[u8], nonce: &[u8; NONCE], counter: u32) -> Option<Zeroizing<[u8; BLOCK]>> {
    let mut cipher = ChaCha20::new_from_slices(key, nonce).ok()?;
    cipher.try_seek(u64::from(counter) * BLOCK as u64).ok()?;
    let mut block = Zeroizing::new([0; BLOCK]);
    cipher.try_apply_keystream(block.as_mut_slice()).ok()?;
    Some(block)
}
