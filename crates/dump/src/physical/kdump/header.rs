//! The two headers of a kdump, and where everything else lies.

use super::FORMAT;
use super::order::Order;
use crate::cursor::{array_at, to_u64, to_usize};
use crate::error::Error;
use crate::image::Machine;
use crate::limits::{FILE_END_MAX, KDUMP_BITMAP_BYTES_MAX, KDUMP_NOTE_BYTES_MAX};
use crate::read::ReadAt;
use std::ops::Range;

/// `KDUMP_SIGNATURE`.
const MAGIC: [u8; 8] = *b"KDUMP   ";

/// `DISK_DUMP_SIGNATURE`: the same file as diskdump wrote it, before there was kexec. Its sub-header holds registers.
const DISKDUMP: [u8; 8] = *b"DISKDUMP";

/// Whether a file that begins with `head` is a kdump, or diskdump's; 8 bytes tell.
#[must_use]
pub fn is_kdump(head: &[u8]) -> bool {
    head.starts_with(&MAGIC) || head.starts_with(&DISKDUMP)
}

/// `DUMP_DH_COMPRESSED_ZLIB`, `_LZO`, `_SNAPPY`, `_ZSTD`: in the status and in descriptors.
pub(super) const COMPRESSED: u32 = 1 | 2 | 4 | 0x20;

/// Bytes of one `page_desc`: offset, size, flags, flags of the kernel's `struct page`.
pub(super) const DESCRIPTOR_BYTES: u64 = 24;

/// Sizes of a page that some processor has.
const BLOCK_BYTES: std::ops::RangeInclusive<u64> = 4096..=65_536;

/// Offset of `utsname.machine` in the header: after signature, version and four fields of 65 bytes.
const MACHINE: usize = 12 + 4 * 65;

/// Where the fields of `disk_dump_header` and `kdump_sub_header` stand for one width of `long`.
struct Fields {
    status: usize,
    /// End of the fixed part of the header.
    header_bytes: u64,
    split: usize,
    /// First and last frame of a part of a split dump, up to version 5: of the width of `long`.
    frames: [usize; 2],
    /// Of `VMCOREINFO`, the notes and `ERASEINFO`: an offset of 64 bits and a length of the width of `long`.
    places: [(usize, usize); 3],
    /// `start_pfn_64`, `end_pfn_64`, `max_mapnr_64`.
    frames_64: [usize; 3],
    sub_header_bytes: u64,
    is_long: bool,
    order: Order,
}

const BITS_64: Fields = Fields {
    status: 424,
    header_bytes: 464,
    split: 12,
    frames: [16, 24],
    places: [(32, 40), (48, 56), (64, 72)],
    frames_64: [80, 88, 96],
    sub_header_bytes: 104,
    is_long: true,
    order: Order::Little,
};

/// As s390x and POWER have it.
const BIG_64: Fields = Fields { order: Order::Big, ..BITS_64 };

/// As i386 aligns them.
const BITS_32: Fields = Fields {
    status: 412,
    header_bytes: 452,
    split: 8,
    frames: [12, 16],
    places: [(20, 28), (32, 40), (44, 52)],
    frames_64: [56, 64, 72],
    sub_header_bytes: 80,
    is_long: false,
    order: Order::Little,
};

/// Versions of the header since which the sub-header has the places of [`Fields::places`].
const PLACES_SINCE: [u32; 3] = [3, 4, 5];

impl Fields {
    /// Those of a header: the one reading in which the size of a page is one.
    fn of(header: &[u8]) -> Result<&'static Self, Error> {
        let is_block = |block: u64| BLOCK_BYTES.contains(&block) && block.is_power_of_two();
        let all = [&BITS_64, &BITS_32, &BIG_64];
        let fields = all.into_iter().find(|fields| is_block(fields.number(header, 1)));
        let value = BITS_64.number(header, 1);
        fields.ok_or_else(|| unsupported(428, "block_size", value, "pages of 4 to 64 KiB are understood"))
    }

    /// One of the numbers of 32 bits from the status on.
    fn number(&self, header: &[u8], index: usize) -> u64 {
        u64::from(self.order.u32_at(header, self.status.saturating_add(index.saturating_mul(4))))
    }
}

