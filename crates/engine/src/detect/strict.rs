//! Policy `strict`: which random-looking bytes nothing explains.

use super::inspect::Scene;
use crate::view::{self, Window};
use crate::words::{WORD, Words};
use coredact_dump::{Access, Image, Origin, Space};
use std::ops::Range;

/// Shortest run that counts (DESIGN.md, "Policies": 16 bytes or more).
pub const RUN_BYTES_MIN: u64 = 16;

/// Words by which a run is widened on each side while they may belong to it:
/// the screen judges 16 bytes at a time, so an edge of a secret that holds a few
/// zeros can fall outside.
const WIDEN_WORDS: u64 = 2;

/// Zero bytes from which a neighbouring word is no longer taken for the edge of
/// a secret. A random word has three with probability below 1 in 300,000.
const EDGE_ZEROS: usize = 3;

/// Runs that one window may hold before neighbours are joined: bounds the memory
/// for dumps that are one great mixture.
const RUNS_PER_WINDOW_MAX: usize = 1024;

/// A run of unexplained randomness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomRun {
    /// Index of the space.
    pub space: u32,
    /// Bytes of the space that look random.
    pub core: Range<u64>,
    /// The same, widened by neighbouring words that may belong to it.
    pub cut: Range<u64>,
    /// Made of several runs with other words between them, pointers maybe among them.
    pub joined: bool,
    /// A word of text, whose vocabulary has been judged, or a number in digits: its bytes are not random.
    pub is_text: bool,
}

/// Picks from the random-looking ranges of a window those that policy `strict`
/// removes: in memory that the process could write, in vector registers, and in
/// bytes that no structure owns; never words that point into a mapping.
pub(super) fn unexplained(scene: &Scene<'_>, ranges: &[Range<usize>]) -> Vec<RandomRun> {
    let mut out = Vec::new();
    let words = scene.words();
    for part in writable(scene, ranges) {
        let base = scene.window.start;
        for core in words.without_pointers(base + part.start as u64..base + part.end as u64) {
            keep(scene, &words, core, &mut out);
        }
    }
    limit(&mut out);
    out
}

/// The parts of ranges of a window that the process could write, or of which nothing is known.
pub(super) fn writable(scene: &Scene<'_>, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let writable = &scene.writable;
    let within = |range: &Range<usize>| {
        let range = range.clone();
        let first = writable.partition_point(|piece| piece.end <= range.start);
        let over = writable.iter().skip(first).take_while(move |piece| piece.start < range.end);
        over.map(move |piece| range.start.max(piece.start)..range.end.min(piece.end)).collect::<Vec<_>>()
    };
    ranges.iter().flat_map(within).collect()
}

/// The parts of a window that the process could write, or of which nothing is known: sorted, and joined where they touch.
pub(super) fn rights(image: &Image, space: &Space, window: Window) -> Vec<Range<usize>> {
    let whole = window.start..window.start + window.shown;
    let mut out: Vec<Range<usize>> = Vec::new();
    let inside = |position: u64| usize::try_from(position.clamp(whole.start, whole.end) - whole.start).ok();
    for piece in view::pieces(space, whole.clone()) {
        if !is_writable(image, &space.origin, space.address, piece.start, piece.access) {
            continue;
        }
        let (Some(start), Some(end)) = (inside(piece.start), inside(piece.start + piece.length)) else {
            continue;
        };
        match out.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => out.push(start..end),
        }
    }
    out
}

/// Whether the process could write any of a range of a space.
pub(crate) fn may_write(image: &Image, space: &Space, range: Range<u64>) -> bool {
    let mut pieces = view::pieces(space, range);
    pieces.any(|piece| is_writable(image, &space.origin, space.address, piece.start, piece.access))
}

/// Whether policy `strict` looks at a piece of memory.
fn is_writable(image: &Image, origin: &Origin, address: Option<u64>, start: u64, access: Access) -> bool {
    match origin {
        Origin::Memory => access.write || !address.is_some_and(|base| is_file_backed(image, base + start)),
        Origin::Note { name, .. } => access.write && *name != "NT_PRSTATUS",
        Origin::Header => false,
        Origin::Raw | Origin::Paged | Origin::Heap(_) => access.write,
        Origin::Text | Origin::Said(_) => true,
        Origin::Registers { .. } | Origin::Gap | Origin::Trailing => true,
    }
}

fn is_file_backed(image: &Image, address: u64) -> bool {
    image.mappings.iter().any(|mapping| mapping.range.contains(&address))
}

/// Keeps a run that is long enough, widened by what may belong to it.
fn keep(scene: &Scene<'_>, words: &Words<'_>, core: Range<u64>, out: &mut Vec<RandomRun>) {
    if core.end.saturating_sub(core.start) < RUN_BYTES_MIN {
        return;
    }
    let mut cut = core.clone();
    for _ in 0..WIDEN_WORDS {
        let before = words.align_down(cut.start.saturating_sub(1));
        if before < cut.start && may_be_edge(words, before) {
            cut.start = before;
        }
        let after = words.align_down(cut.end);
        if may_be_edge(words, after) {
            cut.end = after + WORD;
        }
    }
    let space = u32::try_from(scene.window.space).unwrap_or(u32::MAX);
    cut = words.without_edge_zeros(cut);
    let core = core.start.max(cut.start)..core.end.min(cut.end);
    out.push(RandomRun { space, core, cut, joined: false, is_text: false });
}

/// True if the word beside a run may be the edge of the same secret.
fn may_be_edge(words: &Words<'_>, position: u64) -> bool {
    let Some(word) = words.word(position) else { return false };
    let zeros = word.iter().filter(|byte| **byte == 0).count();
    let printable = word.iter().all(|byte| matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r'));
    zeros < EDGE_ZEROS && !printable && !words.is_pointer(position)
}

/// Joins neighbours, the nearest first, until a window holds no more than
/// [`RUNS_PER_WINDOW_MAX`] runs.
fn limit(runs: &mut Vec<RandomRun>) {
    let mut gap = 8;
    while runs.len() > RUNS_PER_WINDOW_MAX {
        join_within(runs, gap);
        gap *= 2;
    }
}

fn join_within(runs: &mut Vec<RandomRun>, gap: u64) {
    let mut out: Vec<RandomRun> = Vec::with_capacity(runs.len());
    for run in runs.drain(..) {
        match out.last_mut() {
            Some(last) if last.space == run.space && run.cut.start <= last.cut.end + gap => {
                last.joined = true;
                last.core.end = last.core.end.max(run.core.end);
                last.cut.end = last.cut.end.max(run.cut.end);
            }
            _ => out.push(run),
        }
    }
    *runs = out;
}
