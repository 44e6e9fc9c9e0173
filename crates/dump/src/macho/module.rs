//! Programs and libraries in memory, found by their Mach-O headers.

use super::command::Segment;
use super::header::{COMMAND_BYTES, COMMANDS, FILE_TYPE, MAGIC_64};
use crate::annotation::Annotations;
use crate::cursor::{to_usize, u32_at, u64_at};
use crate::image::Mapping;
use crate::limits::{MACHO_MODULE_BYTES_MAX, MODULE_HEADERS_MAX, MODULES_MAX};
use crate::memory::Memory;
use std::ops::Range;

/// `MH_EXECUTE`, `MH_DYLIB`, `MH_DYLINKER`, `MH_BUNDLE`, `MH_KEXT_BUNDLE`.
const FILE_TYPES: [u32; 5] = [2, 6, 7, 8, 11];

/// Bytes of `mach_header_64`.
const HEADER_BYTES: u64 = 32;

/// `LC_SEGMENT_64`, `LC_ID_DYLIB`, `LC_ID_DYLINKER`.
const SEGMENT_64: u32 = 0x19;
const NAMES: [u32; 2] = [0xd, 0xf];

/// Segments that are not part of a module's own memory.
const OUTSIDE: [&[u8]; 2] = [b"__PAGEZERO", b"__LINKEDIT"];

/// Protects the header of each module that begins a segment, and tells where the module lies.
pub(super) fn mappings(
    memory: &Memory<'_>,
    segments: &[Segment],
    annotations: &mut Annotations,
) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    for segment in segments {
        let Some(module) = Module::at(memory, segment.addresses.start) else { continue };
        if mappings.len() >= MODULES_MAX {
            break;
        }
        annotations.debugger(module.header, "module Mach-O header");
        let path = module.path;
        mappings.extend(module.ranges.into_iter().map(|range| Mapping {
            range,
            file_offset: 0,
            path: path.clone(),
        }));
    }
    mappings
}

/// A module in memory.
struct Module {
    /// Its header and load commands in the file.
    header: Vec<Range<u64>>,
    /// Its segments in memory.
    ranges: Vec<Range<u64>>,
    /// Path that it gives itself; programs give none.
    path: String,
}

impl Module {
    fn at(memory: &Memory<'_>, address: u64) -> Option<Self> {
        let head: [u8; 32] = memory.array(address)?;
        let is_module = u32_at(&head, 0)? == MAGIC_64 && FILE_TYPES.contains(&u32_at(&head, FILE_TYPE)?);
        let size = u64::from(u32_at(&head, COMMAND_BYTES)?);
        if !is_module || size > MACHO_MODULE_BYTES_MAX {
            return None;
        }
        let commands = memory.bytes(address.checked_add(HEADER_BYTES)?, size)?;
        let header = memory.whole(address, HEADER_BYTES.checked_add(size)?)?;
        let (mut segments, mut path, mut text) = (Vec::new(), String::new(), None);
        let mut rest = commands.as_slice();
        for _ in 0..u32_at(&head, COMMANDS)?.min(u32::from(MODULE_HEADERS_MAX)) {
            let (Some(kind), Some(length)) = (u32_at(rest, 0), u32_at(rest, 4)) else { break };
            let Some((command, after)) = rest.split_at_checked(to_usize(u64::from(length).max(8))) else {
                break;
            };
            rest = after;
            if kind == SEGMENT_64 && command.len() >= 72 {
                let name = name(command.get(8..24)?);
                let (start, length) = (u64_at(command, 24)?, u64_at(command, 32)?);
                if name == b"__TEXT" {
                    text = Some(start);
                }
                if !OUTSIDE.contains(&name) {
                    segments.push((start, length));
                }
            } else if NAMES.contains(&kind) {
                let at = to_usize(u64::from(u32_at(command, 8)?));
                path = String::from_utf8_lossy(name(command.get(at..).unwrap_or_default())).into_owned();
            }
        }
        // Load commands say where the module wanted to be.
        let slide = address.wrapping_sub(text?);
        let ranges = segments.into_iter().filter_map(|(start, length)| {
            let start = start.wrapping_add(slide);
            Some(start..start.checked_add(length)?)
        });
        Some(Self { header, ranges: ranges.collect(), path })
    }
}

/// Characters up to the first NUL.
fn name(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}
