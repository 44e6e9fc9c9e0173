//! Text in UTF-8, in a block that may cut its characters.
//!
//! Both questions are asked of random bytes most of the time, so both first
//! ask what a word can tell without branches: which bytes lead multi-byte
//! characters (0xc0 and more), which follow (0x80 to 0xbf).

use super::BLOCK;

/// True if the block is texts in UTF-8 with zeros between them, cut anywhere.
pub(super) fn is_text(block: &[u8; BLOCK]) -> bool {
    let (leads, tails) = leads_and_tails(block);
    if (leads << 8) & !tails != 0 {
        return false;
    }
    let cut = block.iter().take(3).take_while(|byte| is_tail(byte)).count();
    let mut rest = block.get(cut..).unwrap_or_default();
    while let Some((lead, after)) = rest.split_first() {
        let follow = match lead {
            b'\0' | b'\t' | b'\n' | b'\r' | 0x20..=0x7e => 0,
            _ => match length(*lead) {
                0 => return false,
                length => length - 1,
            },
        };
        let tail = after.get(..follow).unwrap_or(after);
        if !tail.iter().all(is_tail) {
            return false;
        }
        rest = after.get(follow..).unwrap_or_default();
    }
    true
}

/// Bytes that belong to whole multi-byte characters, if they are ten or more.
pub(super) fn bytes(block: &[u8; BLOCK]) -> usize {
    let (leads, tails) = leads_and_tails(block);
    // Ten bytes are three characters at least.
    if (leads & (tails >> 8)).count_ones() < 3 {
        return 0;
    }
    let (mut rest, mut sum) = (block.as_slice(), 0);
    while let Some((lead, after)) = rest.split_first() {
        let length = length(*lead);
        let follow = length.saturating_sub(1);
        let whole = after.get(..follow).is_some_and(|tail| tail.iter().all(is_tail));
        sum += if whole { length } else { 0 };
        rest = after.get(if whole { follow } else { 0 }..).unwrap_or_default();
    }
    sum
}

/// The high bits of bytes from 0xc0 and of bytes from 0x80 to 0xbf.
#[inline]
fn leads_and_tails(block: &[u8; BLOCK]) -> (u128, u128) {
    let bits = u128::from_le_bytes(*block);
    let high = bits & u128::from_le_bytes([0x80; BLOCK]);
    let leads = high & (bits << 1);
    (leads, high ^ leads)
}

fn is_tail(byte: &u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Bytes of a multi-byte character that starts with a byte; 0 if none does.
fn length(lead: u8) -> usize {
    match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0 => 4,
        _ => 0,
    }
}
