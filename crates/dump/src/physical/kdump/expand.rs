//! The same kdump with every page as it is: headers, bitmaps, notes and what else lies in the file stay.

use super::FORMAT;
use super::header::{self, COMPRESSED, Header};
use super::page::{PACKED_BYTES_MAX, Unpacker};
use super::walk::{Descriptor, Forward, Walk};
use crate::container::{DecodeLimits, Error};
use crate::cursor::{to_u64, to_usize};
use crate::limits::{CHUNK_BYTES, KDUMP_GAPS_MAX};
use crate::partition::Partition;
use crate::physical::expand::within;
use crate::read::ReadAt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

/// Where everything goes.
struct Layout {
    header: Header,
    /// End of the descriptors, in both forms: here the pages begin.
    data: u64,
    /// The packed page of zeros, which stands before the others and may be that of many frames.
    zeros: Option<Range<u64>>,
    /// Pages of their own.
    pages: u64,
    /// What lies between and behind the packed pages, and goes behind the plain ones.
    gaps: Vec<Range<u64>>,
    /// What the headers say otherwise.
    patches: Vec<(u64, Vec<u8>)>,
}

impl Layout {
    /// Where the pages begin that only one frame has.
    fn first_page(&self) -> u64 {
        let zeros = if self.zeros.is_some() { self.header.block } else { 0 };
        self.data.saturating_add(zeros)
    }

    /// Where the gaps go.
    fn tail(&self) -> u64 {
        self.first_page().saturating_add(self.pages.saturating_mul(self.header.block))
    }

    /// Length of the plain form.
    fn length(&self) -> u64 {
        self.gaps.iter().map(header::length).fold(self.tail(), u64::saturating_add)
    }

    /// Makes what the headers say otherwise; `cut` is how many pages the packed file has lost.
    fn patch(&mut self, source: &dyn ReadAt, cut: u64) -> io::Result<()> {
        let mut status = [0; 4];
        source.read_exact_at(self.header.status, &mut status)?;
        let order = self.header.order;
        let status = order.u32_at(&status, 0) & !COMPRESSED;
        self.patches.push((self.header.status, order.u32_bytes(status).to_vec()));
        // Behind the end of the file: so whoever reads it sees what is missing.
        let nowhere = self.length().saturating_add(cut.saturating_mul(self.header.block));
        for place in &self.header.places {
            if place.range.start < self.data {
                continue;
            }
            let mut tail = self.tail();
            let mut to = nowhere;
            for gap in &self.gaps {
                if gap.start <= place.range.start && place.range.end <= gap.end {
                    to = tail.saturating_add(place.range.start.saturating_sub(gap.start));
                }
                tail = tail.saturating_add(header::length(gap));
            }
            self.patches.push((place.field, order.u64_bytes(to).to_vec()));
        }
        Ok(())
    }
}

/// What a first walk tells of the packed pages.
struct Survey {
    partition: Partition,
    is_packed: bool,
    /// Pages that the file holds, but for those that have `lowest`, and how many these are.
    pages: u64,
    lowest: Option<Descriptor>,
    lowest_count: u64,
    /// Pages that the file ends in or before.
    cut: u64,
}

impl Survey {
    /// Takes note of a page.
    fn take(&mut self, frame: u64, page: Descriptor, length: u64) -> io::Result<()> {
        if page.offset == 0 {
            return Ok(());
        }
        if u64::from(page.size) > PACKED_BYTES_MAX {
            return Err(unsound(frame, page, "is longer than any page"));
        }
        if page.range().end > length {
            self.cut = self.cut.saturating_add(1);
            return Ok(());
        }
        self.is_packed |= page.flags & COMPRESSED != 0;
        self.partition.claim(page.range());
        if self.partition.runs() > KDUMP_GAPS_MAX {
            return Err(unsound(frame, page, "and those before it lie scattered over the file"));
        }
        match &self.lowest {
            Some(lowest) if lowest.range() == page.range() && lowest.flags == page.flags => {
                self.lowest_count = self.lowest_count.saturating_add(1);
            }
            Some(lowest) if lowest.offset <= page.offset => self.pages = self.pages.saturating_add(1),
            _ => {
                self.pages = self.pages.saturating_add(self.lowest_count);
                (self.lowest, self.lowest_count) = (Some(page), 1);
            }
        }
        Ok(())
    }
}

