//! From a file whose pages are as they are to an image.

use super::FORMAT;
use super::header::{COMPRESSED, DESCRIPTOR_BYTES, Header};
use super::order::Order;
use super::walk::{Descriptor, Walk};
use crate::annotation::Annotations;
use crate::cursor::u32_at;
use crate::elf;
use crate::error::Error;
use crate::image::{AddressMap, Image, Machine, Origin, Protection, Space};
use crate::limits::KDUMP_RUNS_MAX;
use crate::partition::Partition;
use crate::physical::POINTERS;
use crate::read::ReadAt;
use crate::spaces::{MADE, Run, UNKNOWN, joined, length, single};
use std::ops::Range;

/// Bytes of `struct elf_prstatus` of x86-64 and of AArch64.
const PRSTATUS_BYTES: [(u32, Machine); 2] = [(336, Machine::X86_64), (392, Machine::Aarch64)];

/// Reads headers, descriptors and notes of a dump. Its pages stay in the file.
///
/// # Errors
/// If the headers say what cannot be, a page is compressed, or the medium fails. What else is strange is remarked, and the
/// bytes concerned are searched as they stand.
pub(crate) fn open(source: &dyn ReadAt) -> Result<Image, Error> {
    let mut header = Header::read(source)?;
    header.machine = machine(source, &header)?;
    let file_length = source.length();
    let mut layout = Layout {
        file_length,
        partition: Partition::new(file_length),
        annotations: Annotations::new(FORMAT),
        rest: Vec::new(),
    };
    let pages = Pages::read(source, &header, &mut layout.annotations)?;
    for range in header.fixed.clone() {
        layout.structure(range, "headers");
    }
    layout.annotations.promise("bitmaps", &header.bitmaps, file_length);
    layout.structure(header.bitmaps.clone(), "bitmaps");
    layout.structure(header.descriptors()..pages.end, "page descriptors");
    if header.is_diskdump {
        layout.annotations.remark(format!(
            "{FORMAT}: written by diskdump; the registers of its sub-header are searched as they stand"
        ));
    }
    let notes = layout.texts(source, &header)?;
    let runs = layout.memory(pages.runs);
    let mut spaces: Vec<Space> = joined(runs).into_iter().chain(layout.rest).chain(notes).collect();
    for range in layout.partition.unowned() {
        let origin = if range.end == file_length { Origin::Trailing } else { Origin::Gap };
        // The rest of the blocks of the headers is written by whoever makes the dump.
        let is_made = range.end <= header.descriptors() && !header.is_diskdump;
        let access = if is_made { MADE } else { UNKNOWN };
        spaces.push(single(origin, range, access));
    }
    let mut annotations = layout.annotations;
    let (missing_bytes, missing) = annotations.missing(file_length);
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image {
        format: "kdump",
        machine: header.machine,
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

/// The processor: QEMU does not name it, but its registers have a length.
fn machine(source: &dyn ReadAt, header: &Header) -> Result<Machine, Error> {
    let [_, notes, _] = &header.places;
    let is_there = length(&notes.range) >= 12 && notes.range.end <= source.length();
    if header.machine != Machine::Unknown || !is_there || header.order == Order::Big {
        return Ok(header.machine);
    }
    let mut bytes = [0; 12];
    source.read_exact_at(notes.range.start, &mut bytes).map_err(|fault| Error::Read {
        format: FORMAT,
        structure: "notes",
        offset: notes.range.start,
        source: fault,
    })?;
    let bytes = u32_at(&bytes, 4);
    let known = PRSTATUS_BYTES.iter().find(|(length, _)| Some(*length) == bytes);
    Ok(known.map_or(Machine::Unknown, |(_, machine)| *machine))
}

/// What the descriptors tell.
struct Pages {
    /// Neighbouring frames that are neighbours in the file too.
    runs: Vec<Run>,
    /// End of the descriptors that the file holds.
    end: u64,
}

impl Pages {
    fn read(source: &dyn ReadAt, header: &Header, annotations: &mut Annotations) -> Result<Self, Error> {
        let mut walk = match Walk::new(header) {
            walk if header.dumped.end <= source.length() => walk,
            _ => return Ok(Self { runs: Vec::new(), end: header.descriptors() }),
        };
        let mut pages = Self { runs: Vec::new(), end: header.descriptors() };
        let (mut never, mut lost) = (0_u64, 0_u64);
        while let Some((frame, page)) = walk.next(source)? {
            let Some(page) = page else {
                lost = lost.saturating_add(1);
                continue;
            };
            pages.end = walk.position();
            if page.offset == 0 {
                never = never.saturating_add(1);
                continue;
            }
            let is_there = annotations.promise("page", &page.range(), source.length());
            if is_there && page.flags & COMPRESSED != 0 {
                return Err(compressed(pages.end, page));
            }
            let address = frame.checked_mul(header.block).filter(|_| u64::from(page.size) == header.block);
            if let (Some(address), true) = (address, page.offset < source.length()) {
                pages.add(address, page.offset..page.range().end.min(source.length()));
            }
        }
        if lost > 0 {
            annotations.promise("page descriptors", &(pages.end..walk.position()), source.length());
        }
        if never > 0 {
            annotations.remark(format!("{FORMAT}: {never} pages were never written: the dump is incomplete"));
        }
        if pages.runs.len() >= KDUMP_RUNS_MAX {
            annotations.remark(format!(
                "{FORMAT}: more than {KDUMP_RUNS_MAX} stretches of memory; what follows is searched as it stands in the file"
            ));
        }
        Ok(pages)
    }

    /// Adds a page, to the last run if it goes on there.
    fn add(&mut self, address: u64, file: Range<u64>) {
        let room = self.runs.len() < KDUMP_RUNS_MAX;
        match self.runs.last_mut() {
            Some(last)
                if last.file.end == file.start
                    && last.address.checked_add(length(&last.file)) == Some(address) =>
            {
                last.file.end = file.end;
            }
            _ if room => self.runs.push(Run { address, file, access: UNKNOWN }),
            _ => {}
        }
    }
}

/// Whom which bytes belong to.
struct Layout {
    file_length: u64,
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

    /// Notes, `VMCOREINFO` and `ERASEINFO`; the first often hold the second.
    fn texts(&mut self, source: &dyn ReadAt, header: &Header) -> Result<Vec<Space>, Error> {
        let [info, notes, erased] = &header.places;
        let mut spaces = Vec::new();
        let names = [(info, "VMCOREINFO"), (notes, "notes"), (erased, "ERASEINFO")];
        let [has_info, has_notes, has_erased] =
            names.map(|(place, name)| self.annotations.promise(name, &place.range, self.file_length));
        if has_info {
            self.annotations.protect(info.range.clone(), Protection::Debugger, "VMCOREINFO");
        }
        if header.order == Order::Big && has_notes && !notes.range.is_empty() {
            self.big_notes(&notes.range, &mut spaces);
        } else if has_notes && !notes.range.is_empty() {
            match elf::notes(source, notes.range.clone(), header.machine, &mut self.annotations) {
                Ok(parts) => {
                    for part in parts {
                        self.structure(part.header, "note header");
                        let claimed = self.partition.claim(part.descriptor);
                        spaces.extend(
                            claimed.into_iter().map(|range| single(part.origin.clone(), range, part.access)),
                        );
                    }
                }
                Err(error @ Error::Read { .. }) => return Err(error),
                Err(error) => self.annotations.remark(format!("{FORMAT}: failed to {error}")),
            }
        }
        for (place, name, is_there) in [(info, "VMCOREINFO", has_info), (erased, "ERASEINFO", has_erased)] {
            if is_there {
                let origin = Origin::Note { name, kind: 0, thread: None };
                let claimed = self.partition.claim(place.range.clone());
                spaces.extend(claimed.into_iter().map(|range| single(origin.clone(), range, MADE)));
            }
        }
        if has_erased && !erased.range.is_empty() {
            let bytes = length(&erased.range);
            self.annotations.remark(format!(
                "{FORMAT}: makedumpfile erased data of this dump before; its notice of {bytes} bytes stands at {:#x}",
                erased.range.start
            ));
        }
        Ok(spaces)
    }

    /// Notes of a machine whose registers are not understood: searched, and no suspicion removes anything of them.
    fn big_notes(&mut self, notes: &Range<u64>, spaces: &mut Vec<Space>) {
        self.annotations.remark(format!(
            "{FORMAT}: the notes of a big-endian machine are searched as they stand: its registers are not understood"
        ));
        let origin = Origin::Note { name: "notes", kind: 0, thread: None };
        for range in self.partition.claim(notes.clone()) {
            self.annotations.protect(range.clone(), Protection::Debugger, "notes");
            spaces.push(single(origin.clone(), range, MADE));
        }
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

/// A page that was not laid out.
fn compressed(descriptor_end: u64, page: Descriptor) -> Error {
    Error::Unsupported {
        format: FORMAT,
        structure: "page descriptors",
        offset: descriptor_end.saturating_sub(DESCRIPTOR_BYTES),
        field: "flags",
        value: u64::from(page.flags),
        expected: "pages as they are were expected",
    }
}
