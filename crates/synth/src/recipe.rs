//! What a core shall be like.

use crate::elf::Core;
use crate::keyring::Keyring;
use crate::process::{Process, Spot};
use crate::truth::{Piece, Planted, Truth, TruthSecret, TruthSegment, TruthValue};
use std::io::{self, Write};

/// Processor of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// x86-64.
    X86_64,
    /// AArch64.
    Aarch64,
}

/// Order of segments in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By address, as Linux wrote cores up to 6.12 and gcore does.
    Address,
    /// Small ones first, as Linux does with `core_sort_vma`.
    Size,
    /// Any order, program headers in the same.
    Shuffled,
    /// Any order in the file, program headers by address.
    ShuffledFile,
}

/// Shape of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Order of segments.
    pub order: Order,
    /// Count of program headers in section header 0 (`PN_XNUM`) although it is small.
    pub extended_count: bool,
    /// Leave code out of the file (`filesz < memsz`), and cut some segments short.
    pub partial_segments: bool,
    /// Make neighbours of segments whose bytes are apart.
    pub split: bool,
    /// Leave bytes between structures.
    pub gaps: bool,
    /// Leave bytes after the last structure.
    pub trailing: bool,
    /// Alignment of segments in the file: 4096 as Linux, 1 as gcore.
    pub alignment: u64,
    /// How many more segments of one page to make: 65,536 and more need `PN_XNUM`.
    pub small_segments: u64,
}

impl Default for Layout {
    /// Everything that a reader must cope with, in one file.
    fn default() -> Self {
        Self {
            order: Order::Shuffled,
            extended_count: true,
            partial_segments: true,
            split: true,
            gaps: true,
            trailing: true,
            alignment: 4096,
            small_segments: 3,
        }
    }
}

/// A core to be written. The same recipe and keyring give the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Decides content, places and order.
    pub seed: u64,
    /// Processor.
    pub machine: Machine,
    /// Threads, at least one.
    pub threads: u32,
    /// Heap memory aimed at, in bytes; more if the secrets do not fit.
    pub memory_bytes: u64,
    /// Shape of the file.
    pub layout: Layout,
}

impl Recipe {
    /// A small core of x86-64 with every complication.
    #[must_use]
    pub fn small(seed: u64) -> Self {
        Self { seed, machine: Machine::X86_64, threads: 3, memory_bytes: 1 << 20, layout: Layout::default() }
    }

    /// Writes the core, in little memory whatever its size, and says what is in it.
    ///
    /// # Errors
    /// If `out` fails.
    pub fn write(&self, keyring: &Keyring, out: &mut impl Write) -> io::Result<Truth> {
        let process = Process::new(self, keyring);
        let place = process.core.place();
        process.core.write(&place, out)?;
        Ok(self.truth(keyring, &process, &place))
    }

    /// The core in memory.
    #[must_use]
    pub fn bytes(&self, keyring: &Keyring) -> (Vec<u8>, Truth) {
        let process = Process::new(self, keyring);
        let place = process.core.place();
        let mut out = Vec::with_capacity(crate::memory::size(place.length));
        // Writing to memory does not fail; an empty file would fail every test.
        let written = process.core.write(&place, &mut out);
        debug_assert!(written.is_ok());
        (out, self.truth(keyring, &process, &place))
    }

    /// The program that the process ran: an executable with which a debugger opens the core.
    #[must_use]
    pub fn program(&self) -> Vec<u8> {
        crate::process::program(self.machine, self.seed)
    }

    fn truth(&self, keyring: &Keyring, process: &Process, place: &crate::elf::Placement) -> Truth {
        let core = &process.core;
        let segments =
            core.memory.segments().iter().zip(&place.segments).map(|(segment, offset)| TruthSegment {
                address: segment.address,
                memory_bytes: segment.memory_bytes,
                file_offset: *offset,
                file_bytes: segment.file_bytes,
                flags: segment.flags,
            });
        let notes = core.notes.iter().zip(&place.descriptors).map(|(note, descriptor)| {
            (note.name.to_owned(), Piece { file_offset: *descriptor, length: note.descriptor.len() as u64 })
        });
        let mut truth = Truth {
            seed: self.seed,
            file_length: place.length,
            threads: process.threads.clone(),
            modules: process.modules.clone(),
            segments: segments.collect(),
            notes: notes.collect(),
            secrets: secrets(keyring),
            planted: Vec::new(),
            structures: core.structures(place),
            fields: core.fields(place),
        };
        truth.secrets.push(process.guard.clone());
        for planted in &process.planted {
            let mut entry = planted.entry.clone();
            entry.pieces = pieces(core, place, &planted.spot, entry.bytes.len() as u64);
            truth.planted.push(entry);
        }
        truth.fields.extend(process.pointers.iter().filter_map(|(name, address)| {
            let spot = Spot::Memory(*address);
            let offset = pieces(core, place, &spot, 8).first()?.file_offset;
            Some(crate::truth::Field::new(name, offset, 8))
        }));
        truth
    }
}

fn secrets(keyring: &Keyring) -> Vec<TruthSecret> {
    let secret = |secret: &crate::secret::Secret| TruthSecret {
        id: secret.id.clone(),
        kind: secret.kind.to_owned(),
        bits: secret.bits,
        values: secret
            .values
            .iter()
            .map(|value| (value.name.to_owned(), TruthValue { role: value.role, bytes: value.bytes.clone() }))
            .collect(),
    };
    keyring.secrets.iter().map(secret).collect()
}

/// Where a planting came to lie in the file.
fn pieces(core: &Core, place: &crate::elf::Placement, spot: &Spot, length: u64) -> Vec<Piece> {
    match spot {
        Spot::Memory(address) => {
            let parts = core.memory.parts(*address, length).into_iter();
            let piece = |(index, range, _): (usize, std::ops::Range<u64>, u64)| Piece {
                file_offset: place.segments[index] + range.start,
                length: range.end - range.start,
            };
            parts.map(piece).collect()
        }
        Spot::Note(parts) => {
            let piece = |(note, offset, length): &(usize, u64, u64)| Piece {
                file_offset: place.descriptors[*note] + offset,
                length: *length,
            };
            parts.iter().map(piece).collect()
        }
        Spot::Gap(number, offset) => place
            .gaps
            .get(number)
            .map(|gap| Piece { file_offset: gap + offset, length })
            .into_iter()
            .collect(),
        Spot::Trailing(offset) => vec![Piece { file_offset: place.trailing + offset, length }],
    }
}

/// An occurrence and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    /// Its pieces are empty until the file is laid out.
    pub(crate) entry: Planted,
    pub(crate) spot: Spot,
}