/// What comes next.
enum Phase {
    /// Headers and bitmaps from here on.
    Head(u64),
    Descriptors {
        walk: Walk,
        page: u64,
        cut: u64,
    },
    Pages(Walk),
    /// This gap from here on.
    Gaps(usize, u64),
}

/// The plain form, from front to back.
pub(in crate::physical) struct Expander {
    source: Arc<dyn ReadAt>,
    layout: Layout,
    phase: Phase,
    unpacker: Unpacker,
    packed: Forward,
    /// What was made, and how much of it was given out.
    made: Vec<u8>,
    taken: usize,
}

impl Expander {
    /// Plans the plain form; `None` if the file has no packed page, or makes no sense.
    ///
    /// # Errors
    /// If the medium fails, if a page lies where none can, or the plain form is longer than `limits` allow.
    pub(in crate::physical) fn new(
        source: Arc<dyn ReadAt>,
        limits: &DecodeLimits,
    ) -> io::Result<Option<Self>> {
        let mut unpacker = Unpacker::new();
        let layout = match survey(&*source) {
            Ok(None) | Err(Fault::Headers) => return Ok(None),
            Ok(Some((header, data, survey))) => plan(&*source, header, data, survey, &mut unpacker)?,
            Err(Fault::Stream(error)) => return Err(error),
        };
        within(limits, FORMAT, layout.length(), source.length())?;
        let (phase, packed) = (Phase::Head(0), Forward::new("pages", 0..u64::MAX));
        Ok(Some(Self { source, layout, phase, unpacker, packed, made: Vec::new(), taken: 0 }))
    }

    /// Makes the next bytes; none at the end.
    fn make(&mut self) -> io::Result<()> {
        self.made.clear();
        self.taken = 0;
        while self.made.is_empty() {
            self.phase = match std::mem::replace(&mut self.phase, Phase::Gaps(usize::MAX, 0)) {
                Phase::Head(at) => self.head(at)?,
                Phase::Descriptors { walk, page, cut } => self.descriptors(walk, page, cut)?,
                Phase::Pages(walk) => self.pages(walk)?,
                Phase::Gaps(index, at) => {
                    let Some(gap) = self.layout.gaps.get(index).cloned() else { return Ok(()) };
                    let at = at.max(gap.start);
                    self.copy(at..gap.end)?;
                    let end = at.saturating_add(to_u64(self.made.len()));
                    if end < gap.end {
                        Phase::Gaps(index, end)
                    } else {
                        Phase::Gaps(index.saturating_add(1), 0)
                    }
                }
            };
        }
        Ok(())
    }

    /// Takes the first bytes of a range as they are.
    fn copy(&mut self, range: Range<u64>) -> io::Result<()> {
        self.made.resize(to_usize(header::length(&range)).min(CHUNK_BYTES), 0);
        self.source.read_exact_at(range.start, &mut self.made)
    }

    fn head(&mut self, at: u64) -> io::Result<Phase> {
        self.copy(at..self.layout.header.descriptors())?;
        let end = at.saturating_add(to_u64(self.made.len()));
        for (place, bytes) in &self.layout.patches {
            for (place, byte) in (*place..).zip(bytes) {
                let made = place.checked_sub(at).and_then(|index| self.made.get_mut(to_usize(index)));
                if let Some(made) = made {
                    *made = *byte;
                }
            }
        }
        if end < self.layout.header.descriptors() {
            return Ok(Phase::Head(end));
        }
        let walk = Walk::new(&self.layout.header);
        Ok(Phase::Descriptors { walk, page: self.layout.first_page(), cut: self.layout.length() })
    }

    fn descriptors(&mut self, mut walk: Walk, mut page: u64, mut cut: u64) -> io::Result<Phase> {
        let block = self.layout.header.block;
        while self.made.len() < CHUNK_BYTES {
            let Some((_, Some(descriptor))) = walk.next(&*self.source).map_err(medium)? else {
                if self.layout.zeros.is_some() {
                    self.made.resize(self.made.len().saturating_add(to_usize(block)), 0);
                }
                return Ok(Phase::Pages(Walk::new(&self.layout.header)));
            };
            let offset = match () {
                () if descriptor.offset == 0 => 0,
                () if self.layout.zeros.as_ref() == Some(&descriptor.range()) => self.layout.data,
                () => {
                    let is_there = descriptor.range().end <= self.source.length();
                    let next = if is_there { &mut page } else { &mut cut };
                    let offset = *next;
                    *next = offset.saturating_add(block);
                    offset
                }
            };
            let plain = if offset == 0 {
                descriptor
            } else {
                let size = u32::try_from(block).unwrap_or(0);
                Descriptor { offset, size, flags: descriptor.flags & !COMPRESSED, ..descriptor }
            };
            self.made.extend(plain.bytes(self.layout.header.order));
        }
        Ok(Phase::Descriptors { walk, page, cut })
    }

