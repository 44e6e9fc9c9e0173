//! Cores built byte by byte, for tests.
#![expect(clippy::arithmetic_side_effects, reason = "test arithmetic on small numbers")]

use super::auxv::AT_RANDOM;
use super::kind;

/// A core under construction. Segments lie in the file in the order given.
#[derive(Clone, Debug)]
pub(super) struct Core {
    pub(super) machine: u16,
    pub(super) segments: Vec<Load>,
    pub(super) notes: Vec<(&'static str, u32, Vec<u8>)>,
    /// Put the count of program headers into section header 0.
    pub(super) extended: bool,
}

/// A memory segment.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) address: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) memory_bytes: u64,
    pub(super) flags: u32,
}

impl Load {
    pub(super) fn new(address: u64, bytes: Vec<u8>) -> Self {
        let memory_bytes = length(&bytes);
        Self { address, bytes, memory_bytes, flags: 6 }
    }

    /// Writes into the memory of the segment.
    pub(super) fn put(&mut self, address: u64, bytes: &[u8]) {
        let at = usize::try_from(address - self.address).expect("address in the segment");
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Writes words into the memory of the segment.
    pub(super) fn words(&mut self, address: u64, words: &[u64]) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(address, &bytes);
    }
}

impl Core {
    pub(super) fn new() -> Self {
        Self { machine: 62, segments: vec![], notes: vec![], extended: false }
    }

    pub(super) fn load(mut self, load: Load) -> Self {
        self.segments.push(load);
        self
    }

    pub(super) fn note(mut self, owner: &'static str, kind: u32, descriptor: Vec<u8>) -> Self {
        self.notes.push((owner, kind, descriptor));
        self
    }

    pub(super) fn auxv(self, entries: &[(u64, u64)]) -> Self {
        let words = entries.iter().chain(&[(0, 0)]).flat_map(|entry| [entry.0, entry.1]);
        let bytes = words.flat_map(u64::to_le_bytes).collect();
        self.note("CORE", kind::NT_AUXV, bytes)
    }

    /// File offset of the bytes of segment `index`.
    pub(super) fn offset_of(&self, index: usize) -> u64 {
        let before: u64 = self.segments.iter().take(index).map(|load| length(&load.bytes)).sum();
        self.notes_offset() + length(&self.note_bytes()) + before
    }

    fn notes_offset(&self) -> u64 {
        64 + 56 * (1 + u64::try_from(self.segments.len()).expect("small"))
    }

    fn note_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (owner, kind, descriptor) in &self.notes {
            let name = u32::try_from(owner.len() + 1).expect("short");
            let size = u32::try_from(descriptor.len()).expect("short");
            for word in [name, size, *kind] {
                out.extend(word.to_le_bytes());
            }
            out.extend(owner.as_bytes());
            out.push(0);
            out.resize(out.len().next_multiple_of(4), 0);
            out.extend(descriptor);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out
    }

    pub(super) fn build(&self) -> Vec<u8> {
        let notes = self.note_bytes();
        let data: u64 = self.segments.iter().map(|load| length(&load.bytes)).sum();
        let count = u32::try_from(self.segments.len() + 1).expect("few");
        let sections = self.offset_of(0) + data;
        let mut out = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        out.extend(4_u16.to_le_bytes());
        out.extend(self.machine.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend([0, 64, if self.extended { sections } else { 0 }].into_iter().flat_map(u64::to_le_bytes));
        out.extend(0_u32.to_le_bytes());
        let short = if self.extended { 0xffff } else { u16::try_from(count).expect("few") };
        let shape = [64, 56, short, 64, u16::from(self.extended), 0];
        out.extend(shape.into_iter().flat_map(u16::to_le_bytes));
        program_header(&mut out, 4, 0, [self.notes_offset(), 0, length(&notes), 0]);
        let mut offset = self.offset_of(0);
        for load in &self.segments {
            let place = [offset, load.address, length(&load.bytes), load.memory_bytes];
            program_header(&mut out, 1, load.flags, place);
            offset += length(&load.bytes);
        }
        out.extend(notes);
        out.extend(self.segments.iter().flat_map(|load| load.bytes.iter()));
        if self.extended {
            let mut section = [0; 64];
            section[44..48].copy_from_slice(&count.to_le_bytes());
            out.extend(section);
        }
        out
    }
}

fn program_header(out: &mut Vec<u8>, kind: u32, flags: u32, place: [u64; 4]) {
    let [offset, address, file_bytes, memory_bytes] = place;
    out.extend(kind.to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(
        [offset, address, 0, file_bytes, memory_bytes, if kind == 4 { 4 } else { 0x1000 }]
            .into_iter()
            .flat_map(u64::to_le_bytes),
    );
}

/// An `NT_PRSTATUS` of x86-64.
pub(super) fn prstatus(thread: u32, pc: u64, sp: u64, fs_base: u64) -> Vec<u8> {
    let mut bytes = vec![0; 336];
    bytes[32..36].copy_from_slice(&thread.to_le_bytes());
    for (at, word) in [(112 + 128, pc), (112 + 152, sp), (112 + 168, fs_base)] {
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Where [`stack`] puts things.
pub(super) const STACK: u64 = 0x7ffc_0000_0000;
/// The random bytes of [`stack`].
pub(super) const RANDOM: u64 = STACK + 0x800;
/// The strings of [`stack`].
pub(super) const STRINGS: u64 = STACK + 0x900;

/// An initial stack as the kernel lays it out, of 4096 bytes, with these words from argc to the
/// last NULL of envp, and these strings from [`STRINGS`] on.
pub(super) fn stack(words: &[u64], strings: &[u8]) -> Load {
    let mut load = Load::new(STACK, vec![0; 0x1000]);
    load.words(STACK + 0x100, words);
    let vector = STACK + 0x100 + 8 * u64::try_from(words.len()).expect("few");
    load.words(vector, &[16, 0x1234, 6, 4096, AT_RANDOM, RANDOM, 0, 0]);
    load.put(RANDOM, b"0123456789abcdef");
    load.put(STRINGS, strings);
    load
}

/// The auxiliary vector that goes with [`stack`].
pub(super) const AUXV: [(u64, u64); 3] = [(16, 0x1234), (6, 4096), (AT_RANDOM, RANDOM)];

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("small")
}
