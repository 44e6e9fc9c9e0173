use super::super::synthetic::{Core, Load, prstatus};
use super::{is_contiguous, is_partitioned};
use crate::elf::open;
use crate::image::{Image, Origin, Space};

fn memory(image: &Image) -> Vec<&Space> {
    image.spaces.iter().filter(|space| space.origin == Origin::Memory).collect()
}

#[test]
fn memory_is_joined_by_address_not_by_file_order() {
    let high = Load { flags: 4, ..Load::new(0x5010, vec![2; 16]) };
    let core =
        Core::new().load(high).load(Load::new(0x9000, vec![3; 8])).load(Load::new(0x5000, vec![1; 16]));
    let image = open(&core.build()).expect("opens");
    let spaces = memory(&image);
    assert_eq!(spaces.len(), 2);
    assert_eq!((spaces[0].address, spaces[0].length), (Some(0x5000), 32));
    let offsets: Vec<u64> = spaces[0].pieces.iter().map(|piece| piece.file_offset).collect();
    assert_eq!(offsets, [core.offset_of(2), core.offset_of(0)]);
    let writable: Vec<bool> = spaces[0].pieces.iter().map(|piece| piece.access.write).collect();
    assert_eq!(writable, [true, false]);
    assert_eq!(image.file_offset_of(0x5010), Some((core.offset_of(0), 16)));
    assert_eq!(image.address_of(core.offset_of(2) + 3), Some(0x5003));
    let joined: Vec<_> = spaces[0].file_ranges(12..20).collect();
    assert_eq!(
        joined,
        [core.offset_of(2) + 12..core.offset_of(2) + 16, core.offset_of(0)..core.offset_of(0) + 4]
    );
    assert!(is_partitioned(&image) && is_contiguous(&image));
}

#[test]
fn memory_that_was_not_dumped_is_mapped_but_no_space() {
    let core = Core::new()
        .load(Load { memory_bytes: 0x3000, ..Load::new(0x10000, vec![1; 0x1000]) })
        .load(Load { memory_bytes: 0x1000, ..Load::new(0x40000, vec![]) })
        .load(Load::new(0x13000, vec![2; 0x1000]));
    let image = open(&core.build()).expect("opens");
    assert_eq!(memory(&image).len(), 2);
    assert_eq!(image.mapped, [0x10000..0x14000, 0x40000..0x41000]);
    assert_eq!(image.file_offset_of(0x11000), None);
    assert_eq!(image.missing_bytes, 0);
}

#[test]
fn count_of_many_segments_is_read_from_section_header_zero() {
    let mut core = Core::new();
    core.segments = (0..66_000).map(|index| Load::new(0x1000 + index * 32, vec![7; 16])).collect();
    core.extended = true;
    let file = core.build();
    let image = open(&file).expect("opens");
    assert_eq!(memory(&image).len(), 66_000);
    assert!(is_partitioned(&image));

    let cut = file[..file.len() - 32].to_vec();
    let image = open(&cut).expect("opens without the section header");
    assert_eq!(memory(&image).len(), 66_000);
    assert!(image.missing_bytes >= 32);
    assert!(image.remarks[0].contains("cut off"), "{:?}", image.remarks);
    assert!(is_partitioned(&image));
}

#[test]
fn truncated_core_says_how_much_is_missing() {
    let core = Core::new().load(Load::new(0x1000, vec![1; 100])).load(Load::new(0x2000, vec![2; 100]));
    let file = core.build();
    let image = open(&file[..file.len() - 130].to_vec()).expect("opens");
    assert_eq!(image.missing_bytes, 130);
    let said: Vec<String> = image.missing.iter().map(ToString::to_string).collect();
    let at = core.offset_of(0);
    let first = format!("ELF core, segment 1 at offset {at:#x}: 70 of 100 bytes are there");
    let second = format!("ELF core, segment 2 at offset {:#x}: 0 of 100 bytes are there", at + 100);
    assert_eq!(said, [first, second]);
    assert_eq!(image.file_offset_of(0x1045), Some((core.offset_of(0) + 69, 1)));
    assert_eq!(image.file_offset_of(0x1046), None);
    assert!(is_partitioned(&image));
}

#[test]
fn core_cut_off_in_its_program_headers_says_how_many_are_there() {
    let core = Core::new().load(Load::new(0x1000, vec![1; 100])).load(Load::new(0x2000, vec![2; 100]));
    let file = core.build();
    for length in [64, 100, 64 + 56 + 10] {
        let image = open(&file[..length].to_vec()).expect("opens");
        let said: Vec<String> = image.missing.iter().map(ToString::to_string).collect();
        let table =
            format!("ELF core, program headers at offset 0x40: {} of 168 bytes are there", length - 64);
        assert_eq!(said[0], table);
        assert!(image.missing_bytes > 0);
        assert!(is_partitioned(&image));
    }
}

