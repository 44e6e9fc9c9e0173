//! From a file to an image.

use super::command::{Commands, Note, Segment};
use super::header::Header;
use super::thread::States;
use super::{FORMAT, chain, module};
use crate::annotation::Annotations;
use crate::error::Error;
use crate::image::{AddressMap, Image, Machine, Origin, Protection, Space, Thread};
use crate::memory::Memory;
use crate::partition::Partition;
use crate::read::ReadAt;
use crate::spaces::{MADE, Run, UNKNOWN, joined, merged, single};
use crate::stacks::Stacks;
use std::ops::Range;

/// Bits of an address that Apple's AArch64 does not translate: tags and authentication codes above the 47 bits of programs
/// (`VM_MAX_ADDRESS` of XNU's `mach/arm/vm_param.h`).
const SIGNED_BITS: u64 = !((1 << 47) - 1);

/// Reads the structure of a core. Its bytes stay in the file.
///
/// # Errors
/// If this is no thin little-endian core, if it ends before the end of its load commands, if these say what cannot be, or if
/// the medium fails. What else is strange is remarked, and the bytes concerned are searched as they stand.
pub fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let header = Header::read(source)?;
    let mut annotations = Annotations::new(FORMAT);
    let commands = Commands::read(&header, &mut annotations)?;
    let file_length = source.length();
    let mut claims =
        Claims { file_length, partition: Partition::new(file_length), annotations, spaces: Vec::new() };
    claims.structure(0..header.bytes, "header");
    for range in &commands.structure {
        claims.structure(range.clone(), "load command");
    }
    for (thread, states) in (0..).zip(&commands.threads) {
        claims.states(thread, states);
    }
    claims.notes(&commands.notes);
    claims.memory(&commands.segments);
    let spaces = claims.finish();
    let mut annotations = claims.annotations;
    let addresses = AddressMap::new(&spaces);
    let memory = Memory::new(FORMAT, source, &addresses);
    let mappings = module::mappings(&memory, &commands.segments, &mut annotations);
    for [_, _, frame] in commands.threads.iter().filter_map(|thread| thread.pointers) {
        chain::protect(&memory, header.machine, frame, &mut annotations);
    }
    memory.finish()?;
    let stacks = Stacks::of(&spaces);
    let threads = (0..).zip(&commands.threads).filter_map(|(id, states)| {
        let [program_counter, stack_pointer, _] = states.pointers?;
        let stack = stacks.live(stack_pointer, header.machine);
        Some(Thread { id, program_counter, stack_pointer, thread_pointer: None, stack })
    });
    let threads = threads.collect();
    let mapped = merged(commands.segments.iter().map(|segment| segment.addresses.clone()).collect());
    // Addresses of a kernel have these bits.
    let is_signed =
        header.machine == Machine::Aarch64 && mapped.iter().all(|range| range.end & SIGNED_BITS == 0);
    let (missing_bytes, missing) = annotations.missing(file_length);
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image {
        format: "macho-core",
        machine: header.machine,
        file_length,
        spaces,
        protected,
        mapped,
        ignored_pointer_bits: if is_signed { SIGNED_BITS } else { 0 },
        mappings,
        threads,
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
        members: Vec::new(),
        joints_left: 0,
        addresses,
    })
}

/// Whom which bytes belong to.
struct Claims {
    file_length: u64,
    partition: Partition,
    annotations: Annotations,
    spaces: Vec<Space>,
}

impl Claims {
    fn structure(&mut self, range: Range<u64>, what: &'static str) {
        for range in self.partition.claim(range) {
            self.annotations.protect(range.clone(), Protection::Structure, what);
            self.spaces.push(single(Origin::Header, range, MADE));
        }
    }

    /// The registers of a thread: those without a role may be overwritten, vectors are judged as memory is.
    fn states(&mut self, thread: u32, states: &States) {
        for state in &states.states {
            self.structure(state.head.clone(), "thread state");
            self.annotations.debugger(state.needed.iter().cloned(), "ThreadContext pc, sp and state");
            let (name, access) =
                if state.is_vectors { ("ThreadContext vectors", UNKNOWN) } else { ("ThreadContext", MADE) };
            let origin = Origin::Note { name, kind: 0, thread: Some(thread) };
            let claimed = self.partition.claim(state.file.clone());
            self.spaces.extend(claimed.into_iter().map(|range| single(origin.clone(), range, access)));
        }
        if states.rest.start < states.rest.end {
            self.annotations.remark(format!(
                "{FORMAT}: thread {thread} has {:#x} bytes at file offset {:#x} that are no state; they are searched",
                crate::spaces::length(&states.rest),
                states.rest.start
            ));
        }
    }

    fn notes(&mut self, notes: &[Note]) {
        for note in notes {
            let name = note.owner.unwrap_or("unknown note");
            self.annotations.promise(name, &note.file, self.file_length);
            let access = if note.owner.is_some() { MADE } else { UNKNOWN };
            for range in self.partition.claim(note.file.clone()) {
                if note.owner.is_some() {
                    self.annotations.protect(range.clone(), Protection::Debugger, name);
                }
                self.spaces.push(single(Origin::Note { name, kind: 0, thread: None }, range, access));
            }
        }
    }

    /// What two segments have belongs to the first.
    fn memory(&mut self, segments: &[Segment]) {
        let mut runs = Vec::new();
        for segment in segments {
            let address = segment.addresses.start;
            self.annotations.promise(&format!("segment at {address:#x}"), &segment.file, self.file_length);
            for file in self.partition.claim(segment.file.clone()) {
                let skipped = file.start.saturating_sub(segment.file.start);
                runs.push(Run { address: address.saturating_add(skipped), file, access: segment.access });
            }
        }
        self.spaces.extend(joined(runs));
    }

    /// What nobody has claimed.
    fn finish(&mut self) -> Vec<Space> {
        for range in self.partition.unowned() {
            let origin = if range.end == self.file_length { Origin::Trailing } else { Origin::Gap };
            self.spaces.push(single(origin, range, UNKNOWN));
        }
        std::mem::take(&mut self.spaces)
    }
}
