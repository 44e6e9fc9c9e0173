//! What a cipher's detector hands over: a key, the values that give it away, and where they stand.

use super::known::publicly_known;
use crate::{Certainty, Component, Hit, Kind, Material, Notation, Role};
use std::ops::Range;

/// A key with the values derived from it.
pub(super) struct Evidence {
    /// Name of the detector.
    pub(super) detector: &'static str,
    /// Strength in bits.
    pub(super) bits: u32,
    /// The key.
    pub(super) key: Vec<u8>,
    /// Values that give the key away, by name, as they stand in memory.
    pub(super) derived: Vec<(&'static str, Vec<u8>)>,
}

impl Evidence {
    /// The secret.
    pub(super) fn material(self) -> Material {
        let publicly_known = publicly_known(&self.key).map(str::to_owned);
        let mut components = vec![Component::new("key", Role::Secret, Notation::Bytes, self.key)];
        let derived = self.derived.into_iter();
        components
            .extend(derived.map(|(name, value)| Component::new(name, Role::Derived, Notation::Bytes, value)));
        Material {
            kind: Kind::SymmetricKey,
            bits: self.bits,
            certainty: Certainty::Proven,
            detector: self.detector.to_owned(),
            components,
            public_ids: Vec::new(),
            publicly_known,
        }
    }

    /// The secret where it was met.
    pub(super) fn hit(self, range: Range<usize>, component: &'static str, form: &'static str) -> Hit {
        Hit { range, component, form, material: self.material() }
    }
}

/// True if hardly a word of a schedule comes twice in its first 128 bytes, as words do in tables and blank memory, where
/// equations of words hold of themselves.
pub(super) fn is_varied(schedule: &[u8]) -> bool {
    let mut words: Vec<[u8; 4]> = schedule.as_chunks().0.iter().take(32).copied().collect();
    let count = words.len();
    words.sort_unstable();
    words.dedup();
    words.len() + REPEATED_MAX >= count
}

/// Words that may come again: Camellia's turned by 32 bits, and a place of two that is not used.
const REPEATED_MAX: usize = 4;

/// Bits of a key of so many bytes.
pub(super) fn bits(key: &[u8]) -> u32 {
    u32::try_from(8 * key.len()).unwrap_or(u32::MAX)
}

/// True if a string of bytes may come from a generator of random numbers: its bytes hardly repeat, few are zero, and
/// it is no text. Of 32 random bytes one string in 20,000 fails, of 16 one in 10,000.
pub(crate) fn looks_random(key: &[u8]) -> bool {
    let mut sorted = key.to_vec();
    sorted.sort_unstable();
    let distinct = sorted.chunk_by(|one, next| one == next).count();
    let zeros = key.iter().filter(|byte| **byte == 0).count();
    let high = key.iter().filter(|byte| **byte >= 0x80).count();
    let wanted = match key.len() {
        ..16 => return false,
        16..24 => 12,
        24..32 => 17,
        _ => 23,
    };
    distinct >= wanted && zeros <= 3 && high >= 2 && high + 1 < key.len()
}
