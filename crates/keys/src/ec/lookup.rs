//! Many strings looked up at every offset of the stored bytes at once.

/// Fewest and most bits of the filter, as powers of two: two mebibytes, which the processor's cache holds. Most files are
/// short, and making a long table takes longer than searching them.
const FILTER_BITS: std::ops::RangeInclusive<u32> = 12..=24;

/// Bits of the filter for each string.
const BITS_PER_STRING: usize = 1 << 10;

/// Strings by their first eight bytes.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    /// First eight bytes, and the number of the owner.
    entries: Vec<(u64, u32)>,
    filter: Vec<u64>,
    /// Bits of a hash that are not its place in the filter.
    shift: u32,
}

impl Lookup {
    /// Adds a string; `owner` is told when its first eight bytes are met.
    pub(crate) fn add(&mut self, string: &[u8], owner: u32) {
        if let Some(first) = string.first_chunk::<8>() {
            self.entries.push((u64::from_le_bytes(*first), owner));
        }
    }

    /// Ends the adding.
    pub(crate) fn build(&mut self) {
        self.entries.sort_unstable();
        let wanted = self.entries.len().saturating_mul(BITS_PER_STRING).next_power_of_two();
        let bits = wanted.trailing_zeros().clamp(*FILTER_BITS.start(), *FILTER_BITS.end());
        self.shift = 64 - bits;
        self.filter = vec![0; 1 << (bits - 6)];
        for (first, _) in &self.entries {
            let (word, bit) = slot(*first, self.shift);
            if let Some(word) = self.filter.get_mut(word) {
                *word |= bit;
            }
        }
    }

    /// Calls `seen(offset, owner)` for every offset at which a string may start.
    pub(crate) fn sweep(&self, bytes: &[u8], mut seen: impl FnMut(usize, u32)) {
        if self.entries.is_empty() {
            return;
        }
        for (at, window) in bytes.windows(8).enumerate() {
            let Ok(first) = window.try_into().map(u64::from_le_bytes) else { continue };
            let (word, bit) = slot(first, self.shift);
            if self.filter.get(word).is_none_or(|word| word & bit == 0) {
                continue;
            }
            let start = self.entries.partition_point(|(key, _)| *key < first);
            let equal = self.entries.iter().skip(start).take_while(|(key, _)| *key == first);
            equal.for_each(|(_, owner)| seen(at, *owner));
        }
    }
}

/// Word and bit of the filter for eight bytes (Fibonacci hashing: 2^64 over the golden ratio).
fn slot(first: u64, shift: u32) -> (usize, u64) {
    let hash = first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift;
    (usize::try_from(hash >> 6).unwrap_or(0), 1 << (hash & 63))
}
