//! Opening a heap dump of Go.

use coredact_dump::{Origin, goheap};

/// Opens bytes as a heap dump of Go: whatever they are, no panic; and if there is an image, each byte of the file is shown
/// once at most, in the order of the file, and found again from either side.
///
/// # Panics
/// If a promise is broken.
pub fn goheap_open(bytes: &[u8]) {
    let file = bytes.to_vec();
    let Ok(image) = goheap::open(&file) else { return };
    let length = bytes.len() as u64;
    assert_eq!(image.file_length, length);
    let (Some(heap), rest) = (image.spaces.first(), image.spaces.get(1..).unwrap_or_default()) else {
        panic!("an image of nothing");
    };
    let Origin::Heap(weave) = &heap.origin else { panic!("{:?}", heap.origin) };
    let (mut end, mut shown) = (0, 0);
    for part in weave.parts(0..u64::MAX) {
        assert!(part.file_offset >= end && part.start >= shown && part.length > 0, "{part:?}");
        end = part.file_offset + part.length;
        shown = part.start + part.length;
        assert!(end <= length && shown <= heap.length, "{part:?} leaves the file");
        assert_eq!(weave.content_at(end - 1), Some(part.content));
    }
    for piece in rest.iter().flat_map(|space| &space.pieces) {
        let range = piece.file_offset..piece.file_offset + piece.length;
        assert!(range.end <= length, "{range:?} leaves the file");
        assert!(weave.parts_in_file(range.clone()).next().is_none(), "{range:?} is shown twice");
    }
    assert!(weave.footprint() <= 64 + 16 * bytes.len(), "{} bytes for {length}", weave.footprint());
}
