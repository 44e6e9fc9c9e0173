//! The pass over a window: masks of 64 bytes at a time, rules as arithmetic
//! on them, runs. The kernels differ in how they make the masks alone.

use super::{BLOCK, rule};
use crate::bits::{all_of, any_of, count_of_16, three_of};
use crate::chunk::{CHUNK, joined, low, padded, past_zeros, starts_zero};
use std::ops::Range;

/// Bytes that the masks of a chunk depend on.
pub(super) const REACH: usize = CHUNK + 8;

/// Cheap masks of a chunk, made of every byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Near {
    /// Zero bytes.
    pub(super) zero: u64,
    /// Bytes from 0x80.
    pub(super) high: u64,
    /// Bytes 0xff and 0xaa: see [`rule::tops_a_word`].
    pub(super) top: u64,
}

/// The masks that are made only where the cheap ones leave blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Far {
    /// Bytes that come again at each of [`rule::DISTANCES`].
    pub(super) equal: [u64; 7],
    /// [`rule::is_text`].
    pub(super) text: u64,
    /// [`rule::is_plain`].
    pub(super) plain: u64,
    /// [`rule::is_code`].
    pub(super) code: u64,
}

/// The pass, around two functions that make masks.
#[inline(always)]
pub(super) fn runs(
    window: &[u8],
    out: &mut Vec<Range<usize>>,
    near: impl Fn(&[u8; CHUNK]) -> Near,
    far: impl Fn(&[u8; REACH]) -> Far,
) {
    out.clear();
    let mut blocks = Blocks { window, run: None, out };
    let mut at = 0;
    let mut here = near(padded(window, 0, &mut [0; CHUNK]));
    while at < window.len() {
        let next_at = at + CHUNK;
        if here.zero == u64::MAX && starts_zero(window, next_at) {
            // Nothing starts among zeros but in their last chunk.
            at = past_zeros(window, next_at) - CHUNK;
            continue;
        }
        let next = near(padded(window, next_at, &mut [0; CHUNK]));
        let left = survive_near(here, next) & within(window.len(), at);
        if left != 0 {
            let here = far(padded(window, at, &mut [0; REACH]));
            let next = far(padded(window, next_at, &mut [0; REACH]));
            blocks.take(at, survive_far(left, &here, &next));
        }
        (at, here) = (next_at, next);
    }
    blocks.close();
    complete(window, out, |at| {
        let near = near(padded(window, at, &mut [0; CHUNK]));
        (near, far(padded(window, at, &mut [0; REACH])))
    });
}

/// The bits of a chunk at `at` whose blocks lie in the window.
#[inline(always)]
fn within(len: usize, at: usize) -> u64 {
    match (len + 1).saturating_sub(BLOCK + at) {
        0 => 0,
        starts @ 1..CHUNK => (1 << starts) - 1,
        _ => u64::MAX,
    }
}

/// Blocks that the rules on zeros and high bits leave.
#[inline(always)]
fn survive_near(here: Near, next: Near) -> u64 {
    let zero = joined(here.zero, next.zero);
    let high = joined(here.high, next.high);
    let top = joined(here.top, next.top);
    let mixed = any_of::<16>(high) & !all_of::<16>(high);
    let pair = zero & (zero >> 1);
    let ends = pair | any_of::<14>((!high | top) & (pair >> 1)) | (zero & (zero >> 15));
    low(mixed & !ends & !three_of::<16>(zero))
}

/// Blocks that the rules on repetition, text and code leave.
#[inline(always)]
fn survive_far(left: u64, here: &Far, next: &Far) -> u64 {
    // Random bytes pass nearly always, so each rule first asks whether it can
    // strike at all in the chunk.
    let mut bad = 0;
    let equal = |index: usize| joined(here.equal[index], next.equal[index]);
    bad |= three_equal::<0, 15>(equal(0));
    bad |= three_equal::<1, 14>(equal(1));
    bad |= three_equal::<2, 13>(equal(2));
    bad |= three_equal::<3, 12>(equal(3));
    bad |= three_equal::<4, 11>(equal(4));
    bad |= three_equal::<5, 10>(equal(5));
    bad |= three_equal::<6, 8>(equal(6));
    let text = all_of::<{ rule::TEXT_RUN }>(joined(here.text, next.text));
    if text != 0 {
        bad |= any_of::<{ 17 - rule::TEXT_RUN }>(text);
    }
    let plain = joined(here.plain, next.plain);
    if plain.count_ones() > rule::PLAIN_MAX {
        let [_, two, four, eight, sixteen] = count_of_16(plain);
        bad |= sixteen | (eight & (four | two));
    }
    let code = joined(here.code, next.code);
    if code.count_ones() > rule::CODE_MAX {
        let [_, two, four, eight, sixteen] = count_of_16(code);
        bad |= sixteen | eight | (four & two);
    }
    left & !low(bad)
}

