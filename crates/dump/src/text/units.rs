//! Puts together what a text says.

use super::said::{Notation, Run, Said, Tie};
use crate::cursor::to_u64;
use crate::limits::{TEXT_RUNS_MAX, TEXT_TIES_MAX};
use std::ops::Range;

/// Bytes of zeros before each stretch, so that two of them do not touch, and its alignment.
const APART_BYTES: u64 = 16;

/// A number or character as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Where it stands in the file.
    pub(super) file: u64,
    /// Bytes that write it.
    pub(super) chars: usize,
    /// Bytes that it stands for.
    pub(super) width: u8,
    /// How it is written.
    pub(super) notation: Notation,
}

/// A [`Said`] under construction.
#[derive(Debug, Default)]
pub(super) struct Builder {
    said: Said,
    /// Whether there was more than is held.
    pub(super) is_full: bool,
    /// First run of the stretch that is being added.
    first: usize,
}

impl Builder {
    /// Adds a stretch whose first byte had an address of `phase` modulo 16.
    pub(super) fn stretch(&mut self, units: &[Unit], phase: u64, reversed: bool) {
        let start = self.said.length.saturating_add(APART_BYTES);
        let start = start.checked_next_multiple_of(APART_BYTES).unwrap_or(start);
        self.said.length = start.saturating_add(phase & 15);
        self.first = self.said.runs.len();
        for unit in units {
            self.push(*unit, reversed);
        }
    }

    fn push(&mut self, unit: Unit, reversed: bool) {
        let Unit { file, chars, width, notation } = unit;
        let Ok(chars) = u8::try_from(chars) else { return };
        let view = self.said.length;
        let is_continued = self.said.runs.len() > self.first;
        let last = self.said.runs.last_mut().filter(|_| is_continued);
        if let Some(last) = last
            && (last.chars, last.width, last.notation) == (chars, width, notation)
            && let Some(step) = file.checked_sub(last.file).and_then(|step| {
                u16::try_from(step).ok().filter(|_| last.count == 1).or_else(|| {
                    (step == u64::from(last.count).saturating_mul(u64::from(last.stride)))
                        .then_some(last.stride)
                })
            })
        {
            last.stride = step;
            last.count = last.count.saturating_add(1);
        } else if self.said.runs.len() < TEXT_RUNS_MAX {
            self.said.runs.push(Run { view, file, count: 1, stride: 1, chars, width, notation, reversed });
        } else {
            self.is_full = true;
            return;
        }
        self.said.length = view.saturating_add(u64::from(width));
    }

    /// Notes that two places say the same.
    pub(super) fn tie(&mut self, of: Range<u64>, also: Range<u64>) {
        if self.said.ties.len() < TEXT_TIES_MAX {
            self.said.ties.push(Tie { of, also });
        } else {
            self.is_full = true;
        }
    }

    /// What was put together.
    pub(super) fn finish(mut self) -> Said {
        if self.said.runs.is_empty() {
            self.said.length = 0;
        }
        self.said.ties.sort_by_key(|tie| (tie.of.start, tie.of.end));
        self.said
    }
}

/// A number of `chars` bytes at an index of a text that stands at `base`.
pub(super) fn number(base: u64, place: &Range<usize>, width: u8, notation: Notation) -> Unit {
    Unit {
        file: base.saturating_add(to_u64(place.start)),
        chars: place.end.saturating_sub(place.start),
        width,
        notation,
    }
}
