//! `NT_PRSTATUS`: which words a debugger needs, and where a thread stands.

use super::note::Note;
use crate::annotation::Annotations;
use crate::cursor::{to_u64, u64_at};
use crate::image::{Machine, Protection};
use std::ops::Range;

/// Where `pr_reg` starts in `struct elf_prstatus` of both processors.
const PR_REG: usize = 112;

/// Offsets of what matters, in the descriptor.
struct Layout {
    program_counter: usize,
    stack_pointer: usize,
    thread_pointer: Option<usize>,
    /// Start and end of general-purpose registers without a role of their own: these
    /// alone may be overwritten.
    general: &'static [(u64, u64)],
}

/// `struct user_regs_struct` (`sys/user.h`): r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx
/// rdx rsi rdi `orig_rax` rip cs eflags rsp ss `fs_base` `gs_base` ds es fs gs.
const X86_64: Layout = Layout {
    program_counter: PR_REG + 16 * 8,
    stack_pointer: PR_REG + 19 * 8,
    thread_pointer: Some(PR_REG + 21 * 8),
    general: &[(112, 144), (152, 232)],
};

/// `struct user_pt_regs`: x0..x30 sp pc pstate. x29 (frame pointer) and x30 (link register) stay.
const AARCH64: Layout = Layout {
    program_counter: PR_REG + 32 * 8,
    stack_pointer: PR_REG + 31 * 8,
    thread_pointer: None,
    general: &[(112, 344)],
};

/// What a thread's registers say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Registers {
    /// `rip`, `pc`.
    pub(super) program_counter: u64,
    /// `rsp`, `sp`.
    pub(super) stack_pointer: u64,
    /// `fs_base`; AArch64 has it in a note of its own.
    pub(super) thread_pointer: Option<u64>,
}

/// Reads the registers out of a descriptor.
pub(super) fn parse(bytes: &[u8], machine: Machine) -> Option<Registers> {
    let layout = layout(machine)?;
    Some(Registers {
        program_counter: u64_at(bytes, layout.program_counter)?,
        stack_pointer: u64_at(bytes, layout.stack_pointer)?,
        thread_pointer: layout.thread_pointer.and_then(|at| u64_at(bytes, at)),
    })
}

/// Protects all of the note but the general-purpose registers without a role.
pub(super) fn protect(note: &Note, machine: Machine, annotations: &mut Annotations) {
    let general = layout(machine).map_or(&[][..], |layout| layout.general);
    let mut at: u64 = 0;
    for &(start, end) in general {
        keep(note, at..start, annotations);
        at = end;
    }
    keep(note, at..note.length(), annotations);
}

fn keep(note: &Note, part: Range<u64>, annotations: &mut Annotations) {
    let end = part.end.min(note.length());
    if let Some(range) = end.checked_sub(part.start).and_then(|length| note.part(part.start, length)) {
        annotations.protect(range, Protection::Debugger, "NT_PRSTATUS pc, sp and process state");
    }
}

fn layout(machine: Machine) -> Option<&'static Layout> {
    match machine {
        Machine::X86_64 => Some(&X86_64),
        Machine::Aarch64 => Some(&AARCH64),
        Machine::X86 | Machine::Arm | Machine::Unknown => None,
    }
}

/// The words of a note at these offsets, as an overlay needs them.
pub(super) fn parts(note: &Note, parts: impl IntoIterator<Item = (u64, u64)>) -> Option<Vec<Range<u64>>> {
    parts.into_iter().map(|(start, length)| note.part(start, length)).collect()
}

/// Offset of element `index` in an array at `start`.
pub(super) fn element(start: u64, index: usize, bytes: u64) -> u64 {
    start.saturating_add(to_u64(index).saturating_mul(bytes))
}
