//! What the memory of a stack says of stacks elsewhere.
//!
//! A signal handler may run on a stack of its own (`sigaltstack`; Go's always do). The kernel puts the registers of
//! what it interrupted there, and from them a debugger goes on to the other stack.

use super::core::{Core, contains};
use super::register::Machine;
use std::ops::Range;

/// The stack pointer in four words that begin where the kernel stores it, if they are such registers:
///
/// x86-64 (`struct sigcontext_64` in asm/sigcontext.h): sp, ip, flags, of which bit 1 is always set, then cs, gs, fs and
/// ss of 16 bits each: 0x33 and 0x2b in user space, ss not stored by kernels before 4.6.
/// aarch64 (`struct sigcontext`): sp, a multiple of 16; pc, a multiple of 4; pstate, its low four bits 0 in user space.
pub(super) fn interrupted(core: &Core, code: &[Range<u64>], words: [u64; 4]) -> Option<u64> {
    let [stack_pointer, program_counter, flags, selectors] = words;
    let looks_so = match core.machine {
        Machine::X86_64 => {
            matches!(selectors, 0x33 | 0x002b_0000_0000_0033) && flags & 2 != 0 && flags < 1 << 22
        }
        Machine::Aarch64 => {
            flags & 0xf == 0 && flags < 1 << 32 && stack_pointer % 16 == 0 && program_counter % 4 == 0
        }
        Machine::Other => false,
    };
    let holds = || core.segment(stack_pointer).is_some_and(|segment| segment.writable);
    (looks_so && contains(code, program_counter) && holds()).then_some(stack_pointer)
}

/// True if a thread block of glibc begins at `address`: `tcbhead_t` of x86-64 holds its own address in the first and in
/// the third word (sysdeps/x86_64/nptl/tls.h). Those of threads that have ended stay in the lists of the C library, which
/// libthread_db goes through.
pub(super) fn is_thread_block(machine: Machine, address: u64, words: [u64; 4]) -> bool {
    let [first, _, third, _] = words;
    machine == Machine::X86_64 && first == address && third == address
}
