//! From a file to an image.

use super::heap::Heap;
use super::record::Walker;
use super::{FORMAT, SIGNATURE, is_heap};
use crate::error::Error;
use crate::image::{Image, Origin, Space};
use crate::limits::GO_PROGRAM_BYTES_MAX;
use crate::read::ReadAt;
use crate::spaces::{UNKNOWN, length, merged, single};
use crate::stream::Stream;
use std::ops::Range;
use std::sync::Arc;

/// Reads the structure of a heap dump, front to back. Its bytes stay in the file.
///
/// # Errors
/// If this is no heap dump of Go 1.7 or later, if a record is of no known kind, for nothing says where the next begins, if it
/// says what cannot be, or if the medium fails. A file without its end counts as cut off, and what it ends in is shown as it stands.
pub fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    header(source)?;
    let heap = Heap::new(Stream::new(FORMAT, source));
    let mut walker = Walker::new(Stream::new(FORMAT, source), heap);
    walker.walk()?;
    let Walker { heap, params, program, mut annotations, rest, .. } = walker;
    let (objects, frames, unplaced) = (heap.objects, heap.frames, heap.unplaced);
    if unplaced > 0 {
        annotations
            .remark(format!("{FORMAT}: findings in {unplaced} objects are reported without their addresses"));
    }
    let (weave, addresses) = heap.finish();
    let bytes = weave.length();
    let origin = Origin::Heap(Arc::new(weave));
    let mut spaces = vec![Space { origin, address: None, pieces: Vec::new(), length: bytes }];
    let (missing_bytes, missing) = annotations.missing(source.length());
    let after = if missing_bytes > 0 { Origin::Gap } else { Origin::Trailing };
    spaces.extend(rest.map(|rest| single(after, rest, UNKNOWN)));
    let (protected, marked, mut remarks) = annotations.finish();
    remarks.insert(0, format!("{FORMAT}: {objects} objects, {frames} stack frames"));
    let arenas = params.as_ref().map(|params| params.arenas.clone());
    Ok(Image {
        format: "goheap",
        machine: params.map_or(crate::image::Machine::Unknown, |params| params.machine),
        file_length: source.length(),
        spaces,
        protected,
        mapped: merged(arenas.into_iter().chain(around(program)).collect()),
        ignored_pointer_bits: 0,
        mappings: Vec::new(),
        threads: Vec::new(),
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
        addresses,
        members: Vec::new(),
        joints_left: 0,
    })
}

/// Addresses of the program: from the code of the functions on the stacks to the last variable. Code that was loaded far from
/// it (plugins) is left by itself.
fn around(program: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let program = merged(program);
    let all = program.first().map_or(0, |first| first.start)..program.last().map_or(0, |last| last.end);
    if length(&all) <= GO_PROGRAM_BYTES_MAX { vec![all] } else { program }
}

fn header(source: &dyn ReadAt) -> Result<(), Error> {
    let mut stream = Stream::new(FORMAT, source);
    let held = usize::try_from(stream.length()).map_or(SIGNATURE.len(), |length| length.min(SIGNATURE.len()));
    let length = stream.length();
    let bytes = stream.peek(held)?.unwrap_or_default();
    if bytes == SIGNATURE {
        return Ok(());
    }
    if SIGNATURE.starts_with(bytes) {
        return Err(Error::Truncated { format: FORMAT, structure: "header", offset: 0, length });
    }
    let problem = if is_heap(bytes) {
        "it is of another version than 1.7, which all releases since write"
    } else {
        "it has another name"
    };
    Err(Error::Impossible {
        format: FORMAT,
        structure: "header".to_owned(),
        offset: 0,
        problem: problem.to_owned(),
    })
}
