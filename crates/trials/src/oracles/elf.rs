//! Opening a core.

use coredact_dump::{Image, Origin, elf};
use std::ops::Range;

/// Opens bytes as a core: whatever they are, no panic; and if there is an image, each byte of the
/// file belongs to one space.
pub fn elf_open(bytes: &[u8]) {
    let file = bytes.to_vec();
    if let Ok(image) = elf::open(&file) {
        check(&image, bytes.len() as u64);
    }
}

/// What every image of a file of `length` bytes promises.
pub(super) fn check(image: &Image, length: u64) {
    assert_eq!(image.file_length, length);
    let mut owned: Vec<Range<u64>> = Vec::new();
    for space in &image.spaces {
        let mut at = 0;
        for piece in &space.pieces {
            assert_eq!(piece.start, at, "pieces of {:?} leave a hole or overlap", space.origin);
            at += piece.length;
            let end = piece.file_offset.checked_add(piece.length);
            assert!(end.is_some_and(|end| end <= length), "piece of {:?} leaves the file", space.origin);
            // Overlays show bytes that other spaces own.
            if !matches!(space.origin, Origin::Registers { .. }) {
                owned.push(piece.file_offset..piece.file_offset + piece.length);
            }
        }
        assert_eq!(space.length, at, "length of {:?}", space.origin);
    }
    owned.retain(|range| !range.is_empty());
    owned.sort_by_key(|range| range.start);
    let mut at = 0;
    for range in owned {
        assert_eq!(range.start, at, "bytes of the file are owned twice or by nobody");
        at = range.end;
    }
    assert_eq!(at, length, "the last bytes of the file are owned by nobody");

    let protected = image.protected.iter().map(|protected| &protected.range);
    let marked = image.marked.iter().map(|mark| &mark.range);
    for range in protected.chain(marked) {
        assert!(range.start <= range.end && range.end <= length, "{range:?} leaves the file");
    }
    assert!(image.protected.is_sorted_by_key(|protected| protected.range.start));
    assert!(image.marked.is_sorted_by_key(|mark| mark.range.start));
    assert!(image.mapped.is_sorted_by(|one, two| one.end < two.start));
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_synth::{Keyring, Layout, Machine, Recipe, hostile};
    use proptest::prelude::*;

    /// A core of 160 KiB: a spoiled copy costs little.
    fn small(machine: Machine) -> Recipe {
        let layout = Layout { alignment: 64, ..Layout::default() };
        Recipe { seed: 1, machine, threads: 2, memory_bytes: 4096, layout }
    }

    #[test]
    fn spoiled_cores_are_partitioned_or_refused() {
        for machine in [Machine::X86_64, Machine::Aarch64] {
            let (core, truth) = small(machine).bytes(&Keyring::default());
            elf_open(&core);
            for mutation in hostile::mutations(&truth) {
                elf_open(&mutation.apply(&core));
            }
        }
    }

    proptest! {
        #[test]
        fn core_with_several_lies_is_partitioned_or_refused(
            picks in proptest::collection::vec(any::<proptest::sample::Index>(), 2..6),
            arm in any::<bool>(),
        ) {
            let machine = if arm { Machine::Aarch64 } else { Machine::X86_64 };
            let (mut core, truth) = small(machine).bytes(&Keyring::default());
            let all: Vec<_> = hostile::mutations(&truth).collect();
            for pick in picks {
                core = pick.get(&all).apply(&core);
            }
            elf_open(&core);
        }
    }
}
