//! Blocks of HMAC (RFC 2104 section 2) that stand whole: a key with a pad added to each byte, and as many bytes of the
//! pad as fill the block of the hash. Libraries keep them to start anew (mbedTLS, wolfSSL, Crypto++, libsodium, NSS).
//!
//! | what stands there | finding |
//! |---|---|
//! | a block, and near it the other block of the same key, the key, or the state of a hash after either | proven |
//! | two blocks that differ by the sum of the pads throughout, whatever the length of the key | proven |
//! | a block of a key of usual length, and 16 bytes or more of its pad | structured |

use super::limits::{PAD_PROOFS_MAX, PAD_REACH_BYTES, PAIR_DISTANCES, PAIR_REACH_BYTES};
use super::mac::{ALGORITHMS, Algorithm, BLOCKS, PADS};
use super::secret;
use crate::symmetric::looks_random;
use crate::{Certainty, Component, Hit, Material, Notation, Role};
use memchr::memmem;
use std::ops::Range;
use zeroize::Zeroizing;

/// Name of the detector where the hash is not known.
const DETECTOR: &str = "hmac-pads";

/// Both pads added to each other.
const SUM: u8 = PADS[0] ^ PADS[1];

/// Bytes of padding for each length of a block: the rest is a key of 16 to 64 bytes.
const PADDING: [(usize, std::ops::RangeInclusive<usize>); 2] = [(64, 16..=48), (128, 64..=112)];

/// Lengths of keys, in bytes: those of digests and what programs generate.
const KEY_BYTES: [usize; 7] = [16, 20, 24, 28, 32, 48, 64];

/// Bytes of a pad behind the other one in tables of constants: those that SSL 3.0 uses of it are 40 and 48, and code that
/// fills a vector register has 16.
const CONSTANT_BYTES: usize = 16;

/// Where padding is looked for behind the end of a random run, which ends up to ten bytes within it or a few before it.
const BEHIND: [usize; 2] = [3, 11];

/// Memory in which a proof may stand, and where in it the bytes are that are looked through.
#[derive(Clone, Copy)]
pub struct Memory<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Offset in it of the first byte that is looked through.
    pub start: usize,
    /// Bytes of it that hold one that is looked through: 2 where those were taken out of wider words.
    pub width: usize,
}

impl std::fmt::Debug for Memory<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} bytes)", self.bytes.len())
    }
}

impl Memory<'_> {
    /// What is near an offset of the bytes that are looked through.
    fn near(&self, at: usize) -> &[u8] {
        let centre = self.start.saturating_add(at.saturating_mul(self.width)).min(self.bytes.len());
        let end = centre.saturating_add(PAD_REACH_BYTES).min(self.bytes.len());
        self.bytes.get(centre.saturating_sub(PAD_REACH_BYTES)..end).unwrap_or_default()
    }
}

/// Appends the keys whose blocks stand in `bytes`, of which `runs` (rising, not overlapping) look random. Proofs may
/// stand in `memory` too.
pub fn scan(bytes: &[u8], runs: &[Range<usize>], memory: Memory<'_>, out: &mut Vec<Hit>) {
    let mut proofs = 0;
    for run in runs {
        if let Some(block) = Block::behind(bytes, run) {
            proofs += 1;
            let proof = if proofs <= PAD_PROOFS_MAX { block.proof(bytes, memory) } else { None };
            out.extend(block.hit(proof));
        }
        pairs(bytes, run, memory, out);
    }
}

/// A padded key.
struct Block {
    /// Where the bytes of the key stand.
    range: Range<usize>,
    /// Which pad: an index of [`PADS`].
    pad: usize,
    /// Bytes of the block.
    size: usize,
    key: Zeroizing<Vec<u8>>,
}

/// What proves a padded key: a hash, if a state told it.
type Proof = Option<&'static Algorithm>;

impl Block {
    /// The block whose random bytes end near the end of a run.
    fn behind(bytes: &[u8], run: &Range<usize>) -> Option<Self> {
        let is_pad = |at: &usize| bytes.get(*at).is_some_and(|byte| PADS.contains(byte));
        let at = BEHIND.into_iter().filter_map(|more| run.end.checked_add(more)).find(is_pad)?;
        let byte = *bytes.get(at)?;
        let pad = PADS.iter().position(|pad| *pad == byte)?;
        let longest = *PADDING.last()?.1.end() + 1;
        let before = bytes.get(at.saturating_sub(longest)..at)?.iter().rev();
        let start = at - before.take_while(|other| **other == byte).count();
        let length = bytes.get(start..)?.iter().take(longest).take_while(|other| **other == byte).count();
        // Code keeps both pads side by side as constants; what stands before them is no key.
        let other = bytes.get(start + length..)?.iter().take(CONSTANT_BYTES).filter(|one| PADS.contains(one));
        if other.count() == CONSTANT_BYTES {
            return None;
        }
        let (size, _) = PADDING.into_iter().find(|(_, padding)| padding.contains(&length))?;
        let first = (start + length).checked_sub(size)?;
        // The last bytes of a key may be zeros: there the padding seems to begin.
        let shown = start - first;
        let whole = KEY_BYTES.into_iter().find(|known| (shown..=shown + 2).contains(known));
        let range = first..first + whole.unwrap_or(shown);
        let key = Zeroizing::new(bytes.get(range.clone())?.iter().map(|one| one ^ byte).collect::<Vec<u8>>());
        looks_random(&key).then_some(Self { range, pad, size, key })
    }

