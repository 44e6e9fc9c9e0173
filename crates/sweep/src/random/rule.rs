//! What looks random: the definition that every kernel must meet.

use super::{BLOCK, utf8};
use crate::chunk::words::{HIGH, ONES, zeros};

/// Length in bytes of the blocks that join and complete runs.
pub(super) const LONG: usize = 32;
/// Bytes before and after a block that are looked at with it.
pub(super) const CONTEXT: usize = 8;

/// Most zero bytes in a block. Structures have more: small integers, padding.
pub(super) const ZERO_MAX: u32 = 2;
/// Most pairs of equal bytes at one of [`DISTANCES`]. Structures repeat.
pub(super) const EQUAL_MAX: u32 = 2;
/// Distances at which equal bytes are counted: neighbours, UTF-16, 24-bit and
/// three-byte UTF-8, words of 32 bits, records of 5 and 6 bytes, of 64 bits.
pub(super) const DISTANCES: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];
/// Fewest text bytes in a row that make text.
pub(super) const TEXT_RUN: u32 = 7;
/// Most plain letters and digits in a block.
pub(super) const PLAIN_MAX: u32 = 9;
/// Most bytes typical of machine code in a block.
pub(super) const CODE_MAX: u32 = 5;
/// Fewest and most of the 128 bits of a block that are set.
pub(super) const SET_BITS: std::ops::RangeInclusive<u32> = 42..=88;
/// Fewest values among the bytes of a block. Bitmaps and tables have few.
pub(super) const DISTINCT_MIN: u32 = 11;
/// Most bytes of a block in multi-byte UTF-8 characters.
pub(super) const UTF8_MAX: usize = 9;

/// True if the block at `at` looks random. `at + BLOCK` must lie in `window`.
#[cfg_attr(not(test), expect(dead_code, reason = "the definition; kernels are tested against it"))]
pub(super) fn looks_random(window: &[u8], at: usize) -> bool {
    let Some(block) = window.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) else {
        return false;
    };
    count(block, |byte| byte == 0) <= ZERO_MAX
        && !ends_a_word(block)
        && (1..=15).contains(&count(block, |byte| byte >= 0x80))
        && DISTANCES.iter().all(|distance| equal(block, *distance) <= EQUAL_MAX)
        && longest(block, is_text) < TEXT_RUN
        && count(block, is_plain) <= PLAIN_MAX
        && count(block, is_code) <= CODE_MAX
        && confirm(window, at)
}

/// The rules that kernels leave to this function, cheapest first.
#[inline]
pub(super) fn confirm(window: &[u8], at: usize) -> bool {
    let Some(block) = window.get(at..).and_then(|rest| rest.first_chunk::<BLOCK>()) else {
        return false;
    };
    let bits = u128::from_le_bytes(*block);
    SET_BITS.contains(&bits.count_ones())
        && !is_small(block)
        && !utf8::is_text(block)
        && utf8::bytes(block) <= UTF8_MAX
        && !is_array(window, at)
        && has_values(block)
}

