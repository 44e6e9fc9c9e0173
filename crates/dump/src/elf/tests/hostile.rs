use super::super::kind;
use super::super::synthetic::{AUXV, Core, Load, STRINGS, prstatus, stack};
use super::{is_contiguous, is_partitioned};
use crate::elf::open;
use crate::error::Error;
use proptest::prelude::*;

/// A core with one of everything.
fn rich() -> Core {
    let mut file_note = Vec::new();
    for word in [1_u64, 4096, 0x40_0000, 0x40_1000, 0] {
        file_note.extend(word.to_le_bytes());
    }
    file_note.extend(b"/bin/true\0");
    Core::new()
        .load(super::place::module())
        .load(stack(&[1, STRINGS, 0, STRINGS + 2, 0], b"p\0A=1\0"))
        .load(Load { memory_bytes: 0x4000, ..Load::new(0x9000, vec![1; 64]) })
        .note("CORE", kind::NT_PRSTATUS, prstatus(9, 1, 2, 0x9000))
        .note("CORE", kind::NT_PRPSINFO, vec![b' '; 136])
        .note("CORE", kind::NT_FPREGSET, vec![0; 512])
        .note("LINUX", kind::NT_X86_XSTATE, vec![0; 2696])
        .note("LINUX", kind::NT_X86_XSAVE_LAYOUT, vec![2; 64])
        .note("LINUX", kind::NT_ARM_SVE, vec![1; 600])
        .note("CORE", kind::NT_FILE, file_note)
        .auxv(&[AUXV.as_slice(), &[(3, 0x40_0040), (5, 3), (33, 0x40_0000)]].concat())
}

fn check(file: &Vec<u8>) -> Result<(), TestCaseError> {
    if let Ok(image) = open(file) {
        prop_assert!(is_partitioned(&image));
        prop_assert!(is_contiguous(&image));
        // No file is longer than what its process could address: neither is what is said of it.
        prop_assert!(image.missing_bytes <= 1 << 56);
        prop_assert_eq!(image.missing.is_empty(), image.missing_bytes == 0);
        prop_assert!(image.missing.iter().all(|one| one.promised.end > image.file_length));
        let inside = |range: &std::ops::Range<u64>| range.start < range.end && range.end <= image.file_length;
        prop_assert!(image.protected.iter().all(|entry| inside(&entry.range)));
        prop_assert!(image.marked.iter().all(|entry| inside(&entry.range)));
        for space in image.spaces.iter().flat_map(|space| &space.pieces) {
            prop_assert!(inside(&(space.file_offset..space.file_offset + space.length)));
        }
    }
    Ok(())
}

