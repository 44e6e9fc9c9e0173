//! Cores of macOS, whole and damaged.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "test arithmetic on small numbers"
)]

use super::synthetic::{
    CODE, DATA, END, HEAP, LAST, NOTES, PAYLOADS, SEGMENTS, STACK, THREAD_BYTES, THREADS, core, put,
    with_library, words32, words64,
};
use super::{is_core, is_fat, open};
use crate::image::{Image, Machine, Origin, Protection};

fn owners(image: &Image) -> Vec<u8> {
    let mut owners = vec![0_u8; usize::try_from(image.file_length).unwrap()];
    for piece in image.spaces.iter().flat_map(|space| &space.pieces) {
        for at in piece.file_offset..piece.file_offset + piece.length {
            owners[usize::try_from(at).unwrap()] += 1;
        }
    }
    owners
}

fn protection(image: &Image, at: usize) -> Option<Protection> {
    let at = at as u64;
    image.protected.iter().find(|one| one.range.contains(&at)).map(|one| one.protection)
}

fn origin(image: &Image, at: usize) -> Origin {
    let at = at as u64;
    let holds = |piece: &crate::Piece| (piece.file_offset..piece.file_offset + piece.length).contains(&at);
    image.spaces.iter().find(|space| space.pieces.iter().any(holds)).unwrap().origin.clone()
}

#[test]
fn memory_threads_and_notes_are_read() {
    let file = core();
    assert!(is_core(&file) && !is_fat(&file));
    let image = open(&file).unwrap();
    assert_eq!((image.machine, image.missing_bytes, &image.remarks), (Machine::X86_64, 0, &Vec::new()));
    assert!(owners(&image).iter().all(|owners| *owners == 1));
    for (index, address) in [CODE, STACK, HEAP].into_iter().enumerate() {
        assert_eq!(image.file_offset_of(address), Some(((DATA + 0x1000 * index) as u64, 0x1000)));
    }
    let rights: Vec<_> = [CODE, STACK]
        .into_iter()
        .map(|address| {
            let space = image.spaces.iter().find(|space| space.address == Some(address)).unwrap();
            (space.pieces[0].access.write, space.pieces[0].access.execute)
        })
        .collect();
    assert_eq!(rights, [(false, true), (true, false)]);
    let threads: Vec<_> = image
        .threads
        .iter()
        .map(|thread| (thread.id, thread.program_counter, thread.stack_pointer))
        .collect();
    assert_eq!(threads, [(0, CODE + 0x10, STACK), (1, CODE + 0x10, STACK + 0x100)]);
    assert_eq!(image.threads[1].stack, Some(STACK + 0x80..STACK + 0x1000));
    assert!(image.is_pointer(HEAP + 5) && !image.is_pointer(HEAP - 1));
}

#[test]
fn bytes_without_a_role_may_go() {
    let image = open(&core()).unwrap();
    let registers = THREADS + 16;
    for at in [0, SEGMENTS, SEGMENTS + 71, THREADS, registers - 1, NOTES + 39, LAST, LAST + 7] {
        assert_eq!(protection(&image, at), Some(Protection::Structure), "{at:#x}");
    }
    // rbp, rsp, rip, control words, the note that lldb reads.
    for at in [registers + 48, registers + 63, registers + 128, registers + 168 + 8 + 39, PAYLOADS] {
        assert_eq!(protection(&image, at), Some(Protection::Debugger), "{at:#x}");
    }
    // rax, r15, vectors, a note and a command that nobody knows, what is between.
    let free = [
        registers,
        registers + 127,
        registers + 168 + 8 + 40,
        PAYLOADS + 64,
        LAST + 8,
        END + 8,
        DATA + 0x1100,
    ];
    for at in free {
        assert_eq!(protection(&image, at), None, "{at:#x}");
    }
    let name = |at| match origin(&image, at) {
        Origin::Note { name, thread, .. } => (name, thread),
        other => panic!("{other:?}"),
    };
    assert_eq!(name(registers), ("ThreadContext", Some(0)));
    assert_eq!(name(registers + THREAD_BYTES), ("ThreadContext", Some(1)));
    assert_eq!(name(registers + 168 + 8), ("ThreadContext vectors", Some(0)));
    assert_eq!(name(PAYLOADS), ("process metadata", None));
    assert_eq!(name(PAYLOADS + 64), ("unknown note", None));
    assert_eq!(origin(&image, LAST + 8), Origin::Gap);
}

