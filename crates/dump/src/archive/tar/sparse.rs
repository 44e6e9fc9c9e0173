//! Sparse members: the three ways in which GNU tar notes where the holes are.

use super::super::fields::block;
use super::super::limits::{SPARSE_MAP_BYTES_MAX, SPARSE_RUNS_MAX};
use super::super::member::Content;
use super::header::{BLOCK_BYTES, Header, size};
use super::{Run, count, lay, pax};
use crate::read::ReadAt;
use std::io;
use std::ops::Range;

/// The old format: four runs in the header, 21 in each block behind it. Gives where the bytes start.
pub(super) fn gnu(
    source: &dyn ReadAt,
    header: &Header,
    mut start: u64,
) -> io::Result<Option<(u64, Vec<Run>)>> {
    let mut runs = Vec::new();
    if !entries(&header.map, &mut runs) {
        return Ok(None);
    }
    let mut more = header.is_extended;
    while more {
        let Some(block) = block::<512>(source, start)? else { return Ok(None) };
        if runs.len() >= SPARSE_RUNS_MAX || !entries(block.get(..504).unwrap_or_default(), &mut runs) {
            return Ok(None);
        }
        more = block.get(504).is_some_and(|flag| *flag != 0);
        start = start.saturating_add(BLOCK_BYTES);
    }
    Ok(Some((start, runs)))
}

/// Takes runs out of entries of two sizes, up to the first that is empty.
fn entries(map: &[u8], runs: &mut Vec<Run>) -> bool {
    for entry in map.chunks_exact(24) {
        let (offset, length) = entry.split_at_checked(12).unwrap_or_default();
        if length.first().is_none_or(|first| *first == 0) {
            return true;
        }
        let (Some(offset), Some(length)) = (size(offset), size(length)) else { return false };
        runs.push((offset, length));
    }
    true
}

/// A member of which the runs are known; its bytes lie in `range`, behind each other.
pub(super) fn content(runs: &[Run], length: Option<u64>, range: &Range<u64>) -> Option<Content> {
    let parts = lay(runs, range.start)?;
    let last = parts.last().map_or(0, |part| part.start.saturating_add(part.length));
    // A last run of no bytes marks where the file ends.
    let marked = runs.last().map_or(0, |(offset, length)| offset.saturating_add(*length));
    let length = length.unwrap_or(marked);
    let fits = parts.iter().all(|part| part.file_offset.saturating_add(part.length) <= range.end);
    (last <= length && fits).then_some(Content::Stored { length, parts })
}

/// Format 1.0: the map stands before the bytes, in decimal lines, filled up to whole blocks. Gives where they start.
pub(super) fn ahead(
    source: &dyn ReadAt,
    range: &Range<u64>,
    length: Option<u64>,
) -> io::Result<Option<(Content, u64)>> {
    let most = range.end.min(range.start.saturating_add(SPARSE_MAP_BYTES_MAX));
    let (mut at, mut line, mut numbers) = (range.start, Vec::new(), Vec::new());
    let mut wanted = None;
    while wanted != Some(numbers.len()) && at < most {
        let Some(block) = block::<512>(source, at)? else { return Ok(None) };
        at = at.saturating_add(BLOCK_BYTES);
        for byte in block {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            let Some(value) = pax::number(&line) else { return Ok(None) };
            line.clear();
            if wanted.is_none() {
                let runs = usize::try_from(value).ok().filter(|runs| *runs <= SPARSE_RUNS_MAX);
                let Some(runs) = runs else { return Ok(None) };
                wanted = runs.checked_mul(2);
            } else {
                numbers.push(value);
            }
            if wanted == Some(numbers.len()) {
                break;
            }
        }
    }
    let runs: Vec<Run> =
        numbers.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))).collect();
    if at > range.end || wanted.and_then(|wanted| u64::try_from(wanted / 2).ok()) != Some(count(&runs)) {
        return Ok(None);
    }
    Ok(content(&runs, length, &(at..range.end)).map(|content| (content, at)))
}
