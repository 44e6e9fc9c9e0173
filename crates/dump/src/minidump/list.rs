//! The lists that streams are: threads, modules, memory, names.

use super::directory::{Directory, Stream};
use super::{FORMAT, stream};
use crate::annotation::Annotations;
use crate::cursor::{to_usize, u32_at, u64_at};
use crate::error::Error;
use crate::limits::{CHUNK_BYTES, MINIDUMP_ENTRIES_MAX, MINIDUMP_STREAM_BYTES_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// Reads streams, and says what is strange about them.
pub(super) struct Reader<'a> {
    pub(super) source: &'a dyn ReadAt,
    pub(super) annotations: &'a mut Annotations,
}

/// `MINIDUMP_THREAD`, or an entry with a role like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) id: u32,
    /// Its stack, as far as it was dumped.
    pub(super) stack: Memory,
    /// Its context in the file.
    pub(super) context: Range<u64>,
}

/// Memory: address and bytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) address: u64,
    pub(super) file: Range<u64>,
}

/// `MINIDUMP_MODULE`, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) base: u64,
    pub(super) size: u64,
    /// Where its name stands (`MINIDUMP_STRING`).
    pub(super) name: u64,
    /// `CvRecord` and `MiscRecord`.
    pub(super) records: [Range<u64>; 2],
}

/// Bytes of `MINIDUMP_THREAD` and `MINIDUMP_THREAD_EX`.
const THREAD_BYTES: u64 = 48;
const THREAD_EX_BYTES: u64 = 64;
/// Bytes of `MINIDUMP_MODULE`, of `MINIDUMP_MEMORY_DESCRIPTOR` and of `MINIDUMP_MEMORY_DESCRIPTOR64`.
const MODULE_BYTES: u64 = 108;
const MEMORY_BYTES: u64 = 16;
/// Bytes of `MINIDUMP_THREAD_NAME`, which is packed.
const THREAD_NAME_BYTES: u64 = 12;
/// Bytes of one piece of `CHUNK_BYTES` as a number of the file.
const CHUNK: u64 = CHUNK_BYTES as u64;

