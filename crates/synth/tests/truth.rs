//! The truth about a core is true, and an independent reader sees the same core.

#![expect(clippy::unwrap_used, reason = "a test that fails")]

use coredact_synth::{Keyring, Layout, Machine, Order, Recipe, Truth};
use object::elf::{FileHeader64, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, LittleEndian};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Keys cost seconds to make: all tests share them.
fn keyring() -> &'static Keyring {
    static KEYRING: OnceLock<Keyring> = OnceLock::new();
    KEYRING.get_or_init(|| Keyring::new(1, &[1024]))
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let orders = [Order::Address, Order::Size, Order::Shuffled, Order::ShuffledFile];
    let layout = (any::<[bool; 5]>(), proptest::sample::select(orders.to_vec()), any::<bool>(), 0_u64..5);
    let machine = proptest::sample::select(&[Machine::X86_64, Machine::Aarch64][..]);
    (any::<u64>(), machine, 1_u32..5, layout).prop_map(
        |(seed, machine, threads, (flags, order, aligned, small))| {
            let [extended_count, partial_segments, split, gaps, trailing] = flags;
            let alignment = if aligned { 4096 } else { 1 };
            let layout = Layout {
                order,
                extended_count,
                partial_segments,
                split,
                gaps,
                trailing,
                alignment,
                small_segments: small,
            };
            Recipe { seed, machine, threads, memory_bytes: 1 << 20, layout }
        },
    )
}

/// The file holds every planted byte where the truth says.
fn holds_what_it_says(core: &[u8], truth: &Truth) {
    assert_eq!(core.len() as u64, truth.file_length);
    for planted in &truth.planted {
        let mut found: Vec<u8> = Vec::new();
        for piece in &planted.pieces {
            let start = usize::try_from(piece.file_offset).unwrap();
            found.extend(&core[start..start + usize::try_from(piece.length).unwrap()]);
        }
        assert!(found == planted.bytes, "{} {} in {}", planted.secret, planted.form, planted.place);
        let secret: u64 = planted.secret_pieces().iter().map(|piece| piece.length).sum();
        let expected: usize = planted.secret_ranges.iter().map(ExactSizeIterator::len).sum();
        assert_eq!(secret, expected as u64);
    }
}

/// `object` reads the segments and notes that the truth lists.
fn reads_the_same(core: &[u8], truth: &Truth) {
    let header = FileHeader64::<LittleEndian>::parse(core).unwrap();
    let endian = LittleEndian;
    assert_eq!(header.e_type(endian), object::elf::ET_CORE);
    let headers = header.program_headers(endian, core).unwrap();
    let mut loads: Vec<_> = headers.iter().filter(|header| header.p_type(endian) == PT_LOAD).collect();
    loads.sort_by_key(|load| load.p_vaddr(endian));
    assert_eq!(loads.len(), truth.segments.len());
    for (load, segment) in loads.iter().zip(&truth.segments) {
        assert_eq!(load.p_vaddr(endian), segment.address);
        assert_eq!(load.p_memsz(endian), segment.memory_bytes);
        assert_eq!(load.p_offset(endian), segment.file_offset);
        assert_eq!(load.p_filesz(endian), segment.file_bytes);
        assert_eq!(load.p_flags(endian).0, segment.flags);
        assert_eq!(load.data(endian, core).unwrap().len() as u64, segment.file_bytes);
    }
    let note_segment = headers.iter().find(|header| header.p_type(endian) == PT_NOTE).unwrap();
    let mut notes = note_segment.notes(endian, core).unwrap().unwrap();
    for (name, piece) in &truth.notes {
        let note = notes.next().unwrap().unwrap();
        let start = usize::try_from(piece.file_offset).unwrap();
        let end = start + usize::try_from(piece.length).unwrap();
        assert!(note.desc() == &core[start..end], "{name}");
    }
    assert!(notes.next().unwrap().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn truth_holds_under_every_option(recipe in recipes()) {
        let (core, truth) = recipe.bytes(keyring());
        holds_what_it_says(&core, &truth);
        reads_the_same(&core, &truth);
    }
}

#[test]
fn same_recipe_gives_same_bytes() {
    let recipe = Recipe::small(5);
    let (one, two) = (recipe.bytes(keyring()), recipe.bytes(keyring()));
    assert!(one == two);
    assert!(one.0 != Recipe::small(6).bytes(keyring()).0);
}

#[test]
fn every_secret_is_planted_and_every_place_used() {
    let (_, truth) = Recipe::small(2).bytes(keyring());
    let planted: BTreeSet<&str> = truth.planted.iter().map(|planted| planted.secret.as_str()).collect();
    for secret in &truth.secrets {
        assert!(planted.contains(secret.id.as_str()), "{}", secret.id);
    }
    let places: BTreeSet<&str> = truth.planted.iter().map(|planted| planted.place.as_str()).collect();
    let expected = [
        "NT_FPREGSET",
        "NT_PRPSINFO",
        "NT_X86_XSTATE",
        "argument",
        "border",
        "environment",
        "gap",
        "heap",
        "segment-end",
        "segment-start",
        "stack",
        "trailing",
    ];
    assert_eq!(places.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn secret_over_a_border_lies_in_distant_parts_of_the_file() {
    let (_, truth) = Recipe::small(3).bytes(keyring());
    let split = truth.planted.iter().filter(|planted| planted.place == "border");
    let distant = split.filter(|planted| match planted.pieces.as_slice() {
        [one, two] => one.file_offset + one.length != two.file_offset,
        _ => false,
    });
    assert!(distant.count() > 5);
}

#[test]
fn more_segments_than_sixteen_bits_count_are_read() {
    let layout = Layout { small_segments: 66_000, extended_count: false, ..Layout::default() };
    let recipe = Recipe { layout: Layout { alignment: 1, ..layout }, ..Recipe::small(4) };
    let (core, truth) = recipe.bytes(keyring());
    reads_the_same(&core, &truth);
    holds_what_it_says(&core, &truth);
}

#[test]
fn streamed_core_is_the_core_in_memory() {
    let mut streamed = Vec::new();
    let truth = Recipe::small(8).write(keyring(), &mut streamed).unwrap();
    assert!((streamed, truth) == Recipe::small(8).bytes(keyring()));
}

#[test]
fn program_is_an_elf_file() {
    let program = Recipe::small(1).program();
    let file = object::File::parse(program.as_slice()).unwrap();
    assert_eq!(object::Object::endianness(&file), Endianness::Little);
}

#[test]
fn survivors_are_all_that_was_planted_and_nothing_once_it_is_gone() {
    let (mut core, truth) = Recipe::small(9).bytes(keyring());
    let found = truth.survivors(&mut core.as_slice()).unwrap();
    let secrets: BTreeSet<&str> = found.iter().map(|survivor| survivor.secret.as_str()).collect();
    assert_eq!(secrets.len(), truth.secrets.len());
    for piece in truth.planted.iter().flat_map(|planted| planted.secret_pieces()) {
        let start = usize::try_from(piece.file_offset).unwrap();
        core[start..start + usize::try_from(piece.length).unwrap()].fill(b'x');
    }
    let left = truth.survivors(&mut core.as_slice()).unwrap();
    assert!(left.is_empty(), "{} left, first {:?}", left.len(), left.first());
}
