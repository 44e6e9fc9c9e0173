//! Windows over the spaces of an image: what a detector is shown, and where in
//! the file each of its bytes lies.

use crate::woven;
use coredact_dump::{Access, Image, Origin, Part, Piece, ReadAt, Space};
use std::io;
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes of a window that no other window starts in.
pub const WINDOW_BYTES: u64 = 1 << 20;

/// Bytes that a window shows beyond its own, so that nothing up to this size is
/// cut at a border: the largest single encoding is an RSA-16384 key as PEM in
/// UTF-16, about 50 kB.
pub const LOOK_AHEAD_BYTES: u64 = 64 << 10;

/// A piece of a space that one detector call sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Index into [`Image::spaces`].
    pub space: usize,
    /// First byte, relative to the space.
    pub start: u64,
    /// Bytes that belong to this window.
    pub own: u64,
    /// Bytes shown: `own` and the look-ahead.
    pub shown: u64,
}

/// Cuts every space of an image into windows, in the order of the spaces.
#[must_use]
pub fn windows(image: &Image) -> Vec<Window> {
    let mut out = Vec::new();
    for (index, space) in image.spaces.iter().enumerate() {
        let mut start = 0;
        while start < space.length {
            let left = space.length - start;
            let own = left.min(WINDOW_BYTES);
            out.push(Window { space: index, start, own, shown: left.min(WINDOW_BYTES + LOOK_AHEAD_BYTES) });
            start += own;
        }
    }
    out
}

/// True if all that a window shows is known to be zeros: no secret, no text and no number stands there.
#[must_use]
pub fn is_zero(source: &dyn ReadAt, space: &Space, window: Window) -> bool {
    file_ranges(space, window.start..window.start + window.shown).all(|range| source.is_zero(&range))
}

/// Reads the bytes of a window into `buffer`, replacing what it held.
///
/// # Errors
/// Those of the source.
pub fn read(source: &dyn ReadAt, space: &Space, window: Window, buffer: &mut Vec<u8>) -> io::Result<()> {
    fill(source, space, window.start..window.start + window.shown, buffer)
}

fn fill(source: &dyn ReadAt, space: &Space, range: Range<u64>, buffer: &mut Vec<u8>) -> io::Result<()> {
    let end = range.end.min(space.length);
    let length = usize::try_from(end.saturating_sub(range.start)).map_err(io::Error::other)?;
    buffer.clear();
    buffer.resize(length, 0);
    if let Origin::Heap(weave) = &space.origin {
        return woven::read(source, weave, range.start, buffer);
    }
    if let Origin::Said(said) = &space.origin {
        return said.read(source, range.start, buffer);
    }
    let mut rest = buffer.as_mut_slice();
    for range in file_ranges(space, range) {
        let length = usize::try_from(range.end - range.start).map_err(io::Error::other)?;
        let (head, tail) = rest.split_at_mut(length.min(rest.len()));
        source.read_exact_at(range.start, head)?;
        rest = tail;
    }
    Ok(())
}

/// The bytes of a range of a space, wiped when dropped.
///
/// # Errors
/// Those of the source.
pub fn bytes(source: &dyn ReadAt, space: &Space, range: Range<u64>) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::new());
    fill(source, space, range, &mut out)?;
    Ok(out)
}

/// The pieces of a space that overlap a range of it.
pub fn pieces(space: &Space, range: Range<u64>) -> impl Iterator<Item = Piece> {
    let (weave, list) = match &space.origin {
        Origin::Heap(weave) => (Some(weave.parts(range.clone())), &[][..]),
        _ => (None, space.pieces.as_slice()),
    };
    let first = list.partition_point(|piece| piece.start + piece.length <= range.start);
    let rest = list.get(first..).unwrap_or_default();
    // What a text says stands in no one place, and all of it may go.
    let said = matches!(space.origin, Origin::Said(_)).then(|| {
        let access = Access { read: true, write: true, execute: false };
        Piece { start: 0, file_offset: 0, length: space.length, access }
    });
    let listed = rest.iter().take_while(move |piece| piece.start < range.end).cloned();
    weave.into_iter().flatten().map(woven::piece).chain(said).chain(listed)
}

