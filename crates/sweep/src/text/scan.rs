//! The pass over a window: masks of 64 bytes at a time, long runs of bits in
//! them. The kernels differ in how they make the masks alone.

use super::{Encoding, TextRun};
use crate::chunk::{CHUNK, joined, low, padded, past_zeros, starts_zero};
use std::ops::Range;

/// The masks of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// Printable characters: 0x20 to 0x7e, tab, line feed, carriage return.
    pub(super) printable: u64,
    /// Zero bytes.
    pub(super) zero: u64,
}

/// The definition of a printable byte, for tests; kernels have their own.
#[cfg(test)]
pub(super) const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r')
}

/// The pass, around a function that makes masks.
#[inline(always)]
pub(super) fn runs(
    window: &[u8],
    min_chars: usize,
    out: &mut Vec<TextRun>,
    masks: impl Fn(&[u8; CHUNK]) -> Masks,
) {
    out.clear();
    let min_chars = min_chars.max(2);
    let mut ascii = Runs::of(min_chars);
    // In UTF-16 printable bytes and zeros take turns, as often as there are
    // bytes but for one.
    let mut turns = Runs::of(2 * min_chars - 2);
    let mut at = 0;
    let mut here = masks(padded(window, 0, &mut [0; CHUNK]));
    while at <= window.len() {
        let next_at = at + CHUNK;
        if here.zero == u64::MAX && starts_zero(window, next_at) && ascii.start.or(turns.start).is_none() {
            at = past_zeros(window, next_at) - CHUNK;
            continue;
        }
        let next = masks(padded(window, next_at, &mut [0; CHUNK]));
        let printable = joined(here.printable, next.printable);
        let zero = joined(here.zero, next.zero);
        ascii.take(at, printable, |run| add_ascii(run, min_chars, out));
        let turn = (printable & (zero >> 1)) | (zero & (printable >> 1));
        turns.take(at, turn, |run| add_utf16(window, run, min_chars, out));
        (at, here) = (next_at, next);
    }
    out.sort_unstable_by_key(|run| run.range.start);
}

/// Finds runs of set bits and leaves out most that are too short.
struct Runs {
    /// A power of two no longer than the shortest run asked for.
    width: usize,
    /// Where the run begins that has not ended.
    start: Option<usize>,
}

impl Runs {
    fn of(shortest: usize) -> Self {
        // 32, so that what lies ahead of a chunk's last byte is in the next.
        let width = if shortest >= 32 { 32 } else { 1 << shortest.ilog2() };
        Self { width, start: None }
    }

    /// Takes the mask of the chunk at `base` and the next; gives runs that end.
    #[inline(always)]
    fn take(&mut self, base: usize, mask: u128, mut give: impl FnMut(Range<usize>)) {
        // A bit stays if the bits after it are set too: of a run, all but the
        // last `width - 1`; of a short run, none.
        let mut long = mask;
        let mut width = 1;
        while width < self.width {
            long &= long >> width;
            width *= 2;
        }
        let long = low(long);
        let mut edges = long ^ (long << 1 | u64::from(self.start.is_some()));
        while edges != 0 {
            let at = base + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            match self.start.take() {
                Some(start) => give(start..at + self.width - 1),
                None => self.start = Some(at),
            }
        }
    }
}

fn add_ascii(range: Range<usize>, min_chars: usize, out: &mut Vec<TextRun>) {
    if range.len() >= min_chars {
        out.push(TextRun { range, encoding: Encoding::Ascii });
    }
}

/// Takes bytes and one more that are printable and zero in turn.
fn add_utf16(window: &[u8], turns: Range<usize>, min_chars: usize, out: &mut Vec<TextRun>) {
    let is_zero = |at: usize| window.get(at).is_some_and(|byte| *byte == 0);
    let mut range = turns.start..(turns.end + 1).min(window.len());
    let (zero_first, zero_last) = (is_zero(range.start), is_zero(range.end - 1));
    let encoding = match (zero_first, zero_last) {
        (true, false) => Encoding::Utf16Be,
        // A zero before and after fits both orders.
        (true, true) => {
            range.start += 1;
            Encoding::Utf16Le
        }
        (false, _) => Encoding::Utf16Le,
    };
    if range.len().div_ceil(2) >= min_chars {
        out.push(TextRun { range, encoding });
    }
}