impl Reader<'_> {
    /// Bytes of the file, as many of `wanted` as it holds up to `limit`.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn bytes(
        &self,
        structure: &'static str,
        wanted: &Range<u64>,
        limit: u64,
    ) -> Result<Vec<u8>, Error> {
        let end = wanted.end.min(self.source.length()).min(wanted.start.saturating_add(limit));
        let mut bytes = vec![0; to_usize(end.saturating_sub(wanted.start))];
        if !bytes.is_empty() {
            self.source.read_exact_at(wanted.start, &mut bytes).map_err(|fault| Error::Read {
                format: FORMAT,
                structure,
                offset: wanted.start,
                source: fault,
            })?;
        }
        Ok(bytes)
    }

    /// A whole stream of a type, if there is one.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn stream(&mut self, directory: &Directory, kind: u32) -> Result<Option<Vec<u8>>, Error> {
        let Some(found) = directory.find(kind) else { return Ok(None) };
        let name = stream::known(kind).name;
        let length = found.file.end.saturating_sub(found.file.start);
        if length > MINIDUMP_STREAM_BYTES_MAX {
            self.strange(
                found,
                &format!("has {length:#x} bytes, of which {MINIDUMP_STREAM_BYTES_MAX:#x} are read"),
            );
        }
        self.bytes(name, &found.file, MINIDUMP_STREAM_BYTES_MAX).map(Some)
    }

    /// Says what is strange about a stream.
    fn strange(&mut self, stream: &Stream, what: &str) {
        let name = stream::known(stream.kind).name;
        let offset = stream.file.start;
        self.annotations.remark(format!("{FORMAT}: stream {name} at file offset {offset:#x} {what}"));
    }

    /// The entries of a list that begins with its number of entries: `count`, in `width` bytes. Writers that align entries
    /// to 8 bytes put 4 between.
    fn entries<'b>(
        &mut self,
        found: &Stream,
        bytes: &'b [u8],
        count: u64,
        head: u64,
        size: u64,
    ) -> Vec<&'b [u8]> {
        let length = crate::cursor::to_u64(bytes.len());
        let all = count.saturating_mul(size);
        let padded = head == 4 && length == all.saturating_add(8);
        let start = if padded { 8 } else { head };
        let held = length.saturating_sub(start).checked_div(size).unwrap_or(0);
        if count > held {
            self.strange(found, &format!("says {count} entries and has room for {held}"));
        }
        if count.min(held) > MINIDUMP_ENTRIES_MAX {
            self.strange(found, &format!("has {count} entries, of which {MINIDUMP_ENTRIES_MAX} are read"));
        }
        let taken = to_usize(count.min(held).min(MINIDUMP_ENTRIES_MAX));
        bytes.get(to_usize(start)..).unwrap_or_default().chunks_exact(to_usize(size)).take(taken).collect()
    }

    /// The entries of a list with a header that names its own length and that of an entry, and the number of entries in
    /// `width` bytes.
    fn sized<'b>(&mut self, found: &Stream, bytes: &'b [u8], wide: bool, least: u64) -> Vec<&'b [u8]> {
        let fields = (u32_at(bytes, 0), u32_at(bytes, 4));
        let count = if wide { u64_at(bytes, 8) } else { u32_at(bytes, 8).map(u64::from) };
        let ((Some(head), Some(size)), Some(count)) = (fields, count) else { return Vec::new() };
        if u64::from(size) < least || u64::from(head) < 12 {
            self.strange(found, &format!("says entries of {size:#x} bytes behind a header of {head:#x}"));
            return Vec::new();
        }
        // A header that is no four bytes is never taken for a padded one.
        self.entries(found, bytes, count, u64::from(head), u64::from(size))
    }

    /// `ThreadListStream` and `ThreadExListStream`.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn threads(&mut self, directory: &Directory) -> Result<Vec<Thread>, Error> {
        let mut threads = Vec::new();
        for (kind, size) in [(stream::THREAD_LIST, THREAD_BYTES), (stream::THREAD_EX_LIST, THREAD_EX_BYTES)] {
            let Some(bytes) = self.stream(directory, kind)? else { continue };
            let Some(found) = directory.find(kind) else { continue };
            let count = u32_at(&bytes, 0).map_or(0, u64::from);
            for entry in self.entries(found, &bytes, count, 4, size) {
                threads.extend(thread(entry));
                // `BackingStore`, the register stack of Itanium.
                threads.extend(
                    memory(entry, 48)
                        .filter(|more| !more.file.is_empty())
                        .and_then(|stack| Some(Thread { id: u32_at(entry, 0)?, stack, context: 0..0 })),
                );
            }
        }
        Ok(threads)
    }

    /// The thread of `ExceptionStream` and its context.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn exception(&mut self, directory: &Directory) -> Result<Option<(u32, Range<u64>)>, Error> {
        let Some(bytes) = self.stream(directory, stream::EXCEPTION)? else { return Ok(None) };
        Ok(u32_at(&bytes, 0).zip(location(&bytes, 160)))
    }

    /// `ModuleListStream`.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn modules(&mut self, directory: &Directory) -> Result<Vec<Module>, Error> {
        let Some(bytes) = self.stream(directory, stream::MODULE_LIST)? else { return Ok(Vec::new()) };
        let Some(found) = directory.find(stream::MODULE_LIST) else { return Ok(Vec::new()) };
        let count = u32_at(&bytes, 0).map_or(0, u64::from);
        let module = |entry: &[u8]| {
            Some(Module {
                base: u64_at(entry, 0)?,
                size: u32_at(entry, 8).map(u64::from)?,
                name: u32_at(entry, 20).map(u64::from)?,
                records: [location(entry, 76)?, location(entry, 84)?],
            })
        };
        Ok(self.entries(found, &bytes, count, 4, MODULE_BYTES).into_iter().filter_map(module).collect())
    }

    /// Memory of `MemoryListStream` and `Memory64ListStream`.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn memory(&mut self, directory: &Directory) -> Result<Vec<Memory>, Error> {
        let mut all = Vec::new();
        if let Some(bytes) = self.stream(directory, stream::MEMORY_LIST)?
            && let Some(found) = directory.find(stream::MEMORY_LIST)
        {
            let count = u32_at(&bytes, 0).map_or(0, u64::from);
            let entries = self.entries(found, &bytes, count, 4, MEMORY_BYTES);
            all.extend(entries.into_iter().filter_map(|entry| memory(entry, 0)));
        }
        if let Some(bytes) = self.stream(directory, stream::MEMORY_64_LIST)?
            && let Some(found) = directory.find(stream::MEMORY_64_LIST)
        {
            let (count, mut at) = (u64_at(&bytes, 0).unwrap_or(0), u64_at(&bytes, 8).unwrap_or(0));
            for entry in self.entries(found, &bytes, count, 16, MEMORY_BYTES) {
                let Some((address, length)) = u64_at(entry, 0).zip(u64_at(entry, 8)) else { continue };
                let end = at.saturating_add(length);
                all.push(Memory { address, file: at..end });
                at = end;
            }
        }
        Ok(all)
    }

    /// `MINIDUMP_MEMORY_INFO` entries: address, length, state, protection.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn memory_info(
        &mut self,
        directory: &Directory,
    ) -> Result<Vec<(Range<u64>, u32, u32)>, Error> {
        let Some(bytes) = self.stream(directory, stream::MEMORY_INFO_LIST)? else { return Ok(Vec::new()) };
        let Some(found) = directory.find(stream::MEMORY_INFO_LIST) else { return Ok(Vec::new()) };
        let info = |entry: &[u8]| {
            let start = u64_at(entry, 0)?;
            let range = start..start.saturating_add(u64_at(entry, 24)?);
            Some((range, u32_at(entry, 32)?, u32_at(entry, 36)?))
        };
        Ok(self.sized(found, &bytes, true, 44).into_iter().filter_map(info).collect())
    }

    /// Where the names of unloaded modules, threads, handles and the service pack stand.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn names(&mut self, directory: &Directory) -> Result<Vec<(&'static str, u64)>, Error> {
        let mut names = Vec::new();
        let offset = |entry: &[u8], at| u32_at(entry, at).map(u64::from);
        if let Some(bytes) = self.stream(directory, stream::SYSTEM_INFO)? {
            names.extend(offset(&bytes, 24).map(|at| ("name of the service pack", at)));
        }
        if let Some(bytes) = self.stream(directory, stream::UNLOADED_MODULE_LIST)?
            && let Some(found) = directory.find(stream::UNLOADED_MODULE_LIST)
        {
            let entries = self.sized(found, &bytes, false, 24);
            names.extend(entries.into_iter().filter_map(|entry| Some(("module name", offset(entry, 20)?))));
        }
        if let Some(bytes) = self.stream(directory, stream::THREAD_NAMES)?
            && let Some(found) = directory.find(stream::THREAD_NAMES)
        {
            let count = u32_at(&bytes, 0).map_or(0, u64::from);
            let entries = self.entries(found, &bytes, count, 4, THREAD_NAME_BYTES);
            names.extend(entries.into_iter().filter_map(|entry| Some(("thread name", u64_at(entry, 4)?))));
        }
        if let Some(bytes) = self.stream(directory, stream::HANDLE_DATA)?
            && let Some(found) = directory.find(stream::HANDLE_DATA)
        {
            for entry in self.sized(found, &bytes, false, 32) {
                names.extend(offset(entry, 8).map(|at| ("handle type", at)));
                names.extend(offset(entry, 12).map(|at| ("handle name", at)));
            }
        }
        names.retain(|(_, at)| *at != 0);
        Ok(names)
    }

    /// The bytes of a `MINIDUMP_STRING`, its length and its NUL included. Nothing if none begins there.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn string(&self, at: u64) -> Result<Option<Range<u64>>, Error> {
        let head = self.bytes("string", &(at..at.saturating_add(4)), 4)?;
        let Some(length) =
            u32_at(&head, 0).map(u64::from).filter(|length| length % 2 == 0 && *length <= CHUNK)
        else {
            return Ok(None);
        };
        let end = at.saturating_add(4).saturating_add(length).saturating_add(2);
        Ok((end <= self.source.length()).then_some(at..end))
    }
}

/// A `MINIDUMP_THREAD`.
fn thread(entry: &[u8]) -> Option<Thread> {
    Some(Thread { id: u32_at(entry, 0)?, stack: memory(entry, 24)?, context: location(entry, 40)? })
}

/// A `MINIDUMP_MEMORY_DESCRIPTOR`. Nothing of the memory is there if it says the file's beginning: threads of full dumps say
/// how long their stacks are and no more.
fn memory(entry: &[u8], at: usize) -> Option<Memory> {
    let file = location(entry, at.checked_add(8)?)?;
    let file = if file.start == 0 { 0..0 } else { file };
    Some(Memory { address: u64_at(entry, at)?, file })
}

/// A `MINIDUMP_LOCATION_DESCRIPTOR`: length, offset.
fn location(entry: &[u8], at: usize) -> Option<Range<u64>> {
    let length = u32_at(entry, at).map(u64::from)?;
    let start = u32_at(entry, at.checked_add(4)?).map(u64::from)?;
    Some(start..start.saturating_add(length))
}
