//! Puts the process together.

mod plant;

use super::allocator::{Allocator, DISTANCE};
use super::module::{CODE_AT, DEBUG_AT, Module, modules};
use super::stack::{Initial, Written};
use crate::content::{Content, PAGE};
use crate::elf::{self, Core, Registers};
use crate::keyring::Keyring;
use crate::memory::{Memory, READ, Segment, WRITE};
use crate::random::Random;
use crate::recipe::{Layout, Machine, Planned, Recipe};
use crate::secret::{Expectation, Place, Planting, Role};
use crate::truth::{Planted, TruthSecret, TruthValue};
use std::collections::BTreeMap;

/// Where a planting lies, before the file is laid out.
#[derive(Clone, Debug)]
pub(crate) enum Spot {
    /// At an address.
    Memory(u64),
    /// In parts of notes: index, offset in the descriptor, length.
    Note(Vec<(usize, u64, u64)>),
    /// In a gap: number, offset.
    Gap(usize, u64),
    /// After the end, at an offset.
    Trailing(u64),
}

/// The process, ready to be written.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) core: Core,
    pub(crate) threads: Vec<u32>,
    pub(crate) modules: Vec<String>,
    pub(crate) planted: Vec<Planned>,
    /// The bytes from which stack guards are made.
    pub(crate) guard: TruthSecret,
    /// Words in memory that debuggers follow, for mutators.
    pub(crate) pointers: Vec<(&'static str, u64)>,
}

/// Id of the process and of its first thread.
const PROCESS: u32 = 4711;
/// Bytes of each small heap at whose borders and ends secrets lie.
const SMALL_HEAP: u64 = 4 * PAGE;
/// Largest heap.
const HEAP_MAX: u64 = 256 << 20;
/// Bytes of each stack.
const STACK: u64 = 8 * PAGE;
/// Offset in the linker's data of `r_debug`, of the list, and of its names.
const R_DEBUG: u64 = 0x800;
const LINK_MAP: u64 = 0x900;
const NAMES: u64 = 0xb00;
/// Distance of the thread control block from the end of a stack.
const CONTROL_BLOCK: u64 = 0x700;

/// Start addresses.
struct Plan {
    heaps: u64,
    neighbours: u64,
    stacks: u64,
    stack_top: u64,
    small: u64,
}

impl Plan {
    fn new(machine: Machine) -> Self {
        // The upper part of the address space starts elsewhere on AArch64.
        let high = match machine {
            Machine::X86_64 => 0x7f00_0000_0000,
            Machine::Aarch64 => 0xff00_0000_0000,
        };
        Self {
            heaps: high - 0x100_0000_0000,
            neighbours: high,
            stacks: high + 0x10_0000_0000,
            small: high + 0x20_0000_0000,
            stack_top: high + 0xff_ffff_f000,
        }
    }
}

impl Process {
    /// Builds the process and plants everything.
    pub(crate) fn new(recipe: &Recipe, keyring: &Keyring) -> Self {
        let random = Random::of(recipe.seed, 21);
        let mut builder = Builder {
            recipe,
            keyring,
            layout: recipe.layout,
            plan: Plan::new(recipe.machine),
            modules: modules(recipe.machine),
            memory: Memory::default(),
            registers: Vec::new(),
            gaps: BTreeMap::new(),
            trailing: Vec::new(),
            planted: Vec::new(),
            vectors: Vec::new(),
            random,
        };
        let mut allocator = builder.map();
        let written = builder.describe();
        builder.plant(&mut allocator);
        builder.finish(&written)
    }
}

struct Builder<'a> {
    recipe: &'a Recipe,
    keyring: &'a Keyring,
    layout: Layout,
    plan: Plan,
    modules: [Module; 3],
    memory: Memory,
    registers: Vec<Registers>,
    gaps: BTreeMap<usize, Vec<u8>>,
    trailing: Vec<u8>,
    planted: Vec<Planned>,
    /// Plantings in vector registers: planting, thread, register.
    vectors: Vec<(usize, usize, u64)>,
    random: Random,
}