#[test]
fn frames_are_kept_wherever_their_chain_leads() {
    let image = open(&core()).unwrap();
    for at in [0x1040, 0x104f, 0x1080, 0x108f, 0x2500, 0x250f, 0x1140, 0x114f] {
        assert_eq!(protection(&image, DATA + at), Some(Protection::Debugger), "{at:#x}");
    }
    for at in [0x103f, 0x1050, 0x24ff, 0x2510] {
        assert_eq!(protection(&image, DATA + at), None, "{at:#x}");
    }
    // A chain that bites its tail ends.
    let mut file = core();
    put(&mut file, DATA + 0x1080, &(STACK + 0x40).to_le_bytes());
    let image = open(&file).unwrap();
    assert_eq!(protection(&image, DATA + 0x2500), None);
}

#[test]
fn modules_in_memory_are_known_by_their_headers() {
    let mut file = core();
    with_library(&mut file);
    let image = open(&file).unwrap();
    assert_eq!(protection(&image, DATA + 32 + 2 * 72 + 47), Some(Protection::Debugger));
    assert_eq!(protection(&image, DATA + 32 + 2 * 72 + 48), None);
    let mappings: Vec<_> = image.mappings.iter().map(|one| (one.range.clone(), one.path.as_str())).collect();
    assert_eq!(mappings, [(CODE..CODE + 0x800, "/usr/lib/libx.dylib")]);
}

#[test]
fn other_processors_and_widths_are_read() {
    // arm64: x0 to x28, fp, lr, sp, pc.
    let mut registers = [0x1111_2222_3333_4444; 34];
    (registers[29], registers[31], registers[32]) = (STACK + 0x40, STACK, CODE);
    let states = [words32(&[6, 68]), words64(&registers), words32(&[17, 132]), vec![0x5a; 528]].concat();
    let mut file = core();
    put(&mut file, 4, &words32(&[0x0100_000c]));
    // One thread in the place of two.
    put(&mut file, 16, &words32(&[7]));
    put(&mut file, THREADS + 4, &words32(&[(2 * THREAD_BYTES) as u32]));
    put(&mut file, THREADS + 8, &vec![0; 2 * THREAD_BYTES - 8]);
    put(&mut file, THREADS + 8, &states);
    let image = open(&file).unwrap();
    assert!(owners(&image).iter().all(|owners| *owners == 1));
    assert_eq!((image.machine, image.threads.len()), (Machine::Aarch64, 1));
    assert_eq!((image.threads[0].program_counter, image.threads[0].stack_pointer), (CODE, STACK));
    assert_eq!(protection(&image, THREADS + 16 + 231), None);
    assert_eq!(protection(&image, THREADS + 16 + 232), Some(Protection::Debugger));
    assert_eq!(protection(&image, DATA + 0x2500), Some(Protection::Debugger));
    assert!(image.is_pointer(0x0012_7000_0000_0000 + 8));

    // i386: LC_SEGMENT, and a chain of words of 32 bits.
    let mut file = words32(&[0xfeed_face, 7, 3, 4, 2, 56 + 80, 0]);
    file.extend(words32(&[1, 56, 0, 0, 0, 0, 0x8000, 0x1000, 0x200, 0x100, 7, 3, 0, 0]));
    file.extend(words32(&[5, 80, 1, 16, 0, 0, 0, 0, 0, 0, 0x8010, 0x8000, 0, 0, 0x8004, 0, 0, 0, 0, 0]));
    file.resize(0x300, 0);
    put(&mut file, 0x210, &words32(&[0x8040, 0x8004]));
    let image = open(&file).unwrap();
    assert_eq!((image.machine, image.threads[0].stack_pointer), (Machine::X86, 0x8000));
    assert_eq!(image.file_offset_of(0x8010), Some((0x210, 0xf0)));
    assert!(image.is_pointer(0x8fff));
    assert_eq!(protection(&image, 0x217), Some(Protection::Debugger));
    assert_eq!(protection(&image, 0x240), Some(Protection::Debugger));
    assert_eq!(protection(&image, 0x218), None);
}

