//! From a file to an image.

use super::record::{Header, Walker};
use super::{FORMAT, SIGNATURE, mark};
use crate::error::Error;
use crate::image::{AddressMap, Image, Machine, Origin, Space};
use crate::limits::HPROF_STRINGS_MAX;
use crate::read::ReadAt;
use crate::spaces::{UNKNOWN, single};
use crate::stream::Stream;
use crate::weave::Weave;
use std::sync::Arc;

/// Bytes behind the name of the format: its NUL, the length of identifiers, the time.
const AFTER_NAME_BYTES: usize = 13;

/// Longest name with its NUL: `JAVA PROFILE 1.0.3`.
const NAME_BYTES_MAX: usize = 32;

/// Reads the structure of a heap dump, front to back and once. Its bytes stay in the file.
///
/// # Errors
/// If this is no HPROF, if it ends in its header, or if the medium fails. Whatever else is wrong is remarked, and the
/// bytes concerned are shown as they stand.
pub fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut walker = Walker::new(Stream::new(FORMAT, source), header(source)?);
    walker.walk()?;
    let Walker { mut heap, mut annotations, gaps, mut stream, .. } = walker;
    let (shapes, unknown) = heap.shapes();
    if unknown > 0 {
        annotations.remark(format!(
            "{FORMAT}: the layout of {unknown} kinds of instance is not known; their fields were searched, but only proven findings are removed there"
        ));
    }
    if heap.classes_dropped > 0 {
        annotations.remark(format!("{FORMAT}: {} classes are too many to remember", heap.classes_dropped));
    }
    let too_many = heap.strings.len() >= HPROF_STRINGS_MAX || heap.names.len() >= HPROF_STRINGS_MAX;
    if too_many {
        annotations.remark(format!("{FORMAT}: too many strings to tell all names from literals"));
    }
    let names = heap.strings.iter().filter(|(id, _)| heap.names.contains(id)).map(|(_, start)| *start);
    let names = names.collect();
    let (objects, classes) = (heap.objects, heap.classes.dumped());
    let weave = Arc::new(std::mem::take(&mut heap.weaver).finish(shapes, names));
    mark::keys(&mut stream, &heap, &weave, &mut annotations)?;
    let mut spaces = vec![space(&weave)];
    spaces.extend(gaps.into_iter().map(|gap| single(Origin::Gap, gap, UNKNOWN)));
    let unturned = Arc::new(weave.unturned());
    if unturned.length() > 0 {
        spaces.push(space(&unturned));
    }
    let (missing_bytes, missing) = annotations.missing(source.length());
    let (protected, marked, mut remarks) = annotations.finish();
    remarks.insert(0, format!("{FORMAT}: {objects} objects of {classes} classes"));
    Ok(Image {
        format: "hprof",
        machine: Machine::Unknown,
        file_length: source.length(),
        spaces,
        protected,
        mapped: Vec::new(),
        ignored_pointer_bits: 0,
        mappings: Vec::new(),
        threads: Vec::new(),
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
        members: Vec::new(),
        joints_left: 0,
        addresses: AddressMap::default(),
    })
}

fn space(weave: &Arc<Weave>) -> Space {
    Space {
        origin: Origin::Heap(Arc::clone(weave)),
        address: None,
        pieces: Vec::new(),
        length: weave.length(),
    }
}

fn header(source: &dyn ReadAt) -> Result<Header, Error> {
    let mut stream = Stream::new(FORMAT, source);
    let length = stream.length();
    let cut = Error::Truncated { format: FORMAT, structure: "header", offset: 0, length };
    let held =
        usize::try_from(length).unwrap_or(usize::MAX).min(NAME_BYTES_MAX.saturating_add(AFTER_NAME_BYTES));
    let Some(bytes) = stream.peek(held)? else { return Err(cut) };
    let impossible = |problem: &str| Error::Impossible {
        format: FORMAT,
        structure: "header".to_owned(),
        offset: 0,
        problem: problem.to_owned(),
    };
    if !bytes.starts_with(&SIGNATURE) {
        return Err(if SIGNATURE.starts_with(bytes) { cut } else { impossible("it has another name") });
    }
    let Some(end) = bytes.iter().position(|byte| *byte == 0) else {
        return Err(if held < NAME_BYTES_MAX { cut } else { impossible("its name does not end") });
    };
    let Some(size) = bytes.get(end..).and_then(|rest| rest.first_chunk::<AFTER_NAME_BYTES>()) else {
        return Err(cut);
    };
    let [_, size @ .., _, _, _, _, _, _, _, _] = *size;
    let is_old = bytes.get(SIGNATURE.len()..end) == Some(b".1");
    let id_bytes = match u32::from_be_bytes(size) {
        4 => 4,
        8 => 8,
        other => {
            return Err(Error::Unsupported {
                format: FORMAT,
                structure: "header",
                offset: crate::cursor::to_u64(end).saturating_add(1),
                field: "size of identifiers",
                value: u64::from(other),
                expected: "which is neither 4 nor 8",
            });
        }
    };
    let first = crate::cursor::to_u64(end.saturating_add(AFTER_NAME_BYTES));
    Ok(Header { first, id_bytes, is_segmented: !is_old })
}
