//! Processor contexts: where a thread stands, and which registers may be overwritten.

use crate::cursor::{u16_at, u32_at, u64_at};
use crate::image::Machine;
use std::ops::Range;

/// Offsets of what matters in one kind of context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Bytes of the context without extensions.
    bytes: u64,
    /// Bytes of a register.
    width: usize,
    program_counter: usize,
    stack_pointer: usize,
    /// Start and end of general-purpose registers without a role of their own.
    general: &'static [(u64, u64)],
    /// Start and end of floating-point and vector registers.
    vectors: &'static [(u64, u64)],
}

/// `CONTEXT` of x86: dr, `FLOATING_SAVE_AREA` at 28, segments, edi esi ebx edx ecx eax at 156, ebp eip cs eflags esp ss,
/// `ExtendedRegisters` (an FXSAVE area) at 204.
const X86: Layout = Layout {
    bytes: 716,
    width: 4,
    program_counter: 184,
    stack_pointer: 196,
    general: &[(156, 180)],
    // ST registers of both areas; XMM and what FXSAVE reserves.
    vectors: &[(56, 136), (236, 716)],
};

/// `CONTEXT` of x64: homes, flags, segments, dr, rax rcx rdx rbx at 120, rsp rbp, rsi rdi r8 to r15 at 168, rip at 248,
/// `XMM_SAVE_AREA32` at 256, `VectorRegister` at 768.
const X86_64: Layout = Layout {
    bytes: 1232,
    width: 8,
    program_counter: 248,
    stack_pointer: 152,
    general: &[(120, 152), (168, 248)],
    vectors: &[(288, 768), (768, 1184)],
};

/// `CONTEXT` of ARM64: flags and cpsr, x0 to x28 at 8, fp lr sp pc, v0 to v31 at 272. Breakpad's older one has flags of 64
/// bits, the same places for x0 to pc, and v0 at 284.
const AARCH64: Layout = Layout {
    bytes: 912,
    width: 8,
    program_counter: 264,
    stack_pointer: 256,
    general: &[(8, 240)],
    vectors: &[(272, 784)],
};

/// See [`AARCH64`].
const AARCH64_OLD: Layout = Layout { bytes: 796, vectors: &[(284, 796)], ..AARCH64 };

/// `CONTEXT` of ARM: flags, r0 to r10 at 4, r11 (frame pointer) r12 sp lr pc cpsr, VFP registers at 80.
const ARM: Layout = Layout {
    bytes: 368,
    width: 4,
    program_counter: 64,
    stack_pointer: 56,
    general: &[(4, 48), (52, 56)],
    vectors: &[(80, 336)],
};

/// A processor as `SystemInfo` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Processor(u16);

/// `PROCESSOR_ARCHITECTURE_INTEL`, `_ARM`, `_AMD64`, `_ARM64` of `winnt.h`, and Breakpad's `MD_CPU_ARCHITECTURE_ARM64_OLD`.
const INTEL: u16 = 0;
const ARM_32: u16 = 5;
const AMD64: u16 = 9;
const ARM64: u16 = 12;
const ARM64_OLD: u16 = 0x8003;

/// `PROCESSOR_ARCHITECTURE_UNKNOWN`.
const UNKNOWN: u16 = 0xffff;

impl Processor {
    /// Of a `MINIDUMP_SYSTEM_INFO`; unknown without one.
    pub(super) fn of(system_info: Option<&[u8]>) -> Self {
        Self(system_info.and_then(|bytes| u16_at(bytes, 0)).unwrap_or(UNKNOWN))
    }

    /// Of a `MachineImageType` (`IMAGE_FILE_MACHINE_AMD64` and `_ARM64` of `winnt.h`).
    pub(crate) fn of_image(machine: u16) -> Self {
        Self(match machine {
            0x8664 => AMD64,
            0xaa64 => ARM64,
            _ => UNKNOWN,
        })
    }

    /// The processor, as far as images know it.
    pub(crate) fn machine(self) -> Machine {
        match self.0 {
            INTEL => Machine::X86,
            AMD64 => Machine::X86_64,
            ARM64 | ARM64_OLD => Machine::Aarch64,
            ARM_32 => Machine::Arm,
            _ => Machine::Unknown,
        }
    }

    /// How its contexts are laid out, given the length of one.
    pub(crate) fn layout(self, length: u64) -> Option<&'static Layout> {
        let layout = match self.0 {
            INTEL => &X86,
            AMD64 => &X86_64,
            ARM_32 => &ARM,
            ARM64 | ARM64_OLD if length == AARCH64_OLD.bytes => &AARCH64_OLD,
            ARM64 | ARM64_OLD => &AARCH64,
            _ => return None,
        };
        (length >= layout.bytes).then_some(layout)
    }
}

impl Layout {
    /// Program counter and stack pointer of a context.
    pub(super) fn pointers(&self, bytes: &[u8]) -> Option<(u64, u64)> {
        let register = |at| match self.width {
            4 => u32_at(bytes, at).map(u64::from),
            _ => u64_at(bytes, at),
        };
        Some((register(self.program_counter)?, register(self.stack_pointer)?))
    }

    /// The parts of a context of `length` bytes that hold vector registers, or extend it.
    pub(crate) fn vectors(&self, length: u64) -> Vec<Range<u64>> {
        let extension = (self.bytes, length);
        self.vectors.iter().chain([&extension]).map(|(start, end)| *start..*end).collect()
    }

    /// The parts of a context of `length` bytes that a debugger needs.
    pub(crate) fn needed(&self, length: u64) -> Vec<Range<u64>> {
        let mut free: Vec<(u64, u64)> = [self.general, self.vectors, &[(self.bytes, length)]].concat();
        free.sort_unstable();
        let mut out = Vec::new();
        let mut at = 0;
        for (start, end) in free {
            if at < start {
                out.push(at..start);
            }
            at = at.max(end);
        }
        out
    }
}

/// Bytes of a context that are read: more than any layout has.
pub(super) const READ_BYTES: u64 = 2048;

const _: () = assert!(X86_64.bytes < READ_BYTES);