impl Builder<'_> {
    /// Where a planting really goes under this layout.
    fn place(&self, planting: &Planting) -> Place {
        let has = match planting.place {
            Place::Border => self.layout.split,
            Place::SegmentEnd | Place::SegmentStart => self.layout.partial_segments,
            Place::Gap => self.layout.gaps,
            Place::Trailing => self.layout.trailing,
            _ => true,
        };
        if has { planting.place } else { Place::Heap(1) }
    }

    fn count(&self, place: Place) -> u64 {
        self.keyring.plantings.iter().filter(|planting| self.place(planting) == place).count() as u64
    }

    /// Makes all segments; returns what hands out places in the heaps.
    fn map(&mut self) -> Allocator {
        let seed = self.recipe.seed;
        for module in self.modules {
            module.map(&mut self.memory, seed, !self.layout.partial_segments);
        }
        let writable = READ | WRITE;
        let in_heaps = |planting: &&Planting| matches!(self.place(planting), Place::Heap(_));
        let (mut count, mut bytes, mut longest) = (0, 0, 0);
        for planting in self.keyring.plantings.iter().filter(in_heaps) {
            let room = planting.bytes.len() as u64 + 2 * DISTANCE + 32;
            count += 1;
            bytes += room;
            longest = room.max(longest);
        }
        let wanted = self.recipe.memory_bytes.max(2 * bytes + longest).next_multiple_of(PAGE);
        let (mut heaps, mut at, mut left) = (Vec::new(), self.plan.heaps, wanted);
        while left > 0 {
            let length = left.min(HEAP_MAX);
            self.memory.add(Segment::new(at, length, writable, Content::Mixed, seed));
            heaps.push(at..at + length);
            at += length + 16 * PAGE;
            left -= length;
        }
        // One more neighbour than borders; ends and starts each have a segment of their own.
        let borders = self.count(Place::Border);
        for number in 0..if borders == 0 { 0 } else { borders + 1 } {
            let address = self.plan.neighbours + number * SMALL_HEAP;
            self.memory.add(Segment::new(address, SMALL_HEAP, writable, Content::Mixed, seed));
        }
        for number in 0..self.count(Place::SegmentEnd) + self.count(Place::SegmentStart) {
            let segment = Segment::new(self.edge(number), 4 * SMALL_HEAP, writable, Content::Mixed, seed);
            self.memory.add(segment.dumped(SMALL_HEAP));
        }
        for number in 0..self.layout.small_segments {
            let address = self.plan.small + 2 * PAGE * number;
            self.memory.add(Segment::new(address, PAGE, writable, Content::Mixed, seed));
        }
        for thread in 1..u64::from(self.recipe.threads) {
            self.memory.add(Segment::new(
                self.stack_end(thread) - STACK,
                STACK,
                writable,
                Content::Zeros,
                seed,
            ));
        }
        let top = self.plan.stack_top;
        self.memory.add(Segment::new(top - 4 * STACK, 4 * STACK, writable, Content::Zeros, seed));
        self.memory.sort();
        Allocator::new(heaps, count, bytes, longest)
    }

    fn edge(&self, number: u64) -> u64 {
        self.plan.neighbours + 0x8_0000_0000 + number * 8 * SMALL_HEAP
    }

    /// End of the stack of a thread; the control block lies there too.
    fn stack_end(&self, thread: u64) -> u64 {
        self.plan.stacks + (thread + 1) * 2 * STACK
    }

    /// Writes what debuggers read: modules, the linker's list, stacks, registers.
    fn describe(&mut self) -> Written {
        let linker = self.modules[2];
        let debug = linker.dynamic() + R_DEBUG;
        for module in self.modules {
            module.fill(&mut self.memory, self.recipe.machine, self.recipe.seed, debug);
        }
        // struct r_debug: version, r_map, r_brk, r_state, r_ldbase.
        let list = linker.dynamic() + LINK_MAP;
        self.memory.words(debug, &[1, list, linker.base + CODE_AT + 0x100, 0, linker.base]);
        // struct link_map: l_addr, l_name, l_ld, l_next, l_prev.
        let mut name = linker.dynamic() + NAMES;
        for (number, module) in self.modules.iter().enumerate() {
            let at = |number: usize| list + 64 * number as u64;
            let next = if number + 1 < self.modules.len() { at(number + 1) } else { 0 };
            let previous = if number > 0 { at(number - 1) } else { 0 };
            self.memory.words(at(number), &[module.base, name, module.dynamic(), next, previous]);
            // The program has no name in the list.
            let text = if module.is_program { "" } else { module.path };
            self.memory.put(name, &[text.as_bytes(), b"\0"].concat());
            name += text.len() as u64 + 1;
        }
        let written = self.initial_stack();
        self.run_threads(&written);
        written
    }

    fn initial_stack(&mut self) -> Written {
        let texts =
            |place| self.keyring.plantings.iter().filter(move |p| p.place == place).map(|p| p.bytes.clone());
        let program = self.modules[0];
        let arguments =
            std::iter::once(program.path.as_bytes().to_vec()).chain(texts(Place::Argument)).collect();
        let environment =
            [&b"PATH=/usr/bin:/bin"[..], b"LANG=C.UTF-8", b"HOME=/srv/synth"].map(<[u8]>::to_vec);
        let environment = environment.into_iter().chain(texts(Place::Environment)).collect();
        let (headers, count) = program.program_headers();
        let mut random = [0; 16];
        Random::of(self.recipe.seed, 22).fill(&mut random);
        // AT_PAGESZ, AT_PHDR, AT_PHENT, AT_PHNUM, AT_BASE, AT_ENTRY, AT_UID.
        let auxv = vec![
            (6, PAGE),
            (3, headers),
            (4, 56),
            (5, count),
            (7, self.modules[2].base),
            (9, program.base + CODE_AT),
            (11, 1000),
        ];
        let top = self.plan.stack_top;
        Initial { arguments, environment, auxv, random }.write(&mut self.memory, top)
    }

    /// Registers, thread control blocks, a frame each, and the guards in them.
    fn run_threads(&mut self, written: &Written) {
        let mut secret = [0; 16];
        Random::of(self.recipe.seed, 22).fill(&mut secret);
        self.guard("at-random", secret.to_vec(), 0..16, written.random);
        // glibc: the canary is the first word with its lowest byte zeroed, the pointer guard the second.
        let canary = [&[0], &secret[1..8]].concat();
        for thread in 0..self.recipe.threads.max(1) {
            let number = u64::from(thread);
            let (end, stack_pointer) = if thread == 0 {
                (self.plan.stack_top - 2 * STACK, written.bottom - 0x200)
            } else {
                (self.stack_end(number), self.stack_end(number) - 0x1000)
            };
            let thread_pointer = end - CONTROL_BLOCK;
            let frame_pointer = stack_pointer + 0x60;
            let caller = self.modules[0].base + CODE_AT + 0x40 + 16 * number;
            // Saved frame pointer and return address; zeros end the chain.
            self.memory.words(frame_pointer, &[0, caller]);
            self.memory.words(thread_pointer, &[thread_pointer, 0, thread_pointer]);
            if self.recipe.machine == Machine::X86_64 {
                self.guard("stack-guard", canary.clone(), 1..8, thread_pointer + 0x28);
                self.guard("pointer-guard", secret[8..].to_vec(), 0..8, thread_pointer + 0x30);
            }
            self.guard("stack-guard", canary.clone(), 1..8, frame_pointer - 8);
            self.registers.push(Registers {
                id: PROCESS + thread,
                process: PROCESS,
                program_counter: self.modules[0].base + CODE_AT + 0x800 + 32 * number,
                stack_pointer,
                frame_pointer,
                thread_pointer,
                vectors: [[0; 64]; 16],
            });
        }
    }

    fn guard(&mut self, form: &str, bytes: Vec<u8>, secret: std::ops::Range<usize>, address: u64) {
        self.memory.put(address, &bytes);
        let entry = Planted {
            secret: "process-guard".to_owned(),
            kind: "process-guard".to_owned(),
            component: "guard".to_owned(),
            form: form.to_owned(),
            place: "stack".to_owned(),
            expectation: Expectation::Strict,
            pieces: Vec::new(),
            bytes,
            secret_ranges: vec![secret],
            fragment: 8,
        };
        self.planted.push(Planned { entry, spot: Spot::Memory(address) });
    }

    fn finish(mut self, written: &Written) -> Process {
        let notes = self.notes(written);
        self.note_plantings(&notes);
        self.stack_plantings(written);
        let linker = self.modules[2].dynamic();
        let mut pointers = vec![
            ("DT_DEBUG", self.modules[0].base + DEBUG_AT),
            ("r_map", linker + R_DEBUG + 8),
            ("AT_PHDR in memory", written.bottom + 8),
        ];
        for number in 0..self.modules.len() as u64 {
            let node = linker + LINK_MAP + 64 * number;
            pointers.extend([("l_name", node + 8), ("l_ld", node + 16), ("l_next", node + 24)]);
        }
        let mut secret = vec![0; 16];
        Random::of(self.recipe.seed, 22).fill(&mut secret);
        let value = TruthValue { role: Role::Component, bytes: secret };
        Process {
            threads: self.registers.iter().map(|registers| registers.id).collect(),
            modules: self.modules.iter().map(|module| module.path.to_owned()).collect(),
            planted: self.planted,
            guard: TruthSecret {
                id: "process-guard".to_owned(),
                kind: "process-guard".to_owned(),
                bits: 128,
                values: BTreeMap::from([("guard".to_owned(), value)]),
            },
            pointers,
            core: Core {
                machine: self.recipe.machine,
                notes,
                memory: self.memory,
                order: self.layout.order,
                extended: self.layout.extended_count,
                alignment: self.layout.alignment,
                gaps: self.gaps,
                trailing: self.trailing,
                seed: self.recipe.seed,
            },
        }
    }

    /// All notes, in the kernel's order.
    fn notes(&self, written: &Written) -> Vec<elf::Note> {
        let arguments = self.keyring.plantings.iter().filter(|planting| planting.place == Place::Argument);
        let mut line = self.modules[0].path.to_owned();
        for argument in arguments {
            line.push(' ');
            line.push_str(&String::from_utf8_lossy(&argument.bytes));
        }
        let mapping = |module: &Module| {
            let code = module.base + CODE_AT;
            let data = module.dynamic();
            let end = data + 4 * PAGE;
            [
                (module.base, code, 0, module.path),
                (code, data, PAGE, module.path),
                (data, end, data - module.base, module.path),
            ]
        };
        let mappings: Vec<_> = self.modules.iter().flat_map(mapping).collect();
        let mut notes = Vec::new();
        for (number, registers) in self.registers.iter().enumerate() {
            let of_thread =
                registers.notes(self.recipe.machine).into_iter().map(|note| note.of_thread(number));
            notes.extend(of_thread);
            if number == 0 {
                let of_process = [
                    elf::prpsinfo(PROCESS, "service", &line),
                    elf::siginfo(0x10),
                    elf::auxv(&written.auxv),
                    elf::files(&mappings),
                ];
                notes.splice(1..1, of_process);
            }
        }
        notes
    }
}
