//! Modules: an executable and two libraries, with the headers and tables that debuggers read.

use crate::content::Content;
use crate::memory::{EXECUTE, Memory, READ, Segment, WRITE};
use crate::random::Random;
use crate::recipe::Machine;

const PAGE: u64 = 4096;
/// Pages of code and of data.
const CODE: u64 = 16 * PAGE;
const DATA: u64 = 4 * PAGE;
/// Address of the code in the module.
pub(super) const CODE_AT: u64 = PAGE;
/// Address of the data, which starts with the dynamic section.
pub(super) const DATA_AT: u64 = CODE_AT + CODE;
/// Bytes of a module in memory.
pub(super) const MODULE: u64 = DATA_AT + DATA;
/// Address of the build-id note in the module.
const BUILD_ID_AT: u64 = 0x400;
const BUILD_ID: u64 = 36;
const STRINGS_AT: u64 = 0x600;
const INTERPRETER_AT: u64 = 0x480;
const PROGRAM_HEADERS: u64 = 7;
/// Value of `DT_DEBUG` in the dynamic section.
pub(super) const DEBUG_AT: u64 = DATA_AT + 5 * 16 + 8;
const DYNAMIC: u64 = 7 * 16;

/// A mapped file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Module {
    pub(super) path: &'static str,
    pub(super) base: u64,
    pub(super) is_program: bool,
}

/// Path of the dynamic linker.
const LINKER: &str = "/usr/lib/ld-synth.so.2";

/// The modules in the order of the linker's list; the linker is last.
pub(super) fn modules(machine: Machine) -> [Module; 3] {
    let (program, libraries) = match machine {
        Machine::X86_64 => (0x5555_5555_4000, 0x7fff_f7c0_0000),
        Machine::Aarch64 => (0xaaaa_aaaa_0000, 0xffff_f7c0_0000),
    };
    [
        Module { path: "/opt/synth/service", base: program, is_program: true },
        Module { path: "/usr/lib/libsynth-crypto.so.3", base: libraries, is_program: false },
        Module { path: LINKER, base: libraries + 0x10_0000, is_program: false },
    ]
}

impl Module {
    /// Address and count of the program headers.
    pub(super) fn program_headers(&self) -> (u64, u64) {
        (self.base + 64, PROGRAM_HEADERS)
    }

    /// Address of the dynamic section.
    pub(super) fn dynamic(&self) -> u64 {
        self.base + DATA_AT
    }

    /// Maps the module; its code is dumped only if `code` says so.
    pub(super) fn map(&self, memory: &mut Memory, seed: u64, code: bool) {
        memory.add(Segment::new(self.base, PAGE, READ, Content::Zeros, seed));
        let text = Segment::new(self.base + CODE_AT, CODE, READ | EXECUTE, Content::Code, seed);
        memory.add(if code { text } else { text.dumped(0) });
        memory.add(Segment::new(self.base + DATA_AT, DATA, READ | WRITE, Content::Zeros, seed));
    }

    /// Writes headers and tables; `debug` is the address of the linker's list.
    pub(super) fn fill(&self, memory: &mut Memory, machine: Machine, seed: u64, debug: u64) {
        for (at, bytes) in self.tables(machine, seed) {
            memory.put(self.base + at, &bytes);
        }
        let debug = if self.is_program { debug } else { 0 };
        // In memory the linker has added the base.
        memory.put(self.dynamic(), &words(&dynamic(self.base, debug)));
    }

    /// What the first page holds.
    fn tables(&self, machine: Machine, seed: u64) -> Vec<(u64, Vec<u8>)> {
        let mut build_id: Vec<u8> = words32(&[4, 20, 3]);
        build_id.extend(b"GNU\0");
        build_id.extend(Random::of(seed, self.base).bytes(20));
        let mut tables =
            vec![(0, header(machine, self.is_program)), (64, self.headers()), (BUILD_ID_AT, build_id)];
        if self.is_program {
            tables.push((INTERPRETER_AT, [LINKER.as_bytes(), b"\0"].concat()));
        }
        tables
    }

    fn headers(&self) -> Vec<u8> {
        let interpreter = if self.is_program { (3, LINKER.len() as u64 + 1) } else { (0, 0) };
        // Type, flags, start, bytes, alignment.
        let all: [(u32, u32, u64, u64, u64); 7] = [
            (6, 4, 64, 56 * PROGRAM_HEADERS, 8),
            (interpreter.0, 4, INTERPRETER_AT, interpreter.1, 1),
            (1, 4, 0, PAGE, PAGE),
            (1, 5, CODE_AT, CODE, PAGE),
            (1, 6, DATA_AT, DATA, PAGE),
            (2, 6, DATA_AT, DYNAMIC, 8),
            (4, 4, BUILD_ID_AT, BUILD_ID, 4),
        ];
        let mut out = Vec::new();
        for (kind, flags, start, bytes, alignment) in all {
            out.extend(words32(&[kind, flags]));
            out.extend(words(&[start, start, start, bytes, bytes, alignment]));
        }
        out
    }
}

/// `Elf64_Ehdr` of a shared object or a position-independent program.
fn header(machine: Machine, is_program: bool) -> Vec<u8> {
    let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let number: u16 = match machine {
        Machine::X86_64 => 62,
        Machine::Aarch64 => 183,
    };
    out.extend([3, number].into_iter().flat_map(u16::to_le_bytes));
    out.extend(words32(&[1]));
    out.extend(words(&[if is_program { CODE_AT } else { 0 }, 64, 0]));
    out.extend(words32(&[0]));
    out.extend([64_u16, 56, 7, 64, 0, 0].into_iter().flat_map(u16::to_le_bytes));
    out
}

/// `DT_STRTAB`, `DT_SYMTAB`, `DT_STRSZ`, `DT_SYMENT`, `DT_HASH`, `DT_DEBUG`, `DT_NULL`: an empty
/// symbol table, in zeros after the string table.
fn dynamic(base: u64, debug: u64) -> [u64; 14] {
    [
        5,
        base + STRINGS_AT,
        6,
        base + STRINGS_AT + 16,
        10,
        1,
        11,
        24,
        4,
        base + STRINGS_AT + 64,
        21,
        debug,
        0,
        0,
    ]
}

/// The file of the program.
pub(crate) fn program(machine: Machine, seed: u64) -> Vec<u8> {
    let module = modules(machine)[0];
    let mut out = vec![0; crate::memory::size(MODULE)];
    let mut tables = module.tables(machine, seed);
    tables.push((DATA_AT, words(&dynamic(0, 0))));
    for (at, bytes) in tables {
        let at = crate::memory::size(at);
        out[at..at + bytes.len()].copy_from_slice(&bytes);
    }
    out
}

fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn words32(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
