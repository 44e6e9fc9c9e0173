//! An image of a core with known contents.

use coredact_dump::{Image, Origin, elf};
use coredact_synth::{Piece, Truth};

/// Opens a core whose truth is known: threads and memory are those of the truth, and for everything
/// planted there is a space that shows its bytes in a row, also where they lie in distant parts of the file.
///
/// # Panics
/// If not.
pub fn shows_what_was_planted(core: Vec<u8>, truth: &Truth) {
    let image = match elf::open(&core) {
        Ok(image) => image,
        Err(error) => panic!("the core was refused: {error}"),
    };
    let threads: Vec<u32> = image.threads.iter().map(|thread| thread.id).collect();
    assert_eq!(threads, truth.threads);
    assert_eq!(image.missing_bytes, 0, "{:?}", image.remarks);
    for planted in &truth.planted {
        assert!(
            shows(&image, &planted.pieces),
            "no space shows {} ({}) in {} in a row",
            planted.secret,
            planted.form,
            planted.place
        );
    }
}

/// True if one space has these file bytes side by side.
fn shows(image: &Image, pieces: &[Piece]) -> bool {
    let Some(first) = pieces.first() else { return false };
    let length: u64 = pieces.iter().map(|piece| piece.length).sum();
    // Overlays last: most plantings need none.
    let (overlays, others): (Vec<_>, Vec<_>) =
        image.spaces.iter().partition(|space| matches!(space.origin, Origin::Registers { .. }));
    others.into_iter().chain(overlays).any(|space| {
        let holding = space
            .pieces
            .iter()
            .find(|piece| (piece.file_offset..piece.file_offset + piece.length).contains(&first.file_offset));
        let Some(holding) = holding else { return false };
        let start = holding.start + (first.file_offset - holding.file_offset);
        let shown: Vec<u64> = space.file_ranges(start..start + length).flatten().collect();
        let planted = pieces.iter().flat_map(|piece| piece.file_offset..piece.file_offset + piece.length);
        shown.into_iter().eq(planted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_synth::{Keyring, Layout, Machine, Order, Recipe};

    #[test]
    fn everything_planted_is_shown_in_a_row() {
        let keyring = Keyring::new(1, &[1024]);
        for machine in [Machine::X86_64, Machine::Aarch64] {
            for (seed, order) in
                (0..).zip([Order::Address, Order::Size, Order::Shuffled, Order::ShuffledFile])
            {
                let layout = Layout { order, ..Layout::default() };
                let recipe = Recipe { seed, machine, threads: 4, memory_bytes: 1 << 20, layout };
                let (core, truth) = recipe.bytes(&keyring);
                shows_what_was_planted(core, &truth);
            }
        }
    }
}
