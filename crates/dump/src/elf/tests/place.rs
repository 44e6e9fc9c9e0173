use super::super::kind;
use super::super::synthetic::{AUXV, Core, Load, RANDOM, STRINGS, prstatus, stack};
use super::bytes;
use crate::elf::open;
use crate::image::{Image, Protection};

/// Base of [`module`].
const BASE: u64 = 0x40_0000;

/// An executable in memory: header, three program headers, a dynamic section whose
/// `DT_DEBUG` leads to a list of two modules, and a build-id.
pub(super) fn module() -> Load {
    let mut load = Load::new(BASE, vec![0; 0x1000]);
    load.put(BASE, &[0x7f, b'E', b'L', b'F', 2, 1, 1]);
    load.put(BASE + 16, &3_u16.to_le_bytes());
    load.words(BASE + 32, &[64]);
    load.put(BASE + 54, &[56, 0, 3, 0]);
    for (index, (kind, offset, bytes)) in
        [(1_u32, 0_u64, 0x1000_u64), (2, 0x200, 48), (4, 0x300, 36)].iter().enumerate()
    {
        let at = BASE + 64 + 56 * u64::try_from(index).expect("small");
        load.put(at, &kind.to_le_bytes());
        load.words(at + 8, &[*offset, *offset, *offset, *bytes, *bytes]);
    }
    load.words(BASE + 0x200, &[1, 1, 21, BASE + 0x400, 0, 0]);
    load.put(BASE + 0x300, &[4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, b'G', b'N', b'U', 0]);
    load.words(BASE + 0x400, &[1, BASE + 0x500]);
    load.words(BASE + 0x500, &[0, BASE + 0x600, 0, BASE + 0x540, 0]);
    load.words(BASE + 0x540, &[0, BASE + 0x610, 0, 0, BASE + 0x500]);
    load.put(BASE + 0x610, b"/lib/libc.so\0");
    load
}

/// Addresses that are protected as `what`.
fn protected(image: &Image, what: &str) -> Vec<(u64, u64)> {
    let entries = image.protected.iter().filter(|entry| entry.what == what);
    entries
        .map(|entry| {
            (image.address_of(entry.range.start).expect("memory"), entry.range.end - entry.range.start)
        })
        .collect()
}

#[test]
fn list_of_modules_and_their_headers_are_protected() {
    let core = Core::new().load(module());
    let image = open(&core.build()).expect("opens");
    assert_eq!(protected(&image, "module ELF header"), [(BASE, 64)]);
    assert_eq!(protected(&image, "module program headers"), [(BASE + 64, 168)]);
    assert_eq!(protected(&image, "module PT_DYNAMIC"), [(BASE + 0x200, 48)]);
    assert_eq!(protected(&image, "build-id"), [(BASE + 0x300, 36)]);
    assert_eq!(protected(&image, "r_debug"), [(BASE + 0x400, 40)]);
    assert_eq!(protected(&image, "link_map"), [(BASE + 0x500, 40), (BASE + 0x540, 40)]);
    assert_eq!(protected(&image, "link_map l_name"), [(BASE + 0x600, 1), (BASE + 0x610, 13)]);
    let explained = image.protected.iter().filter(|entry| entry.protection == Protection::Explained);
    assert_eq!(explained.count(), 1);
}

#[test]
fn cycle_in_the_list_of_modules_ends_with_a_remark() {
    let mut load = module();
    load.words(BASE + 0x540 + 24, &[BASE + 0x500]);
    let image = open(&Core::new().load(load).build()).expect("opens");
    assert_eq!(protected(&image, "link_map").len(), 2);
    assert!(image.remarks[0].contains("cycle"), "{:?}", image.remarks);
}

#[test]
fn further_namespaces_are_followed() {
    let mut load = module();
    load.words(BASE + 0x400, &[2, BASE + 0x500, 0, 0, 0, BASE + 0x700]);
    load.words(BASE + 0x700, &[2, BASE + 0x780, 0, 0, 0, 0]);
    load.words(BASE + 0x780, &[0, BASE + 0x600, 0, 0, 0]);
    let image = open(&Core::new().load(load).build()).expect("opens");
    assert_eq!(protected(&image, "r_debug"), [(BASE + 0x400, 48), (BASE + 0x700, 48)]);
    assert_eq!(protected(&image, "link_map").len(), 3);
}