/// A part that the sub-header points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Where its offset stands in the file.
    pub(super) field: u64,
    /// Its bytes, as promised; empty if there are none.
    pub(super) range: Range<u64>,
}

/// What the headers say, checked as far as they alone can be.
#[derive(Debug)]
pub(super) struct Header {
    /// Of the numbers in headers and descriptors.
    pub(super) order: Order,
    /// Whether diskdump wrote it.
    pub(super) is_diskdump: bool,
    /// Version of the header.
    pub(super) version: u32,
    /// Whether a length is of 64 bits.
    pub(super) is_long: bool,
    /// Processors, each of which may have a pointer behind the header.
    pub(super) processors: u64,
    /// Where the status stands in the file.
    pub(super) status: u64,
    /// Bytes of a page.
    pub(super) block: u64,
    /// Fixed parts of header and sub-header.
    pub(super) fixed: [Range<u64>; 2],
    /// Both bitmaps.
    pub(super) bitmaps: Range<u64>,
    /// The bitmap of the frames that have a descriptor, all frames of the machine.
    pub(super) dumped: Range<u64>,
    /// The frames that this file is about.
    pub(super) frames: Range<u64>,
    /// `VMCOREINFO`, notes, `ERASEINFO`.
    pub(super) places: [Place; 3],
    /// Processor.
    pub(super) machine: Machine,
}

impl Header {
    /// Reads the headers.
    ///
    /// # Errors
    /// If the medium fails, or they say what cannot be.
    pub(super) fn read(source: &dyn ReadAt) -> Result<Self, Error> {
        let bytes = take(source, "header", 0, BITS_64.header_bytes)?;
        if !is_kdump(&bytes) {
            let value = u64::from(Order::Little.u32_at(&bytes, 0));
            return Err(unsupported(
                0,
                "signature",
                value,
                "a kdump begins with \"KDUMP   \" or \"DISKDUMP\"",
            ));
        }
        let is_diskdump = bytes.starts_with(&DISKDUMP);
        let fields = Fields::of(&bytes)?;
        let order = fields.order;
        let version = if is_diskdump { 0 } else { order.u32_at(&bytes, 8) };
        let field = |index: usize| fields.number(&bytes, index);
        let block = field(1);
        let (sub_blocks, bitmap_blocks, frames) = (field(2), field(3), field(4));
        let sub_header = block..block.saturating_add(sub_blocks.saturating_mul(block));
        let end = sub_header.end.saturating_add(bitmap_blocks.saturating_mul(block));
        let bitmaps = sub_header.end..end;
        if bitmaps.end > FILE_END_MAX || length(&bitmaps) > KDUMP_BITMAP_BYTES_MAX {
            return Err(unsupported(
                to_u64(fields.status),
                "bitmap_blocks",
                bitmap_blocks,
                "no machine has that many frames",
            ));
        }
        // That of diskdump holds registers.
        let fixed_bytes = if is_diskdump { 0 } else { fields.sub_header_bytes.min(length(&sub_header)) };
        let sub = take(source, "sub-header", block, fixed_bytes)?;
        let sub = Sub { bytes: &sub, fields, version };
        let frames = sub.frames(frames);
        let last = frames.end;
        Ok(Self {
            order,
            is_diskdump,
            version,
            is_long: fields.is_long,
            processors: field(9),
            status: to_u64(fields.status),
            block,
            fixed: [0..fields.header_bytes, block..block.saturating_add(fixed_bytes)],
            dumped: second(&bitmaps, last, block),
            bitmaps,
            frames,
            places: sub.places(block)?,
            machine: machine(&bytes),
        })
    }

