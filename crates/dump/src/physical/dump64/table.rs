//! What says which frames were dumped.

use super::header::{HEADER_BYTES, Header, Kind, read};
use super::{FORMAT, PAGE_BYTES};
use crate::annotation::Annotations;
use crate::cursor::{u32_at, u64_at};
use crate::error::Error;
use crate::limits::{CHUNK_BYTES, DUMP64_RUNS_MAX, DUMP64_TABLE_BYTES_MAX, FILE_END_MAX};
use crate::read::ReadAt;
use crate::spaces::{Run, UNKNOWN};
use std::ops::Range;

/// Fields of the header of a bitmap: `FirstPage`, `TotalPresentPages`, `Pages`; the bits follow.
const BITMAP_SIGNATURES: [[u8; 8]; 2] = [*b"SDMPDUMP", *b"FDMPDUMP"];
const FIRST_PAGE: usize = 0x20;
const PRESENT_PAGES: usize = 0x28;
const PAGES: usize = 0x30;
const BITMAP_HEADER_BYTES: u64 = 0x38;

/// Beginning of the header of ranges: a marker, then `RDMP` and `DUMP`.
const RANGES_MARKER: u32 = 0x40;
const RANGES_SIGNATURE: [u8; 8] = *b"RDMPDUMP";
/// Fields of it: bytes of the description, `FirstPageOffset`, number of pages in dumps of all memory; ranges follow.
const METADATA_BYTES: usize = 0x10;
const FIRST_PAGE_OFFSET: usize = 0x18;
const TOTAL_PAGES: usize = 0x28;
const RANGES_HEADER_BYTES: u64 = 0x30;
/// Where the bytes of the description are counted from.
const METADATA_START: u64 = HEADER_BYTES + 0x20;
/// Bytes of a range: its first frame and its number of frames. One from frame 0 ends the list.
const RANGE_BYTES: u64 = 16;

/// The frames of a dump, and where their pages lie.
#[derive(Debug)]
pub(super) struct Table {
    /// Bytes behind the header that describe the frames.
    pub(super) structure: Range<u64>,
    /// Neighbouring frames that are neighbours in the file too.
    pub(super) runs: Vec<Run>,
    /// All pages, as promised.
    pub(super) pages: Range<u64>,
}

impl Table {
    /// Reads it.
    ///
    /// # Errors
    /// If it is not of the kind that the header says, is longer than any, or places pages where none can be; or if the
    /// medium fails.
    pub(super) fn read(
        source: &dyn ReadAt,
        header: &Header,
        annotations: &mut Annotations,
    ) -> Result<Self, Error> {
        match header.kind {
            Kind::Runs => in_header(header, annotations),
            Kind::Bitmap => bitmap(source, annotations),
            Kind::Ranges | Kind::AllRanges => ranges(source, header.kind, annotations),
        }
    }
}

/// Collects runs of frames whose pages follow each other in the file.
struct Frames {
    first: u64,
    /// Where the next page lies.
    next: u64,
    runs: Vec<Run>,
}

impl Frames {
    fn new(first: u64) -> Self {
        Self { first, next: first, runs: Vec::new() }
    }

    /// Adds neighbouring frames; none if there can be no such frames or no such file.
    fn add(&mut self, frame: u64, count: u64) -> Option<()> {
        let bytes = count.checked_mul(PAGE_BYTES)?;
        let address = frame.checked_mul(PAGE_BYTES)?;
        address.checked_add(bytes)?;
        let end = self.next.checked_add(bytes).filter(|end| *end <= FILE_END_MAX)?;
        let file = self.next..end;
        self.next = end;
        let room = self.runs.len() < DUMP64_RUNS_MAX;
        match self.runs.last_mut() {
            Some(last)
                if last.file.end == file.start
                    && last.address.checked_add(crate::spaces::length(&last.file)) == Some(address) =>
            {
                last.file.end = file.end;
            }
            _ if room && bytes > 0 => self.runs.push(Run { address, file, access: UNKNOWN }),
            _ => {}
        }
        Some(())
    }

    fn count(&self) -> u64 {
        self.next.saturating_sub(self.first).checked_div(PAGE_BYTES).unwrap_or(0)
    }

    fn finish(self, structure: Range<u64>, stated: Option<u64>, annotations: &mut Annotations) -> Table {
        let count = self.count();
        if let Some(stated) = stated.filter(|stated| *stated != count) {
            annotations.remark(format!("{FORMAT}: the header says {stated} pages, its description {count}"));
        }
        if self.runs.len() >= DUMP64_RUNS_MAX {
            annotations.remark(format!(
                "{FORMAT}: more than {DUMP64_RUNS_MAX} stretches of memory; what follows is searched as it stands in the file"
            ));
        }
        Table { structure, runs: self.runs, pages: self.first..self.next }
    }
}

/// The runs of a full dump.
fn in_header(header: &Header, annotations: &mut Annotations) -> Result<Table, Error> {
    let (stated, runs) = header.runs().ok_or_else(|| {
        let problem = "has more runs than it has room for".to_owned();
        impossible("PhysicalMemoryBlock", 0x88, problem)
    })?;
    let mut frames = Frames::new(HEADER_BYTES);
    for (frame, count) in runs {
        frames.add(frame, count).ok_or_else(|| beyond("PhysicalMemoryBlock", 0x88, frame, count))?;
    }
    Ok(frames.finish(HEADER_BYTES..HEADER_BYTES, Some(stated), annotations))
}