    fn pages(&mut self, mut walk: Walk) -> io::Result<Phase> {
        let block = to_usize(self.layout.header.block);
        while self.made.len() < CHUNK_BYTES {
            let Some((frame, Some(page))) = walk.next(&*self.source).map_err(medium)? else {
                return Ok(Phase::Gaps(0, 0));
            };
            let is_there = page.offset != 0 && page.range().end <= self.source.length();
            if !is_there || self.layout.zeros.as_ref() == Some(&page.range()) {
                continue;
            }
            let packed = self.packed.get(&*self.source, page.offset, u64::from(page.size)).map_err(medium)?;
            let start = self.made.len();
            self.made.resize(start.saturating_add(block), 0);
            let plain = self.made.get_mut(start..).unwrap_or_default();
            self.unpacker
                .unpack(page.flags, packed, plain)
                .map_err(|problem| unsound(frame, page, problem))?;
        }
        Ok(Phase::Pages(walk))
    }
}

impl Read for Expander {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.made.len() {
            self.make()?;
        }
        let made = self.made.get(self.taken..).unwrap_or_default();
        let count = made.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), made.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken = self.taken.saturating_add(count);
        Ok(count)
    }
}

/// Why there is no plan.
enum Fault {
    /// The headers make no sense: their reader says why.
    Headers,
    Stream(io::Error),
}

impl From<crate::Error> for Fault {
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Read { source, .. } => Self::Stream(source),
            _ => Self::Headers,
        }
    }
}

/// Goes over all pages; `None` if none is packed.
fn survey(source: &dyn ReadAt) -> Result<Option<(Header, u64, Survey)>, Fault> {
    let header = Header::read(source)?;
    let mut walk = Walk::new(&header);
    let partition = Partition::new(source.length());
    let mut survey = Survey { partition, is_packed: false, pages: 0, lowest: None, lowest_count: 0, cut: 0 };
    while let Some((frame, page)) = walk.next(source)? {
        let page = page.ok_or(Fault::Headers)?;
        survey.take(frame, page, source.length()).map_err(Fault::Stream)?;
    }
    Ok(survey.is_packed.then(|| (header, walk.position(), survey)))
}

/// Plans the plain form.
fn plan(
    source: &dyn ReadAt,
    header: Header,
    data: u64,
    mut survey: Survey,
    unpacker: &mut Unpacker,
) -> io::Result<Layout> {
    survey.partition.claim(0..data);
    let gaps = survey.partition.unowned();
    let mut layout = Layout { header, data, zeros: None, pages: survey.pages, gaps, patches: Vec::new() };
    if let Some(lowest) = survey.lowest {
        if lowest.offset < data {
            return Err(unsound(0, lowest, "lies among the descriptors"));
        }
        let mut packed = vec![0; to_usize(u64::from(lowest.size))];
        source.read_exact_at(lowest.offset, &mut packed)?;
        let mut page = vec![0; to_usize(layout.header.block)];
        let unpacked = unpacker.unpack(lowest.flags, &packed, &mut page);
        if unpacked.is_ok() && page.iter().all(|byte| *byte == 0) {
            layout.zeros = Some(lowest.range());
        } else {
            layout.pages = layout.pages.saturating_add(survey.lowest_count);
        }
    }
    layout.patch(source, survey.cut)?;
    Ok(layout)
}

/// A page that cannot be.
fn unsound(frame: u64, page: Descriptor, problem: &str) -> io::Error {
    let problem = format!("the page of frame {frame:#x} {problem}");
    Error::Unsound { format: FORMAT, offset: page.offset, problem }.into()
}

/// A fault of the medium; the structure was read before.
fn medium(error: crate::Error) -> io::Error {
    match error {
        crate::Error::Read { source, .. } => source,
        other => io::Error::other(other),
    }
}
