//! Where a schedule may lie: bytes of which two bits are zero in all of them.

use super::lanes::SCHEDULE;
use std::iter::StepBy;
use std::ops::Range;

/// Every so many bytes eight are looked at: each schedule has one place at least where they all are its own.
const STRIDE: usize = SCHEDULE - 16;

/// The bits that are zero in eight bytes of a schedule, by layout, the first byte lowest.
const ZEROS: [u64; 4] = [
    // Six bits at the low end of each byte: libgcrypt, nettle, mbedTLS, libtomcrypt, Go, Java, wolfSSL, Crypto++.
    0xc0c0_c0c0_c0c0_c0c0,
    // Words turned left by two and by six: OpenSSL's DES_key_schedule, and the same from the second word.
    0x3030_3030_0303_0303,
    0x0303_0303_3030_3030,
    // 48 bits at the high end of a word of 64: RustCrypto.
    0x0000_0000_0000_ffff,
];

/// Fewest and most bits set in 64 of a schedule: fewer are small numbers. Of random round keys one in 10,000 has fewer.
const SET_BITS: std::ops::RangeInclusive<u32> = 11..=44;

/// Offsets at which a schedule may start, rising.
pub(super) fn candidates(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let words = bytes.as_chunks::<8>().0;
    let step = STRIDE / 8;
    (0..words.len()).step_by(step).flat_map(move |index| {
        let looked = word(words, index);
        let layout = ZEROS.into_iter().find(|zeros| looked & zeros == 0);
        let layout = layout.filter(|_| SET_BITS.contains(&looked.count_ones()));
        layout.into_iter().flat_map(move |zeros| starts(bytes, words, index, zeros))
    })
}

fn word(words: &[[u8; 8]], index: usize) -> u64 {
    words.get(index).map_or(0, |word| u64::from_le_bytes(*word))
}

/// Where a schedule that has the eight bytes at `index` may start, given which of its bits are zero.
fn starts(bytes: &[u8], words: &[[u8; 8]], index: usize, zeros: u64) -> StepBy<Range<usize>> {
    let fits = move |index: &usize| {
        let word = word(words, *index);
        word & zeros == 0 && word != 0
    };
    let most = SCHEDULE / 8;
    let first = index - (0..index).rev().take(most).take_while(fits).count();
    let end = index + (index..words.len()).take(most).take_while(fits).count();
    // A word that stands half before the schedule, or half behind it, need not fit.
    let first = (8 * first).saturating_sub(4);
    let last = (8 * end + 4).min(bytes.len()).checked_sub(SCHEDULE);
    (first..last.map_or(first, |last| last + 1)).step_by(4)
}
