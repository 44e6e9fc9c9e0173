//! The key of an index, and the two fingerprints under it.

use super::blind::Part;
use super::limits::{KEY_FILE_BYTES_MAX, KEY_FILE_BYTES_MIN, MEMORY_KIB_MAX, PASSES_MAX};
use argon2::{Algorithm, Argon2, Params, Version};
use std::fmt;
use zeroize::Zeroizing;

/// Random bytes from which the key of an index is made.
pub const SALT_BYTES: usize = 32;

/// Bits of a coarse fingerprint: with a thousand secrets one offset in four thousand passes it.
pub const SCREEN_BITS: u32 = 22;

/// Bytes of a full fingerprint.
pub const CONFIRM_BYTES: usize = 16;

/// What keys are derived for; BLAKE3's `derive_key` asks for a string that nothing else uses.
const SCREEN: &str = "coredact 2026 known-secrets index v1 screen";
/// See [`SCREEN`].
const CONFIRM: &str = "coredact 2026 known-secrets index v1 confirm";
/// See [`SCREEN`].
const CHECK: &str = "coredact 2026 known-secrets index v1 check";

/// What turning a key file into a key costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// 64 MiB and three passes: the second recommended choice of RFC 9106, section 4, with one lane.
    pub const DEFAULT: Self = Self { memory_kib: 64 << 10, passes: 3 };
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Shorter or longer than a key file is.
    #[error("take a key from {0} bytes: a key file holds {KEY_FILE_BYTES_MIN} to {KEY_FILE_BYTES_MAX}")]
    Length(usize),
    /// The index demands more than any that was made.
    #[error(
        "spend {memory_kib} KiB and {passes} passes on the key, as the index demands: no index of ours asks for that"
    )]
    Cost {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes.
        passes: u32,
    },
}

/// Makes fingerprints. Wiped when dropped.
pub struct Key {
    /// Added to the halves of a window, and what their product is multiplied with.
    screen: Zeroizing<[u64; 2]>,
    confirm: Zeroizing<[u8; 32]>,
    check: [u8; 8],
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// The key of an index that holds its own: `salt` alone.
    #[must_use]
    pub fn from_salt(salt: &[u8; SALT_BYTES]) -> Self {
        Self::derive(salt)
    }

    /// The key that follows from a file's bytes and the salt, by Argon2id (RFC 9106).
    ///
    /// # Errors
    /// If the file is too short or too long, or the cost beyond all reason.
    pub fn from_file(file: &[u8], salt: &[u8; SALT_BYTES], cost: Cost) -> Result<Self, KeyError> {
        if !(KEY_FILE_BYTES_MIN..=KEY_FILE_BYTES_MAX).contains(&file.len()) {
            return Err(KeyError::Length(file.len()));
        }
        let Cost { memory_kib, passes } = cost;
        let refused = KeyError::Cost { memory_kib, passes };
        if memory_kib > MEMORY_KIB_MAX || passes > PASSES_MAX {
            return Err(refused);
        }
        let params = Params::new(memory_kib, passes, 1, Some(SALT_BYTES)).map_err(|_| refused)?;
        let mut master = Zeroizing::new([0; SALT_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(file, salt, master.as_mut_slice())
            .map_err(|_| refused)?;
        Ok(Self::derive(&master))
    }

    fn derive(master: &[u8; SALT_BYTES]) -> Self {
        let words = Zeroizing::new(blake3::derive_key(SCREEN, master));
        let word = |index: usize| {
            let bytes = words.as_chunks::<8>().0.get(index);
            bytes.map_or(1, |bytes| u64::from_le_bytes(*bytes))
        };
        let [a, b, c, d, e, f, g, h, ..] = blake3::derive_key(CHECK, master);
        Self {
            screen: Zeroizing::new([word(0), word(1) | 1]),
            confirm: Zeroizing::new(blake3::derive_key(CONFIRM, master)),
            check: [a, b, c, d, e, f, g, h],
        }
    }

    /// Tells a wrong key file from the right one.
    #[must_use]
    pub fn check(&self) -> [u8; 8] {
        self.check
    }

    /// The coarse fingerprint of eight bytes, read as a little-endian word: the same if the bytes of the word, or of
    /// each of its halves, are turned around, or the halves exchanged. So a number has one whatever the order of its
    /// words. Below `1 << SCREEN_BITS`.
    #[inline]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves of a word, and the upper bits of a product"
    )]
    pub fn screen(&self, word: u64) -> u32 {
        let [addend, factor] = *self.screen;
        let (low, high) = (word as u32, (word >> 32) as u32);
        let product = |one: u32, other: u32| {
            u64::from(one).wrapping_add(addend).wrapping_mul(u64::from(other).wrapping_add(addend))
        };
        let sum = product(low, high).wrapping_add(product(low.swap_bytes(), high.swap_bytes()));
        ((sum ^ sum >> 29).wrapping_mul(factor) >> (64 - SCREEN_BITS)) as u32
    }

    /// The full fingerprint of a part of a secret.
    #[must_use]
    pub fn confirm(&self, part: Part, value: &[u8]) -> [u8; CONFIRM_BYTES] {
        let mut hasher = blake3::Hasher::new_keyed(&self.confirm);
        hasher.update(&[part.tag()]).update(value);
        let mut out = [0; CONFIRM_BYTES];
        hasher.finalize_xof().fill(&mut out);
        out
    }
}
