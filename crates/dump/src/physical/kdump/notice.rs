//! Where a clean dump can say what was removed of it: `ERASEINFO`, which makedumpfile writes behind the pages and readers
//! find by a field of the sub-header.

use super::FORMAT;
use super::header::{Header, length};
use super::order::Order;
use crate::error::Error;
use crate::physical::NoticeRoom;
use crate::read::ReadAt;
use std::ops::Range;

/// First version of the header whose sub-header has the field.
const VERSION_MIN: u32 = 5;

/// Bytes of the pointer that diskdump kept for each processor behind the header (`struct task_struct *tasks[0]`): crash shows
/// as many as the header counts.
const TASK_BYTES: u64 = 8;

/// Room for a notice of `bytes` bytes in the blocks of the headers: at the end of the first, else at the end of those of the
/// sub-header, where all is zero and nothing else lies. None if there is no such place, if the version of the header knows of
/// no notice, or if makedumpfile has left one.
///
/// # Errors
/// If the medium fails, or the headers say what cannot be.
pub(in crate::physical) fn room(source: &dyn ReadAt, bytes: u64) -> Result<Option<NoticeRoom>, Error> {
    let header = Header::read(source)?;
    let [first, sub] = &header.fixed;
    let [_, _, erased] = &header.places;
    if header.is_diskdump || header.version < VERSION_MIN || !erased.range.is_empty() {
        return Ok(None);
    }
    let tasks = header.processors.saturating_mul(TASK_BYTES);
    let free = [first.end.saturating_add(tasks)..header.block, sub.end..header.bitmaps.start];
    for free in free {
        let start = free.end.saturating_sub(bytes);
        let place = start..free.end;
        if start >= free.start && is_free(source, &header, &place)? {
            let (is_long, is_big) = (header.is_long, header.order == Order::Big);
            return Ok(Some(NoticeRoom { place, field_offset: erased.field, is_long, is_big }));
        }
    }
    Ok(None)
}

/// Whether nothing lies there and all is zero.
fn is_free(source: &dyn ReadAt, header: &Header, place: &Range<u64>) -> Result<bool, Error> {
    let overlaps = |other: &Range<u64>| other.start < place.end && place.start < other.end;
    if place.end > source.length() || header.places.iter().any(|other| overlaps(&other.range)) {
        return Ok(false);
    }
    let mut bytes = vec![0; crate::cursor::to_usize(length(place))];
    let (format, structure, offset) = (FORMAT, "headers", place.start);
    source.read_exact_at(place.start, &mut bytes).map_err(|source| Error::Read {
        format,
        structure,
        offset,
        source,
    })?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}