    /// Where the descriptors begin.
    pub(super) fn descriptors(&self) -> u64 {
        self.bitmaps.end
    }
}

/// The sub-header.
struct Sub<'a> {
    bytes: &'a [u8],
    fields: &'a Fields,
    version: u32,
}

impl Sub<'_> {
    fn long(&self, at: usize) -> u64 {
        let order = self.fields.order;
        if self.fields.is_long {
            order.u64_at(self.bytes, at)
        } else {
            u64::from(order.u32_at(self.bytes, at))
        }
    }

    /// The frames of this file: all, or those of its part of a split dump.
    fn frames(&self, all: u64) -> Range<u64> {
        let order = self.fields.order;
        let wide = self.fields.frames_64.map(|at| order.u64_at(self.bytes, at));
        let all = if self.version >= 6 && wide[2] > 0 { wide[2] } else { all };
        let is_split = self.version >= 2 && order.u32_at(self.bytes, self.fields.split) != 0;
        if !is_split {
            return 0..all;
        }
        let [start, end] =
            if self.version >= 6 { [wide[0], wide[1]] } else { self.fields.frames.map(|at| self.long(at)) };
        start.min(all)..end.min(all)
    }

    fn places(&self, start: u64) -> Result<[Place; 3], Error> {
        let mut places = self
            .fields
            .places
            .map(|(offset, _)| Place { field: start.saturating_add(to_u64(offset)), range: 0..0 });
        for ((place, (at, size)), since) in places.iter_mut().zip(self.fields.places).zip(PLACES_SINCE) {
            let (offset, size) = (self.fields.order.u64_at(self.bytes, at), self.long(size));
            if self.version < since || offset == 0 || size == 0 {
                continue;
            }
            let end = offset.saturating_add(size);
            if end > FILE_END_MAX || size > KDUMP_NOTE_BYTES_MAX {
                return Err(unsupported(
                    place.field,
                    "offset and size",
                    size,
                    "no kdump has that much of it",
                ));
            }
            place.range = offset..end;
        }
        Ok(places)
    }
}

/// The second of two bitmaps, of the frames that were dumped; the only one if they are too short to be two.
fn second(bitmaps: &Range<u64>, frames: u64, block: u64) -> Range<u64> {
    let half = length(bitmaps).checked_div(2).unwrap_or(0);
    let one = frames.div_ceil(8).checked_next_multiple_of(block).unwrap_or(u64::MAX);
    if one > half { bitmaps.clone() } else { bitmaps.start.saturating_add(half)..bitmaps.end }
}

/// `utsname.machine`. QEMU leaves it empty or writes its own.
fn machine(header: &[u8]) -> Machine {
    let name = array_at::<65>(header, MACHINE).unwrap_or([0; 65]);
    match name.split(|byte| *byte == 0).next().unwrap_or_default() {
        b"x86_64" => Machine::X86_64,
        b"aarch64" => Machine::Aarch64,
        _ => Machine::Unknown,
    }
}

/// Bytes of a range.
pub(super) fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

fn unsupported(offset: u64, field: &'static str, value: u64, expected: &'static str) -> Error {
    Error::Unsupported { format: FORMAT, structure: "header", offset, field, value, expected }
}

/// Bytes of a structure; the caller has bounded them.
fn take(source: &dyn ReadAt, structure: &'static str, offset: u64, bytes: u64) -> Result<Vec<u8>, Error> {
    let length = source.length();
    if offset.saturating_add(bytes) > length {
        return Err(Error::Truncated { format: FORMAT, structure, offset, length });
    }
    let mut out = vec![0; to_usize(bytes)];
    source.read_exact_at(offset, &mut out).map_err(|fault| Error::Read {
        format: FORMAT,
        structure,
        offset,
        source: fault,
    })?;
    Ok(out)
}
