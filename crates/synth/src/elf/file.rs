//! The file: where each structure lies, and the bytes.

use super::note::Note;
use crate::memory::{Memory, size};
use crate::random::Random;
use crate::recipe::{Machine, Order};
use crate::truth::{Field, Structure};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;

const HEADER: u64 = 64;
const PROGRAM_HEADER: u64 = 56;
const SECTION_HEADER: u64 = 64;
/// `e_phnum` that sends readers to section header 0.
const PN_XNUM: u64 = 0xffff;

/// Everything that goes into a core.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub(crate) machine: Machine,
    pub(crate) notes: Vec<Note>,
    pub(crate) memory: Memory,
    pub(crate) order: Order,
    /// Use section header 0 for the count of program headers even if it is small.
    pub(crate) extended: bool,
    /// Alignment of segments in the file.
    pub(crate) alignment: u64,
    /// Bytes before the segment with this number in the file.
    pub(crate) gaps: BTreeMap<usize, Vec<u8>>,
    pub(crate) trailing: Vec<u8>,
    pub(crate) seed: u64,
}

/// Where everything lies in the file.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    /// Indices of segments in the order of their bytes.
    pub(crate) file_order: Vec<usize>,
    /// Start of the bytes of each segment, by index.
    pub(crate) segments: Vec<u64>,
    /// Start of the descriptor of each note.
    pub(crate) descriptors: Vec<u64>,
    notes: Range<u64>,
    /// Start of each gap.
    pub(crate) gaps: BTreeMap<usize, u64>,
    /// Section header 0.
    section: Option<u64>,
    /// Start of the trailing bytes.
    pub(crate) trailing: u64,
    /// Length of the file.
    pub(crate) length: u64,
}

impl Core {
    fn header_count(&self) -> u64 {
        self.memory.segments().len() as u64 + 1
    }

    fn is_extended(&self) -> bool {
        self.extended || self.header_count() >= PN_XNUM
    }

    /// Lays the file out.
    pub(crate) fn place(&self) -> Placement {
        let mut at = HEADER + PROGRAM_HEADER * self.header_count();
        let first_note = at;
        let mut descriptors = Vec::new();
        for note in &self.notes {
            descriptors.push(at + note.head_bytes() as u64);
            at += note.bytes().len() as u64;
        }
        let notes = first_note..at;
        let file_order = self.file_order();
        let (mut segments, mut gaps) = (vec![0; file_order.len()], BTreeMap::new());
        for (number, index) in file_order.iter().enumerate() {
            if let Some(gap) = self.gaps.get(&number) {
                gaps.insert(number, at);
                at += gap.len() as u64;
            }
            at = at.next_multiple_of(self.alignment);
            segments[*index] = at;
            at += self.memory.segments()[*index].file_bytes;
        }
        let section = self.is_extended().then_some(at);
        at += section.map_or(0, |_| SECTION_HEADER);
        let length = at + self.trailing.len() as u64;
        Placement { file_order, segments, descriptors, notes, gaps, section, trailing: at, length }
    }

    fn file_order(&self) -> Vec<usize> {
        let segments = self.memory.segments();
        let mut order: Vec<usize> = (0..segments.len()).collect();
        match self.order {
            Order::Address => {}
            Order::Size => order.sort_by_key(|index| segments[*index].file_bytes),
            Order::Shuffled | Order::ShuffledFile => Random::of(self.seed, 11).shuffle(&mut order),
        }
        order
    }