#[test]
fn notes_at_the_end_of_the_file_may_be_cut_off() {
    let core = Core::new().load(Load::new(0x1000, vec![1; 100])).note("CORE", 1, prstatus(7, 1, 2, 3)).note(
        "CORE",
        1,
        prstatus(8, 1, 2, 3),
    );
    let mut file = core.build();
    // As gcore writes them: behind the memory.
    let notes = file[64 + 2 * 56..usize::try_from(core.offset_of(0)).unwrap()].to_vec();
    let at = u64::try_from(file.len()).unwrap();
    file[64 + 8..64 + 16].copy_from_slice(&at.to_le_bytes());
    file.extend(&notes);
    for (length, threads) in
        [(file.len() - notes.len() - 1, 0), (file.len() - notes.len() / 2 - 9, 1), (file.len() - 1, 2)]
    {
        let image = open(&file[..length].to_vec()).expect("opens");
        assert_eq!(image.threads.len(), threads, "{length}");
        assert!(
            image.missing.iter().any(|one| one.structure == "ELF core, note segment 0"),
            "{:?}",
            image.missing
        );
        assert!(is_partitioned(&image));
    }
}

#[test]
fn file_bytes_shared_by_segments_have_one_owner() {
    let core = Core::new().load(Load::new(0x1000, vec![1; 64])).load(Load::new(0x2000, vec![2; 64]));
    let mut file = core.build();
    let second = 64 + 2 * 56 + 8;
    file[second..second + 8].copy_from_slice(&(core.offset_of(0) + 32).to_le_bytes());
    let image = open(&file).expect("opens");
    assert!(is_partitioned(&image));
    assert!(image.remarks[0].contains("0x2000 shares 0x20"), "{:?}", image.remarks);
    assert_eq!(image.address_of(core.offset_of(0) + 40), Some(0x1028));
    assert_eq!(image.file_offset_of(0x2000), None);
    assert_eq!(image.file_offset_of(0x2020), Some((core.offset_of(0) + 64, 32)));
    let last = image.spaces.last().expect("a space");
    assert_eq!((last.origin.clone(), last.length), (Origin::Trailing, 32));
}

#[test]
fn lying_header_cannot_declare_all_words_pointers() {
    let core = Core::new().load(Load { memory_bytes: u64::MAX, ..Load::new(0, vec![1; 16]) });
    let image = open(&core.build()).expect("opens");
    assert_eq!(image.mapped, [0x1000..1 << 56, 0xff00_0000_0000_0000..u64::MAX]);
}

#[test]
fn segment_at_the_last_address_is_owned() {
    let core = Core::new().load(Load::new(u64::MAX - 7, vec![1; 64]));
    let image = open(&core.build()).expect("opens");
    assert!(is_partitioned(&image));
    assert!(image.remarks[0].contains("last address"), "{:?}", image.remarks);
}

#[test]
fn section_headers_and_names_are_structure() {
    let mut core = Core::new().load(Load::new(0x1000, vec![1; 16]));
    core.extended = true;
    let mut file = core.build();
    let section = file.len() - 64;
    file.extend(b"\0name\0");
    file[section + 4..section + 8].copy_from_slice(&3_u32.to_le_bytes());
    file[section + 24..section + 32].copy_from_slice(&(u64::try_from(section).unwrap() + 64).to_le_bytes());
    file[section + 32..section + 40].copy_from_slice(&6_u64.to_le_bytes());
    // The count in e_phnum itself, one section.
    file[56..58].copy_from_slice(&2_u16.to_le_bytes());
    let image = open(&file).expect("opens");
    let what: Vec<&str> = image.protected.iter().map(|entry| entry.what).collect();
    assert_eq!(what, ["ELF header", "program headers", "section headers", "section names"]);
    assert!(is_partitioned(&image));
}

#[test]
fn memory_of_a_guest_counts_as_writable_and_its_pointers_as_pointers() {
    let memory = Load { flags: 0, ..Load::new(0x1000, vec![1; 64]) };
    // The processor had not yet been in 64 bits.
    let core = Core { machine: 3, ..Core::new().load(memory.clone()).note("QEMU", 0, vec![7; 440]) };
    let image = open(&core.build()).expect("opens");
    let space = image.spaces.iter().find(|space| space.origin == Origin::Memory).expect("memory");
    assert!(space.pieces[0].access.write);
    assert!(image.is_pointer(0xffff_8880_0123_4567) && image.is_pointer(0x7f12_3456_7890));
    let note = image.protected.iter().filter(|entry| entry.what == "QEMU");
    assert_eq!(note.map(|entry| entry.range.end - entry.range.start).collect::<Vec<_>>(), [8, 16, 304]);
    assert!(is_partitioned(&image));
    // A process has rights somewhere, and what it may not touch it did not write.
    let image = open(&Core::new().load(memory).load(Load::new(0x9000, vec![2; 8])).build()).expect("opens");
    assert!(!image.spaces[0].pieces[0].access.write && !image.is_pointer(0xffff_8880_0123_4567));
}
