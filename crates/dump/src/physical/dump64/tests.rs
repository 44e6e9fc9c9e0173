//! Dumps of every type, whole and damaged.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::super::dump64;
use super::synthetic::{PAGE, Recipe, TYPES, put};
use crate::image::{Image, Machine, Origin, Protection};

const FRAMES: [u64; 8] = [1, 2, 3, 9, 10, 64, 130, 131];

fn owners(image: &Image) -> Vec<u8> {
    let mut owners = vec![0_u8; usize::try_from(image.file_length).unwrap()];
    for piece in image.spaces.iter().flat_map(|space| &space.pieces) {
        for at in piece.file_offset..piece.file_offset + piece.length {
            owners[usize::try_from(at).unwrap()] += 1;
        }
    }
    owners
}

fn protected(image: &Image, at: u64) -> Option<Protection> {
    image.protected.iter().find(|one| one.range.contains(&at)).map(|one| one.protection)
}

#[test]
fn pages_of_every_type_lie_at_their_frames() {
    for kind in TYPES {
        let recipe = Recipe::new(kind, &FRAMES);
        let file = [recipe.bytes(), vec![0xaa; 100]].concat();
        let image = dump64(&file).unwrap();
        assert_eq!((image.missing_bytes, &image.remarks), (0, &Vec::new()), "type {kind}");
        assert!(owners(&image).iter().all(|owners| *owners == 1), "type {kind}");
        assert_eq!(image.machine, Machine::X86_64);
        for (frame, page) in &recipe.pages {
            let (at, _) = image.file_offset_of(frame * 4096).unwrap();
            let at = usize::try_from(at).unwrap();
            assert_eq!(file[at..at + PAGE], *page, "type {kind}, frame {frame}");
        }
        assert_eq!(image.file_offset_of(4 * 4096), None);
        let memory = image.spaces.iter().filter(|space| space.origin == Origin::Memory);
        let lengths: Vec<u64> = memory.map(|space| space.length / 4096).collect();
        assert_eq!(lengths, [3, 2, 1, 2], "type {kind}");
        let tail = image.spaces.iter().find(|space| space.origin == Origin::Trailing).unwrap();
        assert_eq!(tail.length, 100, "type {kind}");
    }
}

#[test]
fn header_is_kept_but_for_what_the_machine_held() {
    let file = Recipe::new(1, &FRAMES).bytes();
    let image = dump64(&file).unwrap();
    // Signature, DirectoryTableBase, BugCheckCodeParameters, runs, DumpType, SystemUpTime.
    for at in [0, 0x10, 0x40, 0x5f, 0x88, 0x98 + 4 * 16 - 1, 0xf00, 0xf98, 0x1030, 0x1057] {
        assert_eq!(protected(&image, at), Some(Protection::Structure), "{at:#x}");
    }
    // Rsp and Rip of the context, and its flags.
    for at in [0x348 + 48, 0x348 + 152, 0x348 + 248] {
        assert_eq!(protected(&image, at), Some(Protection::Debugger), "{at:#x}");
    }
    // VersionUser, unused runs, Rax, R15, Xmm0, ExceptionInformation, Comment, what is reserved.
    for at in
        [0x60, 0x98 + 4 * 16, 0x348 + 120, 0x348 + 247, 0x348 + 416, 0xf20, 0xf97, 0xfb0, 0x1058, 0x1fff]
    {
        assert_eq!(protected(&image, at), None, "{at:#x}");
    }
    // On another processor nobody knows which registers matter.
    let image = dump64(&Recipe { machine: 0x200, ..Recipe::new(1, &FRAMES) }.bytes()).unwrap();
    assert_eq!((image.machine, protected(&image, 0x348 + 152)), (Machine::Unknown, None));
    let image = dump64(&Recipe { machine: 0xaa64, ..Recipe::new(1, &FRAMES) }.bytes()).unwrap();
    assert_eq!(image.machine, Machine::Aarch64);
    assert_eq!(protected(&image, 0x348 + 256), Some(Protection::Debugger));
    assert_eq!(protected(&image, 0x348 + 8), None);
}

#[test]
fn dumps_that_are_not_read_are_named() {
    let check = |at: usize, bytes: &[u8], expected: &str| {
        let mut file = Recipe::new(1, &FRAMES).bytes();
        put(&mut file, at, bytes);
        let error = dump64(&file).unwrap_err().to_string();
        assert!(error.contains("Windows kernel dump") && error.contains(expected), "{error}");
    };
    check(4, b"DUMP", "file offset 0x4: ValidDump is 0x504d5544");
    for kind in [0, 2, 3, 4, 7, 11, u32::from_le_bytes(*b"PAGE")] {
        check(0xf98, &kind.to_le_bytes(), &format!("file offset 0xf98: DumpType is {kind:#x}"));
    }
    // Of another type than the header says.
    check(0xf98, &[5], "file offset 0x2000: Signature");
    check(0xf98, &[8], "file offset 0x2004: Signature");
    check(0x88, &[43], "file offset 0x88: has more runs");
}

