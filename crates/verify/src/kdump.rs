//! The clean dump as others see it: a kdump, whose pages stand behind descriptors.

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named, pieces};
use crate::limits::{CHUNK_BYTES, KDUMP_BITMAP_BYTES_MAX, KDUMP_TEXT_BYTES_MAX};
use coredact_record::Answer;
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// Bytes of a descriptor, and where a page's offset and length stand in it.
const DESCRIPTOR_BYTES: u64 = 24;

/// Headers, bitmaps and descriptors of a dump, digested.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dump {
    headers: [u8; 32],
    descriptors: [u8; 32],
    /// What debuggers of the kernel start from.
    info: [u8; 32],
    /// Frames that have a descriptor.
    pages: u64,
    /// Pages that end within the file.
    whole: u64,
    /// Where a notice may stand and what leads to it, if the header has a field for that.
    pub(crate) notice: Option<Place>,
}

/// Where a kdump says what was erased of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The bytes of the field: an offset and a length.
    pub(crate) field: Range<u64>,
    /// What the field says: where the notice stands, and how many bytes it has.
    pub(crate) stands: Range<u64>,
    /// Bytes of the headers that nothing claims.
    pub(crate) free: Vec<Range<u64>>,
}

/// Numbers of a header, in the order of the bytes of the machine.
struct Numbers {
    bytes: Vec<u8>,
    is_big: bool,
}

impl Numbers {
    fn get(&self, at: usize, bytes: usize) -> u64 {
        let bytes = self.bytes.get(at..at.saturating_add(bytes)).unwrap_or_default();
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.is_big { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) }
    }

    /// The bytes but for those of a field.
    fn without(&self, field: Range<usize>) -> impl Iterator<Item = &[u8]> {
        [
            self.bytes.get(..field.start).unwrap_or(&self.bytes),
            self.bytes.get(field.end..).unwrap_or_default(),
        ]
        .into_iter()
    }
}

/// First byte of the status in the header, whether `long` has 64 bits, and whether numbers are big-endian: the reading in
/// which the size of a page, which follows the status, is one.
fn shape(head: &[u8]) -> Option<(usize, bool, bool)> {
    let sizes = [4096_u32, 8192, 16_384, 32_768, 65_536];
    [(424, true, false), (412, false, false), (424, true, true)].into_iter().find(|(status, _, is_big)| {
        let wanted = head.get(status + 4..status + 8).unwrap_or_default();
        sizes.iter().any(|size| if *is_big { size.to_be_bytes() } else { size.to_le_bytes() } == wanted)
    })
}

impl Dump {
    /// Reads the structure; none if the file does not begin as a kdump.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        let head = dump.take(0, dump.length().min(464))?;
        // Of diskdump, the sub-header is registers, which may change.
        let is_diskdump = head.starts_with(b"DISKDUMP");
        if !head.starts_with(b"KDUMP   ") && !is_diskdump {
            return Ok(None);
        }
        let Some((status, is_long, is_big)) = shape(&head) else {
            return Err(parse(dump, "a page of no known size"));
        };
        let head = Numbers { bytes: head, is_big };
        // `status`, and after it block size, blocks of the sub-header and of the bitmaps, frames.
        let field = |index: usize| head.get(status + 4 * index, 4);
        let (block, version) = (field(1), if is_diskdump { 0 } else { head.get(8, 4) });
        let sub_bytes = match (is_diskdump, is_long) {
            (true, _) => 0,
            (false, true) => 104,
            (false, false) => 80,
        };
        let sub = dump.take(block, u64::min(sub_bytes, field(2).saturating_mul(block)))?;
        let sub = Numbers { bytes: sub, is_big };
        let bitmaps = block.saturating_mul(1 + field(2));
        let bitmap_bytes = block.saturating_mul(field(3));
        if bitmap_bytes > KDUMP_BITMAP_BYTES_MAX {
            return Err(Fault::Limit(format!("bitmaps of {bitmap_bytes} bytes")));
        }
        let bits = dump.take(bitmaps, bitmap_bytes)?;
        let table = bitmaps.saturating_add(bitmap_bytes);
        let frames = frames(&sub, version, is_long, field(4));
        let pages = count(&bits, &frames, block);
        let mut headers = Sha256::new();
        headers.update(&head.bytes);
        let erased = erased(version, is_long);
        sub.without(erased.clone()).for_each(|part| headers.update(part));
        headers.update(&bits);
        let (descriptors, whole) = descriptors(dump, table, pages, is_big)?;
        let info = if is_long { (sub.get(32, 8), sub.get(40, 8)) } else { (sub.get(20, 8), sub.get(28, 4)) };
        let info =
            if version >= 3 { digest(dump, info.0, info.1.min(KDUMP_TEXT_BYTES_MAX))? } else { [0; 32] };
        let headers = headers.finalize().into();
        let notice = (!erased.is_empty()).then(|| {
            let header_end = status as u64 + 40 + 8 * field(9);
            place(&sub, erased, is_long, [header_end..block, block + sub.bytes.len() as u64..bitmaps])
        });
        Ok(Some(Self { headers, descriptors, info, pages, whole, notice }))
    }
}

/// Where the sub-header says what was erased: since version 5 of the header.
fn erased(version: u64, is_long: bool) -> Range<usize> {
    match (version >= 5, is_long) {
        (true, true) => 64..80,
        (true, false) => 44..56,
        (false, _) => 0..0,
    }
}

