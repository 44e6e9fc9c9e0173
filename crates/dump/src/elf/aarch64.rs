//! Vector registers of AArch64.

use super::kind::{NT_ARM_PAC_MASK, NT_ARM_SSVE, NT_ARM_SVE, NT_FPREGSET};
use super::note::Note;
use super::register::{element, parts};
use crate::cursor::{u16_at, u64_at};
use crate::error::Error;
use crate::image::Machine;
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes of `struct user_sve_header`, and where the registers start
/// (`SVE_PT_REGS_OFFSET` of `asm/ptrace.h`: the header rounded up to 16).
const SVE_HEADER_BYTES: u64 = 16;
/// Top-byte-ignore.
const TAG_BITS: u64 = 0xff << 56;
/// `SVE_PT_REGS_SVE` in `flags`: Z registers follow; otherwise the FPSIMD state.
const REGISTERS_SVE: u16 = 1;

/// The vector registers of one note as one list of file ranges.
///
/// # Errors
/// If the medium fails.
pub(super) fn views(source: &dyn ReadAt, note: &Note) -> Result<Vec<Vec<Range<u64>>>, Error> {
    if note.is(NT_FPREGSET) {
        return Ok(vectors(note, 0, 16).into_iter().collect());
    }
    if !note.is(NT_ARM_SVE) && !note.is(NT_ARM_SSVE) {
        return Ok(Vec::new());
    }
    let header = note.read_first(source, SVE_HEADER_BYTES)?;
    let (Some(length), Some(flags)) = (u16_at(&header, 8), u16_at(&header, 12)) else {
        return Ok(Vec::new());
    };
    let bytes = if flags & REGISTERS_SVE == 0 { 16 } else { u64::from(length) };
    // SVE_VL_MIN and SVE_VL_MAX of asm/ptrace.h, VL architecturally at most 256.
    if !(16..=256).contains(&bytes) {
        return Ok(Vec::new());
    }
    Ok(vectors(note, SVE_HEADER_BYTES, bytes).into_iter().collect())
}

/// Bits that are no part of an address: the top byte, which Linux lets every process use
/// as a tag, and those in which the masks of `NT_ARM_PAC_MASK` say that a code stands.
///
/// # Errors
/// If the medium fails.
pub(super) fn ignored_pointer_bits(
    source: &dyn ReadAt,
    notes: &[Note],
    machine: Machine,
) -> Result<u64, Error> {
    if machine != Machine::Aarch64 {
        return Ok(0);
    }
    let Some(note) = notes.iter().find(|note| note.is(NT_ARM_PAC_MASK)) else { return Ok(TAG_BITS) };
    // struct user_pac_mask: data mask, instruction mask.
    let bytes = note.read_first(source, 16)?;
    let mask = u64_at(&bytes, 0).unwrap_or(0) | u64_at(&bytes, 8).unwrap_or(0);
    // Fewer than 36 bits of address do not exist (16 KiB pages, asm/Kconfig of Linux).
    Ok(TAG_BITS | mask & !0xf_ffff_ffff)
}

fn vectors(note: &Note, start: u64, bytes: u64) -> Option<Vec<Range<u64>>> {
    parts(note, (0..32).map(|index| (element(start, index, bytes), bytes)))
}