/// True if the bytes of a block have [`DISTINCT_MIN`] values or more.
#[inline]
fn has_values(block: &[u8; BLOCK]) -> bool {
    // Enough already modulo 64, in random bytes nearly always.
    let (mut even, mut odd) = (0_u64, 0_u64);
    for [a, b] in block.as_chunks().0 {
        even |= 1 << (a & 63);
        odd |= 1 << (b & 63);
    }
    if (even | odd).count_ones() >= DISTINCT_MIN {
        return true;
    }
    let mut seen = [0_u64; 4];
    for byte in block {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.into_iter().map(u64::count_ones).sum::<u32>() >= DISTINCT_MIN
}

/// Eight integers of 16 bits from -6144 to 6143 or Hangul syllables and ASCII
/// in UTF-16, or four integers of 32 bits from -2^25 to 100 million, in either
/// byte order: every second byte is one of 48 or 45 values, or every fourth
/// one of 8.
#[inline]
fn is_small(block: &[u8; BLOCK]) -> bool {
    let (words, _) = block.as_chunks::<8>();
    let (mut shorts, mut hangul, mut longs) = (HIGH, HIGH, HIGH);
    for word in words {
        let word = u64::from_le_bytes(*word);
        shorts &= below(add(word, 24), 48);
        hangul &= below(add(word, 0x54), 44) | zeros(word);
        longs &= below(add(word, 2), 8);
    }
    let longs = longs & longs.rotate_right(32);
    every_second(shorts) || every_second(hangul) || longs != 0
}

/// True if the high bit of every second byte is set.
#[inline]
fn every_second(mask: u64) -> bool {
    let pairs = mask & mask.rotate_right(16);
    pairs & pairs.rotate_right(32) != 0
}

/// Adds to every byte, without carries between them.
#[inline]
fn add(word: u64, value: u64) -> u64 {
    ((word & !HIGH) + value * ONES) ^ (word & HIGH)
}

/// The high bit of every byte below a limit of 0x80 at most.
#[inline]
fn below(word: u64, limit: u64) -> u64 {
    !(((word & !HIGH) + (0x80 - limit) * ONES) | word) & HIGH
}

/// Most zero bytes in [`LONG`] bytes.
pub(super) const LONG_ZERO_MAX: u32 = 4;
/// Fewest text bytes in a row that make text of [`LONG`] bytes.
pub(super) const LONG_TEXT_RUN: u32 = 11;

/// What [`may_be_random_by`] asks of [`LONG`] bytes.
pub(super) struct Counts {
    /// Zero bytes.
    pub(super) zero: u32,
    /// Stretches of two and more zero bytes.
    pub(super) zero_runs: u32,
    /// Bytes from 0x80.
    pub(super) high: u32,
    /// Most pairs of equal bytes at one of [`DISTANCES`].
    pub(super) equal_max: u32,
    /// The longest stretch of text.
    pub(super) text_run_max: u32,
    /// Plain letters and digits.
    pub(super) plain: u32,
    /// Bytes typical of machine code.
    pub(super) code: u32,
    /// Set bits.
    pub(super) bits: u32,
}

/// True if 32 bytes, half of which look random, may be random as a whole.
/// Demands so little that to miss 16 bytes beside 16 found is rare (see the
/// table of the module).
#[inline(always)]
pub(super) fn may_be_random_by(counts: &Counts) -> bool {
    counts.zero <= LONG_ZERO_MAX
        && counts.zero_runs <= 1
        && (2..=30).contains(&counts.high)
        && counts.equal_max <= 5
        && counts.text_run_max < LONG_TEXT_RUN
        && counts.plain <= 17
        && counts.code <= 10
        && (86..=170).contains(&counts.bits)
}

/// [`may_be_random_by`] of the bytes at `at`: the definition.
#[cfg(test)]
pub(super) fn may_be_random(window: &[u8], at: usize) -> bool {
    let Some(block) = window.get(at..).and_then(|rest| rest.first_chunk::<LONG>()) else {
        return false;
    };
    may_be_random_by(&Counts {
        zero: count(block, |byte| byte == 0),
        zero_runs: zero_runs(block),
        high: count(block, |byte| byte >= 0x80),
        equal_max: DISTANCES.map(|distance| equal(block, distance)).into_iter().max().unwrap_or(0),
        text_run_max: longest(block, is_text),
        plain: count(block, is_plain),
        code: count(block, is_code),
        bits: block.iter().map(|byte| byte.count_ones()).sum(),
    })
}

fn count(block: &[u8], is: impl Fn(u8) -> bool) -> u32 {
    block.iter().map(|byte| u32::from(is(*byte))).sum()
}

/// Pairs of equal bytes `distance` apart.
fn equal(block: &[u8], distance: usize) -> u32 {
    let pairs = block.iter().zip(block.iter().skip(distance));
    pairs.map(|(a, b)| u32::from(a == b)).sum()
}

/// The longest stretch of bytes of a class.
fn longest(block: &[u8], is: impl Fn(u8) -> bool) -> u32 {
    let (mut best, mut now) = (0, 0);
    for byte in block {
        now = if is(*byte) { now + 1 } else { 0 };
        best = best.max(now);
    }
    best
}

/// Two zero bytes after the byte that tops a pointer or a small integer, or
/// at the start; or a zero byte at both ends, as a pointer beside a word has.
fn ends_a_word(block: &[u8; BLOCK]) -> bool {
    let pair = |at: usize| block[at] == 0 && block[at + 1] == 0;
    pair(0)
        || (1..BLOCK - 1).any(|at| pair(at) && tops_a_word(block[at - 1]))
        || (block[0] == 0 && block[BLOCK - 1] == 0)
}

/// User addresses of 47 bits, small integers; 48 bits on aarch64 (`ffff`, `aaaa`).
pub(super) fn tops_a_word(byte: u8) -> bool {
    byte < 0x80 || byte == 0xff || byte == 0xaa
}

/// Stretches of two and more zero bytes.
#[cfg(test)]
fn zero_runs(block: &[u8]) -> u32 {
    let starts = |three: &[u8]| three[0] != 0 && three[1] == 0 && three[2] == 0;
    let first = block.starts_with(&[0, 0]);
    u32::from(first) + block.windows(3).map(|three| u32::from(starts(three))).sum::<u32>()
}

/// Lower-case letters, digits and what stands between them in names.
pub(super) const fn is_text(byte: u8) -> bool {
    is_plain(byte) || matches!(byte, b'_' | b'-' | b'.' | b'/' | b':' | b',' | b'=')
}

/// Lower-case letters, digits and the space.
pub(super) const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b' '
}