    /// Program headers follow the file, but in one order that no kernel writes.
    fn header_order<'a>(&self, place: &'a Placement) -> Box<dyn Iterator<Item = usize> + 'a> {
        match self.order {
            Order::ShuffledFile => Box::new(0..place.segments.len()),
            _ => Box::new(place.file_order.iter().copied()),
        }
    }

    /// Writes the file from front to end.
    pub(crate) fn write(&self, place: &Placement, out: &mut impl Write) -> io::Result<()> {
        let mut out = Counting { out, written: 0 };
        self.headers(place, &mut out)?;
        for note in &self.notes {
            out.write_all(&note.bytes())?;
        }
        for (number, index) in place.file_order.iter().enumerate() {
            if let Some(gap) = self.gaps.get(&number) {
                out.write_all(gap)?;
            }
            out.pad_to(place.segments[*index])?;
            self.memory.segments()[*index].write(&mut out)?;
        }
        if place.section.is_some() {
            let mut section = vec![0; size(SECTION_HEADER)];
            // sh_info at 44.
            section[44..48].copy_from_slice(&u32::try_from(self.header_count()).unwrap_or(0).to_le_bytes());
            out.write_all(&section)?;
        }
        out.write_all(&self.trailing)?;
        out.out.flush()
    }

    fn headers(&self, place: &Placement, out: &mut impl Write) -> io::Result<()> {
        let short = if self.is_extended() { PN_XNUM } else { self.header_count() };
        let mut head = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        put(&mut head, 2, 4);
        put(
            &mut head,
            2,
            match self.machine {
                Machine::X86_64 => 62,
                Machine::Aarch64 => 183,
            },
        );
        put(&mut head, 4, 1);
        for word in [0, HEADER, place.section.unwrap_or(0)] {
            put(&mut head, 8, word);
        }
        put(&mut head, 4, 0);
        let sections = u64::from(place.section.is_some());
        for half in
            [HEADER, PROGRAM_HEADER, short, if sections == 0 { 0 } else { SECTION_HEADER }, sections, 0]
        {
            put(&mut head, 2, half);
        }
        out.write_all(&head)?;
        out.write_all(&program_header(
            4,
            0,
            [place.notes.start, 0, place.notes.end - place.notes.start, 0, 4],
        ))?;
        for index in self.header_order(place) {
            let segment = &self.memory.segments()[index];
            let numbers = [place.segments[index], segment.address, segment.file_bytes, segment.memory_bytes];
            let [offset, address, file_bytes, memory_bytes] = numbers;
            let fields = [offset, address, file_bytes, memory_bytes, self.alignment];
            out.write_all(&program_header(1, segment.flags, fields))?;
        }
        Ok(())
    }

    /// Every structure, for mutators.
    pub(crate) fn structures(&self, place: &Placement) -> Vec<Structure> {
        let mut all = vec![Structure::new("ELF header", 0, HEADER)];
        for number in 0..self.header_count() {
            all.push(Structure::new("program header", HEADER + number * PROGRAM_HEADER, PROGRAM_HEADER));
        }
        for (note, descriptor) in self.notes.iter().zip(&place.descriptors) {
            let head = note.head_bytes() as u64;
            all.push(Structure::new("note header", descriptor - head, head));
            all.push(Structure::new(note.name, *descriptor, note.descriptor.len() as u64));
        }
        for (segment, offset) in self.memory.segments().iter().zip(&place.segments) {
            all.push(Structure::new("segment", *offset, segment.file_bytes));
        }
        all.extend(place.section.map(|offset| Structure::new("section header", offset, SECTION_HEADER)));
        all.push(Structure::new("trailing bytes", place.trailing, self.trailing.len() as u64));
        all.retain(|structure| structure.length > 0);
        all
    }

    /// Every number that a reader trusts, for mutators.
    pub(crate) fn fields(&self, place: &Placement) -> Vec<Field> {
        let mut all: Vec<Field> =
            HEADER_FIELDS.map(|(name, offset, width)| Field::new(name, offset, width)).into();
        for number in 0..self.header_count() {
            let start = HEADER + number * PROGRAM_HEADER;
            all.extend(PROGRAM_HEADER_FIELDS.map(|(name, at, width)| Field::new(name, start + at, width)));
        }
        for (note, descriptor) in self.notes.iter().zip(&place.descriptors) {
            let start = descriptor - note.head_bytes() as u64;
            all.extend(
                [("n_namesz", 0), ("n_descsz", 4), ("n_type", 8)]
                    .map(|(name, at)| Field::new(name, start + at, 4)),
            );
            let words = match note.name {
                "NT_FILE" => 8,
                "NT_AUXV" => note.descriptor.len() as u64 / 8,
                _ => 0,
            };
            all.extend((0..words).map(|word| Field::new(note.name, descriptor + 8 * word, 8)));
        }
        all.extend(place.section.map(|offset| Field::new("sh_info", offset + 44, 4)));
        all
    }
}

/// `Elf64_Ehdr`.
const HEADER_FIELDS: [(&str, u64, u64); 12] = [
    ("e_ident", 4, 4),
    ("e_type", 16, 2),
    ("e_machine", 18, 2),
    ("e_entry", 24, 8),
    ("e_phoff", 32, 8),
    ("e_shoff", 40, 8),
    ("e_ehsize", 52, 2),
    ("e_phentsize", 54, 2),
    ("e_phnum", 56, 2),
    ("e_shentsize", 58, 2),
    ("e_shnum", 60, 2),
    ("e_shstrndx", 62, 2),
];

/// `Elf64_Phdr`.
const PROGRAM_HEADER_FIELDS: [(&str, u64, u64); 7] = [
    ("p_type", 0, 4),
    ("p_flags", 4, 4),
    ("p_offset", 8, 8),
    ("p_vaddr", 16, 8),
    ("p_filesz", 32, 8),
    ("p_memsz", 40, 8),
    ("p_align", 48, 8),
];

fn put(out: &mut Vec<u8>, width: usize, number: u64) {
    out.extend(&number.to_le_bytes()[..width]);
}

/// `Elf64_Phdr` with `p_paddr` zero, as Linux writes it.
fn program_header(kind: u64, flags: u32, fields: [u64; 5]) -> Vec<u8> {
    let [offset, address, file_bytes, memory_bytes, alignment] = fields;
    let mut out = Vec::new();
    put(&mut out, 4, kind);
    put(&mut out, 4, u64::from(flags));
    for word in [offset, address, 0, file_bytes, memory_bytes, alignment] {
        put(&mut out, 8, word);
    }
    out
}

struct Counting<'a, W> {
    out: &'a mut W,
    written: u64,
}

impl<W: Write> Counting<'_, W> {
    fn pad_to(&mut self, offset: u64) -> io::Result<()> {
        let padding = vec![0; size(offset.saturating_sub(self.written))];
        self.write_all(&padding)
    }
}

impl<W: Write> Write for Counting<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
