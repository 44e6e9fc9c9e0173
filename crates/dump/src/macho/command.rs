//! The load commands: segments, threads, notes.

use super::header::Header;
use super::{FORMAT, thread};
use crate::annotation::Annotations;
use crate::cursor::{to_u64, to_usize, u32_at, u64_at};
use crate::error::Error;
use crate::image::Access;
use crate::limits::{FILE_END_MAX, MACHO_COMMANDS_MAX};
use std::ops::Range;

/// `LC_SEGMENT`, `LC_THREAD`, `LC_UNIXTHREAD`, `LC_SEGMENT_64`, `LC_NOTE`.
const SEGMENT: u32 = 1;
const THREAD: u32 = 4;
const UNIX_THREAD: u32 = 5;
const SEGMENT_64: u32 = 0x19;
const NOTE: u32 = 0x31;

/// Bytes of `cmd` and `cmdsize`, of `segment_command`, `segment_command_64` and `note_command`.
const COMMAND: usize = 8;
const SEGMENT_BYTES: usize = 56;
const SEGMENT_64_BYTES: usize = 72;
const NOTE_BYTES: usize = 40;

/// One range of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) addresses: Range<u64>,
    /// Its bytes in the file; the rest of its addresses was not dumped.
    pub(super) file: Range<u64>,
    pub(super) access: Access,
}

/// One record beside the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// `data_owner`, if it is one that is known.
    pub(super) owner: Option<&'static str>,
    pub(super) file: Range<u64>,
}

/// `data_owner` of notes that lldb reads (`ObjectFileMachO.cpp`), and the kernel's version.
const OWNERS: [&str; 6] =
    ["addrable bits", "all image infos", "kern ver str", "load binary", "main bin spec", "process metadata"];

/// What the load commands say.
#[derive(Debug, Default)]
pub(super) struct Commands {
    pub(super) segments: Vec<Segment>,
    pub(super) threads: Vec<thread::States>,
    pub(super) notes: Vec<Note>,
    /// File bytes of heads and fields.
    pub(super) structure: Vec<Range<u64>>,
    /// What follows the last command within the bytes of all.
    pub(super) end: u64,
}

impl Commands {
    /// Reads all of them.
    ///
    /// # Errors
    /// If a command is longer than what is left, or a segment lies where none can.
    pub(super) fn read(header: &Header, annotations: &mut Annotations) -> Result<Self, Error> {
        let mut commands = Self::default();
        let mut rest = header.commands.as_slice();
        let mut at = header.bytes;
        let count = to_usize(u64::from(header.count));
        for index in 0..count.min(MACHO_COMMANDS_MAX) {
            let (kind, size) = (u32_at(rest, 0), u32_at(rest, 4).map(|size| to_usize(u64::from(size))));
            let command = size.filter(|size| *size >= COMMAND).and_then(|size| rest.split_at_checked(size));
            let (Some(kind), Some((command, after))) = (kind, command) else {
                let problem =
                    format!("is none, or longer than what is left of sizeofcmds ({:#x})", rest.len());
                return Err(impossible(index, at, problem));
            };
            commands.add(header, kind, index, at, command)?;
            at = at.saturating_add(to_u64(command.len()));
            rest = after;
        }
        if count > MACHO_COMMANDS_MAX {
            annotations
                .remark(format!("{FORMAT}: {count} load commands, of which {MACHO_COMMANDS_MAX} are read"));
        }
        commands.end = at;
        Ok(commands)
    }

    fn add(
        &mut self,
        header: &Header,
        kind: u32,
        index: usize,
        at: u64,
        command: &[u8],
    ) -> Result<(), Error> {
        let fixed = match kind {
            SEGMENT => SEGMENT_BYTES,
            SEGMENT_64 => SEGMENT_64_BYTES,
            NOTE => NOTE_BYTES,
            _ => COMMAND,
        };
        if command.len() < fixed {
            let problem = format!("has {:#x} bytes, which are too few for its kind", command.len());
            return Err(impossible(index, at, problem));
        }
        self.structure.push(at..at.saturating_add(to_u64(fixed)));
        match kind {
            SEGMENT | SEGMENT_64 => {
                let segment = segment(command, kind == SEGMENT_64).ok_or_else(|| {
                    impossible(index, at, "places a segment where no file or memory can be".to_owned())
                })?;
                self.segments.push(segment);
            }
            NOTE => {
                let (start, length) = (u64_at(command, 24).unwrap_or(0), u64_at(command, 32).unwrap_or(0));
                let end = start.checked_add(length).filter(|end| *end <= FILE_END_MAX);
                let end = end.ok_or_else(|| {
                    impossible(index, at, "places a note where no file can have it".to_owned())
                })?;
                self.notes.push(Note { owner: owner(command), file: start..end });
            }
            THREAD | UNIX_THREAD => {
                let states = command.get(COMMAND..).unwrap_or_default();
                let start = at.saturating_add(to_u64(COMMAND));
                self.threads.push(thread::States::read(header.machine, start, states));
            }
            _ => {}
        }
        Ok(())
    }
}

/// A segment; none if its numbers cannot be.
fn segment(command: &[u8], wide: bool) -> Option<Segment> {
    let (places, initial) = if wide { ([24, 32, 40, 48], 60) } else { ([24, 28, 32, 36], 44) };
    let number = |at| if wide { u64_at(command, at) } else { u32_at(command, at).map(u64::from) };
    let [address, size, offset, held] = places.map(number);
    let (address, size, offset, held) = (address?, size?, offset?, held?);
    let end = offset.checked_add(held).filter(|end| *end <= FILE_END_MAX)?;
    let addresses = address..address.checked_add(size.max(held))?;
    // `initprot`, in `VM_PROT_READ`, `_WRITE` and `_EXECUTE`; none of them where the writer did not know.
    let rights = u32_at(command, initial)?;
    let access = match rights & 7 {
        0 => crate::spaces::UNKNOWN,
        rights => Access { read: rights & 1 != 0, write: rights & 2 != 0, execute: rights & 4 != 0 },
    };
    Some(Segment { addresses, file: offset..end, access })
}

fn owner(command: &[u8]) -> Option<&'static str> {
    let name = command.get(8..24)?.split(|byte| *byte == 0).next()?;
    OWNERS.into_iter().find(|owner| owner.as_bytes() == name)
}

fn impossible(index: usize, offset: u64, problem: String) -> Error {
    Error::Impossible { format: FORMAT, structure: format!("load command {index}"), offset, problem }
}
