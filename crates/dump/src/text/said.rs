//! What a text says: bytes that it writes down in digits and escapes.

use super::digits;
use super::escape;
use crate::cursor::{to_u64, to_usize};
use crate::limits::TEXT_BUFFER_BYTES;
use crate::read::ReadAt;
use std::fmt;
use std::io;
use std::ops::Range;

/// How bytes are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// A character for a byte, or an escape, or a character of two bytes in UTF-8 that is one of Latin-1.
    Character,
    /// A number in hexadecimal, `0x` before it or not.
    Hexadecimal,
    /// A number in decimal, of either sign.
    Decimal,
}

/// Units of one notation and width at equal distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where its first byte is shown.
    pub(super) view: u64,
    /// Where the first unit stands in the file.
    pub(super) file: u64,
    /// Units.
    pub(super) count: u32,
    /// File bytes from one unit to the next.
    pub(super) stride: u16,
    /// File bytes of a unit.
    pub(super) chars: u8,
    /// Bytes that a unit stands for, 8 at most.
    pub(super) width: u8,
    /// How it is written.
    pub(super) notation: Notation,
    /// Whether its bytes are shown most significant first.
    pub(super) reversed: bool,
}

impl Run {
    fn length(&self) -> u64 {
        u64::from(self.count).saturating_mul(u64::from(self.width))
    }

    fn end(&self) -> u64 {
        self.view.saturating_add(self.length())
    }

    fn unit(&self, index: u64) -> Range<u64> {
        let start = self.file.saturating_add(index.saturating_mul(u64::from(self.stride)));
        start..start.saturating_add(u64::from(self.chars))
    }

    /// Where in a unit the digits of some of its bytes stand, counted as they are shown.
    fn digits(&self, unit: &Range<u64>, bytes: &Range<u64>) -> Range<u64> {
        let width = u64::from(self.width);
        // All digits are there, maybe with `0x` before them.
        let prefix = match u64::from(self.chars).checked_sub(width.saturating_mul(2)) {
            Some(prefix @ (0 | 2)) if self.notation == Notation::Hexadecimal => prefix,
            _ => return unit.clone(),
        };
        let (from, to) = if self.reversed {
            (bytes.start, bytes.end)
        } else {
            (width.saturating_sub(bytes.end), width.saturating_sub(bytes.start))
        };
        let first = unit.start.saturating_add(prefix);
        first.saturating_add(from.saturating_mul(2))..first.saturating_add(to.saturating_mul(2))
    }
}

/// Places that go together: if anything is removed from the one, the other says it too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// File bytes that hold what is written down.
    pub of: Range<u64>,
    /// File bytes that write it down in another way.
    pub also: Range<u64>,
}

/// The bytes that a text writes down, as memory.
#[derive(Clone, Default)]
pub struct Said {
    pub(super) runs: Vec<Run>,
    pub(super) ties: Vec<Tie>,
    pub(super) length: u64,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Said({} bytes in {} runs)", self.length, self.runs.len())
    }
}

impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.runs == other.runs
    }
}

impl Eq for Said {}

impl Said {
    /// Bytes of the view.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The same in a file that lies `by` bytes into another one.
    pub(crate) fn moved(&self, by: u64) -> Self {
        let place = |range: &Range<u64>| range.start.saturating_add(by)..range.end.saturating_add(by);
        let runs = self.runs.iter().map(|run| Run { file: run.file.saturating_add(by), ..*run }).collect();
        let ties = self.ties.iter().map(|tie| Tie { of: place(&tie.of), also: place(&tie.also) }).collect();
        Self { runs, ties, length: self.length }
    }

    /// Places that go together, sorted by the first.
    #[must_use]
    pub fn ties(&self) -> &[Tie] {
        &self.ties
    }

    fn over(&self, view: Range<u64>) -> impl Iterator<Item = &Run> {
        let first = self.runs.partition_point(|run| run.end() <= view.start);
        self.runs.iter().skip(first).take_while(move |run| run.view < view.end)
    }

    /// Where in the file the bytes of a range of the view are written down.
    pub fn file_ranges(&self, view: Range<u64>) -> impl Iterator<Item = Range<u64>> {
        let (start, end) = (view.start, view.end);
        self.over(view).flat_map(move |run| {
            let width = u64::from(run.width).max(1);
            let from = start.max(run.view).saturating_sub(run.view);
            let to = end.min(run.end()).saturating_sub(run.view);
            let units = from.checked_div(width).unwrap_or(0)..to.div_ceil(width);
            units.map(move |index| {
                let base = index.saturating_mul(width);
                let bytes = from.saturating_sub(base)..to.saturating_sub(base).min(width);
                run.digits(&run.unit(index), &bytes)
            })
        })
    }

    /// Fills `buffer`, which holds zeros, with the bytes from `start` on.
    ///
    /// # Errors
    /// Those of the source.
    pub fn read(&self, source: &dyn ReadAt, start: u64, buffer: &mut [u8]) -> io::Result<()> {
        let view = start..start.saturating_add(to_u64(buffer.len()));
        let mut held = Held { source, start: 0, bytes: Vec::new() };
        for run in self.over(view.clone()) {
            let width = u64::from(run.width).max(1);
            let from = view.start.saturating_sub(run.view).checked_div(width).unwrap_or(0);
            let to = u64::from(run.count).min(view.end.saturating_sub(run.view).div_ceil(width));
            for index in from..to {
                let bytes = value(run, held.take(&run.unit(index))?);
                let shown = run.view.saturating_add(index.saturating_mul(width));
                for (byte, position) in bytes.iter().take(usize::from(run.width)).zip(shown..) {
                    let at = position.checked_sub(start).map(to_usize);
                    if let Some(place) = at.and_then(|at| buffer.get_mut(at)) {
                        *place = *byte;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The bytes of a unit as they are shown.
fn value(run: &Run, text: &[u8]) -> [u8; 8] {
    let number = match run.notation {
        Notation::Character => u64::from(escape::latin(text).unwrap_or(0)),
        Notation::Hexadecimal => digits::hexadecimal(text).unwrap_or(0),
        Notation::Decimal => digits::decimal(text).unwrap_or(0),
    };
    let mut bytes = number.to_le_bytes();
    if run.reversed
        && let Some(shown) = bytes.get_mut(..usize::from(run.width))
    {
        shown.reverse();
    }
    bytes
}

/// A stretch of the file.
struct Held<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
}

impl Held<'_> {
    fn take(&mut self, range: &Range<u64>) -> io::Result<&[u8]> {
        let end = self.start.saturating_add(to_u64(self.bytes.len()));
        if range.start < self.start || range.end > end {
            let left = self.source.length().saturating_sub(range.start);
            self.bytes.resize(to_usize(left).min(TEXT_BUFFER_BYTES / 16), 0);
            self.start = range.start;
            self.source.read_exact_at(range.start, &mut self.bytes)?;
        }
        let from = to_usize(range.start.saturating_sub(self.start));
        let length = to_usize(range.end.saturating_sub(range.start));
        Ok(self.bytes.get(from..from.saturating_add(length)).unwrap_or_default())
    }
}
