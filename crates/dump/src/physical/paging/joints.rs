//! Pages that follow each other in an address space and not in memory.

use super::PAGE;
use crate::image::{AddressMap, Origin, Piece, Space};
use crate::limits::{PAGING_JOINTS_MAX, PAGING_PIECES_MAX};
use crate::spaces::UNKNOWN;
use std::collections::{BTreeSet, VecDeque};

/// Bytes that are shown on each side of a joint: an RSA key of 16,384 bits in PEM has 12.7 kB.
const SIDE: u64 = 4 * PAGE;

/// A run of physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    physical: u64,
    length: u64,
}

impl Run {
    fn end(self) -> u64 {
        self.physical.saturating_add(self.length)
    }
}

/// What was seen of address spaces, page by page in the order of addresses.
#[derive(Debug, Default)]
pub(super) struct Joints {
    /// Address spaces.
    pub(super) roots: u64,
    /// Bytes of memory that they lead to.
    pub(super) bytes: u64,
    /// Joints beyond what is held.
    pub(super) left: u64,
    /// Every joint once: the last page before it and the first after it.
    seen: BTreeSet<(u64, u64)>,
    /// Stretches that cross at least one joint.
    out: Vec<Vec<Run>>,
    /// How many runs they have together.
    runs: u64,
    /// What was last seen before the next page, [`SIDE`] bytes at most.
    recent: VecDeque<Run>,
    /// Where the next page has to begin.
    next: Option<u64>,
    /// The stretch that is open, and how many bytes it still takes.
    open: Option<(Vec<Run>, u64)>,
}

impl Joints {
    /// The next page.
    pub(super) fn page(&mut self, address: u64, physical: u64, length: u64) {
        if self.next != Some(address) {
            self.end();
        }
        self.bytes = self.bytes.saturating_add(length);
        self.next = address.checked_add(length);
        if let Some(last) = self.recent.back().copied()
            && last.end() != physical
        {
            self.joint(last.end().saturating_sub(PAGE), physical);
        }
        let mut rest = length;
        if let Some((runs, takes)) = &mut self.open {
            let taken = length.min(*takes);
            append(runs, Run { physical, length: taken });
            *takes = takes.saturating_sub(taken);
            rest = *takes;
        }
        if rest == 0 {
            self.close();
        }
        self.remember(Run { physical, length });
    }

    /// The reading of the same memory that leads to more of it.
    pub(super) fn or(self, other: Self) -> Self {
        if other.bytes > self.bytes { other } else { self }
    }

    /// What follows is not what was seen last.
    pub(super) fn end(&mut self) {
        self.close();
        self.recent.clear();
        self.next = None;
    }

    /// Two pages that lie apart: unless they were seen side by side before, a stretch is shown.
    fn joint(&mut self, before: u64, after: u64) {
        if self.seen.contains(&(before, after)) {
            return;
        }
        if self.seen.len() >= PAGING_JOINTS_MAX || self.runs >= PAGING_PIECES_MAX {
            self.left = self.left.saturating_add(1);
            return;
        }
        self.seen.insert((before, after));
        match &mut self.open {
            Some((_, takes)) => *takes = SIDE,
            None => self.open = Some((self.recent.iter().copied().collect(), SIDE)),
        }
    }

    fn close(&mut self) {
        if let Some((runs, _)) = self.open.take() {
            self.runs = self.runs.saturating_add(crate::cursor::to_u64(runs.len()));
            self.out.push(runs);
        }
    }

    /// Keeps the last bytes of what was seen.
    fn remember(&mut self, run: Run) {
        match self.recent.back_mut() {
            Some(last) if last.end() == run.physical => last.length = last.length.saturating_add(run.length),
            _ => self.recent.push_back(run),
        }
        let mut over = self.recent.iter().map(|run| run.length).sum::<u64>().saturating_sub(SIDE);
        while let Some(first) = self.recent.front_mut().filter(|_| over > 0) {
            let cut = over.min(first.length);
            first.physical = first.physical.saturating_add(cut);
            first.length = first.length.saturating_sub(cut);
            over = over.saturating_sub(cut);
            if first.length == 0 {
                self.recent.pop_front();
            }
        }
    }

    /// The stretches as overlays.
    pub(super) fn spaces(self, memory: &AddressMap) -> Vec<Space> {
        self.out.into_iter().map(|runs| space(&runs, memory)).filter(|space| space.pieces.len() > 1).collect()
    }
}

/// Adds a run, or makes the last one longer.
fn append(runs: &mut Vec<Run>, run: Run) {
    match runs.last_mut() {
        Some(last) if last.end() == run.physical => last.length = last.length.saturating_add(run.length),
        _ if run.length == 0 => {}
        _ => runs.push(run),
    }
}

fn space(runs: &[Run], memory: &AddressMap) -> Space {
    let mut pieces: Vec<Piece> = Vec::with_capacity(runs.len());
    let mut start: u64 = 0;
    for range in runs.iter().flat_map(|run| memory.file_ranges_of(run.physical..run.end())) {
        let length = range.end.saturating_sub(range.start);
        match pieces.last_mut() {
            Some(last) if last.file_offset.saturating_add(last.length) == range.start => {
                last.length = last.length.saturating_add(length);
            }
            _ => pieces.push(Piece { start, file_offset: range.start, length, access: UNKNOWN }),
        }
        start = start.saturating_add(length);
    }
    Space { origin: Origin::Paged, address: None, pieces, length: start }
}
