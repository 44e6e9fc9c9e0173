//! The bytes of a virtual machine's heap, which lie scattered in the file.

use coredact_dump::{Access, Part, Piece, ReadAt, Weave};
use std::io;
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes of structure between two parts over which one reading goes on.
const GAP_BYTES: u64 = 16 << 10;

/// Bytes that are read at once, unless a part is longer.
const READ_BYTES: u64 = 1 << 20;

/// A part as the piece of a space. Names and what may be a reference are nothing that a suspicion may overwrite.
pub(crate) fn piece(part: Part) -> Piece {
    let access = Access { read: true, write: part.content.is_free(), execute: false };
    Piece { start: part.start, file_offset: part.file_offset, length: part.length, access }
}

/// Fills `buffer`, which holds zeros, with the bytes from `start` on.
pub(crate) fn read(source: &dyn ReadAt, weave: &Weave, start: u64, buffer: &mut [u8]) -> io::Result<()> {
    let view = start..start + buffer.len() as u64;
    let place = |part: Part| part.file_range(&view).map(|file| (part, file));
    let parts: Vec<(Part, Range<u64>)> = weave.parts(view.clone()).filter_map(place).collect();
    let mut bytes = Zeroizing::new(Vec::new());
    let mut rest = parts.as_slice();
    while let Some((_, first)) = rest.first() {
        let mut end = first.end;
        let joins = |end: &mut u64, file: &Range<u64>| {
            let near = file.start <= *end + GAP_BYTES && file.end - first.start <= READ_BYTES;
            *end = if near { file.end } else { *end };
            near
        };
        let count = 1 + rest.iter().skip(1).take_while(|(_, file)| joins(&mut end, file)).count();
        bytes.clear();
        bytes.resize(usize::try_from(end - first.start).map_err(io::Error::other)?, 0);
        source.read_exact_at(first.start, &mut bytes)?;
        let (group, others) = rest.split_at(count.min(rest.len()));
        for (part, file) in group {
            let at = |offset: u64| usize::try_from(offset - first.start).unwrap_or(usize::MAX);
            let elements = bytes.get(at(file.start)..at(file.end)).unwrap_or_default();
            let shown = part.start + (file.start - part.file_offset);
            show(elements, usize::from(part.width).max(1), shown, start, buffer);
        }
        rest = others;
    }
    Ok(())
}

/// Writes elements, each last byte first, to where they are shown: from `shown` on, in a buffer that begins at `start`.
fn show(elements: &[u8], width: usize, shown: u64, start: u64, buffer: &mut [u8]) {
    if let Some(at) = shown.checked_sub(start).and_then(|at| usize::try_from(at).ok())
        && width == 1
        && let Some(place) = buffer.get_mut(at..at + elements.len())
    {
        place.copy_from_slice(elements);
        return;
    }
    for (element, position) in elements.chunks(width).zip((shown..).step_by(width)) {
        for (byte, position) in element.iter().rev().zip(position..) {
            let at = position.checked_sub(start).and_then(|at| usize::try_from(at).ok());
            if let Some(place) = at.and_then(|at| buffer.get_mut(at)) {
                *place = *byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::view;
    use coredact_dump::hprof;

    /// A heap dump of three arrays: bytes, two numbers of 32 bits, a number of 64 bits.
    fn dump() -> Vec<u8> {
        let mut out = b"JAVA PROFILE 1.0.1\0\0\0\0\x04\0\0\0\0\0\0\0\0\x0c\0\0\0\0".to_vec();
        let mut heap = Vec::new();
        for (kind, count, elements) in
            [(8, 3, &b"abc"[..]), (10, 2, b"\0\x01\x02\x03DEFG"), (11, 1, b"12345678")]
        {
            heap.extend([0x23, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, count, kind]);
            heap.extend(elements);
        }
        out.extend(u32::try_from(heap.len()).unwrap().to_be_bytes());
        out.extend(heap);
        out
    }

    #[test]
    fn elements_are_shown_aligned_and_last_byte_first() {
        let file = dump();
        let image = hprof::open(&file).unwrap();
        let space = &image.spaces[0];
        let mut expected = vec![0; 16];
        expected.extend(b"abc\0\0\0\0\0");
        expected.extend([0; 16]);
        expected.extend(b"\x03\x02\x01\0GFED");
        expected.extend([0; 16]);
        expected.extend(b"87654321");
        assert_eq!(view::bytes(&file, space, 0..space.length).unwrap().as_slice(), expected);
        for start in 0..space.length {
            let shown = view::bytes(&file, space, start..space.length).unwrap();
            assert_eq!(shown.as_slice(), &expected[usize::try_from(start).unwrap()..]);
        }
    }

    #[test]
    fn of_an_element_all_bytes_are_taken() {
        let file = dump();
        let image = hprof::open(&file).unwrap();
        let number = u64::try_from(file.windows(4).position(|window| window == b"DEFG").unwrap()).unwrap();
        let check = |range: std::ops::Range<u64>, expected: &[(u64, u64)]| {
            let found = view::file_ranges(&image.spaces[0], range).map(|one| (one.start, one.end));
            assert_eq!(found.collect::<Vec<_>>(), expected);
        };
        check(45..46, &[(number, number + 4)]);
        check(43..45, &[(number - 4, number + 4)]);
        check(20..40, &[]);
        let exact = |range: std::ops::Range<u64>| {
            view::exact_ranges(&image.spaces[0], range).map(|one| (one.start, one.end)).collect::<Vec<_>>()
        };
        assert_eq!(exact(45..46), [(number + 2, number + 3)]);
        assert_eq!(exact(43..46), [(number - 4, number - 3), (number + 2, number + 4)]);
        assert_eq!(exact(40..48), [(number - 4, number + 4)]);
        assert_eq!(exact(20..40), []);
        let space = &image.spaces[0];
        for start in 0..space.length {
            for end in start + 1..=space.length {
                let shown = view::bytes(&file, space, start..end).unwrap();
                let ranges = exact(start..end).into_iter();
                let at = |offset: u64| usize::try_from(offset).unwrap();
                let mut placed: Vec<u8> =
                    ranges.flat_map(|(from, to)| file[at(from)..at(to)].to_vec()).collect();
                let mut shown: Vec<u8> = shown.iter().copied().filter(|byte| *byte != 0).collect();
                placed.retain(|byte| *byte != 0);
                placed.sort_unstable();
                shown.sort_unstable();
                assert_eq!(placed, shown, "{start}..{end}");
            }
        }
    }
}
