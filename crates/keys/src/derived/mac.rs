//! The states that HMAC (RFC 2104) keeps of its key: the hash after one block of the key and a pad.

use sha2::block_api::{compress256, compress512};
use zeroize::Zeroizing;

/// The pads of RFC 2104 section 2.
pub(super) const PADS: [u8; 2] = [0x36, 0x5c];

/// Names of the states' components, in the order of the pads.
pub(super) const NAMES: [&str; 2] = ["inner_state", "outer_state"];

/// The same of the blocks.
pub(super) const BLOCKS: [&str; 2] = ["inner_block", "outer_block"];

/// A hash by the state it starts with.
enum Start {
    Sha1([u32; 5]),
    Sha256([u32; 8]),
    Sha512([u64; 8]),
}

/// A hash with which HMAC is used.
pub(super) struct Algorithm {
    /// Name of the detector.
    pub(super) detector: &'static str,
    /// Lengths of keys that are tried, in bytes: the digest's, the block's, and what programs generate.
    pub(super) lengths: &'static [usize],
    start: Start,
}

/// FIPS 180-4, sections 5.3.1, 5.3.3, 5.3.4 and 5.3.5.
pub(super) static ALGORITHMS: [Algorithm; 4] = [
    Algorithm {
        detector: "hmac-sha256-key",
        lengths: &[16, 20, 24, 32, 48, 64],
        start: Start::Sha256([
            0x6a09_e667,
            0xbb67_ae85,
            0x3c6e_f372,
            0xa54f_f53a,
            0x510e_527f,
            0x9b05_688c,
            0x1f83_d9ab,
            0x5be0_cd19,
        ]),
    },
    Algorithm {
        detector: "hmac-sha1-key",
        lengths: &[16, 20, 32, 64],
        start: Start::Sha1([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]),
    },
    Algorithm {
        detector: "hmac-sha384-key",
        lengths: &[32, 48, 64],
        start: Start::Sha512([
            0xcbbb_9d5d_c105_9ed8,
            0x629a_292a_367c_d507,
            0x9159_015a_3070_dd17,
            0x152f_ecd8_f70e_5939,
            0x6733_2667_ffc0_0b31,
            0x8eb4_4a87_6858_1511,
            0xdb0c_2e0d_64f9_8fa7,
            0x47b5_481d_befa_4fa4,
        ]),
    },
    Algorithm {
        detector: "hmac-sha512-key",
        lengths: &[32, 64],
        start: Start::Sha512([
            0x6a09_e667_f3bc_c908,
            0xbb67_ae85_84ca_a73b,
            0x3c6e_f372_fe94_f82b,
            0xa54f_f53a_5f1d_36f1,
            0x510e_527f_ade6_82d1,
            0x9b05_688c_2b3e_6c1f,
            0x1f83_d9ab_fb41_bd6b,
            0x5be0_cd19_137e_2179,
        ]),
    },
];

impl Algorithm {
    /// The inner and the outer state, as words of the machine.
    pub(super) fn states(&self, key: &[u8]) -> [Zeroizing<Vec<u8>>; 2] {
        PADS.map(|pad| {
            Zeroizing::new(match &self.start {
                Start::Sha1(start) => {
                    let mut state = *start;
                    sha1::block_api::compress(&mut state, &[*padded::<64>(key, pad)]);
                    state.into_iter().flat_map(u32::to_le_bytes).collect()
                }
                Start::Sha256(start) => {
                    let mut state = *start;
                    compress256(&mut state, &[*padded::<64>(key, pad)]);
                    state.into_iter().flat_map(u32::to_le_bytes).collect()
                }
                Start::Sha512(start) => {
                    let mut state = *start;
                    compress512(&mut state, &[*padded::<128>(key, pad)]);
                    state.into_iter().flat_map(u64::to_le_bytes).collect()
                }
            })
        })
    }

    /// Bytes of a block.
    pub(super) fn block_bytes(&self) -> usize {
        match self.start {
            Start::Sha1(_) | Start::Sha256(_) => 64,
            Start::Sha512(_) => 128,
        }
    }

    /// Bytes of a word, of which the states are made.
    pub(super) fn word_bytes(&self) -> usize {
        match self.start {
            Start::Sha1(_) | Start::Sha256(_) => 4,
            Start::Sha512(_) => 8,
        }
    }

    /// The blocks of key and pad.
    pub(super) fn blocks(&self, key: &[u8]) -> [Vec<u8>; 2] {
        PADS.map(|pad| match &self.start {
            Start::Sha1(_) | Start::Sha256(_) => padded::<64>(key, pad).to_vec(),
            Start::Sha512(_) => padded::<128>(key, pad).to_vec(),
        })
    }
}

/// The key with zeros behind it, under a pad.
fn padded<const BLOCK: usize>(key: &[u8], pad: u8) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([pad; BLOCK]);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The state after one block continues to the digest that the hash gives.
    #[test]
    fn inner_state_is_that_of_the_hash() {
        use sha2::{Digest, Sha256};
        let key = [0x5f; 32];
        let [inner, _] = ALGORITHMS[0].states(&key);
        let mut state: [u32; 8] =
            std::array::from_fn(|at| u32::from_le_bytes(inner[4 * at..4 * at + 4].try_into().unwrap()));
        // The padding of a message of one block (FIPS 180-4 section 5.1.1).
        let mut last = [0; 64];
        last[0] = 0x80;
        last[62] = 2;
        compress256(&mut state, &[last]);
        let digest: Vec<u8> = state.into_iter().flat_map(u32::to_be_bytes).collect();
        assert_eq!(digest, Sha256::digest(&ALGORITHMS[0].blocks(&key)[0]).to_vec());
    }
}
