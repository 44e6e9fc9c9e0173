//! `mach_header` and `mach_header_64`.

use super::FORMAT;
use crate::cursor::{array_at, to_usize, u32_at};
use crate::error::Error;
use crate::image::Machine;
use crate::limits::MACHO_COMMAND_BYTES_MAX;
use crate::read::ReadAt;

/// `MH_MAGIC_64` and `MH_MAGIC`.
pub(super) const MAGIC_64: u32 = 0xfeed_facf;
pub(super) const MAGIC_32: u32 = 0xfeed_face;

/// `FAT_MAGIC` and `FAT_MAGIC_64`, big-endian.
const FAT_MAGICS: [u32; 2] = [0xcafe_babe, 0xcafe_babf];

/// Architectures of one fat file at most. Classes of Java begin alike; from 45 on, the number there is their version.
const FAT_MAX: u32 = 43;

/// `MH_CORE`.
const CORE: u32 = 4;

/// Offsets of `cputype`, `filetype`, `ncmds` and `sizeofcmds`.
const PROCESSOR: usize = 4;
pub(super) const FILE_TYPE: usize = 12;
pub(super) const COMMANDS: usize = 16;
pub(super) const COMMAND_BYTES: usize = 20;

/// Whether a file begins as a thin core does, in either byte order.
#[must_use]
pub fn is_core(head: &[u8]) -> bool {
    let is = |number: fn([u8; 4]) -> u32| {
        let magic = array_at(head, 0).map(number);
        matches!(magic, Some(MAGIC_64 | MAGIC_32)) && array_at(head, FILE_TYPE).map(number) == Some(CORE)
    };
    is(u32::from_le_bytes) || is(u32::from_be_bytes)
}

/// Whether a file begins as one that holds several.
#[must_use]
pub fn is_fat(head: &[u8]) -> bool {
    let number = |at| array_at(head, at).map(u32::from_be_bytes);
    number(0).is_some_and(|magic| FAT_MAGICS.contains(&magic))
        && number(4).is_some_and(|count| count < FAT_MAX)
}

/// Header and load commands.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) machine: Machine,
    /// Bytes of the header itself.
    pub(super) bytes: u64,
    /// The load commands.
    pub(super) commands: Vec<u8>,
    /// How many of them there are to be.
    pub(super) count: u32,
}

impl Header {
    /// Reads both.
    ///
    /// # Errors
    /// If this is no thin little-endian core, or ends before the end of its load commands.
    pub(super) fn read(source: &dyn ReadAt) -> Result<Self, Error> {
        let head = bytes(source, "header", 0, 28)?;
        let unsupported = |offset, field, value: u32, expected| Error::Unsupported {
            format: FORMAT,
            structure: "header",
            offset,
            field,
            value: u64::from(value),
            expected,
        };
        let magic = u32_at(&head, 0).unwrap_or(0);
        let length = match magic {
            MAGIC_64 => 32,
            MAGIC_32 => 28,
            _ if is_fat(&head) => {
                let expected = "a fat file was not expected; `lipo -thin` takes the core out of it";
                return Err(unsupported(0, "magic", magic.swap_bytes(), expected));
            }
            _ => {
                return Err(unsupported(
                    0,
                    "magic",
                    magic,
                    "0xfeedfacf or 0xfeedface was expected, little-endian",
                ));
            }
        };
        let kind = u32_at(&head, FILE_TYPE).unwrap_or(0);
        if kind != CORE {
            return Err(unsupported(12, "filetype", kind, "only 4, a core, is understood"));
        }
        let size = u32_at(&head, COMMAND_BYTES).unwrap_or(0);
        if u64::from(size) > MACHO_COMMAND_BYTES_MAX {
            return Err(unsupported(
                20,
                "sizeofcmds",
                size,
                "fewer than 64 MiB of load commands were expected",
            ));
        }
        let commands = bytes(source, "load commands", length, u64::from(size))?;
        let machine = machine(u32_at(&head, PROCESSOR).unwrap_or(0));
        Ok(Self { machine, bytes: length, commands, count: u32_at(&head, COMMANDS).unwrap_or(0) })
    }
}

/// `CPU_TYPE_*`.
fn machine(processor: u32) -> Machine {
    match processor {
        0x0100_0007 => Machine::X86_64,
        0x0100_000c => Machine::Aarch64,
        7 => Machine::X86,
        12 => Machine::Arm,
        _ => Machine::Unknown,
    }
}

/// Bytes that must be there.
fn bytes(source: &dyn ReadAt, structure: &'static str, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    if offset.saturating_add(length) > source.length() {
        return Err(Error::Truncated { format: FORMAT, structure, offset, length: source.length() });
    }
    let mut bytes = vec![0; to_usize(length)];
    source.read_exact_at(offset, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure,
        offset,
        source: fault,
    })?;
    Ok(bytes)
}
