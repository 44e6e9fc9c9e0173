//! Load commands: memory, threads, notes.

use crate::elf::merged;
use crate::fault::{Fault, Named};
use crate::limits::{MACHO_COMMAND_BYTES_MAX, MACHO_NOTE_BYTES_MAX};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// Notes from which debuggers start.
const NOTES: [&[u8]; 6] = [
    b"addrable bits",
    b"all image infos",
    b"kern ver str",
    b"load binary",
    b"main bin spec",
    b"process metadata",
];

/// Processor and flavor of a general state; bytes of a register; offsets of program counter, stack and frame pointer.
const GENERAL: [(u64, u64, usize, [usize; 3]); 5] = [
    (0x0100_0007, 4, 8, [128, 56, 48]),
    (0x0100_0007, 7, 8, [136, 64, 56]),
    (0x0100_000c, 6, 8, [256, 248, 232]),
    (7, 1, 4, [40, 28, 24]),
    (12, 1, 4, [60, 52, 28]),
];

/// Memory of the process in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) addresses: Range<u64>,
    /// Of the first address.
    pub(super) file_offset: u64,
    /// How many bytes the file holds.
    pub(super) held: u64,
}

/// A core, as far as the judge needs it.
#[derive(Debug)]
pub(crate) struct Core {
    pub(super) header: Vec<u8>,
    /// Load commands without the states of threads, digested.
    pub(super) commands: [u8; 32],
    /// Contents of the notes that debuggers start from, digested.
    pub(super) notes: [u8; 32],
    /// Flavors, lengths, and pc, sp and fp of each thread.
    pub(super) threads: Vec<Vec<u64>>,
    /// Memory, by address.
    pub(super) memory: Vec<Memory>,
    /// Bytes of a pointer.
    pub(super) width: usize,
    /// Whether all segments end within the file.
    pub(super) whole: bool,
}

impl Core {
    /// Reads a core; none if the file does not begin like one.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        if dump.length() < 28 {
            return Ok(None);
        }
        let head = dump.take(0, 28)?;
        let wide = match number(&head, 0, 4) {
            0xfeed_facf => true,
            0xfeed_face => false,
            _ => return Ok(None),
        };
        if number(&head, 12, 4) != 4 {
            return Ok(None);
        }
        let size = number(&head, 20, 4);
        if size > MACHO_COMMAND_BYTES_MAX {
            return Err(Fault::Limit(format!("load commands of {size} bytes")));
        }
        let header = dump.take(0, if wide { 32 } else { 28 })?;
        let commands = dump.take(header.len() as u64, size)?;
        let mut core = Self {
            header,
            commands: [0; 32],
            notes: [0; 32],
            threads: Vec::new(),
            memory: Vec::new(),
            width: if wide { 8 } else { 4 },
            whole: true,
        };
        core.fill(dump, &commands)?;
        core.memory.sort_by_key(|one| one.addresses.start);
        Ok(Some(core))
    }

    fn fill(&mut self, dump: Named<'_>, mut rest: &[u8]) -> Result<(), Fault> {
        let (processor, count) = (number(&self.header, 4, 4), number(&self.header, 16, 4));
        let (mut commands, mut notes) = (Sha256::new(), Sha256::new());
        let mut note_bytes = 0_u64;
        for _ in 0..count {
            let (kind, size) = (number(rest, 0, 4), number(rest, 4, 4));
            let size = usize::try_from(size).ok().filter(|size| *size >= 8);
            let parted = size.and_then(|size| rest.split_at_checked(size));
            let (command, after) = parted.ok_or_else(|| parse(dump, "a load command that is cut off"))?;
            rest = after;
            commands.update(command.get(..8).unwrap_or_default());
            match kind {
                1 | 0x19 => {
                    commands.update(command);
                    let memory = memory(command, kind == 0x19)
                        .ok_or_else(|| parse(dump, "a segment that cannot be"))?;
                    self.whole &= memory.file_offset.saturating_add(memory.held) <= dump.length();
                    self.memory.push(memory);
                }
                4 | 5 => self.threads.push(thread(processor, command.get(8..).unwrap_or_default())),
                0x31 => {
                    commands.update(command);
                    let owner = command.get(8..24).and_then(|name| name.split(|byte| *byte == 0).next());
                    let (start, length) = (number(command, 24, 8), number(command, 32, 8));
                    let length = length.min(dump.length().saturating_sub(start));
                    note_bytes = note_bytes.saturating_add(length);
                    if note_bytes > MACHO_NOTE_BYTES_MAX {
                        return Err(Fault::Limit(format!("notes of more than {MACHO_NOTE_BYTES_MAX} bytes")));
                    }
                    if owner.is_some_and(|owner| NOTES.contains(&owner)) && length > 0 {
                        notes.update(dump.take(start, length)?);
                    }
                }
                _ => {}
            }
        }
        self.commands = commands.finalize().into();
        self.notes = notes.finalize().into();
        Ok(())
    }

    /// Every address that the process had, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        merged(self.memory.iter().map(|one| one.addresses.clone()).collect())
    }
}

/// What a segment says of memory.
fn memory(command: &[u8], wide: bool) -> Option<Memory> {
    let field = |index: usize| {
        if wide { number(command, 24 + 8 * index, 8) } else { number(command, 24 + 4 * index, 4) }
    };
    if command.len() < if wide { 72 } else { 56 } {
        return None;
    }
    let held = field(3);
    let end = field(0).checked_add(field(1).max(held))?;
    Some(Memory { addresses: field(0)..end, file_offset: field(2), held })
}

/// What must stay of a thread: each flavor with its length, and the registers with a role.
fn thread(processor: u64, mut rest: &[u8]) -> Vec<u64> {
    let mut said = Vec::new();
    while rest.len() >= 8 {
        let (flavor, count) = (number(rest, 0, 4), number(rest, 4, 4));
        let length = usize::try_from(count.saturating_mul(4)).unwrap_or(usize::MAX);
        let Some(state) = rest.get(8..).and_then(|rest| rest.get(..length)) else { break };
        said.extend([flavor, count]);
        let general = GENERAL.iter().find(|(one, other, ..)| (*one, *other) == (processor, flavor));
        if let Some((_, _, width, places)) = general {
            said.extend(places.map(|at| number(state, at, *width)));
        }
        rest = rest.get(8 + length..).unwrap_or_default();
    }
    said
}

/// Stack pointer and frame pointer of a thread as [`thread`] tells of it.
pub(super) fn pointers(core: &Core, said: &[u64]) -> Option<(u64, u64)> {
    let processor = number(&core.header, 4, 4);
    let mut rest = said;
    loop {
        let (flavor, after) = (*rest.first()?, rest.get(2..)?);
        if GENERAL.iter().any(|(one, other, ..)| (*one, *other) == (processor, flavor)) {
            return Some((*after.get(1)?, *after.get(2)?));
        }
        rest = after;
    }
}

fn parse(dump: Named<'_>, what: &str) -> Fault {
    Fault::Parse { which: dump.which, what: what.to_owned() }
}

/// A little-endian number of up to eight bytes; zero where there is none.
pub(super) fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let field = bytes.get(at..at.saturating_add(width)).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
