use super::open;
use super::synthetic::{Builder, PROGRAM_COUNTER, STACK, STACK_POINTER, fields, owners, whole};
use crate::cursor::{to_u64, to_usize};
use crate::image::{Machine, Origin, Protection};

fn texts(file: &[u8], what: &str) -> Vec<(String, Option<String>)> {
    let image = open(&file.to_vec()).unwrap();
    let marks = image.marked.iter().filter(|mark| mark.what == what);
    let text = |range: &std::ops::Range<u64>| {
        String::from_utf8(file[to_usize(range.start)..to_usize(range.end)].to_vec()).unwrap()
    };
    marks.map(|mark| (text(&mark.range), mark.name.clone())).collect()
}

#[test]
fn every_byte_has_one_owner_and_unknown_ones_are_gaps() {
    let file = whole();
    let image = open(&file).unwrap();
    assert!(owners(&image).iter().all(|owners| *owners == 1));
    let gap = image.spaces.iter().find(|space| matches!(space.origin, Origin::Gap)).unwrap();
    assert!(gap.pieces[0].access.write);
    assert!(image.remarks.iter().any(|remark| remark.contains("belong to no stream")), "{:?}", image.remarks);
}

#[test]
fn thread_stands_where_its_context_says() {
    let image = open(&whole()).unwrap();
    let [thread] = image.threads.as_slice() else { panic!("{:?}", image.threads) };
    assert_eq!(
        (thread.id, thread.program_counter, thread.stack_pointer),
        (7, PROGRAM_COUNTER, STACK_POINTER)
    );
    assert_eq!(thread.stack, Some(STACK_POINTER - 128..STACK + 1024));
    assert_eq!(image.machine, Machine::X86_64);
    assert_eq!(image.mappings[0].path, "C:\\Users\\someone\\prog.exe");
    assert!(image.is_pointer(0x40_1000) && image.is_pointer(STACK) && !image.is_pointer(0x50_0000));
    // Code around the program counter is none that the process wrote.
    let code = image.spaces.iter().find(|space| space.address == Some(PROGRAM_COUNTER & !0xff)).unwrap();
    assert!(!code.pieces[0].access.write && code.pieces[0].access.execute);
}

#[test]
fn registers_with_a_role_are_protected_and_vectors_are_judged() {
    let file = whole();
    let image = open(&file).unwrap();
    let context = image.spaces.iter().find(|space| {
        matches!(space.origin, Origin::Note { name: "ThreadContext vectors", thread: Some(7), .. })
    });
    assert!(context.unwrap().pieces[0].access.write);
    let at = file.windows(8).position(|window| window == PROGRAM_COUNTER.to_le_bytes()).unwrap();
    let start = to_u64(at) - 248;
    let protection = |offset: u64| {
        let place = start + offset;
        image.protected.iter().find(|one| one.range.contains(&place)).map(|one| one.protection)
    };
    for offset in [48, 152, 160, 248, 256] {
        assert_eq!(protection(offset), Some(Protection::Debugger), "{offset}");
    }
    for offset in [120, 168, 240, 300, 416, 760, 1100] {
        assert_eq!(protection(offset), None, "{offset}");
    }
}

#[test]
fn environment_arguments_and_annotations_are_marked() {
    let file = whole();
    let pair = |text: &str, name: Option<&str>| (text.to_owned(), name.map(str::to_owned));
    assert_eq!(texts(&file, "environment"), [pair("/root", Some("HOME")), pair("abc", Some("API_TOKEN"))]);
    assert_eq!(
        texts(&file, "argument"),
        [pair("--password", None), pair("geheim", Some("--password")), pair("me", Some("--user"))]
    );
    assert_eq!(texts(&file, "annotation"), [pair("Zq7vXb2kPw9", Some("session_token"))]);
}

#[test]
fn memory_of_64_bits_lies_one_range_behind_the_other() {
    let mut file = Builder::default();
    file.stream(7, &fields(&[(12, 2), (0, 54)]));
    let base = u64::from(file.blob(&[[0x11; 64], [0x22; 64]].concat()));
    file.stream(9, &fields(&[(2, 8), (base, 8), (0x1000, 8), (64, 8), (0x8000, 8), (64, 8)]));
    let image = open(&file.finish()).unwrap();
    assert_eq!(image.machine, Machine::Aarch64);
    assert_eq!(image.file_offset_of(0x8000), Some((base + 64, 64)));
    assert_eq!(image.file_offset_of(0x1010), Some((base + 16, 48)));
}