/// The frames whose bits are set.
fn bitmap(source: &dyn ReadAt, annotations: &mut Annotations) -> Result<Table, Error> {
    let head = read(source, "bitmap header", HEADER_BYTES, BITMAP_HEADER_BYTES)?;
    if !BITMAP_SIGNATURES.iter().any(|signature| head.starts_with(signature)) {
        let value = u64_at(&head, 0).unwrap_or(0);
        return Err(signature("bitmap header", HEADER_BYTES, value, "SDMPDUMP or FDMPDUMP was expected"));
    }
    let field = |at| u64_at(&head, at).unwrap_or(0);
    let (first, stated, bits) = (field(FIRST_PAGE), field(PRESENT_PAGES), field(PAGES));
    let bytes = bits.div_ceil(8);
    let start = HEADER_BYTES.saturating_add(BITMAP_HEADER_BYTES);
    let end = start.saturating_add(bytes);
    if bytes > DUMP64_TABLE_BYTES_MAX {
        return Err(impossible(
            "the bitmap",
            0x2030,
            format!("has {bits:#x} bits, more than any machine has frames"),
        ));
    }
    if first < end {
        return Err(impossible("the bitmap", 0x2020, format!("the first page is at {first:#x}, within it")));
    }
    if !annotations.promise("bitmap", &(start..end), source.length()) {
        return Ok(Table { structure: HEADER_BYTES..end, runs: Vec::new(), pages: end..end });
    }
    let mut frames = Frames::new(first);
    // Frames in a row whose bits are set.
    let mut row = 0..0;
    let mut at = start;
    while at < end {
        let taken = end.saturating_sub(at).min(CHUNK_BYTES as u64);
        let chunk = read(source, "bitmap", at, taken)?;
        let base = at.saturating_sub(start).saturating_mul(8);
        for (frame, byte) in (base..).step_by(8).zip(&chunk) {
            for frame in (0..8_u64).filter(|bit| byte >> bit & 1 == 1).map(|bit| frame.saturating_add(bit)) {
                if frame >= bits {
                    break;
                }
                if frame != row.end {
                    add(&mut frames, &row)?;
                    row = frame..frame;
                }
                row.end = frame.saturating_add(1);
            }
        }
        at = at.saturating_add(taken);
    }
    add(&mut frames, &row)?;
    Ok(frames.finish(HEADER_BYTES..end, Some(stated), annotations))
}

fn add(frames: &mut Frames, row: &Range<u64>) -> Result<(), Error> {
    let count = row.end.saturating_sub(row.start);
    frames.add(row.start, count).ok_or_else(|| beyond("the bitmap", HEADER_BYTES, row.start, count))
}

/// The frames of all ranges.
fn ranges(source: &dyn ReadAt, kind: Kind, annotations: &mut Annotations) -> Result<Table, Error> {
    let head = read(source, "header of ranges", HEADER_BYTES, RANGES_HEADER_BYTES)?;
    if u32_at(&head, 0) != Some(RANGES_MARKER) || head.get(4..12) != Some(&RANGES_SIGNATURE) {
        let value = u64_at(&head, 4).unwrap_or(0);
        return Err(signature(
            "header of ranges",
            HEADER_BYTES.saturating_add(4),
            value,
            "RDMPDUMP was expected",
        ));
    }
    let field = |at| u64_at(&head, at).unwrap_or(0);
    let (metadata, first) = (field(METADATA_BYTES), field(FIRST_PAGE_OFFSET));
    let start = HEADER_BYTES.saturating_add(RANGES_HEADER_BYTES);
    let end = METADATA_START.saturating_add(metadata);
    if metadata > DUMP64_TABLE_BYTES_MAX || end < start {
        return Err(impossible("the ranges", 0x2010, format!("have {metadata:#x} bytes")));
    }
    if first < end {
        return Err(impossible(
            "the ranges",
            0x2018,
            format!("the first page is at {first:#x}, within them"),
        ));
    }
    let held = end.saturating_sub(start).checked_div(RANGE_BYTES).unwrap_or(0);
    let stated = (kind == Kind::AllRanges).then(|| field(TOTAL_PAGES));
    if !annotations.promise("ranges", &(start..end), source.length()) {
        return Ok(Table { structure: HEADER_BYTES..end, runs: Vec::new(), pages: end..end });
    }
    let mut frames = Frames::new(first);
    let end = start.saturating_add(held.saturating_mul(RANGE_BYTES));
    let mut at = start;
    'all: while at < end {
        // A multiple of the length of a range.
        let taken = end.saturating_sub(at).min(CHUNK_BYTES as u64);
        for range in read(source, "ranges", at, taken)?.as_chunks::<16>().0 {
            if stated.is_some_and(|stated| frames.count() >= stated) {
                break 'all;
            }
            let (frame, count) = (u64_at(range, 0).unwrap_or(0), u64_at(range, 8).unwrap_or(0));
            let here = at;
            at = at.saturating_add(RANGE_BYTES);
            if frame == 0 {
                break 'all;
            }
            frames.add(frame, count).ok_or_else(|| beyond("the ranges", here, frame, count))?;
        }
    }
    Ok(frames.finish(HEADER_BYTES..at, stated, annotations))
}

fn signature(structure: &'static str, offset: u64, value: u64, expected: &'static str) -> Error {
    Error::Unsupported { format: FORMAT, structure, offset, field: "Signature", value, expected }
}

fn impossible(structure: &str, offset: u64, problem: String) -> Error {
    Error::Impossible { format: FORMAT, structure: structure.to_owned(), offset, problem }
}

fn beyond(structure: &str, offset: u64, frame: u64, count: u64) -> Error {
    impossible(structure, offset, format!("no file holds {count:#x} pages from frame {frame:#x} on"))
}
