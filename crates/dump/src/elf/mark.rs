//! Places that hold secrets by definition: process randomness, guards made of it,
//! pointer-authentication keys, the command line as the kernel noted it.

use super::auxv::{AT_BASE_PLATFORM, AT_EXECFN, AT_PLATFORM, AT_RANDOM, Auxv};
use super::kind::{NT_ARM_PACA_KEYS, NT_ARM_PACG_KEYS, NT_PRPSINFO};
use super::note::Note;
use crate::annotation::Annotations;
use crate::cursor::to_u64;
use crate::error::Error;
use crate::image::{Machine, Protection, Thread};
use crate::limits::{PATH_BYTES_MAX, PLATFORM_BYTES_MAX};
use crate::memory::Memory;
use crate::read::ReadAt;

/// `pr_psargs` of `struct elf_prpsinfo` (`sys/procfs.h`), on both processors.
pub(super) const PSARGS: u64 = 56;
/// Offsets from the thread pointer of x86-64 (`tcbhead_t` of glibc `sysdeps/x86_64/nptl/tls.h`; musl
/// agrees on the first three).
const TCB_SELF: u64 = 0;
const TCB_THREAD: u64 = 0x10;
const STACK_GUARD: u64 = 0x28;
const POINTER_GUARD: u64 = 0x30;

/// Marks the 16 bytes that `AT_RANDOM` points to.
pub(crate) fn at_random(memory: &Memory<'_>, auxv: &Auxv, annotations: &mut Annotations) {
    if let Some(address) = auxv.get(AT_RANDOM) {
        annotations.mark(memory.file_ranges(address..address.saturating_add(16)), "at-random", None);
    }
}

/// Protects the texts that the kernel put beside the random bytes: the processor's name right behind
/// them, and the path of the executable. Randomness is widened by words that may belong to it, and these would.
pub(super) fn kernel_texts(memory: &Memory<'_>, auxv: &Auxv, annotations: &mut Annotations) {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+".contains(byte);
    let path = |byte: &u8| !byte.is_ascii_control();
    let mut protect = |kind: u64, limit: u64, what, fits: &dyn Fn(&u8) -> bool| {
        let Some(address) = auxv.get(kind) else { return };
        // Only if it ends within the limit and is such a text: a vector may lie.
        let text = memory.text(address, limit).unwrap_or_default();
        let length = to_u64(text.len());
        if (1..limit).contains(&length) && text.iter().all(fits) {
            // With the NUL that ends it.
            let end = address.saturating_add(length).saturating_add(1);
            for range in memory.file_ranges(address..end) {
                annotations.protect(range, Protection::Explained, what);
            }
        }
    };
    protect(AT_PLATFORM, PLATFORM_BYTES_MAX, "name of the processor", &name);
    protect(AT_BASE_PLATFORM, PLATFORM_BYTES_MAX, "name of the processor", &name);
    protect(AT_EXECFN, PATH_BYTES_MAX, "path of the executable", &path);
}

/// Marks the guards in the thread control blocks of x86-64.
pub(super) fn guards(
    memory: &Memory<'_>,
    machine: Machine,
    threads: &[Thread],
    annotations: &mut Annotations,
) {
    if machine != Machine::X86_64 {
        return;
    }
    for base in threads.iter().filter_map(|thread| thread.thread_pointer).filter(|base| *base != 0) {
        let word = |offset| base.checked_add(offset).and_then(|at| memory.word(at));
        // A control block starts with its own address. Runtimes without a libc
        // (Go) point fs elsewhere, and what lies there is not ours to name.
        if word(TCB_SELF) != Some(base) {
            continue;
        }
        let mut mark = |offset: u64, what| {
            let start = base.saturating_add(offset);
            annotations.mark(memory.file_ranges(start..start.saturating_add(8)), what, None);
        };
        mark(STACK_GUARD, "stack-guard");
        // In musl a lone thread links to itself at 0x10 as glibc does, and has its
        // thread id at 0x30 with errno above it: both small, unlike a guard.
        let is_random = word(POINTER_GUARD).is_some_and(|guard| guard >> 48 != 0);
        if word(TCB_THREAD) == Some(base) && is_random {
            mark(POINTER_GUARD, "pointer-guard");
        }
    }
}

/// Marks what notes hold: pointer-authentication keys and the arguments in `NT_PRPSINFO`.
///
/// # Errors
/// If the medium fails.
pub(super) fn notes(source: &dyn ReadAt, notes: &[Note], annotations: &mut Annotations) -> Result<(), Error> {
    for note in notes {
        if note.is(NT_ARM_PACA_KEYS) || note.is(NT_ARM_PACG_KEYS) {
            annotations.mark([note.descriptor.clone()], "pac-keys", None);
        }
        if note.is(NT_PRPSINFO) {
            let bytes = note.read_first(source, 4096)?;
            let text = bytes.get(crate::cursor::to_usize(PSARGS)..).unwrap_or_default();
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii_end();
            // The kernel joins the arguments with spaces; the first is the program.
            if let Some(space) = text.iter().position(|byte| *byte == b' ') {
                let start = PSARGS.saturating_add(to_u64(space)).saturating_add(1);
                let end = PSARGS.saturating_add(to_u64(text.len()));
                annotations.mark(note.part(start, end.saturating_sub(start)), "psargs", None);
            }
        }
    }
    Ok(())
}
