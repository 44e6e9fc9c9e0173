//! A file that is no dump of a known format.

use crate::cursor::{array_at, u16_at, u32_at, u64_at};
use crate::image::{Access, AddressMap, Image, Machine, Origin, Piece, Space};
use crate::limits::MODULE_HEADERS_MAX;
use crate::read::ReadAt;
use std::ops::Range;

/// What the format of a file without headers is called.
pub const RAW: &str = "raw";

/// The whole file as one space. What could be written is unknown, so all of it counts as writable but the code of a
/// program.
#[must_use]
pub fn raw(source: &dyn ReadAt) -> Image {
    let length = source.length();
    image(RAW, length, pieces(length, &code(source)))
}

/// Some ranges of a file, rising and disjoint, as one space: what of an archive belongs to none of its members.
#[must_use]
pub fn raw_parts(source: &dyn ReadAt, format: &'static str, ranges: &[Range<u64>]) -> Image {
    let access = Access { read: true, write: true, execute: false };
    let mut start = 0_u64;
    let mut pieces = Vec::new();
    for range in ranges {
        let length = range.end.saturating_sub(range.start);
        pieces.push(Piece { start, file_offset: range.start, length, access });
        start = start.saturating_add(length);
    }
    image(format, source.length(), pieces)
}

/// What of a bundle belongs to none of its members, as one space of headers.
pub(crate) fn raw_rest(format: &'static str, length: u64, ranges: &[Range<u64>]) -> Image {
    Image { spaces: vec![crate::bundle::headers(ranges)], ..image(format, length, Vec::new()) }
}

/// A text as one space, any byte of which may be overwritten as far as its format allows.
pub(crate) fn text(length: u64, format: &'static str) -> Image {
    let mut image = image(format, length, pieces(length, &[]));
    image.spaces.iter_mut().for_each(|space| space.origin = Origin::Text);
    image
}

fn image(format: &'static str, file_length: u64, pieces: Vec<Piece>) -> Image {
    let length = pieces.last().map_or(0, |last| last.start.saturating_add(last.length));
    let space = Space { origin: Origin::Raw, address: None, pieces, length };
    Image {
        format,
        machine: Machine::Unknown,
        file_length,
        spaces: vec![space],
        protected: vec![],
        mapped: vec![],
        ignored_pointer_bits: 0,
        mappings: vec![],
        threads: vec![],
        marked: vec![],
        remarks: vec![],
        missing_bytes: 0,
        missing: vec![],
        unopened: None,
        members: Vec::new(),
        joints_left: 0,
        addresses: AddressMap::default(),
    }
}

/// The bytes of a file: all writable for all that is known of them, but for `code`, ranges that rise and do not touch.
fn pieces(length: u64, code: &[Range<u64>]) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut push = |range: Range<u64>, write: bool| {
        let access = Access { read: true, write, execute: !write };
        let range = range.start.min(length)..range.end.min(length);
        let bytes = range.end.saturating_sub(range.start);
        if bytes > 0 {
            out.push(Piece { start: range.start, file_offset: range.start, length: bytes, access });
        }
    };
    let mut end = 0;
    for range in code {
        push(end..range.start, true);
        push(range.clone(), false);
        end = range.end;
    }
    push(end..length, true);
    out
}

/// The code of an ELF program or library (`ET_EXEC`, `ET_DYN`; 64 bits, little-endian): no process writes its keys there,
/// and nothing looks more like random numbers. Empty for any other file.
fn code(source: &dyn ReadAt) -> Vec<Range<u64>> {
    segments(source).unwrap_or_default()
}

/// `e_type` of programs and libraries.
const PROGRAM_TYPES: [u16; 2] = [2, 3];
/// `PT_LOAD`.
const PT_LOAD: u32 = 1;
/// `PF_X` and `PF_W`.
const FLAGS: u32 = 1 | 2;
/// Length of a program header, `Elf64_Phdr`.
const PROGRAM_HEADER_BYTES: u64 = 56;

