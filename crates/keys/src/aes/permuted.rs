//! Schedules of vector-permuted code (Hamburg, "Accelerating AES with Vector Permute Instructions", 2009): `vpaes` of
//! OpenSSL, BoringSSL and AWS-LC, which x86-64 without AES-NI and ARMv8 without its extension use.
//!
//! Round keys stand in another basis of the field. All but the first are also mixed and their rows turned, as the
//! code needs them (`_vpaes_schedule_mangle` of `vpaes-x86_64.pl`); the last one is not, and is not looked at.

use super::expansion::{Expansion, Size};
use super::prove::Schedule;

/// Bytes of a round key.
const BLOCK: usize = 16;

/// Each byte of `.Lk_ipt` of `vpaes-x86_64.pl`: what the lower and what the upper half of a byte is in the other basis.
const LOWER: [u8; 16] =
    [0x00, 0x70, 0x2a, 0x5a, 0x98, 0xe8, 0xb2, 0xc2, 0x08, 0x78, 0x22, 0x52, 0x90, 0xe0, 0xba, 0xca];
const UPPER: [u8; 16] =
    [0x00, 0x4d, 0x7c, 0x31, 0x7d, 0x30, 0x01, 0x4c, 0x81, 0xcc, 0xfd, 0xb0, 0xfc, 0xb1, 0x80, 0xcd];

/// `.Lk_s63`: the constant of the S-box in the other basis.
const CONSTANT: u8 = 0x5b;

/// From the other basis back.
static BACK: [u8; 256] = back();

const fn back() -> [u8; 256] {
    let mut back = [0; 256];
    let mut byte = 0_u8;
    loop {
        back[(LOWER[(byte & 15) as usize] ^ UPPER[(byte >> 4) as usize]) as usize] = byte;
        if byte == u8::MAX {
            return back;
        }
        byte += 1;
    }
}

/// The vector-permuted encryption schedule that a string of bytes starts with.
#[must_use]
pub fn permuted(bytes: &[u8]) -> Option<Schedule> {
    let blocks = bytes.as_chunks::<BLOCK>().0;
    let [first, second, third, ..] = blocks else { return None };
    let mut words = [0; 12];
    let read = [plain(first), round_key(second, 1), round_key(third, 2)];
    for (word, bytes) in words.iter_mut().zip(read.as_flattened().as_chunks().0) {
        *word = u32::from_be_bytes(*bytes);
    }
    let follows = |size: Size| {
        let length = size.key_words();
        words[length] == words[0] ^ size.step(length, words[length - 1])
    };
    let sizes = [Size::Aes128, Size::Aes192, Size::Aes256];
    let size = sizes.into_iter().find(|size| follows(*size))?;
    let key: Vec<u8> = read.as_flattened().get(..4 * size.key_words())?.to_vec();
    let expansion = Expansion::of_key(&key)?;
    let is_whole =
        expansion.words().chunks(4).enumerate().take(size.rounds()).skip(1).all(|(round, words)| {
            let expected = words.iter().flat_map(|word| word.to_be_bytes());
            blocks.get(round).is_some_and(|block| round_key(block, round).into_iter().eq(expected))
        });
    let length = BLOCK * (size.rounds() + 1);
    let is_key = key.iter().any(|byte| Some(byte) != key.first());
    (is_whole && is_key && bytes.len() >= length).then(|| Schedule {
        form: "vector-permuted",
        ranges: std::iter::once(0..length).collect(),
        cut: false,
        expansion,
    })
}

/// The first round key.
fn plain(block: &[u8; BLOCK]) -> [u8; BLOCK] {
    block.map(|byte| BACK[usize::from(byte)])
}

/// A later one: its rows turned back, its columns unmixed, in the usual basis.
fn round_key(block: &[u8; BLOCK], round: usize) -> [u8; BLOCK] {
    let mut straight = [0; BLOCK];
    for (at, byte) in block.iter().enumerate() {
        straight[(at + 4 * (4 - round % 4) * (at % 4)) % BLOCK] = byte ^ CONSTANT;
    }
    // Each byte became the sum of the other three of its column, which undoes itself.
    let mut unmixed = [0; BLOCK];
    for (to, from) in unmixed.as_chunks_mut::<4>().0.iter_mut().zip(straight.as_chunks::<4>().0) {
        let sum = from.iter().fold(0, |sum, byte| sum ^ byte);
        *to = from.map(|byte| BACK[usize::from(byte ^ sum)]);
    }
    unmixed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As OpenSSL 3.0 without AES-NI wrote it (compared with its memory).
    fn schedule(key: &[u8]) -> Vec<u8> {
        let expansion = Expansion::of_key(key).unwrap();
        let turn = |byte: u8| LOWER[usize::from(byte & 15)] ^ UPPER[usize::from(byte >> 4)];
        let mut out = Vec::new();
        for (round, words) in expansion.words().chunks(4).enumerate() {
            let block: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).map(turn).collect();
            if round == 0 {
                out.extend(block);
                continue;
            }
            let mixed: Vec<u8> = (0..BLOCK)
                .map(|at| (1..4).fold(0, |sum, step| sum ^ block[at / 4 * 4 + (at + step) % 4]))
                .collect();
            out.extend((0..BLOCK).map(|at| mixed[(at + 4 * (4 - round % 4) * (at % 4)) % BLOCK] ^ CONSTANT));
        }
        out
    }

    #[test]
    fn schedules_of_every_size_are_found() {
        for length in [16, 24, 32] {
            let key: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(61) ^ 0x2e).collect();
            let mut bytes = schedule(&key);
            let whole = bytes.len();
            let found = permuted(&bytes).unwrap();
            assert_eq!((found.expansion.key(), &found.ranges[0]), (key, &(0..whole)));
            bytes[whole - 20] ^= 1;
            assert!(permuted(&bytes).is_none(), "damaged");
            assert!(permuted(&bytes[16..]).is_none());
        }
        assert!(permuted(&[0; 240]).is_none());
    }
}
