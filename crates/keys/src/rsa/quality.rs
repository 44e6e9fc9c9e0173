//! Which bytes a number can be made of: a second, sharper look at what the screen of
//! the sweep lets through. That one must not miss sixteen bytes of a key; a prime has
//! sixty-four at least, and on those machine code and records are told apart for sure.

use std::ops::Range;

use super::limits::{
    BLOCK_CODE_MAX, BLOCK_DISTINCT_MIN, BLOCK_DISTINCT_PADDED_MIN, CODE_MAX, DISTINCT_MIN,
    DISTINCT_PADDED_MIN,
};

/// Bytes that are judged together: the shortest prime.
pub(super) const BLOCK_BYTES: usize = 64;

/// Bytes of the blocks that are judged first: every 63 bytes hold a whole one.
const PART_BYTES: usize = 32;

/// What the [`BLOCK_BYTES`] bytes from an offset on may be part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quality {
    /// No number.
    None,
    /// A number in words with four spare bits or more.
    Spare,
    /// A number in any layout.
    Any,
}

/// Judges the bytes from each offset on. `misaligned` is the address of the first one
/// modulo 8.
pub(super) fn qualities(bytes: &[u8], misaligned: usize) -> Vec<Quality> {
    let mut block = Block::default();
    let mut entering = bytes.iter();
    entering.by_ref().take(BLOCK_BYTES).for_each(|byte| block.enter(*byte));
    let judge = |(at, leaving): (usize, &u8)| {
        let quality = if block.distinct >= DISTINCT_MIN && block.code <= CODE_MAX {
            Quality::Any
        } else if block.distinct >= DISTINCT_PADDED_MIN && has_spare_bits(bytes, at, BLOCK_BYTES, misaligned)
        {
            Quality::Spare
        } else {
            Quality::None
        };
        block.leave(*leaving);
        if let Some(byte) = entering.next() {
            block.enter(*byte);
        }
        quality
    };
    bytes.iter().enumerate().map(judge).collect()
}

/// The parts of `bytes` that whole numbers can lie in.
pub(super) fn stretches(bytes: &[u8], misaligned: usize) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for at in (0..bytes.len()).step_by(PART_BYTES) {
        if !may_be_random(bytes, at, misaligned) {
            continue;
        }
        let around = at.saturating_sub(PART_BYTES)..(at + 2 * PART_BYTES).min(bytes.len());
        open = Some(match open.take() {
            Some(one) if around.start <= one.end => one.start..around.end,
            Some(one) => {
                refine(bytes, one, misaligned, &mut out);
                around
            }
            None => around,
        });
    }
    if let Some(one) = open {
        refine(bytes, one, misaligned, &mut out);
    }
    out
}

/// Appends what of a stretch blocks of some quality cover.
fn refine(bytes: &[u8], stretch: Range<usize>, misaligned: usize, out: &mut Vec<Range<usize>>) {
    let Some(part) = bytes.get(stretch.clone()) else { return };
    let judged = qualities(part, (misaligned + stretch.start) % 8);
    for (offset, _) in judged.iter().enumerate().filter(|(_, quality)| **quality != Quality::None) {
        let at = stretch.start + offset;
        let end = (at + BLOCK_BYTES).min(stretch.end);
        match out.last_mut() {
            Some(last) if at <= last.end => last.end = end,
            _ => out.push(at..end),
        }
    }
}

/// The first look, at thirty-two bytes.
fn may_be_random(bytes: &[u8], at: usize, misaligned: usize) -> bool {
    let Some(part) = bytes.get(at..).and_then(|rest| rest.first_chunk::<PART_BYTES>()) else {
        // What is left at the end is judged with what came before it.
        return false;
    };
    let code = part.iter().fold(0, |code, byte| code + code_of(*byte));
    let spare = has_spare_bits(bytes, at, PART_BYTES, misaligned);
    if code > BLOCK_CODE_MAX && !spare {
        return false;
    }
    let mut seen = [0_u64; 4];
    for byte in part {
        if let Some(values) = seen.get_mut(usize::from(byte >> 6)) {
            *values |= 1 << (byte & 63);
        }
    }
    let [a, b, c, d] = seen.map(u64::count_ones);
    let distinct = a + b + c + d;
    (distinct >= BLOCK_DISTINCT_MIN && code <= BLOCK_CODE_MAX)
        || (distinct >= BLOCK_DISTINCT_PADDED_MIN && spare)
}