#[test]
fn executable_is_found_through_the_auxiliary_vector_alone() {
    let mut load = module();
    // No ELF magic, and a PT_PHDR where the PT_LOAD was.
    load.put(BASE, &[0; 4]);
    load.put(BASE + 64, &6_u32.to_le_bytes());
    load.words(BASE + 64 + 16, &[64]);
    let image = open(&Core::new().load(load).auxv(&[(3, BASE + 64), (5, 3)]).build()).expect("opens");
    assert_eq!(protected(&image, "program headers of the executable"), [(BASE + 64, 168)]);
    assert_eq!(protected(&image, "link_map").len(), 2);
}

#[test]
fn vdso_is_protected_whole() {
    let core = Core::new().load(Load::new(0x7000, vec![5; 0x2000])).auxv(&[(33, 0x7000)]);
    let image = open(&core.build()).expect("opens");
    assert_eq!(protected(&image, "vdso"), [(0x7000, 0x2000)]);
}

/// The marks of a core with this stack: what, name, text.
fn marks(stack: Load) -> Vec<(&'static str, Option<String>, String)> {
    let file = Core::new().load(stack).auxv(&AUXV).build();
    let image = open(&file).expect("opens");
    let text = |range| String::from_utf8(bytes(&file, range)).expect("text");
    image.marked.iter().map(|mark| (mark.what, mark.name.clone(), text(&mark.range))).collect()
}

fn mark(what: &'static str, name: &str, text: &str) -> (&'static str, Option<String>, String) {
    (what, (!name.is_empty()).then(|| name.to_owned()), text.to_owned())
}

const TEXT: &[u8] = b"prog\0--password\0hunter2\0--token=abc\0file\0HOME=/root\0KEY=s=t\0";

#[test]
fn arguments_and_environment_are_marked_with_their_names() {
    let words = [5, 0, 5, 16, 24, 36, u64::MAX, 41, 52, u64::MAX];
    let words = words.map(|at| if at == u64::MAX { 0 } else { at + STRINGS });
    let words = [&[5], &words[1..]].concat();
    let expected = [
        mark("at-random", "", "0123456789abcdef"),
        mark("argument", "", "--password"),
        mark("argument", "--password", "hunter2"),
        mark("argument", "--token", "abc"),
        mark("argument", "", "file"),
        mark("environment", "HOME", "/root"),
        mark("environment", "KEY", "s=t"),
    ];
    assert_eq!(marks(stack(&words, TEXT)), expected);
}

#[test]
fn hole_in_argv_and_moved_environment_are_understood() {
    // nginx puts a NULL into argv; unsetenv leaves two behind envp.
    let words = [3, STRINGS, 0, STRINGS + 36, 0, STRINGS + 52, 0, 0];
    let found = marks(stack(&words, TEXT));
    assert!(found.contains(&mark("argument", "", "file")), "{found:?}");
    assert!(found.contains(&mark("environment", "KEY", "s=t")), "{found:?}");
}

#[test]
fn strings_without_a_pointer_are_marked() {
    let words = [1, STRINGS, 0, STRINGS + 28, 0];
    let found = marks(stack(&words, b"title\0-old-title\0\0KEY=value\0A=b\0"));
    assert_eq!(found[1], mark("environment", "", "-old-title"));
    assert_eq!(found[2], mark("environment", "KEY", "value"));
    assert_eq!(found[3], mark("environment", "A", "b"));
}

#[test]
fn empty_environment_is_understood() {
    let words = [2, STRINGS, STRINGS + 5, 0, 0];
    let found = marks(stack(&words, TEXT));
    assert_eq!(found[1], mark("argument", "", "--password"));
}

#[test]
fn texts_of_the_kernel_beside_its_random_bytes_are_protected_to_the_byte() {
    let check = |text: &[u8], expected: &[(u64, u64)]| {
        let mut load = stack(&[1, STRINGS, 0, 0], b"prog\0");
        load.put(RANDOM + 16, text);
        load.put(STRINGS + 64, b"/usr/bin/prog\0");
        let auxv = [AUXV[0], AUXV[1], AUXV[2], (15, RANDOM + 16), (31, STRINGS + 64)];
        let image = open(&Core::new().load(load).auxv(&auxv).build()).expect("opens");
        assert_eq!(protected(&image, "name of the processor"), expected, "{text:?}");
        assert_eq!(protected(&image, "path of the executable"), [(STRINGS + 64, 14)]);
        let at_random = image.marked.iter().find(|mark| mark.what == "at-random").expect("marked");
        assert_eq!(at_random.range.end - at_random.range.start, 16);
    };
    check(b"x86_64\0", &[(RANDOM + 16, 7)]);
    // Too long for a name, no name, or none at all.
    check(&[b'x'; 40], &[]);
    check(b"x86 \x01\0", &[]);
    check(b"\0", &[]);
}

