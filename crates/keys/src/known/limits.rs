//! What an index may hold, and what a secret must be.

/// Shortest secret: the window of the coarse fingerprint.
pub const SECRET_BYTES_MIN: usize = 8;

/// Longest secret: one that is written in hexadecimal with separators in UTF-16 still fits into the look-ahead of a
/// window of the engine.
pub const SECRET_BYTES_MAX: usize = 4096;

/// Secrets of one index. With as many, one offset in 250 passes the coarse fingerprint.
pub const SECRETS_MAX: usize = 16_384;

/// Fingerprints of one secret: whole, decoded, in another character set, and both ends of the first two.
pub const FINGERPRINTS_MAX: usize = 8;

/// Longest label.
pub const LABEL_BYTES_MAX: usize = 256;

/// Fewest bits of a secret whose fingerprints may stand beside their key. The coarse fingerprint gives 22 of them
/// away, and what is left must be beyond all guessing for the life of the secret.
pub const GUESSABLE_BITS: u32 = 96;

/// Different bytes that a secret, and the window of its coarse fingerprint, must have: what has fewer stands
/// everywhere.
pub(super) const DISTINCT_MIN: usize = 4;

/// Shortest secret of which both ends are looked for by themselves, and how long those are: each holds as much as a
/// key of 128 bits.
pub(super) const ENDS_FROM_BYTES: usize = 32;
/// See [`ENDS_FROM_BYTES`].
pub(super) const END_BYTES: usize = 16;

/// Lengths of the bytes that a text may stand for in hexadecimal or base64.
pub(super) const DECODED_BYTES: std::ops::RangeInclusive<usize> = 16..=SECRET_BYTES_MAX;

/// Lengths of the file that a key is made from: a passphrase at least, 4 KiB at most.
pub const KEY_FILE_BYTES_MIN: usize = 8;
/// See [`KEY_FILE_BYTES_MIN`].
pub const KEY_FILE_BYTES_MAX: usize = 4096;

/// Most memory (in KiB) and passes that an index may demand for its key, so that a hostile one cannot stop a scan.
pub(super) const MEMORY_KIB_MAX: u32 = 1 << 20;
/// See [`MEMORY_KIB_MAX`].
pub(super) const PASSES_MAX: u32 = 16;

/// Longest block of a hash under HMAC in bytes: SHA-384 and SHA-512 (FIPS 180-4, section 1). The blocks of SHA-3 with
/// up to 136 bytes hardly pass it.
pub(super) const PAD_BLOCK_BYTES: usize = 136;
