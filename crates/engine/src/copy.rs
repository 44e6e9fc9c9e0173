//! Copying a dump with some of its bytes replaced.

use crate::source::{self, Source};
use coredact_dump::ReadAt;
use std::io::{self, Write};
use std::iter::Peekable;
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes of the output that are not the input's.
#[derive(Clone, Debug)]
pub struct Cut<F> {
    /// Where, in bytes of the file.
    pub range: Range<u64>,
    /// Writes the replacement: given an offset from the start of `range`, it
    /// fills the whole buffer. A cut may be asked for in several pieces.
    pub fill: F,
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Length of input and output in bytes.
    pub length: u64,
    /// How many of them were replaced.
    pub cut_bytes: u64,
}

/// Why a copy was given up. Nothing of it may be published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input fails or has changed; see [`source::Error::of`].
    #[error("read the input")]
    Read(#[source] io::Error),
    /// The input has changed since it was opened.
    #[error(transparent)]
    Input(#[from] source::Error),
    /// The output fails.
    #[error("write the output")]
    Write(#[source] io::Error),
    /// A cut overlaps the one before it, runs backwards or leaves the file: a fault of the plan.
    #[error("follow the plan: its cut at offset {offset} overlaps another or leaves the file")]
    Plan {
        /// Start of the cut in bytes.
        offset: u64,
    },
}

/// Copies `source` to `out`, with the bytes of `cuts` replaced by their fill.
///
/// `cuts` are sorted by start and do not overlap. Memory is bounded: three
/// blocks of 4 MiB, wiped when done. Every byte is checked against its first
/// reading, and the input is confirmed at the end. While one core writes a
/// block, another reads and checks the next. `advance` is told of the bytes done.
///
/// # Errors
/// [`Error`]; the output is then incomplete.
pub fn copy_with_cuts<F, W>(
    source: &Source,
    cuts: impl IntoIterator<Item = Cut<F>>,
    out: &mut W,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Copied, Error>
where
    F: FnMut(u64, &mut [u8]),
    W: Write + Send + ?Sized,
{
    let length = source.length();
    let mut cuts = Cuts { cuts: cuts.into_iter().peekable(), end: 0, length, cut_bytes: 0 };
    let mut now = Zeroizing::new(Vec::with_capacity(COPY_BYTES));
    let mut next = Zeroizing::new(Vec::with_capacity(COPY_BYTES));
    let mut edited = Zeroizing::new(Vec::with_capacity(COPY_BYTES));
    let mut position = 0;
    read_block(source, position, &mut now)?;
    while !now.is_empty() {
        let following = position + u64_of(now.len());
        edited.clear();
        if cuts.touch(following)? {
            edited.extend_from_slice(&now);
            cuts.apply(position, &mut edited)?;
        }
        let output: &[u8] = if edited.is_empty() { &now } else { &edited };
        let (read, written) =
            rayon::join(|| read_block(source, following, &mut next), || out.write_all(output));
        read?;
        written.map_err(Error::Write)?;
        advance(following - position);
        position = following;
        std::mem::swap(&mut now, &mut next);
    }
    cuts.finish()?;
    source.confirm()?;
    Ok(Copied { length, cut_bytes: cuts.cut_bytes })
}

/// Reads the block at `position`; empties the buffer at the end of the input.
fn read_block(source: &Source, position: u64, buffer: &mut Vec<u8>) -> Result<(), Error> {
    let left = source.length().saturating_sub(position).min(u64_of(COPY_BYTES));
    buffer.resize(usize::try_from(left).unwrap_or(COPY_BYTES), 0);
    source.read_exact_at(position, buffer).map_err(Error::Read)
}

/// The cuts that are still to be made.
struct Cuts<F, I: Iterator<Item = Cut<F>>> {
    cuts: Peekable<I>,
    /// End of the last cut looked at.
    end: u64,
    /// Length of the file.
    length: u64,
    cut_bytes: u64,
}

impl<F: FnMut(u64, &mut [u8]), I: Iterator<Item = Cut<F>>> Cuts<F, I> {
    /// True if the next cut begins before `end`.
    fn touch(&mut self, end: u64) -> Result<bool, Error> {
        Ok(self.peek()?.is_some_and(|cut| cut.range.start < end))
    }

    /// Fills what lies in the block at `position`. A cut that goes on behind the
    /// block stays in the queue.
    fn apply(&mut self, position: u64, block: &mut [u8]) -> Result<(), Error> {
        let block_end = position + u64_of(block.len());
        while let Some(cut) = self.peek()?.filter(|cut| cut.range.start < block_end) {
            let Range { start, end } = cut.range;
            let part = start.max(position)..end.min(block_end);
            let fault = |_| Error::Plan { offset: start };
            let from = usize::try_from(part.start - position).map_err(fault)?;
            let to = usize::try_from(part.end - position).map_err(fault)?;
            let bytes = block.get_mut(from..to).ok_or(Error::Plan { offset: start })?;
            (cut.fill)(part.start - start, bytes);
            self.cut_bytes += part.end - part.start;
            if end > block_end {
                break;
            }
            self.end = end;
            self.cuts.next();
        }
        Ok(())
    }

    /// Fails if a cut is left over.
    fn finish(&mut self) -> Result<(), Error> {
        self.peek()?.map_or(Ok(()), |cut| Err(Error::Plan { offset: cut.range.start }))
    }

    /// The next cut, checked. Empty cuts are dropped.
    fn peek(&mut self) -> Result<Option<&mut Cut<F>>, Error> {
        while self.cuts.next_if(|cut| cut.range.is_empty() && cut.range.start == cut.range.end).is_some() {}
        let Some(cut) = self.cuts.peek_mut() else { return Ok(None) };
        let Range { start, end } = cut.range;
        if start < self.end || end < start || end > self.length {
            return Err(Error::Plan { offset: start });
        }
        Ok(Some(cut))
    }
}

fn u64_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Bytes copied at once: 4 MiB, four blocks of the source.
const COPY_BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    type Fill = fn(u64, &mut [u8]);

    /// A fill that depends on the offset, so that pieces in the wrong place show.
    fn fill(offset: u64, bytes: &mut [u8]) {
        bytes.iter_mut().zip(offset..).for_each(|(byte, at)| *byte = 0x80 | (at % 127).to_le_bytes()[0]);
    }

    fn cuts(ranges: &[Range<u64>]) -> Vec<Cut<Fill>> {
        ranges.iter().map(|range| Cut { range: range.clone(), fill: fill as Fill }).collect()
    }

    fn source(bytes: &[u8]) -> Source {
        Source::new(Path::new("test"), Box::new(bytes.to_vec())).unwrap()
    }

    fn naive(bytes: &[u8], ranges: &[Range<u64>]) -> Vec<u8> {
        let mut output = bytes.to_vec();
        for range in ranges {
            let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
            fill(0, &mut output[start..end]);
        }
        output
    }

    #[test]
    fn a_plan_that_overlaps_or_leaves_the_file_is_refused() {
        let bytes = vec![1; 3 * COPY_BYTES];
        let backwards = Range { start: 9, end: 5 };
        let end = u64_of(bytes.len());
        for ranges in [
            &[0..10, 9..12][..],
            &[20..30, 0..5],
            &[backwards],
            std::slice::from_ref(&(end - 1..end + 1)),
            std::slice::from_ref(&(end..end + 1)),
            &[0..u64_of(COPY_BYTES) + 5, u64_of(COPY_BYTES)..u64_of(COPY_BYTES) + 9],
        ] {
            let result = copy_with_cuts(&source(&bytes), cuts(ranges), &mut Vec::new(), &|_| {});
            assert!(matches!(result, Err(Error::Plan { .. })), "{ranges:?}");
        }
    }

    #[test]
    fn an_output_that_fails_stops_the_copy() {
        let result = copy_with_cuts(&source(&[1; 9]), cuts(&[]), &mut &mut [0; 8][..], &|_| {});
        assert!(matches!(result, Err(Error::Write(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn it_equals_the_naive_copy(
            length in 1..3 * COPY_BYTES,
            points in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let bytes: Vec<u8> = (0..length).map(|i| (i / 3).to_le_bytes()[0] & 0x7f).collect();
            let mut points: Vec<u64> = points.iter().map(|point| u64_of(point.index(length + 1))).collect();
            points.sort_unstable();
            let ranges: Vec<Range<u64>> = points.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
            let (mut output, done) = (Vec::new(), std::sync::atomic::AtomicU64::new(0));
            let copied = copy_with_cuts(&source(&bytes), cuts(&ranges), &mut output, &|count| {
                done.fetch_add(count, std::sync::atomic::Ordering::Relaxed);
            })
            .unwrap();
            prop_assert!(output == naive(&bytes, &ranges));
            prop_assert_eq!(ranges.iter().map(|range| range.end - range.start).sum::<u64>(), copied.cut_bytes);
            prop_assert_eq!(u64_of(length), done.into_inner());
        }
    }
}