#[test]
fn a_dump_that_is_cut_off_says_what_is_missing() {
    for kind in TYPES {
        let file = Recipe::new(kind, &FRAMES).bytes();
        let cuts = (0..0x2100).chain((0x2100..file.len()).step_by(509));
        for cut in cuts {
            match dump64(&file[..cut].to_vec()) {
                Ok(image) => {
                    assert!(image.missing_bytes > 0, "type {kind}, cut at {cut:#x}");
                    assert!(owners(&image).iter().all(|owners| *owners == 1));
                }
                Err(_) => assert!(cut < 0x2038, "type {kind}, cut at {cut:#x}"),
            }
        }
        let image = dump64(&file[..file.len() - 10].to_vec()).unwrap();
        assert_eq!(image.missing_bytes, 10, "type {kind}");
    }
}

/// Numbers that no dump has.
const HOSTILE: [u64; 9] = [0, 1, 7, 0x1000, 0x2000, 1 << 32, 1 << 52, i64::MAX.cast_unsigned(), u64::MAX];

#[test]
fn hostile_fields_are_refused_or_searched() {
    for kind in TYPES {
        let file = Recipe::new(kind, &FRAMES).bytes();
        let whole: u64 = dump64(&file).unwrap().file_length;
        let fields = (0x88..0xd8).step_by(8).chain([0xf98]).chain((0x2000..0x2090).step_by(8));
        for at in fields {
            for value in HOSTILE {
                let mut damaged = file.clone();
                put(&mut damaged, at, &value.to_le_bytes());
                if let Ok(image) = dump64(&damaged) {
                    assert!(owners(&image).iter().all(|owners| *owners == 1), "type {kind}, {at:#x}");
                    assert_eq!(image.file_length, whole);
                    // Frames that are not in the file are missing, and memory in it is searched as such or as it stands.
                    let searched: u64 = image.spaces.iter().map(|space| space.length).sum();
                    assert_eq!(searched, whole, "type {kind}, {at:#x}");
                }
            }
        }
    }
}

#[test]
fn fields_that_promise_too_much_are_refused_or_missing() {
    let check = |kind, at, value: u64, expected: &str| {
        let mut file = Recipe::new(kind, &FRAMES).bytes();
        put(&mut file, at, &value.to_le_bytes());
        match dump64(&file) {
            Ok(image) => {
                let missing: Vec<_> = image.missing.iter().map(ToString::to_string).collect();
                let said = [missing, image.remarks].concat().join("\n");
                assert!(said.contains(expected), "type {kind}, {at:#x}: {said}");
            }
            Err(error) => assert!(error.to_string().contains(expected), "type {kind}, {at:#x}: {error}"),
        }
    };
    // Frames of the first run or range.
    for (kind, at) in [(1, 0xa0), (8, 0x2038), (10, 0x2038)] {
        check(kind, at, u64::MAX, "no file holds 0xffffffffffffffff pages from frame 0x1 on");
        check(kind, at, 1 << 52, "no file holds");
        check(kind, at, 1 << 30, "pages at offset");
    }
    check(1, 0x98, u64::MAX, "no file holds 0x3 pages from frame 0xffffffffffffffff on");
    check(1, 0x90, 5, "says 5 pages, its description 8");
    check(5, 0x2028, 5, "says 5 pages, its description 8");
    check(5, 0x2020, 0, "the first page is at 0x0, within it");
    check(5, 0x2020, 0x2040, "the first page is at 0x2040, within it");
    check(5, 0x2020, u64::MAX - 1, "no file holds");
    check(5, 0x2020, 1 << 40, "pages at offset 0x10000000000: 0 of 32,768 bytes are there");
    check(5, 0x2030, u64::MAX, "more than any machine has frames");
    check(6, 0x2030, 1 << 30, "the first page is at 0x3000, within it");
    check(8, 0x2010, u64::MAX, "the ranges of the Windows kernel dump at file offset 0x2010");
    check(8, 0x2010, 0, "have 0x0 bytes");
    check(8, 0x2018, 0x2030, "the first page is at 0x2030, within them");
    check(10, 0x2028, 4, "says 4 pages, its description 5");
}
