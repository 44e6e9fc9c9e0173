//! Header, directory, and the lists from which a debugger starts.

use crate::fault::{Fault, Named};
use crate::limits::{MINIDUMP_STREAM_BYTES_MAX, MINIDUMP_STREAMS_MAX, MINIDUMP_TEXTS_MAX};
use std::ops::Range;

/// Bytes of `MINIDUMP_HEADER`, of `MINIDUMP_DIRECTORY`, of `MINIDUMP_THREAD`, of `MINIDUMP_MODULE`.
const HEADER_BYTES: u64 = 32;
const ENTRY_BYTES: u64 = 12;
const THREAD_BYTES: usize = 48;
const MODULE_BYTES: usize = 108;
/// Bytes of `MINIDUMP_MEMORY_DESCRIPTOR` and `MINIDUMP_MEMORY_DESCRIPTOR64`.
const MEMORY_BYTES: usize = 16;

/// Types of streams that are tables: threads, modules, memory, exception, system, memory of 64 bits, handles, functions,
/// unloaded modules, what is known of memory, of threads and their names, and Breakpad's and Linux's that debuggers read.
const TABLES: [u32; 16] =
    [3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 16, 17, 24, 0x4767_0001, 0x4767_0009, 0x4767_000a];

/// A stream as the directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) kind: u32,
    pub(super) file: Range<u64>,
}

/// Memory of the process in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) addresses: Range<u64>,
    pub(super) file_offset: u64,
}

/// A thread and the registers with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) id: u64,
    /// Program counter, stack pointer, frame pointer and, of ARM, link register. Empty if the processor is unknown.
    pub(super) roles: Vec<u64>,
}

impl Thread {
    pub(super) fn stack_pointer(&self) -> Option<u64> {
        self.roles.get(1).copied()
    }
}

/// A minidump, as far as the judge needs it.
#[derive(Debug)]
pub(crate) struct Dump {
    pub(super) header: Vec<u8>,
    pub(super) directory: Vec<u8>,
    /// Tables with their types.
    pub(super) tables: Vec<(u32, Vec<u8>)>,
    /// Names and records of modules.
    pub(super) texts: Vec<Vec<u8>>,
    pub(super) threads: Vec<Thread>,
    pub(super) modules: Vec<Range<u64>>,
    /// Memory, by address.
    pub(super) memory: Vec<Memory>,
    /// Bytes of a pointer.
    pub(super) width: usize,
}

impl Dump {
    /// Reads a minidump; none if the file does not begin like one.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        if dump.length() < HEADER_BYTES {
            return Ok(None);
        }
        let header = dump.take(0, HEADER_BYTES)?;
        if !header.starts_with(b"MDMP") {
            return Ok(None);
        }
        let count = number(&header, 8, 4);
        if count > MINIDUMP_STREAMS_MAX {
            return Err(Fault::Limit(format!("more than {MINIDUMP_STREAMS_MAX} streams")));
        }
        let directory = dump.take(number(&header, 12, 4), count * ENTRY_BYTES)?;
        let streams = directory.chunks_exact(12).map(|entry| {
            let start = number(entry, 8, 4);
            let kind = u32::try_from(number(entry, 0, 4)).unwrap_or(0);
            Stream { kind, file: start..start + number(entry, 4, 4) }
        });
        let streams: Vec<Stream> = streams.collect();
        let mut tables = Vec::new();
        for stream in streams.iter().filter(|stream| TABLES.contains(&stream.kind)) {
            tables.push((stream.kind, stream_bytes(dump, &stream.file)?));
        }
        let mut read = Self {
            header,
            directory,
            tables,
            texts: Vec::new(),
            threads: Vec::new(),
            modules: Vec::new(),
            memory: Vec::new(),
            width: 8,
        };
        read.fill(dump)?;
        Ok(Some(read))
    }

    /// The table of a type; empty if there is none.
    fn table(&self, kind: u32) -> &[u8] {
        self.tables.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, bytes)| bytes.as_slice())
    }

    fn fill(&mut self, dump: Named<'_>) -> Result<(), Fault> {
        let processor = number(self.table(7), 0, 2);
        self.width = if matches!(processor, 0 | 5) { 4 } else { 8 };
        let modules: Vec<Vec<u8>> = entries(self.table(4), MODULE_BYTES);
        for module in &modules {
            let base = number(module, 0, 8);
            self.modules.push(base..base.saturating_add(number(module, 8, 4)));
        }
        self.modules.sort_by_key(|range| range.start);
        for module in modules.iter().take(MINIDUMP_TEXTS_MAX) {
            let name = number(module, 20, 4);
            let places = [
                name..name + 4 + number(&stream_bytes(dump, &(name..name + 4))?, 0, 4),
                located(module, 76),
                located(module, 84),
            ];
            for place in places {
                let text = stream_bytes(dump, &place)?;
                self.texts.push(text);
            }
        }
        let mut memory: Vec<Memory> =
            entries(self.table(5), MEMORY_BYTES).iter().map(|one| part(one)).collect();
        let threads = entries(self.table(3), THREAD_BYTES);
        memory.extend(threads.iter().map(|thread| part(thread.get(24..).unwrap_or_default())));
        memory.extend(memory_64(self.table(9)));
        memory.retain(|one| one.addresses.start < one.addresses.end);
        memory.sort_by_key(|one| (one.addresses.start, one.file_offset));
        self.memory = memory;
        let exception = (number(self.table(6), 0, 4), located(self.table(6), 160));
        for thread in &threads {
            let id = number(thread, 0, 4);
            self.threads.push(read_thread(dump, processor, id, &located(thread, 40))?);
        }
        if !self.table(6).is_empty() {
            self.threads.push(read_thread(dump, processor, exception.0, &exception.1)?);
        }
        Ok(())
    }

    /// Every address that the process had, as far as the dump tells, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        let mut all: Vec<Range<u64>> =
            self.modules.iter().cloned().chain(self.memory.iter().map(|one| one.addresses.clone())).collect();
        all.extend(regions(self.table(16)));
        crate::elf::merged(all)
    }
}