#[test]
fn contexts_of_every_processor_are_read() {
    // Processor, length of the context, offset of pc and sp, bytes of a register.
    let cases: [(u64, usize, usize, usize, usize, Machine); 6] = [
        (0, 716, 184, 196, 4, Machine::X86),
        (9, 1232, 248, 152, 8, Machine::X86_64),
        (9, 1900, 248, 152, 8, Machine::X86_64),
        (12, 912, 264, 256, 8, Machine::Aarch64),
        (0x8003, 796, 264, 256, 8, Machine::Aarch64),
        (5, 368, 64, 56, 4, Machine::Arm),
    ];
    for (processor, length, pc, sp, width, machine) in cases {
        let mut file = Builder::default();
        file.stream(7, &fields(&[(processor, 2), (0, 54)]));
        let mut context = vec![0; length];
        context[pc..pc + width].copy_from_slice(&0x1234_5678_u64.to_le_bytes()[..width]);
        context[sp..sp + width].copy_from_slice(&0x2345_6780_u64.to_le_bytes()[..width]);
        let at = u64::from(file.blob(&context));
        let length = to_u64(length);
        let thread = fields(&[(3, 4), (0, 28), (0, 8), (length, 4), (at, 4)]);
        file.stream(3, &[fields(&[(1, 4)]), thread].concat());
        let image = open(&file.finish()).unwrap();
        let [thread] = image.threads.as_slice() else { panic!("{processor}: {:?}", image.threads) };
        assert_eq!((thread.program_counter, thread.stack_pointer), (0x1234_5678, 0x2345_6780), "{processor}");
        assert_eq!(image.machine, machine);
        assert!(owners(&image).iter().all(|owners| *owners == 1), "{processor}");
    }
}

#[test]
fn list_without_padding_and_with_it_are_the_same() {
    for padding in [0, 4] {
        let mut file = Builder::default();
        let at = u64::from(file.blob(&[7; 32]));
        file.stream(5, &fields(&[(1, 4), (0, padding), (0x5000, 8), (32, 4), (at, 4)]));
        let image = open(&file.finish()).unwrap();
        assert_eq!(image.file_offset_of(0x5000), Some((at, 32)), "{padding}");
    }
}

#[test]
fn damaged_files_are_refused_or_owned_whole() {
    let file = whole();
    let mut opened = 0;
    for length in 0..file.len() {
        let Ok(image) = open(&file[..length].to_vec()) else { continue };
        assert!(owners(&image).iter().all(|owners| *owners == 1), "{length}");
        opened += 1;
    }
    assert_eq!(opened, 0, "the directory is at the end");
    for at in (0..file.len()).step_by(4) {
        for value in [0, 1, 0x7f, 0xffff, 0x7fff_ffff, u32::MAX, u32::try_from(file.len()).unwrap()] {
            let mut damaged = file.clone();
            let end = (at + 4).min(damaged.len());
            damaged[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
            let Ok(image) = open(&damaged) else { continue };
            assert!(owners(&image).iter().all(|owners| *owners == 1), "{at} {value:#x}");
            opened += 1;
        }
    }
    assert!(opened > 1000);
}

#[test]
fn what_is_cut_off_is_missing() {
    let mut file = Builder::default();
    let at = u64::from(file.blob(&[7; 32]));
    file.stream(5, &fields(&[(1, 4), (0x5000, 8), (1 << 20, 4), (at, 4)]));
    let file = file.finish();
    let image = open(&file).unwrap();
    assert_eq!(image.missing_bytes, at + (1 << 20) - to_u64(file.len()));
    assert!(image.missing[0].structure.contains("minidump, memory at address 0x5000"), "{:?}", image.missing);
}

#[test]
fn other_files_are_refused_with_field_and_offset() {
    let check = |change: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let mut file = whole();
        change(&mut file);
        let text = open(&file).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    };
    check(&|file| file[0] = b'X', "file offset 0x0: Signature");
    check(&|file| file[4] = 0, "file offset 0x4: Version");
    check(&|file| file[11] = 1, "file offset 0x8: NumberOfStreams");
    check(&|file| file[15] = 1, "read the directory of the minidump");
    check(
        &|file| file.truncate(20),
        "read the header of the minidump at file offset 0x0: the file ends at 0x14",
    );
}

#[test]
fn stream_shared_by_two_entries_has_one_owner() {
    let mut file = Builder::default();
    file.stream(0x4767_0007, b"A=1\0B=2\0");
    file.stream_at(0x4767_0006, 8, 32);
    let image = open(&file.finish()).unwrap();
    assert!(owners(&image).iter().all(|owners| *owners == 1));
}
