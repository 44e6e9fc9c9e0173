//! The initial stack: argument and environment strings, found from the auxiliary
//! vector that the kernel put above the pointers to them (`create_elf_tables` in
//! `fs/binfmt_elf.c` of Linux):
//! argc, argv pointers, 0, envp pointers, 0, auxiliary vector, ..., random bytes, strings.

use super::auxv::{AT_EXECFN, AT_RANDOM, Auxv};
use super::segment::Segments;
use crate::annotation::Annotations;
use crate::cursor::{to_u64, to_usize, u64_at};
use crate::limits::{
    ALL_STRINGS_BYTES_MAX, AUXV_ENTRIES_MAX, CHUNK_BYTES, STACK_SEARCH_BYTES_MAX, STRING_BYTES_MAX,
    STRINGS_MAX,
};
use crate::memory::Memory;
use crate::strings;
use std::ops::Range;

/// The pointers that the kernel left for the program.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pointers {
    arguments: Vec<u64>,
    environment: Vec<u64>,
}

/// Marks every environment value and every argument after the program's name.
pub(super) fn mark(memory: &Memory<'_>, segments: &Segments, auxv: &Auxv, annotations: &mut Annotations) {
    let Some((vector, holder)) = vector(memory, segments, auxv) else {
        if auxv.get(AT_RANDOM).is_some() {
            annotations
                .remark("ELF core: initial stack not found, arguments and environment not marked".to_owned());
        }
        return;
    };
    let Some(pointers) = pointers(memory, holder.start, vector) else {
        annotations.remark(format!(
            "ELF core: initial stack at address {vector:#x} not understood, arguments and environment not marked"
        ));
        return;
    };
    let mut strings = Strings { memory, bytes_left: ALL_STRINGS_BYTES_MAX };
    environment(&mut strings, &pointers.environment, annotations);
    arguments(&mut strings, &pointers.arguments, annotations);
    if strings.bytes_left == 0 {
        annotations.remark(format!(
            "ELF core: arguments and environment at address {vector:#x} have more than \
             {ALL_STRINGS_BYTES_MAX:#x} bytes, the rest is not marked"
        ));
    }
    remains(memory, vector..holder.end, &pointers, auxv, annotations);
}

/// Address of the auxiliary vector on the stack, and the dumped part of the segment that holds it.
fn vector(memory: &Memory<'_>, segments: &Segments, auxv: &Auxv) -> Option<(u64, Range<u64>)> {
    for kind in [AT_RANDOM, AT_EXECFN] {
        let Some(value) = auxv.get(kind) else { continue };
        let holder = segments
            .loads()
            .map(|load| {
                load.address..load.address.saturating_add(load.file.end.saturating_sub(load.file.start))
            })
            .find(|range| range.contains(&value));
        let Some(holder) = holder else { continue };
        let floor = holder.start.max(value.saturating_sub(STACK_SEARCH_BYTES_MAX));
        let mut entry = below(memory, floor..value, kind, value)?;
        for _ in 0..AUXV_ENTRIES_MAX {
            let Some(before) = entry.checked_sub(16).filter(|before| *before >= floor) else { break };
            if !memory.word(before).is_some_and(|kind| auxv.has_type(kind)) {
                break;
            }
            entry = before;
        }
        return Some((entry, holder));
    }
    None
}

/// The highest entry (`kind`, `value`) in `range`: copies that a program made lie further down.
fn below(memory: &Memory<'_>, range: Range<u64>, kind: u64, value: u64) -> Option<u64> {
    let mut words = Words::new(memory, range.start, range.end & !7);
    let mut after = words.next()?;
    while let Some(word) = words.next() {
        if word == kind && after == value {
            return Some(words.address);
        }
        after = word;
    }
    None
}

/// Reads the pointers below the vector at `vector`.
fn pointers(memory: &Memory<'_>, floor: u64, vector: u64) -> Option<Pointers> {
    let mut words = Words::new(memory, floor, vector);
    if words.next()? != 0 {
        return None;
    }
    let mut above = vec![0];
    while above.len() < STRINGS_MAX {
        let word = words.next()?;
        if word == 0 || word > to_u64(STRINGS_MAX) {
            above.push(word);
            continue;
        }
        // argc, if its count of words further up argv ends. Zeros alone would not tell:
        // nginx puts one into argv, unsetenv leaves several after envp.
        let end = above.len().checked_sub(to_usize(word))?;
        let (environment, arguments) = above.split_at(end);
        if environment.last() != Some(&0) {
            return None;
        }
        let upwards = |part: &[u64]| part.iter().rev().copied().filter(|word| *word != 0).collect();
        return Some(Pointers { arguments: upwards(arguments), environment: upwards(environment) });
    }
    None
}