/// Committed and reserved regions of `MemoryInfoListStream`.
fn regions(table: &[u8]) -> Vec<Range<u64>> {
    let (head, size) = (number(table, 0, 4), number(table, 4, 4));
    let (Ok(head), Ok(size)) = (usize::try_from(head), usize::try_from(size)) else { return Vec::new() };
    if size < 44 {
        return Vec::new();
    }
    let entries = table.get(head..).unwrap_or_default().chunks_exact(size);
    // `MEM_FREE` is 0x10000.
    let existing = entries.filter(|entry| number(entry, 32, 4) != 0x1_0000);
    existing
        .map(|entry| number(entry, 0, 8)..number(entry, 0, 8).saturating_add(number(entry, 24, 8)))
        .collect()
}

/// Offsets of pc, sp, fp and lr in the contexts of `winnt.h`, and the bytes of a register.
fn roles(processor: u64) -> (&'static [usize], usize) {
    match processor {
        0 => (&[184, 196, 180], 4),
        5 => (&[64, 56, 48, 60], 4),
        9 => (&[248, 152, 160], 8),
        12 | 0x8003 => (&[264, 256, 240, 248], 8),
        _ => (&[], 8),
    }
}

/// Bytes of a context that are read.
const CONTEXT_BYTES: u64 = 1232;

fn read_thread(dump: Named<'_>, processor: u64, id: u64, context: &Range<u64>) -> Result<Thread, Fault> {
    let (offsets, width) = roles(processor);
    let end = context.end.min(context.start.saturating_add(CONTEXT_BYTES));
    let bytes = stream_bytes(dump, &(context.start..end))?;
    let whole = offsets.iter().all(|at| at + width <= bytes.len());
    let roles =
        if whole { offsets.iter().map(|at| number(&bytes, *at, width)).collect() } else { Vec::new() };
    Ok(Thread { id, roles })
}

/// Bytes of the file, as far as it holds them.
fn stream_bytes(dump: Named<'_>, file: &Range<u64>) -> Result<Vec<u8>, Fault> {
    let end = file.end.min(dump.length());
    let length = end.saturating_sub(file.start);
    if length > MINIDUMP_STREAM_BYTES_MAX {
        return Err(Fault::Limit(format!("a stream of more than {MINIDUMP_STREAM_BYTES_MAX} bytes")));
    }
    if length == 0 { Ok(Vec::new()) } else { dump.take(file.start, length) }
}

/// The entries of a list that begins with its number of them; four bytes may stand between.
fn entries(table: &[u8], size: usize) -> Vec<Vec<u8>> {
    let count = usize::try_from(number(table, 0, 4)).unwrap_or(0);
    let padded = count.checked_mul(size).and_then(|all| all.checked_add(8)) == Some(table.len());
    let start = if padded { 8 } else { 4 };
    table.get(start..).unwrap_or_default().chunks_exact(size).take(count).map(<[u8]>::to_vec).collect()
}

/// A `MINIDUMP_MEMORY_DESCRIPTOR`.
fn part(entry: &[u8]) -> Memory {
    let (address, place) = (number(entry, 0, 8), located(entry, 8));
    let length = place.end.saturating_sub(place.start);
    let addresses = if place.start == 0 { address..address } else { address..address.saturating_add(length) };
    Memory { addresses, file_offset: place.start }
}

/// The ranges of `Memory64ListStream`, one behind the other in the file.
fn memory_64(table: &[u8]) -> Vec<Memory> {
    let count = usize::try_from(number(table, 0, 8)).unwrap_or(usize::MAX);
    let mut at = number(table, 8, 8);
    let entries = table.get(16..).unwrap_or_default().chunks_exact(MEMORY_BYTES).take(count);
    let memory = entries.map(|entry| {
        let (address, length) = (number(entry, 0, 8), number(entry, 8, 8));
        let file_offset = at;
        at = at.saturating_add(length);
        Memory { addresses: address..address.saturating_add(length), file_offset }
    });
    memory.collect()
}

/// A `MINIDUMP_LOCATION_DESCRIPTOR`.
fn located(entry: &[u8], at: usize) -> Range<u64> {
    let start = number(entry, at + 4, 4);
    start..start + number(entry, at, 4)
}

/// A little-endian number of up to eight bytes; zero where there is none.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let field = bytes.get(at..at + width).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