/// True if all aligned words among `length` bytes have their four upper bits spare:
/// words of 64 bits, or words of 32.
fn has_spare_bits(bytes: &[u8], at: usize, length: usize, misaligned: usize) -> bool {
    let first = at + (8 - (misaligned + at) % 8) % 8;
    let words = bytes.get(first..bytes.len().min(at + length)).unwrap_or_default().as_chunks::<8>().0;
    let used = words.iter().fold(0, |used, word| used | u64::from_le_bytes(*word));
    used >> 60 == 0 || used & 0xf000_0000_f000_0000 == 0
}

/// One for the bytes most common in x86-64 code: twelve of 256 make 44 % of it.
#[inline]
pub(crate) fn code_of(byte: u8) -> u8 {
    CODE.get(usize::from(byte)).copied().unwrap_or(0)
}

static CODE: [u8; 256] = {
    let common: [u8; 12] = [0x00, 0x0f, 0x24, 0x48, 0x49, 0x4c, 0x83, 0x85, 0x89, 0x8b, 0xe8, 0xff];
    let mut table = [0; 256];
    let mut at = 0;
    while at < common.len() {
        table[common[at] as usize] = 1;
        at += 1;
    }
    table
};

/// Counts of a window that slides.
struct Block {
    counts: [u8; 256],
    distinct: u8,
    code: u8,
}

impl Default for Block {
    fn default() -> Self {
        Self { counts: [0; 256], distinct: 0, code: 0 }
    }
}

impl Block {
    fn enter(&mut self, byte: u8) {
        if let Some(count) = self.counts.get_mut(usize::from(byte)) {
            self.distinct += u8::from(*count == 0);
            *count += 1;
        }
        self.code += code_of(byte);
    }

    fn leave(&mut self, byte: u8) {
        if let Some(count) = self.counts.get_mut(usize::from(byte)) {
            *count -= 1;
            self.distinct -= u8::from(*count == 0);
        }
        self.code -= code_of(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn random_bytes_pass_at_every_offset() {
        let bytes = noise(1 << 20);
        let judged = qualities(&bytes, 0);
        let whole = &judged[..bytes.len() - BLOCK_BYTES];
        assert!(whole.iter().all(|quality| *quality == Quality::Any));
        assert_eq!(stretches(&bytes, 3), vec![0..1 << 20; 1]);
    }

    #[test]
    fn the_shortest_prime_passes_at_every_offset_among_zeros() {
        for at in 0..64 {
            let mut bytes = vec![0; 256];
            bytes[64 + at..128 + at].copy_from_slice(&noise(64));
            let found = stretches(&bytes, 0);
            assert!(
                found.len() == 1 && found[0].start <= 64 + at && 128 + at <= found[0].end,
                "{at}: {found:?}"
            );
        }
    }

    #[test]
    fn words_with_spare_bits_pass_although_they_have_fewer_values() {
        for (width, bits) in [(8, 52), (8, 51), (8, 56), (8, 60), (4, 26), (4, 28)] {
            let mut bytes = noise(4096);
            for word in bytes.chunks_mut(width) {
                let top = bits / 8;
                word[top] &= (1 << (bits % 8)) - 1;
                word[top + 1..].fill(0);
            }
            let judged = qualities(&bytes, 0);
            let whole = &judged[..bytes.len() - BLOCK_BYTES];
            assert!(whole.iter().all(|quality| *quality != Quality::None), "{bits} of {width}");
            assert_eq!(stretches(&bytes, 0), vec![0..4096; 1], "{bits} of {width}");
        }
    }

    #[test]
    fn code_does_not_pass() {
        // mov, lea, call, test, jne, ... with operands that differ.
        let operands = noise(4096);
        let mut bytes = Vec::new();
        for operand in operands.chunks_exact(3) {
            bytes.extend([0x48, 0x8b, 0x44, 0x24, operand[0], 0x48, 0x89, operand[1], 0xe8]);
            bytes.extend([operand[2], operand[0], 0x00, 0x00, 0x85, 0xc0, 0x75, operand[1] & 0x7f]);
        }
        assert!(stretches(&bytes, 0).is_empty());
    }
}
