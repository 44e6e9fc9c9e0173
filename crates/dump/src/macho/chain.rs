//! The words that a debugger unwinds through where nothing else tells it how: frame pointers and return addresses.

use crate::annotation::Annotations;
use crate::image::Machine;
use crate::limits::FRAMES_MAX;
use crate::memory::Memory;
use std::collections::BTreeSet;

/// Bytes of a frame's record: the caller's frame pointer and the return address (System V ABI, x86-64, 3.2.2; Procedure Call
/// Standard for the Arm 64-bit Architecture, 6.4.6).
const RECORD_BYTES: u64 = 16;

/// Protects the chain of frames from a frame pointer on, wherever it leads: of functions that keep other things in that
/// register, debuggers follow it all the same.
pub(super) fn protect(memory: &Memory<'_>, machine: Machine, mut frame: u64, annotations: &mut Annotations) {
    let width = machine.pointer_bytes();
    let bytes = if width == 8 { RECORD_BYTES } else { 8 };
    let mut seen = BTreeSet::new();
    while seen.len() < FRAMES_MAX && seen.insert(frame) {
        let Some(ranges) = memory.whole(frame, bytes) else { break };
        annotations.debugger(ranges, "frame pointer and return address");
        let next = if width == 8 {
            memory.word(frame)
        } else {
            memory.array(frame).map(|word| u64::from(u32::from_le_bytes(word)))
        };
        let Some(next) = next else { break };
        frame = next;
    }
}
