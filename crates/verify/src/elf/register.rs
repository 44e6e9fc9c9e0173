//! Threads from `NT_PRSTATUS`.

use super::core::word;

/// Offset of `pr_pid` in `struct elf_prstatus` of 64-bit Linux (`linux/elfcore.h`).
const THREAD_ID_AT: usize = 32;
/// Offset of `pr_reg`.
const REGISTERS_AT: usize = 112;

/// Processor of the dumped process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// `EM_X86_64`.
    X86_64,
    /// `EM_AARCH64`.
    Aarch64,
    /// Any other.
    Other,
}

/// One thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    /// Kernel thread id.
    pub(super) id: u64,
    /// Program counter; none if the note is too short or the processor unknown.
    pub(super) program_counter: Option<u64>,
    /// Stack pointer, likewise.
    pub(super) stack_pointer: Option<u64>,
    /// Thread pointer, if it is among the registers: `fs_base`, the 22nd of x86-64.
    pub(super) thread_pointer: Option<u64>,
}

impl Machine {
    /// From `e_machine`.
    pub(super) fn of(machine: u16) -> Self {
        match machine {
            62 => Self::X86_64,
            183 => Self::Aarch64,
            _ => Self::Other,
        }
    }

    /// Indices of pc and sp among the registers: `struct user_regs_struct` of x86-64 (`sys/user.h`: rip is
    /// the 17th, rsp the 20th), `struct user_pt_regs` of aarch64 (`asm/ptrace.h`: x0 to x30, sp, pc).
    fn indices(self) -> Option<(usize, usize)> {
        match self {
            Self::X86_64 => Some((16, 19)),
            Self::Aarch64 => Some((32, 31)),
            Self::Other => None,
        }
    }

    /// Bits of a code address that are its address: the rest may be a pointer authentication code.
    pub(super) fn address_bits(self) -> u64 {
        if self == Self::Aarch64 { (1 << 48) - 1 } else { u64::MAX }
    }

    /// Reads a thread's note.
    pub(super) fn thread(self, status: &[u8]) -> Thread {
        let register =
            |index: usize| status.get(REGISTERS_AT + index * 8..REGISTERS_AT + index * 8 + 8).map(word);
        let (pc, sp) = self.indices().unzip();
        Thread {
            id: status.get(THREAD_ID_AT..THREAD_ID_AT + 4).map_or(0, word),
            program_counter: pc.and_then(register),
            stack_pointer: sp.and_then(register),
            thread_pointer: (self == Self::X86_64).then(|| register(21)).flatten(),
        }
    }
}
