//! Facts about whole cores; single structures are tested beside their readers.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

mod hostile;
mod place;
mod register;

use crate::image::{Image, Origin};

/// The bytes of a mark or an overlay, for comparison.
fn bytes(file: &[u8], range: &std::ops::Range<u64>) -> Vec<u8> {
    let at = |offset: u64| usize::try_from(offset).expect("small file");
    file[at(range.start)..at(range.end)].to_vec()
}

/// True if every byte of the file belongs to exactly one piece of a space that is no overlay.
fn is_partitioned(image: &Image) -> bool {
    let mut pieces: Vec<(u64, u64)> = image
        .spaces
        .iter()
        .filter(|space| !matches!(space.origin, Origin::Registers { .. }))
        .flat_map(|space| space.pieces.iter().map(|piece| (piece.file_offset, piece.length)))
        .collect();
    pieces.sort_unstable();
    let mut end = 0;
    for (offset, length) in pieces {
        if offset != end || length == 0 {
            return false;
        }
        end = offset + length;
    }
    end == image.file_length
}

/// True if the pieces of each space follow each other and fill it.
fn is_contiguous(image: &Image) -> bool {
    image.spaces.iter().all(|space| {
        let mut at = 0;
        space.pieces.iter().all(|piece| {
            let follows = piece.start == at;
            at += piece.length;
            follows
        }) && at == space.length
    })
}
