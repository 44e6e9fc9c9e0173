//! What is left of a range without others.

use std::ops::Range;

/// The parts of `range` outside `others`, which are sorted and disjoint.
pub(crate) fn outside<T: Copy + Ord>(range: &Range<T>, others: &[Range<T>]) -> Vec<Range<T>> {
    let first = others.partition_point(|other| other.end <= range.start);
    let mut out = Vec::new();
    let mut start = range.start;
    for other in others.iter().skip(first).take_while(|other| other.start < range.end) {
        if start < other.start {
            out.push(start..other.start);
        }
        start = start.max(other.end);
    }
    if start < range.end {
        out.push(start..range.end);
    }
    out
}
