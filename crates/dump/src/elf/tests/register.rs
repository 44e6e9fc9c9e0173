use super::super::kind;
use super::super::synthetic::{Core, Load, prstatus};
use super::{bytes, is_contiguous, is_partitioned};
use crate::elf::open;
use crate::image::{Image, Machine, Origin, Protection};

/// The contents of each overlay, by thread.
fn overlays(file: &[u8], image: &Image) -> Vec<(Option<u32>, Vec<u8>)> {
    let registers = image.spaces.iter().filter_map(|space| match space.origin {
        Origin::Registers { thread } => Some((thread, space)),
        _ => None,
    });
    registers
        .map(|(thread, space)| {
            let ranges = space.file_ranges(0..space.length);
            (thread, ranges.flat_map(|range| bytes(file, &range)).collect())
        })
        .collect()
}

/// An XSAVE area in which byte `n` of ZMM register `r` is `f(r, n)`.
fn xsave(size: usize, zmm_high: usize, zmm_upper: usize, f: fn(usize, usize) -> u8) -> Vec<u8> {
    let mut area = vec![0; size];
    for register in 0..32 {
        for byte in 0..64 {
            let at = match (register, byte) {
                (0..16, 0..16) => 160 + register * 16 + byte,
                (0..16, 16..32) => 576 + register * 16 + byte - 16,
                (0..16, _) => zmm_high + register * 32 + byte - 32,
                _ => zmm_upper + (register - 16) * 64 + byte,
            };
            area[at] = f(register, byte);
        }
    }
    area
}

fn pattern(register: usize, byte: usize) -> u8 {
    u8::try_from((register * 7 + byte * 13) % 251).expect("below 251")
}

fn zmm() -> Vec<u8> {
    (0..32).flat_map(|register| (0..64).map(move |byte| pattern(register, byte))).collect()
}

fn ymm() -> Vec<u8> {
    (0..16).flat_map(|register| (0..32).map(move |byte| pattern(register, byte))).collect()
}

#[test]
fn split_vector_registers_are_rejoined_in_both_known_layouts() {
    // Intel: 2688 bytes without PKRU; AMD: 2432 (readelf of cores from both).
    for (size, zmm_high, zmm_upper) in [(2688, 1152, 1664), (2432, 896, 1408)] {
        let core = Core::new().note("CORE", kind::NT_PRSTATUS, prstatus(9, 0, 0, 0)).note(
            "LINUX",
            kind::NT_X86_XSTATE,
            xsave(size, zmm_high, zmm_upper, pattern),
        );
        let file = core.build();
        let image = open(&file).expect("opens");
        let found = overlays(&file, &image);
        assert!(found.contains(&(Some(9), ymm())), "{size}");
        assert!(found.contains(&(Some(9), zmm())), "{size}");
        assert!(is_partitioned(&image) && is_contiguous(&image));
    }
}

#[test]
fn layout_note_decides_where_components_lie() {
    let entries = [(2_u32, 256_u32, 576_u32), (6, 512, 1000), (7, 1024, 2000)];
    let layout: Vec<u8> =
        entries.iter().flat_map(|entry| [entry.0, entry.1, entry.2, 0]).flat_map(u32::to_le_bytes).collect();
    let core = Core::new()
        .note("CORE", kind::NT_PRSTATUS, prstatus(9, 0, 0, 0))
        .note("LINUX", kind::NT_X86_XSTATE, xsave(4000, 1000, 2000, pattern))
        .note("LINUX", kind::NT_X86_XSAVE_LAYOUT, layout);
    let file = core.build();
    let found = overlays(&file, &open(&file).expect("opens"));
    // MM, XMM, YMM, ZMM.
    assert_eq!(found.len(), 4);
    assert_eq!(found[3].1, zmm());
}

#[test]
fn mmx_halves_are_rejoined() {
    let mut area = vec![0; 512];
    for register in 0..8 {
        area[32 + register * 16..40 + register * 16].fill(u8::try_from(register + 1).unwrap());
    }
    let core = Core::new().note("CORE", kind::NT_FPREGSET, area);
    let file = core.build();
    let found = overlays(&file, &open(&file).expect("opens"));
    let expected: Vec<u8> = (1..=8_u8).flat_map(|value| [value; 8]).collect();
    assert_eq!(found[0], (None, expected));
}