#[test]
fn stack_without_a_count_is_remarked() {
    let file = Core::new().load(stack(&[7, STRINGS, 0, 0], TEXT)).auxv(&AUXV).build();
    let image = open(&file).expect("opens");
    assert!(image.remarks[0].contains("not understood"), "{:?}", image.remarks);
    assert_eq!(image.marked.len(), 1);
}

#[test]
fn guards_are_marked_only_in_a_control_block() {
    let block = |own: u64| {
        let mut load = Load::new(0x8000, vec![0; 0x100]);
        load.words(0x8000, &[own, 0, own, 0, 0, 0x1122_3344_5566_7700, 0x99aa_bbcc_ddee_ff00]);
        load
    };
    for (own, expected) in [(0x8000, vec!["stack-guard", "pointer-guard"]), (0x1234, vec![])] {
        let core = Core::new().load(block(own)).note("CORE", kind::NT_PRSTATUS, prstatus(1, 0, 0, 0x8000));
        let image = open(&core.build()).expect("opens");
        let what: Vec<&str> = image.marked.iter().map(|mark| mark.what).collect();
        assert_eq!(what, expected);
    }
}

#[test]
fn thread_id_of_musl_is_no_pointer_guard() {
    let mut load = Load::new(0x8000, vec![0; 0x100]);
    load.words(0x8000, &[0x8000, 0, 0x8000, 0x8000, 0, 0x1122_3344_5566_7700, 4711]);
    let core = Core::new().load(load).note("CORE", kind::NT_PRSTATUS, prstatus(1, 0, 0, 0x8000));
    let image = open(&core.build()).expect("opens");
    assert_eq!(image.marked.len(), 1);
}

#[test]
fn arguments_in_the_process_note_are_marked() {
    let mut note = vec![0; 136];
    note[56..56 + 22].copy_from_slice(b"curl -u me:secret url ");
    let file = Core::new().note("CORE", kind::NT_PRPSINFO, note).build();
    let image = open(&file).expect("opens");
    assert_eq!(image.marked.len(), 1);
    assert_eq!(bytes(&file, &image.marked[0].range), b"-u me:secret url");
}

#[test]
fn mapped_files_are_listed_as_far_as_they_are_there() {
    let mut note = Vec::new();
    for word in [900_u64, 4096, 0x5000, 0x7000, 2, 0x9000, 0x9000, 0] {
        note.extend(word.to_le_bytes());
    }
    note.extend(b"/a\0");
    let image = open(&Core::new().note("CORE", kind::NT_FILE, note).build()).expect("opens");
    assert_eq!(image.mappings.len(), 1);
    assert_eq!(image.mappings[0].path, "/a");
    assert_eq!(image.mappings[0].file_offset, 8192);
    assert_eq!(image.mapped.len(), 1);
    assert_eq!(image.mapped[0], 0x5000..0x7000);
    assert!(image.remarks[0].contains("promises 900"), "{:?}", image.remarks);
}

#[test]
fn pointers_that_lead_to_one_long_text_are_read_up_to_a_limit() {
    let mut load = Load::new(super::super::synthetic::STACK, vec![b'x'; 0x40_0000]);
    let small = stack(&[1, STRINGS, 0, STRINGS], TEXT);
    load.put(small.address, &small.bytes);
    let text = load.address + 0x20_0000;
    let pointers = vec![text; 2000];
    let vector = [16, 0x1234, 6, 4096, AUXV[2].0, AUXV[2].1 + 0x10_0000, 0, 0];
    load.words(STRINGS, &[&[1, text, 0], pointers.as_slice(), &[0], &vector].concat());
    let auxv = [AUXV[0], AUXV[1], (AUXV[2].0, AUXV[2].1 + 0x10_0000)];
    let image = open(&Core::new().load(load).auxv(&auxv).build()).expect("opens");
    assert!(image.remarks[0].contains("the rest is not marked"), "{:?}", image.remarks);
}
