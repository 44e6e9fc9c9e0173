//! What is around a secret: bytes of every kind that memory has but random ones.

use crate::random;
use anyhow::Result;

/// Length of a file without pieces, in bytes.
const FILE_BYTES: usize = 64 << 10;

/// Where the first piece stands.
const FIRST: usize = 8 << 10;

/// From where on what follows a piece may stand.
const ALIGNMENT: usize = 4 << 10;

/// Zeros on both sides of a piece.
const MARGIN: usize = 64;

/// A file with these pieces, `shift` bytes off their alignment.
pub(super) fn around(pieces: &[&[u8]], shift: usize) -> Result<Vec<u8>> {
    let needed: usize = pieces.iter().map(|piece| piece.len().next_multiple_of(ALIGNMENT) + ALIGNMENT).sum();
    let mut out = filler(FILE_BYTES.max(FIRST + needed + ALIGNMENT))?;
    let mut at = FIRST;
    for piece in pieces {
        let place = at + shift;
        out[at - MARGIN..place + piece.len() + MARGIN].fill(0);
        out[place..place + piece.len()].copy_from_slice(piece);
        at += piece.len().next_multiple_of(ALIGNMENT) + ALIGNMENT;
    }
    Ok(out)
}

/// Zeros, text, pointers and small numbers, in stretches of random length.
fn filler(length: usize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(length + 1024);
    while out.len() < length {
        let random = random::bytes(8)?;
        let [kind, count, ref rest @ ..] = random[..] else { break };
        let count = 8 + usize::from(count) / 4;
        let number = rest.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        match kind % 4 {
            0 => out.resize(out.len() + 8 * count, 0),
            1 => {
                let line =
                    format!("The quick brown fox jumps over the lazy dog, line {}.\n", number % 10_000);
                (0..count / 8).for_each(|_| out.extend(line.as_bytes()));
            }
            2 => (0..count as u64).for_each(|step| {
                out.extend((0x7f00_0000_0000 + number % (1 << 32) + 16 * step).to_le_bytes())
            }),
            _ => (0..count as u64).for_each(|step| out.extend((number % 500 + step).to_le_bytes())),
        }
    }
    out.truncate(length);
    Ok(out)
}