fn segments(source: &dyn ReadAt) -> Option<Vec<Range<u64>>> {
    let mut header = [0; 64];
    source.read_exact_at(0, &mut header).ok()?;
    let is_program = array_at::<6>(&header, 0) == Some([0x7f, b'E', b'L', b'F', 2, 1])
        && PROGRAM_TYPES.contains(&u16_at(&header, 16)?)
        && u64::from(u16_at(&header, 54)?) == PROGRAM_HEADER_BYTES;
    if !is_program {
        return None;
    }
    let (table, count) = (u64_at(&header, 32)?, u16_at(&header, 56)?.min(MODULE_HEADERS_MAX));
    let mut code = Vec::new();
    for index in 0..u64::from(count) {
        let mut entry = [0; 56];
        let place = table.checked_add(index.checked_mul(PROGRAM_HEADER_BYTES)?)?;
        source.read_exact_at(place, &mut entry).ok()?;
        let start = u64_at(&entry, 8)?;
        let end = start.checked_add(u64_at(&entry, 32)?)?;
        // Of the flags alone: executable and not writable.
        if u32_at(&entry, 0)? == PT_LOAD && u32_at(&entry, 4)? & FLAGS == 1 {
            code.push(start..end);
        }
    }
    code.sort_unstable_by_key(|range| range.start);
    let is_apart = |pair: &[Range<u64>]| matches!(pair, [one, next] if one.end <= next.start);
    code.windows(2).all(is_apart).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_file_is_one_writable_space() {
        let image = raw(&vec![1_u8; 10]);
        assert_eq!(image.spaces.len(), 1);
        assert_eq!(image.spaces[0].length, 10);
        assert!(image.spaces[0].pieces[0].access.write);
        assert_eq!(raw(&Vec::<u8>::new()).spaces[0].pieces.len(), 0);
    }

    #[test]
    fn code_of_a_program_is_not_writable_and_no_byte_is_lost() {
        let header = |kind: u32, flags: u32, start: u64, length: u64| {
            let words =
                [start, 0, 0, length, length, 4096].into_iter().flat_map(|word: u64| word.to_le_bytes());
            [kind.to_le_bytes(), flags.to_le_bytes()].concat().into_iter().chain(words).collect::<Vec<u8>>()
        };
        let program = |kind: u16, headers: &[Vec<u8>]| {
            let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1];
            out.resize(16, 0);
            out.extend(kind.to_le_bytes());
            out.resize(32, 0);
            out.extend(64_u64.to_le_bytes());
            out.resize(54, 0);
            out.extend(56_u16.to_le_bytes());
            out.extend(u16::try_from(headers.len()).unwrap().to_le_bytes());
            out.resize(64, 0);
            out.extend(headers.concat());
            out.resize(1000, 0);
            out
        };
        let check = |kind: u16, headers: &[Vec<u8>], expected: &[(u64, u64, bool)]| {
            let image = raw(&program(kind, headers));
            let pieces = &image.spaces[0].pieces;
            let found: Vec<_> = pieces.iter().map(|one| (one.start, one.length, one.access.write)).collect();
            assert_eq!(found, expected, "{headers:x?}");
            assert_eq!(pieces.iter().map(|one| one.length).sum::<u64>(), 1000);
        };
        let (data, code) = (header(1, 6, 700, 100), header(1, 5, 400, 200));
        check(3, &[code.clone(), data.clone()], &[(0, 400, true), (400, 200, false), (600, 400, true)]);
        check(2, &[header(1, 5, 0, 5000)], &[(0, 1000, false)]);
        check(3, &[header(1, 5, 5000, 10)], &[(0, 1000, true)]);
        check(3, &[header(1, 7, 400, 200)], &[(0, 1000, true)]);
        check(1, std::slice::from_ref(&code), &[(0, 1000, true)]);
        // Headers that contradict each other say nothing.
        check(3, &[code.clone(), header(1, 5, 500, 200)], &[(0, 1000, true)]);
        check(3, &[code, header(1, 5, u64::MAX, 2)], &[(0, 1000, true)]);
    }
}
