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
        let image = open(&file);
        prop_assert!(image.is_ok());
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
    let cases: [(usize, u8, &str); 5] = [
        (0, 0, "e_ident magic is 0x454c46"),
        (4, 1, "file offset 0x4: EI_CLASS is 0x1, only 2 (64-bit)"),
        (5, 2, "file offset 0x5: EI_DATA is 0x2, only 1 (little-endian)"),
        (16, 2, "file offset 0x10: e_type is 0x2, only 4 (core file)"),
        (18, 3, "file offset 0x12: e_machine is 0x3, only 0x3e (x86-64)"),
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
fn truncated_note_is_reported_unread() {
    let core = Core::new().note("CORE", kind::NT_PRSTATUS, prstatus(9, 1, 2, 3));
    let mut file = core.build();
    file[64 + 56 + 4..64 + 56 + 8].copy_from_slice(&5000_u32.to_le_bytes());
    let image = open(&file).expect("opens");
    assert!(image.remarks[0].contains("promises 0x1388 bytes, 0x150 are there"), "{:?}", image.remarks);
    assert!(is_partitioned(&image));

    file[64 + 56..64 + 56 + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let image = open(&file).expect("opens");
    assert!(image.remarks[0].contains("unread"), "{:?}", image.remarks);
    assert!(image.threads.is_empty());
    assert!(is_partitioned(&image));
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
