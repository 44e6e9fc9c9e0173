//! From a file to an image.

use super::FORMAT;
use super::header::Header;
use super::part::{CONTEXT, Part, parts};
use super::table::Table;
use crate::annotation::Annotations;
use crate::error::Error;
use crate::image::{AddressMap, Image, Origin, Protection, Space};
use crate::partition::Partition;
use crate::read::ReadAt;
use crate::spaces::{MADE, Run, UNKNOWN, joined, single};
use std::ops::Range;

/// Addresses of kernel and drivers, of programs and libraries (from 0x7ff0_0000_0000 on), and of heaps and stacks, which
/// high-entropy ASLR places in the lowest 2 TiB and a bit (Windows Internals, 7th edition, part 1, chapter 5, "Address space
/// layout randomization"): words with these values are pointers.
const POINTERS: [Range<u64>; 3] =
    [0x1_0000_0000..0x300_0000_0000, 0x7ff0_0000_0000..0x8000_0000_0000, 0xffff_8000_0000_0000..u64::MAX];

/// Reads header and description of the frames. The pages stay in the file.
///
/// # Errors
/// If this is no dump of a kind that is read, its fields say what cannot be, it ends before its pages are described, or the
/// medium fails. What else is strange is remarked, and the bytes concerned are searched as they stand.
pub(crate) fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let header = Header::read(source)?;
    let file_length = source.length();
    let mut annotations = Annotations::new(FORMAT);
    let table = Table::read(source, &header, &mut annotations)?;
    annotations.promise("pages", &table.pages, file_length);
    let mut layout = Layout { partition: Partition::new(file_length), annotations, rest: Vec::new() };
    for part in parts(&header) {
        match part {
            Part::Structure(range) => layout.structure(range, "header"),
            Part::Free(range, name) => layout.free(range, name),
        }
    }
    layout.context(&header);
    layout.structure(table.structure, "description of the pages");
    let runs = layout.memory(table.runs);
    let mut spaces: Vec<Space> = joined(runs).into_iter().chain(layout.rest).collect();
    for range in layout.partition.unowned() {
        let origin = if range.end == file_length { Origin::Trailing } else { Origin::Gap };
        spaces.push(single(origin, range, UNKNOWN));
    }
    let mut annotations = layout.annotations;
    let (missing_bytes, missing) = annotations.missing(file_length);
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image {
        format: "dump64",
        machine: header.processor.machine(),
        file_length,
        members: Vec::new(),
        joints_left: 0,
        addresses: AddressMap::new(&spaces),
        spaces,
        protected,
        mapped: POINTERS.to_vec(),
        ignored_pointer_bits: 0,
        mappings: Vec::new(),
        threads: Vec::new(),
        marked,
        remarks,
        missing_bytes,
        missing,
        unopened: None,
    })
}

/// Whom which bytes belong to.
struct Layout {
    partition: Partition,
    annotations: Annotations,
    /// Spaces of what is no memory.
    rest: Vec<Space>,
}

impl Layout {
    fn structure(&mut self, range: Range<u64>, what: &'static str) {
        for range in self.partition.claim(range) {
            self.annotations.protect(range.clone(), Protection::Structure, what);
            self.rest.push(single(Origin::Header, range, MADE));
        }
    }

    /// A part of the header with anything in it.
    fn free(&mut self, range: Range<u64>, name: &'static str) {
        let origin = match name {
            "PhysicalMemoryBlock" | "VersionUser" | "reserved" => Origin::Gap,
            _ => Origin::Note { name, kind: 0, thread: None },
        };
        let claimed = self.partition.claim(range);
        self.rest.extend(claimed.into_iter().map(|range| single(origin.clone(), range, UNKNOWN)));
    }

    /// The registers of the processor that stopped the machine, treated as those of a thread are.
    fn context(&mut self, header: &Header) {
        let bytes = crate::spaces::length(&CONTEXT);
        let place = |part: Range<u64>| {
            let at = |offset: u64| CONTEXT.start.saturating_add(offset.min(bytes));
            at(part.start)..at(part.end)
        };
        let registers = |name, kind| Origin::Note { name, kind, thread: None };
        if let Some(layout) = header.processor.layout(bytes) {
            let needed = layout.needed(bytes).into_iter().map(place);
            self.annotations.debugger(needed, "ThreadContext pc, sp and state");
            for vectors in layout.vectors(bytes) {
                let claimed = self.partition.claim(place(vectors));
                let origin = registers("ThreadContext vectors", 1);
                self.rest.extend(claimed.into_iter().map(|range| single(origin.clone(), range, UNKNOWN)));
            }
        }
        let claimed = self.partition.claim(CONTEXT);
        let origin = registers("ThreadContext", 0);
        self.rest.extend(claimed.into_iter().map(|range| single(origin.clone(), range, MADE)));
    }

    /// The runs with what nobody else owns of them.
    fn memory(&mut self, runs: Vec<Run>) -> Vec<Run> {
        let mut out = Vec::with_capacity(runs.len());
        for run in runs {
            for file in self.partition.claim(run.file.clone()) {
                let skipped = file.start.saturating_sub(run.file.start);
                out.push(Run { address: run.address.saturating_add(skipped), file, access: run.access });
            }
        }
        out
    }
}
