//! Vector registers of x86-64, which notes store in two or three places each.

use super::kind::{NT_FPREGSET, NT_X86_XSAVE_LAYOUT, NT_X86_XSTATE};
use super::note::Note;
use super::register::{element, parts};
use crate::cursor::u32_at;
use crate::error::Error;
use crate::image::Machine;
use crate::limits::XSAVE_COMPONENTS_MAX;
use crate::read::ReadAt;
use std::ops::Range;

/// Offset of ST0/MM0 in the FXSAVE area (Intel SDM vol. 1, table 10-2); 16 bytes each.
const ST: u64 = 32;
/// Offset of XMM0 in the FXSAVE area.
const XMM: u64 = 160;

/// Where the parts of the wide registers lie in an XSAVE area of standard format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Upper halves of YMM0-15 (component 2).
    ymm_high: Option<u64>,
    /// Upper halves of ZMM0-15 (component 6).
    zmm_high: Option<u64>,
    /// ZMM16-31 (component 7).
    zmm_upper: Option<u64>,
}

/// Intel SDM vol. 1 ch. 13.4: processors with MPX between AVX and AVX-512.
const INTEL: Layout = Layout { ymm_high: Some(576), zmm_high: Some(1152), zmm_upper: Some(1664) };
/// AMD processors have no MPX and leave no room for it (opmask at 832; CPUID leaf
/// 0xD; gdb's `i387_guess_xsave_layout` knows the same two layouts).
const AMD: Layout = Layout { ymm_high: Some(576), zmm_high: Some(896), zmm_upper: Some(1408) };

/// The layouts to apply to the XSAVE areas of this core: the one that
/// `NT_X86_XSAVE_LAYOUT` gives, or both known ones, since the note of an older
/// kernel or of gcore does not tell them apart in all cases.
///
/// # Errors
/// If the medium fails.
pub(super) fn layouts(source: &dyn ReadAt, notes: &[Note], machine: Machine) -> Result<Vec<Layout>, Error> {
    let note = notes.iter().find(|note| note.is(NT_X86_XSAVE_LAYOUT) && machine == Machine::X86_64);
    let Some(note) = note else { return Ok(vec![INTEL, AMD]) };
    // struct x86_xfeat_component: type, size, offset, flags (4 bytes each).
    let bytes = note.read_first(source, 16 << 10)?;
    let mut layout = Layout::default();
    for entry in bytes.chunks_exact(16).take(XSAVE_COMPONENTS_MAX) {
        let offset = u32_at(entry, 8).map(u64::from);
        match u32_at(entry, 0) {
            Some(2) => layout.ymm_high = offset,
            Some(6) => layout.zmm_high = offset,
            Some(7) => layout.zmm_upper = offset,
            _ => {}
        }
    }
    Ok(vec![layout])
}

/// The rejoined registers of one note, one list of file ranges for each view: MM,
/// XMM, YMM and ZMM, as far as the note holds them.
pub(super) fn views(note: &Note, layouts: &[Layout]) -> Vec<Vec<Range<u64>>> {
    if note.is(NT_FPREGSET) {
        return legacy(note);
    }
    if !note.is(NT_X86_XSTATE) {
        return Vec::new();
    }
    let mut views = legacy(note);
    for layout in layouts {
        for view in [ymm(note, layout), zmm(note, layout)].into_iter().flatten() {
            if !views.contains(&view) {
                views.push(view);
            }
        }
    }
    views
}

fn legacy(note: &Note) -> Vec<Vec<Range<u64>>> {
    let mm = parts(note, (0..8).map(|index| (element(ST, index, 16), 8)));
    let xmm = parts(note, (0..16).map(|index| (element(XMM, index, 16), 16)));
    [mm, xmm].into_iter().flatten().collect()
}

fn ymm(note: &Note, layout: &Layout) -> Option<Vec<Range<u64>>> {
    let high = layout.ymm_high?;
    let halves = |index| [(element(XMM, index, 16), 16), (element(high, index, 16), 16)];
    parts(note, (0..16).flat_map(halves))
}

fn zmm(note: &Note, layout: &Layout) -> Option<Vec<Range<u64>>> {
    let (ymm_high, zmm_high, upper) = (layout.ymm_high?, layout.zmm_high?, layout.zmm_upper?);
    let low = (0..16).flat_map(|index| {
        [
            (element(XMM, index, 16), 16),
            (element(ymm_high, index, 16), 16),
            (element(zmm_high, index, 32), 32),
        ]
    });
    parts(note, low.chain((0..16).map(|index| (element(upper, index, 64), 64))))
}
