//! The initial stack: argument and environment strings, found from the auxiliary
//! vector that the kernel put above the pointers to them (`create_elf_tables` in
//! `fs/binfmt_elf.c` of Linux):
//! argc, argv pointers, 0, envp pointers, 0, auxiliary vector, ..., random bytes, strings.

use super::annotation::Annotations;
use super::auxv::{AT_EXECFN, AT_RANDOM, Auxv};
use super::memory::Memory;
use super::segment::Segments;
use crate::cursor::{to_u64, to_usize, u64_at};
use crate::limits::{
    AUXV_ENTRIES_MAX, CHUNK_BYTES, NAME_BYTES_MAX, STACK_SEARCH_BYTES_MAX, STRING_BYTES_MAX, STRINGS_MAX,
};
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
    environment(memory, &pointers.environment, annotations);
    arguments(memory, &pointers.arguments, annotations);
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

fn environment(memory: &Memory<'_>, pointers: &[u64], annotations: &mut Annotations) {
    for &address in pointers {
        let Some(text) = memory.text(address, STRING_BYTES_MAX) else { continue };
        let (name, start) = split(&text);
        mark_text(memory, address, start..text.len(), "environment", name, annotations);
    }
}

fn arguments(memory: &Memory<'_>, pointers: &[u64], annotations: &mut Annotations) {
    let mut option: Option<String> = None;
    for (index, &address) in pointers.iter().enumerate() {
        let text = memory.text(address, STRING_BYTES_MAX).unwrap_or_default();
        if index > 0 {
            match split(&text) {
                (Some(name), start) if name.starts_with('-') => {
                    mark_text(memory, address, start..text.len(), "argument", Some(name), annotations);
                }
                _ => mark_text(memory, address, 0..text.len(), "argument", option.as_deref(), annotations),
            }
        }
        option = std::str::from_utf8(&text).ok().filter(|text| is_option(text)).map(str::to_owned);
    }
}

/// What programs that rewrite their title (nginx, sshd, postgres) leave of the
/// strings behind the NUL of the new text.
fn remains(
    memory: &Memory<'_>,
    strings: Range<u64>,
    pointers: &Pointers,
    auxv: &Auxv,
    annotations: &mut Annotations,
) {
    let all = pointers.arguments.iter().chain(&pointers.environment).copied().chain(auxv.get(AT_EXECFN));
    let mut starts: Vec<u64> = all.filter(|address| strings.contains(address)).collect();
    starts.sort_unstable();
    starts.dedup();
    for (&start, &next) in starts.iter().zip(starts.iter().skip(1)) {
        let Some(text) = memory.text(start, STRING_BYTES_MAX) else { continue };
        let rest = start.saturating_add(to_u64(text.len())).saturating_add(1);
        if rest >= next || next.saturating_sub(rest) > STACK_SEARCH_BYTES_MAX {
            continue;
        }
        let bytes = memory.bytes(rest, next.saturating_sub(rest)).unwrap_or_default();
        if bytes.iter().any(|byte| *byte != 0) {
            annotations.mark(memory.file_ranges(rest..next), "environment", None);
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

/// Name before the first `=`, and where the value starts; no name and zero if there is none.
fn split(text: &[u8]) -> (Option<&str>, usize) {
    let Some(at) = text.iter().position(|byte| *byte == b'=').filter(|at| *at <= NAME_BYTES_MAX) else {
        return (None, 0);
    };
    match text.get(..at).map(std::str::from_utf8) {
        Some(Ok(name)) if is_name(name) => (Some(name), at.saturating_add(1)),
        _ => (None, 0),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// An option in full: `-p`, `--password`. What is joined to a value is none.
fn is_option(text: &str) -> bool {
    text.len() <= NAME_BYTES_MAX && text.starts_with('-') && is_name(text)
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
