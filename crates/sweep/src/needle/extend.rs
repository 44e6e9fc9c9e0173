//! Extending a seed to both sides as far as the pattern agrees.

use std::ops::Range;

/// Bytes of a seed.
const SEED: usize = 8;

/// Line breaks that encoders put into long values, raw and as JSON writes them.
const BREAKS: [&[u8]; 4] = [b"\n", b"\r\n", b"\\n", b"\\r\\n"];

/// The range of the window and the part of the pattern that agree around a
/// seed at `at` in the window and `offset` in the pattern.
pub(super) fn extend(
    window: &[u8],
    at: usize,
    pattern: &[u8],
    offset: usize,
    over_breaks: bool,
) -> (Range<usize>, Range<usize>) {
    let (mut range, mut part) = (at..at + SEED, offset..offset + SEED);
    while let Some(wanted) = part.start.checked_sub(1).and_then(|before| pattern.get(before))
        && let Some(step) = step_back(window.get(..range.start).unwrap_or_default(), *wanted, over_breaks)
    {
        range.start -= step;
        part.start -= 1;
    }
    while let Some(wanted) = pattern.get(part.end)
        && let Some(step) = step_on(window.get(range.end..).unwrap_or_default(), *wanted, over_breaks)
    {
        range.end += step;
        part.end += 1;
    }
    (range, part)
}

/// How many bytes from the end of `before` lead to the byte wanted.
fn step_back(before: &[u8], wanted: u8, over_breaks: bool) -> Option<usize> {
    let ends = |rest: &[u8]| rest.last() == Some(&wanted);
    if ends(before) {
        return Some(1);
    }
    let breaks = BREAKS.iter().filter(|_| over_breaks);
    let mut fits = breaks.filter(|end| before.strip_suffix(**end).is_some_and(ends));
    fits.next().map(|end| end.len() + 1)
}

/// How many bytes from the start of `after` lead to the byte wanted.
fn step_on(after: &[u8], wanted: u8, over_breaks: bool) -> Option<usize> {
    let starts = |rest: &[u8]| rest.first() == Some(&wanted);
    if starts(after) {
        return Some(1);
    }
    let breaks = BREAKS.iter().filter(|_| over_breaks);
    let mut fits = breaks.filter(|start| after.strip_prefix(**start).is_some_and(starts));
    fits.next().map(|start| start.len() + 1)
}
