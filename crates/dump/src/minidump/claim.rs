//! Who owns which byte: every byte of the file belongs to one stream, one blob that a stream points to, memory, or a gap.

use super::context::Processor;
use super::directory::Directory;
use super::list::{Memory, Module, Reader, Thread};
use super::rights::Rights;
use super::{FORMAT, stream};
use crate::error::Error;
use crate::image::{Origin, Protection, Space};
use crate::partition::Partition;
use crate::spaces::{self, MADE, Run, UNKNOWN, joined, single};
use std::ops::Range;

/// Collects spaces while bytes are claimed.
pub(super) struct Claims<'a, 'b> {
    pub(super) reader: &'a mut Reader<'b>,
    partition: Partition,
    spaces: Vec<Space>,
}

impl<'a, 'b> Claims<'a, 'b> {
    /// Nothing claimed yet.
    pub(super) fn new(reader: &'a mut Reader<'b>) -> Self {
        let partition = Partition::new(reader.source.length());
        Self { reader, partition, spaces: Vec::new() }
    }

    /// Header, directory, and what is neither memory nor context of the streams.
    pub(super) fn structure(&mut self, directory: &Directory) {
        for (range, what) in [(&directory.header, "header"), (&directory.table, "directory")] {
            self.protected(range, Origin::Header, what);
        }
        for found in &directory.streams {
            let known = stream::known(found.kind);
            let what = format!("stream {} ({:#x})", known.name, found.kind);
            self.reader.annotations.promise(&what, &found.file, self.reader.source.length());
            for range in self.partition.claim(found.file.clone()) {
                if let Some(protection) = known.protection {
                    self.reader.annotations.protect(range.clone(), protection, known.name);
                }
                let origin = Origin::Note { name: known.name, kind: found.kind, thread: None };
                self.spaces.push(single(origin, range, known.access));
            }
        }
    }

    fn protected(&mut self, range: &Range<u64>, origin: Origin, what: &'static str) {
        for range in self.partition.claim(range.clone()) {
            self.reader.annotations.protect(range.clone(), Protection::Structure, what);
            self.spaces.push(single(origin.clone(), range, MADE));
        }
    }

    /// The context of a thread: registers without a role may be overwritten, vector registers are judged as memory is.
    pub(super) fn context(&mut self, processor: Processor, thread: u32, context: &Range<u64>) {
        let length = spaces::length(context);
        let part = |part: &Range<u64>| {
            let start = context.start.saturating_add(part.start);
            start..context.start.saturating_add(part.end.min(length))
        };
        let Some(layout) = processor.layout(length) else {
            // Unknown registers: a debugger may need any of them, and a key may be in any.
            let origin = Origin::Note { name: "ThreadContext", kind: 0, thread: Some(thread) };
            let claimed = self.partition.claim(context.clone());
            self.spaces.extend(claimed.into_iter().map(|range| single(origin.clone(), range, MADE)));
            return;
        };
        for needed in layout.needed(length) {
            self.reader.annotations.protect(
                part(&needed),
                Protection::Debugger,
                "ThreadContext pc, sp and state",
            );
        }
        for vector in layout.vectors(length) {
            let origin = Origin::Note { name: "ThreadContext vectors", kind: 1, thread: Some(thread) };
            let claimed = self.partition.claim(part(&vector));
            self.spaces.extend(claimed.into_iter().map(|range| single(origin.clone(), range, UNKNOWN)));
        }
        for range in self.partition.claim(context.clone()) {
            let origin = Origin::Note { name: "ThreadContext", kind: 0, thread: Some(thread) };
            self.spaces.push(single(origin, range, MADE));
        }
    }

    /// Memory, the stacks first: what two lists name belongs to the first.
    pub(super) fn memory(&mut self, rights: &Rights, stacks: &[Thread], memory: &[Memory]) {
        let mut runs: Vec<Run> = Vec::new();
        let all = stacks.iter().map(|thread| &thread.stack).chain(memory);
        for one in all {
            let what = format!("memory at address {:#x}", one.address);
            self.reader.annotations.promise(&what, &one.file, self.reader.source.length());
            for run in rights.runs(one) {
                for file in self.partition.claim(run.file.clone()) {
                    let skipped = file.start.saturating_sub(run.file.start);
                    let address = run.address.saturating_add(skipped);
                    runs.push(Run { address, file, access: run.access });
                }
            }
        }
        self.spaces.extend(joined(runs));
    }

    /// The names and records of modules, and other names.
    ///
    /// # Errors
    /// If the medium fails.
    pub(super) fn names(&mut self, modules: &[Module], names: &[(&'static str, u64)]) -> Result<(), Error> {
        for module in modules {
            for record in &module.records {
                self.text(record, "module record", Some(Protection::Debugger));
            }
        }
        let of_modules = modules.iter().map(|module| ("module name", module.name));
        for (what, at) in of_modules.chain(names.iter().copied()) {
            let needed = matches!(what, "module name" | "thread name").then_some(Protection::Debugger);
            if let Some(range) = self.reader.string(at)? {
                self.text(&range, what, needed);
            }
        }
        Ok(())
    }

    /// A text or record that a stream points to.
    pub(super) fn text(&mut self, range: &Range<u64>, name: &'static str, protection: Option<Protection>) {
        for range in self.partition.claim(range.clone()) {
            if let Some(protection) = protection {
                self.reader.annotations.protect(range.clone(), protection, name);
            }
            self.spaces.push(single(Origin::Note { name, kind: 0, thread: None }, range, MADE));
        }
    }

    /// What nobody has claimed.
    pub(super) fn finish(mut self) -> Vec<Space> {
        let length = self.reader.source.length();
        let gaps = self.partition.unowned();
        let bytes: u64 = gaps.iter().map(spaces::length).sum();
        if bytes > 0 {
            let (count, first) = (gaps.len(), gaps.first().map_or(0, |gap| gap.start));
            self.reader.annotations.remark(format!(
                "{FORMAT}: {bytes:#x} bytes in {count} runs belong to no stream, the first at file offset {first:#x}; they are searched"
            ));
        }
        for range in gaps {
            let origin = if range.end == length { Origin::Trailing } else { Origin::Gap };
            self.spaces.push(single(origin, range, UNKNOWN));
        }
        self.spaces
    }
}
