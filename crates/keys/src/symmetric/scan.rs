//! The one way in: every cipher over the random stretches of a window.

use super::limits::{
    CAST_PROOFS_MAX, EDGE_BYTES, LONG_SCHEDULE_BYTES_MIN, MARGIN_BYTES, SCHEDULE_BYTES_MIN, WHOLE_BYTES_MAX,
};
use super::{aria, blowfish, camellia, cast, chacha, des, rc4, seed, serpent, sm4, twofish, vectors};
use crate::{Hit, aes};
use std::ops::Range;

/// Bytes of the words that schedules are made of, and the alignment of all of them.
const WORD: usize = 4;

/// Appends the keys whose schedules or states stand in `bytes`, of which `runs` (rising, not overlapping) look random.
/// Returns how many possible schedules were not put to the proof because others had used up the work that it may take.
pub fn scan(bytes: &[u8], runs: &[Range<usize>], out: &mut Vec<Hit>) -> u64 {
    let mut done = 0;
    let mut budget = cast::Budget { left: CAST_PROOFS_MAX, skipped: 0 };
    for run in runs {
        chacha::beside(bytes, run, out);
        blowfish::filling(bytes, run, out);
        twofish::inside(bytes, run, out);
        cast::beside(bytes, run, &mut budget, out);
        for part in parts(run) {
            done = schedules(bytes, part.start.max(done)..part.end, run.end, out).max(done);
        }
    }
    rc4::scan(bytes, runs, out);
    des::scan(bytes, out);
    vectors::scan(bytes, out);
    cast::interleaved(bytes, &mut budget, out);
    budget.skipped
}

/// What is looked at of a stretch of randomness.
fn parts(run: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let start = run.start.saturating_sub(MARGIN_BYTES);
    // Nothing that starts later is long enough.
    let end = (run.end + MARGIN_BYTES).saturating_sub(SCHEDULE_BYTES_MIN);
    let (first, last) = if run.end - start <= WHOLE_BYTES_MAX {
        (start..end, None)
    } else {
        (start..start + EDGE_BYTES, Some(run.end - EDGE_BYTES..end))
    };
    std::iter::once(first).chain(last)
}

/// Looks for schedules that start in a range of a run that ends at `end`; returns the end of the last one.
fn schedules(bytes: &[u8], part: Range<usize>, end: usize, out: &mut Vec<Hit>) -> usize {
    let mut at = part.start.next_multiple_of(WORD);
    while at < part.end {
        let Some(hit) = schedule(bytes, at, end + MARGIN_BYTES - at) else {
            at += WORD;
            continue;
        };
        at = hit.range.end.next_multiple_of(WORD);
        out.push(hit);
    }
    at
}

/// The schedule that starts at an offset, with so many random bytes from there on.
fn schedule(bytes: &[u8], at: usize, left: usize) -> Option<Hit> {
    let rest = bytes.get(at..)?;
    sm4::at(rest, at).or_else(|| seed::at(rest, at)).or_else(|| {
        let is_long = left >= LONG_SCHEDULE_BYTES_MIN;
        let serpent = || if left >= serpent::SCHEDULE { serpent::at(rest, at) } else { None };
        let camellia = || camellia::at(rest, at).or_else(|| aria::at(rest, at)).or_else(serpent);
        let aes = || if at.is_multiple_of(2 * WORD) { permuted(rest, at) } else { None };
        aes().or_else(|| if is_long { camellia() } else { None })
    })
}

/// A vector-permuted schedule of AES.
fn permuted(bytes: &[u8], at: usize) -> Option<Hit> {
    let schedule = aes::permuted(bytes)?;
    let length = schedule.ranges.first()?.len();
    let material = aes::material(&schedule);
    Some(Hit { range: at..at + length, component: "schedule", form: schedule.form, material })
}
