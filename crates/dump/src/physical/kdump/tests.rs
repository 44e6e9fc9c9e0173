//! Kdumps of every packing, whole and damaged.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::super::expand::{Expanded, expand};
use super::synthetic::{BLOCK, PACKINGS, Recipe};
use crate::container::DecodeLimits;
use crate::cursor::{to_u64, to_usize};
use crate::image::{Image, Machine, Origin};
use std::io::{self, Read};
use std::sync::Arc;

/// A page that packs to half its length.
fn page(seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    (0..BLOCK).map(|at| if at % 64 < 32 { seed } else { next() }).collect()
}

/// Noise, which packs to nothing shorter.
fn noise() -> Vec<u8> {
    let mut state = 7_u64;
    (0..BLOCK)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33).to_le_bytes()[0]
        })
        .collect()
}

fn pages() -> Vec<(u64, Vec<u8>)> {
    vec![
        (0, vec![0; BLOCK]),
        (1, page(1)),
        (2, page(2)),
        (3, vec![0; BLOCK]),
        (9, noise()),
        (10, page(3)),
        (40_000, page(4)),
    ]
}

fn unpack(packed: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let source: Arc<dyn crate::ReadAt> = Arc::new(packed.to_vec());
    let Some(Expanded { mut stream, .. }) = expand(&source, &DecodeLimits::default())? else {
        return Ok(None);
    };
    let mut out = Vec::new();
    stream.read_to_end(&mut out)?;
    Ok(Some(out))
}

fn plain(recipe: &Recipe) -> Vec<u8> {
    let packed = recipe.bytes();
    unpack(&packed).unwrap().unwrap_or(packed)
}

fn owners(image: &Image) -> Vec<u8> {
    let mut owners = vec![0_u8; to_usize(image.file_length)];
    for piece in image.spaces.iter().flat_map(|space| &space.pieces) {
        for at in piece.file_offset..piece.file_offset + piece.length {
            owners[to_usize(at)] += 1;
        }
    }
    owners
}

/// The bytes at a physical address.
fn memory<'a>(image: &Image, file: &'a [u8], address: u64) -> &'a [u8] {
    let (at, _) = image.file_offset_of(address).unwrap();
    &file[to_usize(at)..to_usize(at) + BLOCK]
}

#[test]
fn pages_of_every_packing_lie_at_their_frames() {
    for flags in PACKINGS {
        let recipe = Recipe { erased: b"erased: user_key.data 64\n".to_vec(), ..Recipe::new(pages(), flags) };
        let file = plain(&recipe);
        let image = super::open(&file).unwrap();
        assert_eq!(image.machine, Machine::X86_64);
        assert_eq!(image.missing_bytes, 0, "{:?}", image.missing);
        assert!(owners(&image).iter().all(|owners| *owners == 1), "{flags}");
        for (frame, page) in pages().iter().filter(|(frame, _)| *frame != 3) {
            assert_eq!(memory(&image, &file, frame * 4096), page, "{flags}, frame {frame}");
        }
        // The second page of zeros is the first.
        assert_eq!(image.file_offset_of(3 * 4096), None);
        let note = |name| {
            image
                .spaces
                .iter()
                .find(|space| matches!(space.origin, Origin::Note { name: found, .. } if found == name))
        };
        let erased = note("ERASEINFO").unwrap().pieces[0].file_offset;
        assert!(file[to_usize(erased)..].starts_with(b"erased: user_key"), "{flags}");
        assert!(note("VMCOREINFO").is_some() && note("NT_PRSTATUS").is_some());
        assert!(
            image.remarks.iter().any(|remark| remark.contains("makedumpfile erased")),
            "{:?}",
            image.remarks
        );
        // What is plain is plain already.
        assert!(unpack(&file).unwrap().is_none());
    }
}

#[test]
fn neighbouring_frames_are_one_space() {
    let image = super::open(&plain(&Recipe::new(pages(), 1))).unwrap();
    let lengths: Vec<_> = image
        .spaces
        .iter()
        .filter(|space| space.origin == Origin::Memory)
        .map(|space| (space.address, space.length))
        .collect();
    // Frame 0 with the shared page of zeros, then 1 and 2, then 9 and 10.
    assert_eq!(lengths, [(Some(0), 3 * 4096), (Some(9 * 4096), 2 * 4096), (Some(40_000 * 4096), 4096)]);
}

#[test]
fn headers_of_32_bits_are_read() {
    let recipe = Recipe { is_long: false, machine: b"i686", ..Recipe::new(pages(), 1) };
    let file = plain(&recipe);
    let image = super::open(&file).unwrap();
    assert_eq!(memory(&image, &file, 40_000 * 4096), page(4));
}

#[test]
fn big_endian_dumps_are_read() {
    for flags in PACKINGS {
        let recipe = Recipe { is_big: true, machine: b"s390x", ..Recipe::new(pages(), flags) };
        let file = plain(&recipe);
        let image = super::open(&file).unwrap();
        assert!(owners(&image).iter().all(|owners| *owners == 1), "{flags}");
        for (frame, page) in pages().iter().filter(|(frame, _)| *frame != 3) {
            assert_eq!(memory(&image, &file, frame * 4096), page, "{flags}, frame {frame}");
        }
        assert_eq!((image.missing_bytes, image.machine), (0, Machine::Unknown));
        assert!(image.remarks.iter().any(|remark| remark.contains("big-endian")), "{:?}", image.remarks);
        assert!(unpack(&file).unwrap().is_none());
    }
}