    /// Whether something near the block says that it is one.
    fn proof(&self, bytes: &[u8], memory: Memory<'_>) -> Option<Proof> {
        let near = memory.near(self.range.start);
        let holds = |wanted: &[u8]| memmem::find(near, wanted).is_some();
        let like = || ALGORITHMS.iter().filter(|one| one.block_bytes() == self.size);
        if let Some(algorithm) = like().find(|one| states(one, &self.key).iter().any(|state| holds(state))) {
            return Some(Some(algorithm));
        }
        let blocks = like().next().map(|one| one.blocks(&self.key).map(Zeroizing::new))?;
        let other = blocks.get(1 - self.pad)?;
        (holds(other) || memmem::find(bytes, other).is_some() || holds(&self.key)).then_some(None)
    }

    /// The finding, if it is one.
    fn hit(self, proof: Option<Proof>) -> Option<Hit> {
        let is_usual = KEY_BYTES.contains(&self.key.len()) && self.range.start.is_multiple_of(4);
        if proof.is_none() && !is_usual {
            return None;
        }
        let mut material = self.material(proof.flatten());
        if proof.is_none() {
            material.certainty = Certainty::Structured;
        }
        Some(Hit { range: self.range, component: BLOCKS.get(self.pad)?, form: "padded", material })
    }

    fn material(&self, algorithm: Proof) -> Material {
        match algorithm {
            Some(algorithm) => secret::hmac(algorithm, &self.key),
            None => secret::hmac_of_blocks(DETECTOR, self.size, &self.key),
        }
    }
}

/// The states of a hash after both blocks, as words of the machine and the other way round.
fn states(algorithm: &Algorithm, key: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut out: Vec<Zeroizing<Vec<u8>>> = algorithm.states(key).into();
    for at in 0..out.len() {
        let Some(state) = out.get(at) else { break };
        let turned =
            state.chunks(algorithm.word_bytes()).flat_map(|word| word.iter().rev()).copied().collect();
        out.push(Zeroizing::new(turned));
    }
    out
}

/// Appends keys as long as a block, by both of their blocks: all bytes of the two differ by the sum of the pads.
fn pairs(bytes: &[u8], run: &Range<usize>, memory: Memory<'_>, out: &mut Vec<Hit>) {
    let end = run.end.min(run.start.saturating_add(PAIR_REACH_BYTES));
    let word =
        |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word));
    let mut at = run.start.next_multiple_of(8);
    // One of these words lies in each block that starts at a word.
    while at < end {
        let first = word(at).unwrap_or(0) ^ u64::from_le_bytes([SUM; 8]);
        let mut distances = PAIR_DISTANCES.step_by(8);
        let next = match distances.find(|distance| word(at + distance) == Some(first)) {
            Some(distance) => pair(bytes, at, distance, memory, out),
            None => None,
        };
        at = next.unwrap_or(at + 64).max(at + 64);
    }
}