/// Where in the file a range of a space lies, in the order of the space. Of elements that are shown last byte first,
/// all bytes.
pub fn file_ranges(space: &Space, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let view = range.clone();
    ranges(space, range, move |part| part.file_range(&view).into_iter())
}

/// The same, but of elements those bytes alone that the range holds.
pub fn exact_ranges(space: &Space, range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let view = range.clone();
    ranges(space, range, move |part| part.exact_ranges(&view))
}

fn ranges<R: Iterator<Item = Range<u64>>>(
    space: &Space,
    range: Range<u64>,
    of_part: impl Fn(Part) -> R,
) -> impl Iterator<Item = Range<u64>> {
    let weave = match &space.origin {
        Origin::Heap(weave) => Some(weave.parts(range.clone())),
        _ => None,
    };
    let (start, end) = (range.start, range.end);
    let woven = weave.into_iter().flatten().flat_map(of_part);
    let list = if matches!(space.origin, Origin::Heap(_)) { &[][..] } else { space.pieces.as_slice() };
    let first = list.partition_point(|piece| piece.start + piece.length <= start);
    let over = list.get(first..).unwrap_or_default().iter().take_while(move |piece| piece.start < end);
    let listed = over.filter_map(move |piece| {
        let from = start.max(piece.start) - piece.start;
        let to = end.min(piece.start + piece.length) - piece.start;
        (from < to).then(|| piece.file_offset + from..piece.file_offset + to)
    });
    let said = match &space.origin {
        Origin::Said(said) => Some(said.file_ranges(start..end)),
        _ => None,
    };
    woven.chain(said.into_iter().flatten()).chain(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_dump::Origin;

    fn space(pieces: &[(u64, u64)]) -> Space {
        let mut start = 0;
        let pieces: Vec<Piece> = pieces
            .iter()
            .map(|&(file_offset, length)| {
                let piece = Piece { start, file_offset, length, access: Access::default() };
                start += length;
                piece
            })
            .collect();
        Space { origin: Origin::Memory, address: Some(0), pieces, length: start }
    }

    #[test]
    fn a_range_over_a_border_lies_at_two_places_of_the_file() {
        let space = space(&[(100, 10), (50, 10), (0, 5)]);
        let check = |range: Range<u64>, expected: &[(u64, u64)]| {
            let parts: Vec<(u64, u64)> =
                file_ranges(&space, range.clone()).map(|part| (part.start, part.end)).collect();
            assert_eq!(parts, expected, "{range:?}");
        };
        check(8..12, &[(108, 110), (50, 52)]);
        check(0..10, &[(100, 110)]);
        check(10..20, &[(50, 60)]);
        check(9..25, &[(109, 110), (50, 60), (0, 5)]);
        check(25..30, &[]);
    }

    #[test]
    fn windows_own_every_byte_once() {
        let length = WINDOW_BYTES * 2 + 77;
        let mut image = coredact_dump::raw(&vec![0]);
        image.spaces = vec![space(&[(0, length)])];
        let all = windows(&image);
        assert_eq!(all.iter().map(|w| w.own).sum::<u64>(), length);
        assert!(all.windows(2).all(|pair| pair[0].start + pair[0].own == pair[1].start));
        assert_eq!(all[0].shown, WINDOW_BYTES + LOOK_AHEAD_BYTES);
        assert_eq!(all[2].shown, 77);
    }

    #[test]
    fn a_window_is_read_in_the_order_of_addresses() {
        let file: Vec<u8> = (0..=255).collect();
        let space = space(&[(100, 4), (50, 4)]);
        let mut buffer = Vec::new();
        read(&file, &space, Window { space: 0, start: 2, own: 4, shown: 4 }, &mut buffer).unwrap();
        assert_eq!(buffer, [102, 103, 50, 51]);
    }
}