#[test]
fn dumps_of_diskdump_are_read_and_their_registers_are_open() {
    for is_long in [true, false] {
        let recipe = Recipe { signature: b"DISKDUMP", is_long, ..Recipe::new(pages(), 1) };
        let file = plain(&recipe);
        let image = super::open(&file).unwrap();
        assert!(owners(&image).iter().all(|owners| *owners == 1));
        assert_eq!(memory(&image, &file, 40_000 * 4096), page(4));
        let registers = to_u64(BLOCK)..to_u64(BLOCK) + 216;
        assert!(
            image
                .protected
                .iter()
                .all(|one| { one.range.end <= registers.start || one.range.start >= registers.end })
        );
        assert_eq!(super::room(&file, 512).unwrap(), None);
    }
}

#[test]
fn room_for_a_notice_is_zero_and_belongs_to_nothing() {
    let room = |recipe: &Recipe, change: &dyn Fn(&mut Vec<u8>)| {
        let mut file = plain(recipe);
        change(&mut file);
        super::room(&file, 512).unwrap()
    };
    let recipe = Recipe::new(pages(), 1);
    let first = room(&recipe, &|_| {}).unwrap();
    assert_eq!((first.place.clone(), first.field_offset), (3584..4096, 4096 + 64));
    assert_eq!(first.field(300), [3584_u64, 300].map(u64::to_le_bytes).concat());
    let second = room(&recipe, &|file| file[4000] = 1).unwrap();
    assert_eq!(second.place, 7680..8192);
    // As many processors as leave no room before their pointers.
    let second = room(&recipe, &|file| file[460..464].copy_from_slice(&400_u32.to_le_bytes())).unwrap();
    assert_eq!(second.place, 7680..8192);
    assert_eq!(room(&recipe, &|file| (file[4000], file[8000]) = (1, 1)), None);
    assert_eq!(room(&recipe, &|file| file[8] = 4), None);
    assert_eq!(room(&Recipe { erased: b"erased".to_vec(), ..Recipe::new(pages(), 1) }, &|_| {}), None);
    let short = room(&Recipe { is_long: false, ..Recipe::new(pages(), 1) }, &|_| {}).unwrap();
    assert_eq!((short.field_offset, short.field(7).len()), (4096 + 44, 12));
    let big = room(&Recipe { is_big: true, ..Recipe::new(pages(), 1) }, &|_| {}).unwrap();
    assert_eq!(big.field(300), [3584_u64, 300].map(u64::to_be_bytes).concat());
}

#[test]
fn parts_of_a_split_dump_have_their_frames_alone() {
    let mut packed = Recipe::new(pages(), 1).bytes();
    let whole = super::open(&unpack(&packed).unwrap().unwrap()).unwrap();
    // The last three frames: their descriptors are the first three of the file.
    let table = 2 * BLOCK + 2 * 8192;
    let last = packed[table + 4 * 24..table + 7 * 24].to_vec();
    packed[table..table + 72].copy_from_slice(&last);
    packed[BLOCK + 12] = 1;
    packed[BLOCK + 80..BLOCK + 88].copy_from_slice(&9_u64.to_le_bytes());
    packed[BLOCK + 88..BLOCK + 96].copy_from_slice(&50_000_u64.to_le_bytes());
    let file = unpack(&packed).unwrap().unwrap();
    let image = super::open(&file).unwrap();
    assert_eq!(memory(&image, &file, 40_000 * 4096), page(4));
    assert_eq!(image.file_offset_of(4096), None);
    assert!(whole.file_offset_of(4096).is_some());
}

#[test]
fn a_dump_that_is_cut_off_says_what_is_missing() {
    for flags in [0, 1] {
        let packed = Recipe::new(pages(), flags).bytes();
        for cut in (0..packed.len()).step_by(97) {
            let cut_off = &packed[..cut];
            let Ok(laid_out) = unpack(cut_off) else { panic!("{flags}, cut at {cut}") };
            let file = laid_out.unwrap_or(cut_off.to_vec());
            match super::open(&file) {
                Ok(image) => {
                    assert!(image.missing_bytes > 0, "{flags}, cut at {cut}");
                    assert!(owners(&image).iter().all(|owners| *owners == 1));
                }
                Err(_) => assert!(cut <= 2 * BLOCK, "{flags}, cut at {cut}"),
            }
        }
    }
}

#[test]
fn damage_is_refused_or_shows() {
    let packed = Recipe { erased: vec![b'e'; 30], ..Recipe::new(pages(), 1) }.bytes();
    let table = 2 * BLOCK + 2 * 8192;
    let fields = (0..12)
        .chain(404..470)
        .chain(BLOCK..BLOCK + 104)
        .chain(BLOCK + 512..BLOCK + 540)
        .chain(2 * BLOCK + 4096..2 * BLOCK + 4100);
    for at in fields.chain(table..table + 7 * 24).chain((table..packed.len()).step_by(61)) {
        for value in [0, 1, 0xff] {
            let mut damaged = packed.clone();
            damaged[at] = value;
            let Ok(laid_out) = unpack(&damaged) else { continue };
            if let Ok(image) = super::open(&laid_out.unwrap_or(damaged)) {
                assert!(owners(&image).iter().all(|owners| *owners == 1), "{at}");
            }
        }
    }
    let mut damaged = packed;
    let last = damaged.len() - 40;
    damaged[last - 20..last].fill(0x55);
    let error = unpack(&damaged).unwrap_err().to_string();
    assert!(error.contains("page of frame 0x9c40"), "{error}");
}

#[test]
fn a_bomb_is_refused_before_it_is_laid_out() {
    let pages: Vec<_> = (0..2000).map(|frame| (frame, page(1))).collect();
    let source: Arc<dyn crate::ReadAt> = Arc::new(Recipe::new(pages, 1).bytes());
    let limits = DecodeLimits::up_to(1 << 20);
    let error = expand(&source, &limits).unwrap_err().to_string();
    assert!(error.contains("--max-expanded"), "{error}");
}
