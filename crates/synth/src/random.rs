//! Numbers from a seed: the same everywhere, for ever. Not for keys that anybody uses.

use rsa::rand_core::{CryptoRng, Error, RngCore};

/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

/// Golden-ratio increment of SplitMix64.
const INCREMENT: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Starts from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Self { state: seed };
        // Neighbouring seeds differ by less than the increment: mix once.
        random.state = random.word();
        random
    }

    /// A generator of its own for part `label` of what `seed` describes, so that a change of one
    /// part moves no other.
    #[must_use]
    pub fn of(seed: u64, label: u64) -> Self {
        Self::new(seed ^ label.wrapping_mul(0xd1b5_4a32_d192_ed03).rotate_left(17))
    }

    /// The next 64 bits.
    #[inline]
    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(INCREMENT);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0. The bias is that of a multiplication: no matter here.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.word()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// An index below `bound`.
    #[inline]
    pub fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap_or(0)
    }

    /// Fills a buffer.
    pub fn fill(&mut self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }

    /// As many bytes as asked for.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = vec![0; count];
        self.fill(&mut out);
        out
    }

    /// Text of `count` characters of an alphabet.
    pub fn text(&mut self, count: usize, alphabet: &[u8]) -> String {
        (0..count).map(|_| char::from(alphabet[self.index(alphabet.len())])).collect()
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }
}

// The prime generation of `rsa` asks for these; reproducible keys are the purpose here.
impl CryptoRng for Random {}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        u32::try_from(self.word() >> 32).unwrap_or(0)
    }

    fn next_u64(&mut self) -> u64 {
        self.word()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        self.fill(out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn same_seed_gives_same_bytes_and_other_label_others() {
        assert_eq!(Random::of(7, 1).bytes(33), Random::of(7, 1).bytes(33));
        assert_ne!(Random::of(7, 1).bytes(33), Random::of(7, 2).bytes(33));
        assert_ne!(Random::of(7, 1).bytes(33), Random::of(8, 1).bytes(33));
    }

    #[test]
    fn bounds_hold() {
        let mut random = Random::new(1);
        assert!((0..1000).all(|_| random.below(10) < 10));
        assert_eq!(random.below(0), 0);
    }
}