#[test]
fn scalable_registers_follow_the_length_in_their_header() {
    for (flags, length, register_bytes) in [(1_u16, 32_u16, 32_usize), (0, 32, 16)] {
        let mut note = vec![0; 16];
        note[8..10].copy_from_slice(&length.to_le_bytes());
        note[12..14].copy_from_slice(&flags.to_le_bytes());
        note.extend((0..32 * register_bytes).map(|at| u8::try_from(at % 199).unwrap()));
        note.extend([0; 64]);
        let mut core = Core::new().note("LINUX", kind::NT_ARM_SVE, note.clone());
        core.machine = 183;
        let file = core.build();
        let image = open(&file).expect("opens");
        assert_eq!(image.machine, Machine::Aarch64);
        assert_eq!(overlays(&file, &image), [(None, note[16..16 + 32 * register_bytes].to_vec())]);
    }
}

#[test]
fn only_general_registers_may_be_overwritten() {
    let core = Core::new().note("CORE", kind::NT_PRSTATUS, prstatus(9, 1, 2, 3));
    let image = open(&core.build()).expect("opens");
    let start = 64 + 56 + 20;
    let protected = image.protected.iter().filter(|entry| entry.protection == Protection::Debugger);
    let ranges: Vec<_> = protected.map(|entry| entry.range.start - start..entry.range.end - start).collect();
    // r15 to r12, then rbp kept, then rbx to rdi.
    assert_eq!(ranges, [0..112, 144..152, 232..336]);
    let note = image.spaces.iter().find(|space| matches!(space.origin, Origin::Note { .. })).expect("a note");
    assert!(note.pieces[0].access.write);
}

#[test]
fn threads_are_in_note_order_with_their_stacks() {
    let core = Core::new()
        .load(Load { memory_bytes: 0x8000, ..Load::new(0x7000_0000, vec![0; 0x1000]) })
        .note("CORE", kind::NT_PRSTATUS, prstatus(20, 0x400_000, 0x7000_0200, 0x1111))
        .note("CORE", kind::NT_FPREGSET, vec![0; 512])
        .note("CORE", kind::NT_PRSTATUS, prstatus(10, 0x400_008, 0x7000_0040, 0))
        .note("CORE", kind::NT_PRSTATUS, prstatus(11, 0x400_008, 0x1, 0));
    let image = open(&core.build()).expect("opens");
    let ids: Vec<u32> = image.threads.iter().map(|thread| thread.id).collect();
    assert_eq!(ids, [20, 10, 11]);
    assert_eq!(image.threads[0].program_counter, 0x400_000);
    assert_eq!(image.threads[0].thread_pointer, Some(0x1111));
    let stacks: Vec<_> = image.threads.into_iter().map(|thread| thread.stack).collect();
    assert_eq!(stacks, [Some(0x7000_0180..0x7000_8000), Some(0x7000_0000..0x7000_8000), None]);
}

#[test]
fn arm_thread_reads_its_registers_and_thread_pointer() {
    let mut status = vec![0; 392];
    status[32..36].copy_from_slice(&7_u32.to_le_bytes());
    status[112 + 31 * 8..112 + 32 * 8].copy_from_slice(&0x5000_u64.to_le_bytes());
    status[112 + 32 * 8..112 + 33 * 8].copy_from_slice(&0x6000_u64.to_le_bytes());
    let mut core = Core::new()
        .load(Load::new(0x5000, vec![0; 0x100]))
        .note("CORE", kind::NT_PRSTATUS, status)
        .note("LINUX", kind::NT_ARM_TLS, 0x77_u64.to_le_bytes().to_vec())
        .note("LINUX", kind::NT_ARM_PACA_KEYS, vec![9; 64]);
    core.machine = 183;
    let file = core.build();
    let image = open(&file).expect("opens");
    let thread = &image.threads[0];
    assert_eq!((thread.id, thread.stack_pointer, thread.program_counter), (7, 0x5000, 0x6000));
    assert_eq!(thread.thread_pointer, Some(0x77));
    assert_eq!(thread.stack, Some(0x5000..0x5100));
    assert_eq!(image.marked.len(), 1);
    assert_eq!(image.marked[0].what, "pac-keys");
    assert_eq!(bytes(&file, &image.marked[0].range), [9; 64]);
}

#[test]
fn signed_and_tagged_pointers_of_arm_are_pointers() {
    let mut core = Core::new().load(Load::new(0xaaaa_1234_0000, vec![1; 0x1000]));
    core.machine = 183;
    let plain = open(&core.build()).expect("opens");
    assert!(plain.is_pointer(0x5b00_aaaa_1234_0010));
    assert!(!plain.is_pointer(0x5b7f_aaaa_1234_0010));
    let masks: Vec<u8> = [0x007f_0000_0000_0000_u64; 2].into_iter().flat_map(u64::to_le_bytes).collect();
    let signed = open(&core.note("LINUX", kind::NT_ARM_PAC_MASK, masks).build()).expect("opens");
    assert!(signed.is_pointer(0x5b7f_aaaa_1234_0010));
    assert!(!signed.is_pointer(0x5b7f_aaaa_1235_0010));
}