/// The bytes that are most common in x86-64 code for their share of 256.
pub(super) const fn is_code(byte: u8) -> bool {
    matches!(byte, 0x00 | 0x0f | 0x24 | 0x48 | 0x49 | 0x4c | 0x83 | 0x85 | 0x89 | 0x8b | 0xe8 | 0xff)
}

/// True within an array of values whose upper bytes say what they are, in the
/// block and beside it.
fn is_array(window: &[u8], at: usize) -> bool {
    let around = at.checked_sub(CONTEXT).and_then(|from| window.get(from..));
    let Some(around) = around.and_then(|rest| rest.first_chunk::<32>()) else {
        return false;
    };
    let (words, _) = around.as_chunks::<8>();
    let word = |index: usize| words.get(index).map_or(0, |word| u64::from_le_bytes(*word));
    let words = [word(0), word(1), word(2), word(3)];
    are_alike(words) || is_doubles(words) || is_singles(words) || is_ideographs(words)
}

/// Four words that share two neighbouring bytes, or six of 32 bits that share
/// one: times, references, instructions of fixed length.
fn are_alike([before, first, second, after]: [u64; 4]) -> bool {
    let wide = zeros((before ^ first) | (first ^ second) | (second ^ after));
    let inside = (first ^ second) | (first ^ first.rotate_right(32));
    let beside = ((before >> 32) ^ first) | (after ^ first);
    wide & wide.rotate_right(8) != 0 || zeros(inside | beside & 0xffff_ffff | !0xffff_ffff) != 0
}

/// Four f64 from 2^-31 to 2^64 of either sign: top bytes 0x3e to 0x43 but for
/// the sign.
fn is_doubles(words: [u64; 4]) -> bool {
    words.map(between::<0x3e, 0x43>).into_iter().fold(u64::MAX, |all, word| all & word) != 0
}

/// Six f32 from 2^-11 to 2^12 of either sign: top bytes 0x3a to 0x45 but for
/// the sign.
fn is_singles(words: [u64; 4]) -> bool {
    let [before, first, second, after] = words.map(between::<0x3a, 0x45>);
    let inside = first & second;
    inside & (inside >> 32) & (before >> 32) & after & 0xffff_ffff != 0
}

/// Sixteen UTF-16 units from U+3000 to U+9FFF or of full width (U+FF00), the
/// eight inside from ASCII too.
fn is_ideographs([before, first, second, after]: [u64; 4]) -> bool {
    let upper = |word: u64| {
        let low7 = word & (0x7f * ONES);
        let (from_30, from_20) = (low7 + 0x50 * ONES, low7 + 0x60 * ONES);
        let full_width = (low7 + ONES) & word;
        ((from_30 & !word) | (!from_20 & word) | full_width) & (0x80 * ONES)
    };
    let inside = (upper(first) | zeros(first)) & (upper(second) | zeros(second));
    let all = upper(before) & inside & upper(after);
    [0x8000_8000_8000_8000, 0x0080_0080_0080_0080].iter().any(|odd_or_even| all & odd_or_even == *odd_or_even)
}

/// The high bit of every byte that lies between two limits but for its own
/// high bit.
fn between<const LOW: u64, const HIGH: u64>(word: u64) -> u64 {
    let low7 = word & (0x7f * ONES);
    let reaches = low7 + (0x80 - LOW) * ONES;
    let passes = low7 + (0x7f - HIGH) * ONES;
    reaches & !passes & (0x80 * ONES)
}