/// Values that break arithmetic.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0_u64..6000,
        Just(u64::MAX),
        Just(u64::MAX - 4095),
        Just(1 << 63),
        Just(0x40_0000),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(mut file in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&file)?;
        let head = Core::new().build();
        for (byte, value) in file.iter_mut().zip(&head[..56.min(head.len())]) {
            *byte = *value;
        }
        check(&file)?;
    }

    #[test]
    fn changed_words_never_lose_or_share_a_byte(
        changes in proptest::collection::vec((0_usize..1800, number(), prop_oneof![Just(2_usize), Just(4), Just(8)]), 1..12),
        arm in any::<bool>(),
        cut in proptest::option::of(0_usize..9000),
    ) {
        let mut core = rich();
        core.machine = if arm { 183 } else { 62 };
        let mut file = core.build();
        for (at, value, width) in changes {
            // Aligned to 4, so that most changes hit a field, past the fields that merely end the parse.
            let at = (at & !3).max(24);
            if let Some(place) = file.get_mut(at..at + width) {
                place.copy_from_slice(&value.to_le_bytes()[..width]);
            }
        }
        if let Some(cut) = cut {
            file.truncate(cut);
        }
        check(&file)?;
    }

    #[test]
    fn changed_memory_never_loops(
        changes in proptest::collection::vec((0_usize..0x2100, number()), 1..12),
    ) {
        let core = rich();
        let mut file = core.build();
        let start = usize::try_from(core.offset_of(0)).expect("small");
        for (at, value) in changes {
            let at = start + (at & !7);
            if let Some(place) = file.get_mut(at..at + 8) {
                place.copy_from_slice(&value.to_le_bytes());
            }
        }
        check(&file)?;
    }

    #[test]
    fn random_segments_partition_the_file(
        table in proptest::collection::vec((number(), number(), number(), number(), 0_u32..8), 0..30),
    ) {
        let mut core = Core::new();
        core.segments = table.iter().map(|_| Load::new(0, vec![3; 200])).collect();
        let mut file = core.build();
        for (index, (offset, address, length, memory, kind)) in table.into_iter().enumerate() {
            let at = 64 + 56 * (index + 1);
            file[at..at + 4].copy_from_slice(&kind.to_le_bytes());
            for (field, value) in [(8, offset), (16, address), (32, length), (40, memory)] {
                file[at + field..at + field + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        check(&file)?;
    }
}

fn refused(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut file = Core::new().load(Load::new(0x1000, vec![1; 16])).build();
    change(&mut file);
    let error = open(&file).expect_err("is refused");
    format!("failed to {error}")
}

#[test]
fn foreign_formats_are_refused_with_structure_and_offset() {
    let cases: [(usize, u8, &str); 6] = [
        (0, 0, "e_ident magic is 0x454c46"),
        (4, 1, "file offset 0x4: EI_CLASS is 0x1, only 2 (64-bit)"),
        (5, 2, "file offset 0x5: EI_DATA is 0x2, only 1 (little-endian)"),
        (6, 9, "file offset 0x6: EI_VERSION is 0x9, only 1 (current)"),
        (16, 2, "file offset 0x10: e_type is 0x2, only 4 (core file)"),
        (18, 8, "file offset 0x12: e_machine is 0x8, only 0x3e (x86-64)"),
    ];
    for (at, value, expected) in cases {
        let text = refused(|file| file[at] = value);
        assert!(text.contains(expected), "{text}");
        assert!(
            text.starts_with("failed to understand the ELF header of the ELF core at file offset"),
            "{text}"
        );
    }
    assert!(refused(|file| file[54] = 32).contains("e_phentsize"));
}

#[test]
fn file_shorter_than_its_header_is_refused() {
    for length in [0, 3, 63] {
        let text = refused(|file| file.truncate(length));
        assert!(text.contains("ELF header of the ELF core at file offset 0x0: the file ends at"), "{text}");
    }
}

#[test]
fn lost_count_of_segments_is_refused() {
    let text = refused(|file| file[56..58].fill(0xff));
    assert!(text.contains("e_phnum is 0xffff"), "{text}");
}

#[test]
fn note_that_leaves_its_segment_is_refused() {
    let core = Core::new().note("CORE", kind::NT_PRSTATUS, prstatus(9, 1, 2, 3));
    let refused = |at: usize, value: u32| {
        let mut file = core.build();
        file[64 + 56 + at..64 + 56 + at + 4].copy_from_slice(&value.to_le_bytes());
        open(&file).expect_err("is refused").to_string()
    };
    let text = refused(4, 5000);
    assert!(text.contains("a note of note segment 0 of the ELF core at file offset 0x78"), "{text}");
    assert!(text.contains("promises 0x1388 bytes, 0x150 are there"), "{text}");
    let text = refused(0, u32::MAX);
    assert!(text.contains("its name of 0xffffffff bytes"), "{text}");
}

#[test]
fn truncated_note_is_reported_missing() {
    let core = Core::new().note("CORE", kind::NT_PRSTATUS, prstatus(9, 1, 2, 3));
    let mut file = core.build();
    file.truncate(file.len() - 10);
    let image = open(&file).expect("opens");
    assert!(image.remarks[0].contains("promises 0x150 bytes, 0x146 are there"), "{:?}", image.remarks);
    let said = image.missing[0].to_string();
    assert_eq!(said, "ELF core, note segment 0 at offset 0x78: 346 of 356 bytes are there");
    assert!(is_partitioned(&image));
}

/// Fields of the header and of program header 1 (memory) and 0 (notes), with values that no writer
/// puts there, and words of the refusal.
#[test]
fn structures_that_cannot_be_are_refused() {
    let core = Core::new().note("CORE", 1, prstatus(9, 1, 2, 3)).load(Load::new(0x1000, vec![1; 256]));
    let (notes, memory) = (64, 64 + 56);
    let cases: [(&str, usize, u64, usize, &str); 14] = [
        ("e_phnum", 56, 0, 2, "one program header or more"),
        ("e_phoff", 32, u64::MAX, 8, "program headers"),
        ("e_phoff", 32, 1 << 57, 8, "no core can fill"),
        ("e_phoff", 32, 63, 8, "ELF header"),
        ("e_phoff", 32, core.offset_of(0), 8, "none of 2 is memory or notes"),
        ("p_offset", memory + 8, u64::MAX, 8, "segment 1"),
        ("p_offset", memory + 8, 0, 8, "overlap the ELF header"),
        ("p_offset", memory + 8, 100, 8, "overlap the program headers"),
        ("p_offset", memory + 8, core.offset_of(0) - 8, 8, "overlap another segment"),
        ("p_offset", notes + 8, core.offset_of(0), 8, "overlap another segment"),
        ("p_filesz", memory + 32, u64::MAX, 8, "no core can fill"),
        ("p_filesz", memory + 32, 1 << 40, 8, "more than p_memsz"),
        ("p_filesz", notes + 32, 1 << 40, 8, "bytes of notes"),
        ("p_align of notes", notes + 48, 0x1000, 8, "aligned to 4 or 8"),
    ];
    for (field, at, value, width, words) in cases {
        let mut file = core.build();
        file[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        let text = open(&file).expect_err(field).to_string();
        assert!(text.contains(words) && text.contains("ELF core at file offset"), "{field}: {text}");
    }
}

#[test]
fn section_headers_that_cannot_be_are_refused() {
    let mut core = Core::new().load(Load::new(0x1000, vec![1; 64]));
    core.extended = true;
    let count = core.build().len() - 64 + 44;
    for (field, at, bytes, words) in [
        ("e_shoff", 40, &1_u64.to_le_bytes()[..], "ELF header"),
        ("e_shoff", 40, &u64::MAX.to_le_bytes(), "no core can fill"),
        ("e_shoff", 40, &70_u64.to_le_bytes(), "sh_info"),
        ("e_shentsize", 58, &[63, 0], "0x40 bytes"),
        ("sh_info", count, &[0; 4], "sh_info is 0x0"),
        ("sh_info", count, &[0xff; 4], "sh_info is 0xffffffff"),
    ] {
        let mut file = core.build();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        let text = open(&file).expect_err(field).to_string();
        assert!(text.contains(words), "{field}: {text}");
    }
}

/// A medium whose middle cannot be read.
struct Broken(Vec<u8>);

impl crate::read::ReadAt for Broken {
    fn length(&self) -> u64 {
        self.0.length()
    }

    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        if offset >= 64 + 56 {
            return Err(std::io::Error::other("bad block"));
        }
        self.0.read_exact_at(offset, buffer)
    }
}

#[test]
fn failing_medium_fails_the_opening() {
    let notes = Core::new().note("CORE", 1, vec![0; 336]).build();
    let memory = Core::new().load(Load::new(0x1000, vec![1; 64])).build();
    for file in [notes, memory] {
        let error = open(&Broken(file)).expect_err("bad block");
        assert!(matches!(error, Error::Read { .. }), "{error}");
    }
}