/// The place of a notice; `open` are the bytes behind the fixed parts of the headers, in which notes may stand.
fn place(sub: &Numbers, field: Range<usize>, is_long: bool, open: [Range<u64>; 2]) -> Place {
    let [_, after] = &open;
    let start = after.start.saturating_sub(sub.bytes.len() as u64);
    let stands = |at: usize| {
        let length = sub.get(at + 8, if is_long { 8 } else { 4 });
        sub.get(at, 8)..sub.get(at, 8).saturating_add(length)
    };
    // VMCOREINFO and the notes.
    let mut taken = if is_long { [stands(32), stands(48)] } else { [stands(20), stands(32)] };
    taken.sort_by_key(|range| range.start);
    let mut free = Vec::new();
    for mut rest in open {
        for range in &taken {
            let part = rest.start..range.start.min(rest.end);
            if range.start < rest.end && range.end > rest.start {
                free.push(part);
                rest.start = range.end;
            }
        }
        free.push(rest);
    }
    let end = start + field.end as u64;
    Place { stands: stands(field.start), field: start + field.start as u64..end, free }
}

/// The frames of a file: of all of a split dump, its own.
fn frames(sub: &Numbers, version: u64, is_long: bool, all: u64) -> Range<u64> {
    let (split, wide) = if is_long { (12, 80) } else { (8, 56) };
    let is_wide = version >= 6;
    let all = if is_wide && sub.get(wide + 16, 8) > 0 { sub.get(wide + 16, 8) } else { all };
    let own = match (is_wide, is_long) {
        (true, _) => sub.get(wide, 8)..sub.get(wide + 8, 8),
        (false, true) => sub.get(16, 8)..sub.get(24, 8),
        (false, false) => sub.get(12, 4)..sub.get(16, 4),
    };
    if version >= 2 && sub.get(split, 4) != 0 { own.start..own.end.min(all) } else { 0..all }
}

/// How many of `frames` have their bit in the second bitmap, or the only one.
fn count(bits: &[u8], frames: &Range<u64>, block: u64) -> u64 {
    let half = bits.len() / 2;
    let needed = frames.end.div_ceil(8).div_ceil(block).saturating_mul(block);
    let bits = if usize::try_from(needed).is_ok_and(|needed| needed <= half) { &bits[half..] } else { bits };
    let mut pages = 0;
    for (first, byte) in (0_u64..).step_by(8).zip(bits) {
        if first >= frames.end {
            break;
        }
        let inside = (0..8).filter(|bit| byte >> bit & 1 == 1 && frames.contains(&(first + bit)));
        pages += inside.count() as u64;
    }
    pages
}

/// Digests the descriptors that the file holds, and counts those whose page it holds.
fn descriptors(dump: Named<'_>, table: u64, pages: u64, is_big: bool) -> Result<([u8; 32], u64), Fault> {
    let held = dump.length().saturating_sub(table) / DESCRIPTOR_BYTES;
    let bytes = pages.min(held).saturating_mul(DESCRIPTOR_BYTES);
    let mut digest = Sha256::new();
    let mut whole = 0;
    // A multiple of the length of a descriptor.
    for (start, taken) in pieces(bytes, CHUNK_BYTES / 24 * 24) {
        let part = dump.take(table.saturating_add(start), taken as u64)?;
        digest.update(&part);
        for descriptor in part.chunks_exact(24) {
            let descriptor = Numbers { bytes: descriptor.to_vec(), is_big };
            let end = descriptor.get(0, 8).saturating_add(descriptor.get(8, 4));
            whole += u64::from(end <= dump.length() && descriptor.get(0, 8) != 0);
        }
    }
    Ok((digest.finalize().into(), whole))
}

/// Digests a text, as far as the file holds it.
fn digest(dump: Named<'_>, offset: u64, length: u64) -> Result<[u8; 32], Fault> {
    let start = offset.min(dump.length());
    let bytes = dump.take(start, length.min(dump.length() - start))?;
    Ok(Sha256::digest(bytes).into())
}

fn parse(dump: Named<'_>, what: &str) -> Fault {
    Fault::Parse { which: dump.which, what: what.to_owned() }
}

/// Compares what is no page.
pub(crate) fn structure(before: &Dump, after: &Dump) -> Answer {
    let differing = [
        ("headers and bitmaps", before.headers == after.headers),
        ("page descriptors", before.descriptors == after.descriptors),
        ("VMCOREINFO", before.info == after.info),
    ];
    let differing: Vec<&str> = differing.iter().filter(|(_, same)| !same).map(|(what, _)| *what).collect();
    let detail = if differing.is_empty() {
        format!("headers, bitmaps, VMCOREINFO and the descriptors of {} pages are the same", before.pages)
    } else {
        format!("not the same: {}", differing.join(", "))
    };
    let same = differing.is_empty() && (before.pages, before.whole) == (after.pages, after.whole);
    answer(question::STRUCTURE, same, detail).with("pages", before.pages)
}

/// What is there to see of a dump that parses.
pub(crate) fn parsed(dump: &Dump) -> Answer {
    let Dump { pages, whole, .. } = dump;
    let detail = format!("the dump parses: {pages} pages, {whole} of them in the file");
    answer(question::STRUCTURE, true, detail).with("pages", *pages)
}
