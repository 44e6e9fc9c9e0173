//! Several files in one: the images of the members of a bundle become one image of the whole.
//!
//! A bundle is searched as a unit: what is proven in one member is looked for in all. Addresses mean something in one
//! member only, so each keeps the image that knows its own; what they have in common has the offsets of the bundle.

use crate::image::{Access, AddressMap, Image, Machine, Member, Origin, Piece, Protected, Protection, Space};
use std::ops::Range;
use std::sync::Arc;

/// What protected headers are called.
const HEADERS: &str = "header of a bundle";

/// A member before it has its place.
#[derive(Debug)]
pub struct Part {
    /// Its name in the bundle.
    pub name: String,
    /// Its bytes in the bundle.
    pub range: Range<u64>,
    /// What it is, with offsets of its own.
    pub image: Image,
}

/// Puts the members of a bundle of `file_length` bytes together. What belongs to no member (headers, padding, names) is
/// searched, and never overwritten.
#[must_use]
pub fn assemble(format: &'static str, file_length: u64, mut parts: Vec<Part>) -> Image {
    parts.sort_by_key(|part| part.range.start);
    let rest = rest(file_length, &parts);
    let mut bundle = crate::raw::raw_rest(format, file_length, &rest);
    bundle.spaces.retain(|space| space.length > 0);
    let structure = |range: Range<u64>| Protected { range, protection: Protection::Structure, what: HEADERS };
    bundle.protected.extend(rest.into_iter().map(structure));
    for Part { name, range, image } in parts {
        let image = moved(image, &range, file_length);
        bundle.machine = if bundle.machine == Machine::Unknown { image.machine } else { bundle.machine };
        bundle.protected.extend_from_slice(&image.protected);
        bundle.marked.extend_from_slice(&image.marked);
        bundle.mapped.extend_from_slice(&image.mapped);
        bundle.mappings.extend_from_slice(&image.mappings);
        bundle.threads.extend_from_slice(&image.threads);
        bundle.ignored_pointer_bits |= image.ignored_pointer_bits;
        bundle.missing_bytes = bundle.missing_bytes.saturating_add(image.missing_bytes);
        bundle.joints_left = bundle.joints_left.saturating_add(image.joints_left);
        bundle.missing.extend(image.missing.iter().cloned().map(|mut one| {
            one.structure = format!("{name}: {}", one.structure);
            one
        }));
        bundle.remarks.extend(image.remarks.iter().map(|remark| format!("{name}: {remark}")));
        let first_space = bundle.spaces.len();
        bundle.spaces.extend_from_slice(&image.spaces);
        bundle.members.push(Member { name, range, first_space, image });
    }
    bundle.protected.sort_by_key(|one| (one.range.start, one.range.end, one.protection, one.what));
    bundle.marked.sort_by_key(|one| (one.range.start, one.range.end, one.what));
    bundle.mapped = merged(std::mem::take(&mut bundle.mapped));
    bundle.addresses = AddressMap::new(&bundle.spaces);
    bundle
}

/// What no member owns. Members rise and do not overlap; should one, it owns what is left.
fn rest(file_length: u64, parts: &[Part]) -> Vec<Range<u64>> {
    let (mut out, mut end) = (Vec::new(), 0);
    for range in parts.iter().map(|part| &part.range).chain([&(file_length..file_length)]) {
        if end < range.start {
            out.push(end..range.start);
        }
        end = end.max(range.end);
    }
    out
}

/// The ranges of a file as one space of headers.
pub(crate) fn headers(ranges: &[Range<u64>]) -> Space {
    let access = Access { read: true, write: false, execute: false };
    let mut length = 0_u64;
    let mut pieces = Vec::new();
    for range in ranges {
        let bytes = range.end.saturating_sub(range.start);
        pieces.push(Piece { start: length, file_offset: range.start, length: bytes, access });
        length = length.saturating_add(bytes);
    }
    Space { origin: Origin::Header, address: None, pieces, length }
}

/// An image with the offsets of the file that it is a part of.
fn moved(mut image: Image, place: &Range<u64>, file_length: u64) -> Image {
    let by = place.start;
    let away = |range: &Range<u64>| range.start.saturating_add(by)..range.end.saturating_add(by);
    for space in &mut image.spaces {
        for piece in &mut space.pieces {
            piece.file_offset = piece.file_offset.saturating_add(by);
        }
        match &mut space.origin {
            Origin::Said(said) => *said = Arc::new(said.moved(by)),
            Origin::Heap(weave) => *weave = Arc::new(weave.moved(by)),
            _ => {}
        }
    }
    image.protected.iter_mut().for_each(|one| one.range = away(&one.range));
    image.marked.iter_mut().for_each(|one| one.range = away(&one.range));
    image.missing.iter_mut().for_each(|one| one.promised = away(&one.promised));
    image.addresses = std::mem::take(&mut image.addresses).moved(by);
    image.file_length = file_length;
    image
}

/// Sorted, and joined where they touch.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_what_they_are_and_headers_stay() {
        let part = |name: &str, range: Range<u64>| Part {
            name: name.to_owned(),
            image: crate::raw(&vec![0; crate::cursor::to_usize(range.end.saturating_sub(range.start))]),
            range,
        };
        let mut core = part("core", 512..712);
        core.image.mapped = std::iter::once(0x1000..0x2000).collect();
        let bundle = assemble("tar", 2000, vec![part("log", 1024..1100), core]);
        assert_eq!(bundle.spaces.iter().map(|space| space.length).sum::<u64>(), 2000);
        let protected: Vec<_> = bundle.protected.iter().map(|one| one.range.clone()).collect();
        assert_eq!(protected, [0..512, 712..1024, 1100..2000]);
        assert_eq!(bundle.at(600).spaces[0].pieces[0].file_offset, 512);
        assert!(bundle.at(600).is_pointer(0x1234) && !bundle.at(1050).is_pointer(0x1234));
        assert_eq!(bundle.at(1500).format, "tar");
        let of = |space| bundle.of_space(space).format;
        assert_eq!([of(0), of(1), of(2)], ["tar", "raw", "raw"]);
        assert!(bundle.of_space(1).is_pointer(0x1234) && !bundle.of_space(2).is_pointer(0x1234));
        let names: Vec<_> = bundle.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["core", "log"]);
        assert!(bundle.member_at(711).is_some() && bundle.member_at(712).is_none());
    }
}
