//! The root of the topmost tree: FIPS 205, algorithms 6 and 9, with the hashes of section 11.

use super::set::{Family, Set};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256, Sha512};
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use zeroize::Zeroizing;

/// Longest part of a key.
const N_MAX: usize = 32;

/// A hash, in its first n bytes.
type Node = Zeroizing<[u8; N_MAX]>;

/// Types of addresses (FIPS 205, section 4.2).
const WOTS_HASH: u8 = 0;
const WOTS_PK: u8 = 1;
const TREE: u8 = 2;
const WOTS_PRF: u8 = 5;

/// PK.root, as it follows from SK.seed and PK.seed, each of n bytes.
pub(super) fn root(set: Set, sk_seed: &[u8], pk_seed: &[u8]) -> Vec<u8> {
    let hasher = Hasher { set, pk_seed };
    let leaves: Vec<Node> =
        (0..1_u32 << set.height).into_par_iter().map(|leaf| hasher.leaf(sk_seed, leaf)).collect();
    let mut nodes = leaves;
    let mut height = 0;
    while nodes.len() > 1 {
        height += 1;
        let pair = |(pair, index): (&[Node], u32)| {
            let parts: Vec<&[u8]> = pair.iter().map(|node| hasher.cut(node)).collect();
            hasher.hash(true, TREE, [0, height, index], &parts.concat())
        };
        nodes = nodes.chunks(2).zip(0..).map(pair).collect();
    }
    nodes.first().map(|root| hasher.cut(root).to_vec()).unwrap_or_default()
}

struct Hasher<'a> {
    set: Set,
    pk_seed: &'a [u8],
}

impl Hasher<'_> {
    fn cut<'n>(&self, node: &'n Node) -> &'n [u8] {
        node.get(..self.set.n).unwrap_or_default()
    }

    /// The public key of a one-time key.
    fn leaf(&self, sk_seed: &[u8], leaf: u32) -> Node {
        let mut ends = Vec::with_capacity(N_MAX * 67);
        for chain in 0..self.set.chains() {
            let mut node = self.hash(false, WOTS_PRF, [leaf, chain, 0], sk_seed);
            for step in 0..15 {
                node = self.hash(false, WOTS_HASH, [leaf, chain, step], self.cut(&node));
            }
            ends.extend_from_slice(self.cut(&node));
        }
        self.hash(true, WOTS_PK, [leaf, 0, 0], &ends)
    }

    /// F and PRF, or H and T, whose messages are longer.
    fn hash(&self, is_long: bool, kind: u8, words: [u32; 3], message: &[u8]) -> Node {
        let words = words.map(u32::to_be_bytes);
        let layer = [self.set.layer];
        let mut out: Node = Zeroizing::new([0; N_MAX]);
        if self.set.family == Family::Shake {
            let mut hash = Shake256::default();
            for part in
                [self.pk_seed, &[0; 3], &layer, &[0; 12], &[0; 3], &[kind], words.as_flattened(), message]
            {
                hash.update(part);
            }
            let room = out.get_mut(..self.set.n).unwrap_or_default();
            hash.finalize_xof().read(room);
            return out;
        }
        let zeros = [0_u8; 128];
        let block = if is_long && self.set.n > 16 { 128 } else { 64 };
        let padding = zeros.get(..block - self.pk_seed.len().min(block)).unwrap_or_default();
        let parts: [&[u8]; 7] =
            [self.pk_seed, padding, &layer, &[0; 8], &[kind], words.as_flattened(), message];
        let digest = if block == 128 {
            parts.iter().fold(Sha512::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
        } else {
            parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
        };
        for (to, from) in out.iter_mut().zip(digest.iter().take(self.set.n)) {
            *to = *from;
        }
        out
    }
}