fn environment(texts: &mut Strings<'_>, pointers: &[u64], annotations: &mut Annotations) {
    for &address in pointers {
        let text = texts.text(address);
        let (name, start) = strings::split(&text);
        mark_text(texts.memory, address, start..text.len(), "environment", name, annotations);
    }
}

fn arguments(texts: &mut Strings<'_>, pointers: &[u64], annotations: &mut Annotations) {
    let mut option: Option<String> = None;
    for (index, &address) in pointers.iter().enumerate() {
        let text = texts.text(address);
        if index > 0 {
            let (part, name) = match strings::split(&text) {
                (Some(name), start) if name.starts_with('-') => (start..text.len(), Some(name)),
                _ => (0..text.len(), option.as_deref()),
            };
            mark_text(texts.memory, address, part, "argument", name, annotations);
        }
        option = strings::option(&text).map(str::to_owned);
    }
}

/// Reads strings while their number of bytes is believable: pointers may all
/// lead to the same long text.
struct Strings<'a> {
    memory: &'a Memory<'a>,
    bytes_left: u64,
}

impl Strings<'_> {
    /// The text at `address`; empty if it was not dumped or too much was read.
    fn text(&mut self, address: u64) -> Vec<u8> {
        let limit = STRING_BYTES_MAX.min(self.bytes_left);
        let text = self.memory.text(address, limit).unwrap_or_default();
        self.bytes_left = self.bytes_left.saturating_sub(to_u64(text.len()));
        text
    }
}

/// Marks strings to which no pointer leads any more: of variables that were unset
/// or replaced, and behind the title that some programs (nginx, sshd, postgres)
/// write over their arguments.
fn remains(
    memory: &Memory<'_>,
    place: Range<u64>,
    pointers: &Pointers,
    auxv: &Auxv,
    annotations: &mut Annotations,
) {
    let all = pointers.arguments.iter().chain(&pointers.environment).copied().chain(auxv.get(AT_EXECFN));
    let mut starts: Vec<u64> = all.filter(|address| place.contains(address)).collect();
    starts.sort_unstable();
    starts.dedup();
    for (&start, &next) in starts.iter().zip(starts.iter().skip(1)) {
        let length = next.saturating_sub(start);
        if length > STACK_SEARCH_BYTES_MAX {
            continue;
        }
        let bytes = memory.bytes(start, length).unwrap_or_default();
        let Some(end) = bytes.iter().position(|byte| *byte == 0) else { continue };
        let mut at = end;
        for text in bytes.get(end..).unwrap_or_default().split(|byte| *byte == 0) {
            let (name, value) = strings::split(text);
            let part = at.saturating_add(value)..at.saturating_add(text.len());
            mark_text(memory, start, part, "environment", name, annotations);
            at = at.saturating_add(text.len()).saturating_add(1);
        }
    }
}

fn mark_text(
    memory: &Memory<'_>,
    address: u64,
    part: Range<usize>,
    what: &'static str,
    name: Option<&str>,
    annotations: &mut Annotations,
) {
    let place = address.saturating_add(to_u64(part.start))..address.saturating_add(to_u64(part.end));
    annotations.mark(memory.file_ranges(place), what, name);
}

/// Words from high to low addresses.
struct Words<'a> {
    memory: &'a Memory<'a>,
    floor: u64,
    /// Address of the word returned last.
    address: u64,
    buffer: Vec<u8>,
    buffer_address: u64,
}

impl<'a> Words<'a> {
    fn new(memory: &'a Memory<'a>, floor: u64, end: u64) -> Self {
        Self { memory, floor, address: end, buffer: Vec::new(), buffer_address: end }
    }

    fn next(&mut self) -> Option<u64> {
        let at = self.address.checked_sub(8).filter(|at| *at >= self.floor)?;
        if at < self.buffer_address {
            let start = self.floor.max(self.address.saturating_sub(to_u64(CHUNK_BYTES)));
            self.buffer = self.memory.bytes(start, self.address.saturating_sub(start))?;
            self.buffer_address = start;
        }
        self.address = at;
        u64_at(&self.buffer, to_usize(at.saturating_sub(self.buffer_address)))
    }
}