/// Blocks with more pairs of equal bytes at a distance than the rule has.
#[inline(always)]
fn three_equal<const INDEX: usize, const PAIRS: usize>(equal: u128) -> u128 {
    const { assert!(rule::EQUAL_MAX == 2 && rule::DISTANCES[INDEX] + PAIRS == BLOCK) };
    if equal.count_ones() > rule::EQUAL_MAX { three_of::<PAIRS>(equal) } else { 0 }
}

/// Collects blocks into runs.
struct Blocks<'a> {
    window: &'a [u8],
    run: Option<Range<usize>>,
    out: &'a mut Vec<Range<usize>>,
}

impl Blocks<'_> {
    /// Takes the blocks that start in the chunk at `base`.
    ///
    /// Only the last block that touches the run can make it longer, so blocks
    /// are confirmed from there downwards: one in sixteen, in random bytes.
    #[inline(always)]
    fn take(&mut self, base: usize, mut starts: u64) {
        while starts != 0 {
            let touching = match &self.run {
                Some(run) if run.end >= base => starts & upto(run.end - base),
                _ => 0,
            };
            let bit = if touching != 0 { touching.ilog2() } else { starts.trailing_zeros() };
            let at = base + bit as usize;
            if rule::confirm(self.window, at) {
                self.add(at, touching != 0);
                starts &= !upto(bit as usize);
            } else {
                starts &= !(1 << bit);
            }
        }
    }

    fn add(&mut self, at: usize, touching: bool) {
        match &mut self.run {
            Some(run) if touching => run.end = at + BLOCK,
            run => self.out.extend(run.replace(at..at + BLOCK)),
        }
    }

    fn close(&mut self) {
        self.out.extend(self.run.take());
    }
}

/// The bits 0 to `bit`.
#[inline(always)]
fn upto(bit: usize) -> u64 {
    if bit >= 63 { u64::MAX } else { (2 << bit) - 1 }
}

/// Makes each run longer by the blocks of [`rule::LONG`] bytes that rest on
/// [`BLOCK`] bytes of it and may be random, and joins runs that then touch.
#[inline(always)]
fn complete(window: &[u8], runs: &mut Vec<Range<usize>>, masks: impl Fn(usize) -> (Near, Far)) {
    // Plain loops: closures given to iterators are compiled without the
    // processor's features around them.
    for run in runs.iter_mut() {
        let (start, end) = (run.start, run.end);
        let first = start.saturating_sub(rule::LONG - BLOCK);
        let around = masks(first);
        for at in first..start {
            if may_be_random(window, at, first, &around) {
                run.start = at;
                break;
            }
        }
        let first = (end + 1).saturating_sub(rule::LONG);
        let around = masks(first);
        let mut at = end - BLOCK;
        while at > first && !may_be_random(window, at, first, &around) {
            at -= 1;
        }
        if at > first || may_be_random(window, first, first, &around) {
            run.end = at + rule::LONG;
        }
    }
    runs.dedup_by(|next, kept| {
        let joins = next.start <= kept.end;
        if joins {
            kept.end = kept.end.max(next.end);
        }
        joins
    });
}

/// [`rule::may_be_random_by`] on masks that start at `base`.
#[inline(always)]
fn may_be_random(window: &[u8], at: usize, base: usize, (near, far): &(Near, Far)) -> bool {
    let Some(block) = window.get(at..).and_then(|rest| rest.first_chunk::<{ rule::LONG }>()) else {
        return false;
    };
    let zero = part(near.zero, at - base);
    if zero.count_ones() > rule::LONG_ZERO_MAX {
        return false;
    }
    let pairs = zero & (zero >> 1);
    let mut equal_max = 0;
    for (mask, distance) in far.equal.into_iter().zip(rule::DISTANCES) {
        equal_max = equal_max.max((part(mask, at - base) & (u32::MAX >> distance)).count_ones());
    }
    let mut bits = 0;
    for word in block.as_chunks::<8>().0 {
        bits += u64::from_le_bytes(*word).count_ones();
    }
    let text = all_of::<{ rule::LONG_TEXT_RUN }>(u128::from(part(far.text, at - base)));
    rule::may_be_random_by(&rule::Counts {
        zero: zero.count_ones(),
        zero_runs: (pairs & !(pairs << 1)).count_ones(),
        high: part(near.high, at - base).count_ones(),
        equal_max,
        text_run_max: if text == 0 { 0 } else { rule::LONG_TEXT_RUN },
        plain: part(far.plain, at - base).count_ones(),
        code: part(far.code, at - base).count_ones(),
        bits,
    })
}

/// The bits of a mask about [`rule::LONG`] bytes.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "32 bits are asked for")]
fn part(mask: u64, from: usize) -> u32 {
    (mask >> from) as u32
}
