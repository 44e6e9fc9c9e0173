//! Registers of a thread and the notes that hold them.

use super::note::Note;
use crate::recipe::Machine;

/// Vector registers that are used: as many as x86-64 has without AVX-512's upper half.
const VECTORS: usize = 16;

/// Registers of one thread.
#[derive(Clone, Debug)]
pub(crate) struct Registers {
    pub(crate) id: u32,
    pub(crate) process: u32,
    pub(crate) program_counter: u64,
    pub(crate) stack_pointer: u64,
    pub(crate) frame_pointer: u64,
    pub(crate) thread_pointer: u64,
    /// Up to 64 bytes each.
    pub(crate) vectors: [[u8; 64]; VECTORS],
}

/// Where a part of a vector register lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VectorPart {
    /// Name of the note.
    pub(crate) note: &'static str,
    /// Offset in its descriptor.
    pub(crate) offset: u64,
    /// Length in bytes.
    pub(crate) length: u64,
}

/// The copies of the first `length` bytes of vector register `number`, each in its parts.
pub(crate) fn parts(machine: Machine, number: u64, length: u64) -> Vec<Vec<VectorPart>> {
    let part =
        |note, start: u64, width: u64| VectorPart { note, offset: start + number * width, length: width };
    match machine {
        // Registers of 16 bytes side by side: a longer value lies in several.
        Machine::Aarch64 => vec![vec![VectorPart { note: "NT_FPREGSET", offset: number * 16, length }]],
        Machine::X86_64 => {
            let mut whole = vec![part("NT_X86_XSTATE", XMM, 16)];
            if length > 16 {
                whole.push(part("NT_X86_XSTATE", YMM_HIGH, 16));
            }
            if length > 32 {
                whole.push(part("NT_X86_XSTATE", ZMM_HIGH, 32));
            }
            vec![whole, vec![part("NT_FPREGSET", XMM, 16)]]
        }
    }
}

// Offsets in an XSAVE area of an Intel processor (SDM volume 1, chapter 13).
const XMM: u64 = 160;
const YMM_HIGH: u64 = 576;
const ZMM_HIGH: u64 = 1152;
const XSAVE_BYTES: usize = 2688;
/// x87, SSE, AVX, opmask, upper ZMM halves, upper ZMM registers.
const XCR0: u64 = 0xe7;

impl Registers {
    /// The notes of this thread.
    pub(crate) fn notes(&self, machine: Machine) -> Vec<Note> {
        match machine {
            Machine::X86_64 => vec![
                Note::new("NT_PRSTATUS", 1, self.status_x86_64()),
                Note::new("NT_FPREGSET", 2, self.xsave()[..512].to_vec()),
                Note::new("NT_X86_XSTATE", 0x202, self.xsave()).of_linux(),
            ],
            Machine::Aarch64 => vec![
                Note::new("NT_PRSTATUS", 1, self.status_aarch64()),
                Note::new("NT_FPREGSET", 2, self.vectors_aarch64()),
                Note::new("NT_ARM_TLS", 0x401, self.thread_pointer.to_le_bytes().to_vec()).of_linux(),
            ],
        }
    }

    /// `struct elf_prstatus` around registers: signal at 12, thread at 32, registers at 112.
    fn status(&self, registers: &[u64]) -> Vec<u8> {
        let mut bytes = vec![0; 112];
        bytes[0] = 11;
        bytes[12] = 11;
        for (at, number) in [(32, self.id), (36, 1), (40, self.process), (44, self.process)] {
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        bytes.extend(registers.iter().flat_map(|register| register.to_le_bytes()));
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    /// `struct user_regs_struct`: r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax
    /// rip cs eflags rsp ss fs_base gs_base ds es fs gs.
    fn status_x86_64(&self) -> Vec<u8> {
        let mut registers = [0; 27];
        registers[0] = self.stack_pointer + 0x40;
        registers[3] = 7;
        registers[4] = self.frame_pointer;
        registers[15] = u64::MAX;
        registers[16] = self.program_counter;
        registers[17] = 0x33;
        registers[18] = 0x1_0246;
        registers[19] = self.stack_pointer;
        registers[20] = 0x2b;
        registers[21] = self.thread_pointer;
        self.status(&registers)
    }

    /// x0 to x30, sp, pc, pstate.
    fn status_aarch64(&self) -> Vec<u8> {
        let mut registers = [0; 34];
        registers[0] = self.stack_pointer + 0x40;
        registers[29] = self.frame_pointer;
        registers[30] = self.program_counter;
        registers[31] = self.stack_pointer;
        registers[32] = self.program_counter;
        registers[33] = 0x6000_0000;
        self.status(&registers)
    }

    fn xsave(&self) -> Vec<u8> {
        let mut bytes = vec![0; XSAVE_BYTES];
        // Control word and MXCSR as after a reset; XCR0 where Linux leaves it for debuggers; XSTATE_BV.
        bytes[..2].copy_from_slice(&[0x7f, 3]);
        bytes[24..28].copy_from_slice(&0x1f80_u32.to_le_bytes());
        bytes[464..472].copy_from_slice(&XCR0.to_le_bytes());
        bytes[512..520].copy_from_slice(&XCR0.to_le_bytes());
        for (number, vector) in self.vectors.iter().enumerate() {
            let parts = [(XMM, 0..16), (YMM_HIGH, 16..32), (ZMM_HIGH, 32..64)];
            for (start, part) in parts {
                let at = crate::memory::size(start) + number * part.len();
                bytes[at..at + part.len()].copy_from_slice(&vector[part]);
            }
        }
        bytes
    }

    /// `struct user_fpsimd_state`: v0 to v31, fpsr, fpcr, eight bytes of padding.
    fn vectors_aarch64(&self) -> Vec<u8> {
        let mut bytes = vec![0; 528];
        for (number, vector) in self.vectors.iter().enumerate() {
            let used = vector.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes[16 * number..16 * number + used].copy_from_slice(&vector[..used]);
        }
        bytes
    }
}
