//! Annotations of Crashpad: names and values that the reporter or the program set (`minidump_extensions.h`).

use super::directory::Directory;
use super::list::Reader;
use super::stream;
use crate::cursor::{to_usize, u32_at};
use crate::error::Error;
use crate::limits::{CHUNK_BYTES, MINIDUMP_ANNOTATIONS_MAX, NAME_BYTES_MAX};
use std::ops::Range;

/// Texts and tables to be claimed, with what they are called.
pub(super) type Texts = Vec<(Range<u64>, &'static str)>;

/// Bytes of `MinidumpSimpleStringDictionaryEntry`, `MinidumpModuleCrashpadInfoLink`, `MinidumpAnnotation`, and of an RVA.
const PAIR_BYTES: u64 = 8;
const LINK_BYTES: u64 = 12;
const ANNOTATION_BYTES: u64 = 12;
const RVA_BYTES: u64 = 4;

/// Follows `MinidumpCrashpadInfo` to every text, and marks the values.
///
/// # Errors
/// If the medium fails.
pub(super) fn read(reader: &mut Reader<'_>, directory: &Directory) -> Result<Texts, Error> {
    let mut follower = Follower { reader, texts: Vec::new(), left: MINIDUMP_ANNOTATIONS_MAX };
    let Some(info) = follower.reader.stream(directory, stream::CRASHPAD_INFO)? else { return Ok(Vec::new()) };
    // `simple_annotations` and `module_list`, behind version, report_id and client_id.
    follower.pairs(location(&info, 36))?;
    for link in follower.table(location(&info, 44), LINK_BYTES)? {
        let Some(place) = location(&link, 4) else { continue };
        let module = follower.reader.bytes("annotations of a module", &place, CHUNK_BYTES as u64)?;
        follower.texts.push((place, "module annotations"));
        for text in follower.table(location(&module, 4), RVA_BYTES)? {
            follower.value(u32_at(&text, 0), None)?;
        }
        follower.pairs(location(&module, 12))?;
        for annotation in follower.table(location(&module, 20), ANNOTATION_BYTES)? {
            let name = follower.name(u32_at(&annotation, 0))?;
            follower.value(u32_at(&annotation, 8), name)?;
        }
    }
    Ok(follower.texts)
}

struct Follower<'a, 'b> {
    reader: &'a mut Reader<'b>,
    texts: Texts,
    /// Texts that may still be read.
    left: usize,
}

impl Follower<'_, '_> {
    /// A table that begins with its number of entries: each entry.
    fn table(&mut self, place: Option<Range<u64>>, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        let Some(place) = place.filter(|place| !place.is_empty()) else { return Ok(Vec::new()) };
        let limit = size.saturating_mul(self.left as u64).saturating_add(4);
        let bytes = self.reader.bytes("annotations", &place, limit)?;
        let count = to_usize(u32_at(&bytes, 0).map_or(0, u64::from)).min(self.left);
        let entries = bytes.get(4..).unwrap_or_default().chunks_exact(to_usize(size)).take(count);
        let entries: Vec<Vec<u8>> = entries.map(<[u8]>::to_vec).collect();
        self.left = self.left.saturating_sub(entries.len());
        self.texts.push((place, "annotations"));
        Ok(entries)
    }

    /// A `MinidumpSimpleStringDictionary`.
    fn pairs(&mut self, place: Option<Range<u64>>) -> Result<(), Error> {
        for pair in self.table(place, PAIR_BYTES)? {
            let name = self.name(u32_at(&pair, 0))?;
            self.value(u32_at(&pair, 4), name)?;
        }
        Ok(())
    }

    /// The place of a `MinidumpUTF8String` or `MinidumpByteArray`, its length included, and where its bytes begin.
    fn text(&self, at: Option<u32>) -> Result<Option<(Range<u64>, u64)>, Error> {
        let Some(at) = at.map(u64::from).filter(|at| *at != 0) else { return Ok(None) };
        let head = self.reader.bytes("annotation", &(at..at.saturating_add(4)), 4)?;
        let Some(length) = u32_at(&head, 0).map(u64::from) else { return Ok(None) };
        let start = at.saturating_add(4);
        let end = start.saturating_add(length);
        let fits = end <= self.reader.source.length() && length <= CHUNK_BYTES as u64;
        Ok(fits.then_some((at..end, start)))
    }

    fn name(&mut self, at: Option<u32>) -> Result<Option<String>, Error> {
        let Some((place, start)) = self.text(at)? else { return Ok(None) };
        let bytes = self.reader.bytes("annotation", &(start..place.end), NAME_BYTES_MAX as u64)?;
        self.texts.push((place, "annotation name"));
        Ok(String::from_utf8(bytes).ok())
    }

    fn value(&mut self, at: Option<u32>, name: Option<String>) -> Result<(), Error> {
        let Some((place, start)) = self.text(at)? else { return Ok(()) };
        self.reader.annotations.mark(std::iter::once(start..place.end), "annotation", name.as_deref());
        self.texts.push((place, "annotation value"));
        Ok(())
    }
}

/// A `MINIDUMP_LOCATION_DESCRIPTOR`: length, offset.
fn location(bytes: &[u8], at: usize) -> Option<Range<u64>> {
    let length = u32_at(bytes, at).map(u64::from)?;
    let start = u32_at(bytes, at.checked_add(4)?).map(u64::from)?;
    Some(start..start.saturating_add(length))
}