/// The two blocks of which a word stands at `at` and another so many bytes behind it; returns their end.
fn pair(bytes: &[u8], at: usize, distance: usize, memory: Memory<'_>, out: &mut Vec<Hit>) -> Option<usize> {
    let differs = |at: &usize| {
        bytes.get(*at).zip(bytes.get(at + distance)).is_some_and(|(one, other)| one ^ other == SUM)
    };
    let start = at - (at.saturating_sub(128)..at).rev().take_while(differs).count();
    let end = (at..at.saturating_add(256)).take_while(differs).last()? + 1;
    let start = start.next_multiple_of(8);
    let size = [128, 64].into_iter().find(|size| start + size <= end && *size <= distance)?;
    let block = bytes.get(start..start + size)?;
    // With padding behind it, it is found by that.
    let is_padded = block.last_chunk::<16>().is_some_and(|last| last.iter().all(|byte| *byte == last[0]));
    if is_padded || !block.chunks(32).all(looks_random) {
        return None;
    }
    let readings = [0, 1].map(|pad| Block {
        range: start..start + size,
        pad,
        size,
        key: Zeroizing::new(block.iter().map(|byte| byte ^ PADS[pad]).collect()),
    });
    let stands = |reading: &Block| {
        let near = memory.near(start);
        let like = ALGORITHMS.iter().filter(|one| one.block_bytes() == size);
        let state = |one: &&Algorithm| {
            states(one, &reading.key).iter().any(|state| memmem::find(near, state).is_some())
        };
        let found = like.clone().find(state);
        (found.is_some() || memmem::find(near, &reading.key).is_some()).then_some(found)
    };
    let [inner_first, outer_first] = readings;
    // Nearly everybody keeps the inner block first.
    let (one, other, proof) = match (stands(&inner_first), stands(&outer_first)) {
        (None, Some(proof)) => (outer_first, inner_first, proof),
        (proof, _) => (inner_first, outer_first, proof.flatten()),
    };
    let mut material = one.material(proof);
    material.components.push(Component::new(
        "other_reading",
        Role::Derived,
        Notation::Bytes,
        other.key.to_vec(),
    ));
    let component = BLOCKS.get(one.pad)?;
    out.push(Hit { range: one.range, component, form: "padded", material });
    Some(start + size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn fresh(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
        // What ends in a zero is as long as it was given, and the screen is tested elsewhere.
        *bytes.last_mut().unwrap() |= 1;
        bytes
    }

    /// A key that passes for one, as nearly all do.
    fn key(length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| fresh(length))
            .find(|key| key.chunks(32).all(|part| part.len() < 16 || looks_random(part)))
            .unwrap()
    }

    fn padded(key: &[u8], pad: usize, size: usize) -> Vec<u8> {
        let mut block = vec![PADS[pad]; size];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    }

    /// What is found in strings with zeros between them, of which all keys look random.
    fn found(strings: &[&[u8]]) -> Vec<(Certainty, String, Vec<u8>)> {
        let (mut memory, mut runs) = (vec![0; 64], Vec::new());
        for string in strings {
            let tail = string.iter().rev().take_while(|byte| Some(*byte) == string.last()).count();
            let random = if tail >= 16 { string.len() - tail } else { string.len() };
            runs.push(memory.len()..memory.len() + random);
            memory.extend_from_slice(string);
            memory.resize(memory.len().next_multiple_of(16) + 64, 0);
        }
        let mut hits = Vec::new();
        scan(&memory, &runs, Memory { bytes: &memory, start: 0, width: 1 }, &mut hits);
        hits.into_iter()
            .map(|hit| {
                let material = hit.material;
                (material.certainty, material.detector, material.components[0].value.bytes().to_vec())
            })
            .collect()
    }

    #[test]
    fn both_blocks_of_a_key_prove_it() {
        for (length, size) in [(16, 64), (20, 64), (32, 64), (48, 64), (32, 128), (64, 128)] {
            let key = key(length);
            let blocks = [0, 1].map(|pad| padded(&key, pad, size));
            let expected = (Certainty::Proven, DETECTOR.to_owned(), key);
            assert_eq!(found(&[&blocks[0], &blocks[1]]), [expected.clone(), expected.clone()]);
        }
    }

    #[test]
    fn block_is_proven_by_a_state_or_the_key() {
        for algorithm in &ALGORITHMS {
            let key = key(32);
            let block = padded(&key, 1, algorithm.block_bytes());
            for state in states(algorithm, &key) {
                let expected = [(Certainty::Proven, algorithm.detector.to_owned(), key.clone())];
                assert_eq!(found(&[&block, &state]), expected);
            }
            let expected = [(Certainty::Proven, DETECTOR.to_owned(), key.clone())];
            assert_eq!(found(&[&block, &key]), expected);
        }
    }

    #[test]
    fn block_alone_is_no_accident() {
        for pad in [0, 1] {
            let key = key(32);
            let expected = [(Certainty::Structured, DETECTOR.to_owned(), key.clone())];
            assert_eq!(found(&[&padded(&key, pad, 64), &fresh(64)]), expected);
            // Five bytes too many.
            let long = [&padded(&key, pad, 64)[..], &[PADS[pad]; 5]].concat();
            assert_eq!(found(&[&long]), []);
        }
        let text =
            [&b"a long text, and then so many sixes or strokes of one kind that"[..43], &[0x36; 21]].concat();
        assert_eq!(found(&[&text]), []);
    }

    #[test]
    fn constants_side_by_side_are_no_padding() {
        let key = key(48);
        for pad in [0, 1] {
            let block = padded(&key, pad, 64);
            let memory = |behind: &[u8]| [&[0; 64], &block[..], behind, &[0; 64]].concat();
            let hits = |memory: Vec<u8>| {
                let mut hits = Vec::new();
                scan(&memory, &[64..112], Memory { bytes: &memory, start: 0, width: 1 }, &mut hits);
                hits.len()
            };
            assert_eq!(hits(memory(&[PADS[1 - pad]; 16])), 0);
            assert_eq!(hits(memory(&[PADS[1 - pad]; 8])), 1);
        }
    }

    #[test]
    fn key_as_long_as_the_block_is_proven_by_both_blocks() {
        for (size, gap) in [(64, 0), (64, 40), (128, 0), (128, 64)] {
            let key = key(size);
            let blocks = [0, 1].map(|pad| padded(&key, pad, size));
            let both = [&blocks[0][..], &fresh(gap.max(1))[..gap], &blocks[1]].concat();
            assert_eq!(found(&[&both]), [(Certainty::Proven, DETECTOR.to_owned(), key.clone())]);
            let both = [&blocks[1][..], &blocks[0], &[0; 32], &key].concat();
            assert_eq!(found(&[&both]), [(Certainty::Proven, DETECTOR.to_owned(), key)]);
            assert_eq!(found(&[&fresh(512)]), []);
        }
    }
}