#[test]
fn files_that_are_no_thin_cores_are_named() {
    let check = |at: usize, bytes: &[u8], expected: &str| {
        let mut file = core();
        put(&mut file, at, bytes);
        let error = open(&file).unwrap_err().to_string();
        assert!(error.contains("Mach-O core") && error.contains(expected), "{error}");
    };
    check(0, &[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2], "magic is 0xcafebabe, a fat file was not expected");
    check(0, &[0xfe, 0xed, 0xfa, 0xcf], "little-endian");
    check(12, &[2], "file offset 0xc: filetype is 0x2");
    check(20, &[0xff; 4], "file offset 0x14: sizeofcmds");
    // A class of Java 17.
    assert!(!is_fat(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]));
    assert!(is_fat(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]));
}

#[test]
fn a_core_that_is_cut_off_says_what_is_missing() {
    let file = core();
    for cut in (0..file.len()).step_by(7).chain([31, END - 1, END, PAYLOADS, DATA, file.len() - 1]) {
        match open(&file[..cut].to_vec()) {
            Ok(image) => {
                assert!(image.missing_bytes > 0 && cut >= END, "cut at {cut:#x}");
                assert!(owners(&image).iter().all(|owners| *owners == 1));
            }
            Err(_) => assert!(cut < END, "cut at {cut:#x}"),
        }
    }
    let image = open(&file[..file.len() - 10].to_vec()).unwrap();
    let said = image.missing[0].to_string();
    assert!(said.contains("segment at 0x600000000000 at offset 0x3000: 4,086 of 4,096 bytes"), "{said}");
}

#[test]
fn hostile_fields_are_refused_or_searched() {
    let file = core();
    for at in (0..END).step_by(4) {
        for value in [0, 1, 7, 0x41, 0x1000, 0x7fff_ffff, u32::MAX] {
            let mut damaged = file.clone();
            put(&mut damaged, at, &words32(&[value]));
            if let Ok(image) = open(&damaged) {
                assert!(owners(&image).iter().all(|owners| *owners == 1), "{at:#x}, {value:#x}");
            }
        }
    }
    let check = |at: usize, bytes: &[u8], expected: &str| {
        let mut damaged = file.clone();
        put(&mut damaged, at, bytes);
        let said = match open(&damaged) {
            Ok(image) => {
                let missing: Vec<_> = image.missing.iter().map(ToString::to_string).collect();
                [missing, image.remarks].concat().join("\n")
            }
            Err(error) => error.to_string(),
        };
        assert!(said.contains(expected), "{at:#x}: {said}");
    };
    check(SEGMENTS + 4, &[7, 0, 0, 0], "load command 0 of the Mach-O core at file offset 0x20: is none");
    check(SEGMENTS + 4, &[0xff; 4], "load command 0 of the Mach-O core at file offset 0x20");
    check(SEGMENTS + 4, &[16, 0, 0, 0], "too few for its kind");
    check(SEGMENTS + 40, &[0xff; 8], "places a segment where no file or memory can be");
    check(SEGMENTS + 24, &[0xff; 8], "places a segment where no file or memory can be");
    check(SEGMENTS + 48, &[0, 0, 0, 0, 1], "segment at 0x100000000 at offset 0x1000: 12,288 of");
    check(NOTES + 24, &[0xff; 8], "places a note where no file can have it");
    check(NOTES + 32, &[0, 0, 0, 0, 1], "process metadata at offset 0xe00");
    check(THREADS + 12, &[0xff; 4], "thread 0 has 0x");
    check(16, &[0xff; 4], "load command 8 of the Mach-O core");
}
