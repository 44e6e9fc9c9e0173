//! A dump as one of the formats that the judge reads.

use crate::answer::{not_applicable, question};
use crate::fault::{Fault, Named};
use crate::{bundle, dump64, elf, goheap, hprof, kdump, lime, macho, minidump, text};
use coredact_record::{Answer, InputInfo, Plan, Report};
use std::ops::Range;

/// A dump that was read.
#[derive(Debug)]
pub(crate) enum Layout {
    /// A 64-bit ELF core.
    Elf(elf::Core),
    /// A minidump.
    Minidump(minidump::Dump),
    /// A Mach-O core.
    Macho(macho::Core),
    /// Physical memory in LiME's format.
    Lime(lime::Ranges),
    /// A kdump with pages as they are.
    Kdump(kdump::Dump),
    /// A Windows kernel dump.
    Dump64(dump64::Dump),
    /// A heap dump of Java.
    Hprof(hprof::Dump),
    /// A heap dump of Go.
    Goheap(goheap::Dump),
    /// A text.
    Text(text::Text),
    /// Several files in one.
    Bundle(bundle::Bundle),
}

impl Layout {
    /// The formats that are read, as reports name them.
    const NAMES: [&'static str; 8] =
        ["elf-core", "minidump", "macho-core", "hprof", "goheap", "lime", "kdump", "dump64"];

    /// Why nothing is asked of another file, in words that follow "is".
    pub(crate) const NONE: &'static str = "of no format that the judge reads";

    /// Whether a dump that is said to have a format has one that is read.
    pub(crate) fn is_named(format: &str) -> bool {
        Self::NAMES.contains(&format)
            || text::Text::NAMES.contains(&format)
            || bundle::NAMES.contains(&format)
    }

    /// Reads a dump as what it is said to be: a text or a bundle is one because somebody says so.
    pub(crate) fn read_as(dump: Named<'_>, stated: &InputInfo) -> Result<Option<Self>, Fault> {
        if let Some(bundle) = bundle::Bundle::read(dump, stated)? {
            return Ok(Some(Self::Bundle(bundle)));
        }
        match text::Text::read(dump, &stated.format)? {
            Some(text) => Ok(Some(Self::Text(text))),
            None => Self::read(dump),
        }
    }

    /// Where there is text, in whose numbers bytes can be written down, in a dump of `length` bytes.
    pub(crate) fn texts(&self, length: u64) -> Vec<Range<u64>> {
        match self {
            Self::Text(_) => std::iter::once(0..length).collect(),
            Self::Bundle(bundle) => bundle.texts(),
            _ => Vec::new(),
        }
    }

    /// Reads a dump; none if it has none of these formats.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        if let Some(core) = elf::Core::read(dump)? {
            return Ok(Some(Self::Elf(core)));
        }
        if let Some(heap) = hprof::Dump::read(dump)? {
            return Ok(Some(Self::Hprof(heap)));
        }
        if let Some(heap) = goheap::Dump::read(dump)? {
            return Ok(Some(Self::Goheap(heap)));
        }
        if let Some(dump) = minidump::Dump::read(dump)? {
            return Ok(Some(Self::Minidump(dump)));
        }
        if let Some(core) = macho::Core::read(dump)? {
            return Ok(Some(Self::Macho(core)));
        }
        if let Some(dump) = kdump::Dump::read(dump)? {
            return Ok(Some(Self::Kdump(dump)));
        }
        if let Some(dump) = dump64::Dump::read(dump)? {
            return Ok(Some(Self::Dump64(dump)));
        }
        Ok(lime::Ranges::read(dump)?.map(Self::Lime))
    }

    /// What reports call its format.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Elf(_) => "elf-core",
            Self::Minidump(_) => "minidump",
            Self::Macho(_) => "macho-core",
            Self::Lime(_) => "lime",
            Self::Kdump(_) => "kdump",
            Self::Dump64(_) => "dump64",
            Self::Hprof(_) => "hprof",
            Self::Goheap(_) => "goheap",
            Self::Text(text) => text.name(),
            Self::Bundle(bundle) => bundle.name(),
        }
    }

    /// Every address that the process had, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        match self {
            Self::Elf(core) => core.mapped(),
            Self::Minidump(dump) => dump.mapped(),
            Self::Macho(core) => core.mapped(),
            Self::Bundle(bundle) => bundle.mapped(),
            Self::Goheap(dump) => dump.mapped.clone(),
            Self::Lime(_) | Self::Kdump(_) | Self::Dump64(_) | Self::Hprof(_) | Self::Text(_) => Vec::new(),
        }
    }

    /// Is the structure the same?
    pub(crate) fn structure(&self, after: &Self) -> Result<Answer, Fault> {
        match (self, after) {
            (Self::Elf(before), Self::Elf(after)) => Ok(elf::structure(before, after)),
            (Self::Minidump(before), Self::Minidump(after)) => Ok(minidump::structure(before, after)),
            (Self::Macho(before), Self::Macho(after)) => Ok(macho::structure(before, after)),
            (Self::Lime(before), Self::Lime(after)) => Ok(lime::structure(before, after)),
            (Self::Kdump(before), Self::Kdump(after)) => Ok(kdump::structure(before, after)),
            (Self::Dump64(before), Self::Dump64(after)) => Ok(dump64::structure(before, after)),
            (Self::Hprof(before), Self::Hprof(after)) => Ok(hprof::structure(before, after)),
            (Self::Goheap(before), Self::Goheap(after)) => Ok(goheap::structure(before, after)),
            (Self::Text(before), Self::Text(after)) => Ok(text::structure(before, after)),
            (Self::Bundle(before), Self::Bundle(after)) => bundle::structure(before, after),
            (before, _) => {
                Err(Fault::Parse { which: "clean", what: format!("no {} any more", before.name()) })
            }
        }
    }

    /// Are the stacks the same?
    pub(crate) fn stacks(
        &self,
        original: Named<'_>,
        clean: Named<'_>,
        plan: &Plan,
        report: &Report,
    ) -> Result<Answer, Fault> {
        match self {
            Self::Elf(before) => elf::stacks(original, clean, before, plan, report),
            Self::Minidump(before) => minidump::stacks(original, clean, before, plan, report),
            Self::Macho(before) => macho::stacks(original, clean, before, plan, report),
            Self::Bundle(before) => bundle::stacks(original, clean, before, plan, report),
            Self::Lime(_) | Self::Kdump(_) | Self::Dump64(_) => Ok(not_applicable(
                question::STACKS,
                "not applicable: physical memory has no stacks of its own",
            )),
            Self::Hprof(_) => {
                Ok(not_applicable(question::STACKS, "not applicable: a heap dump holds no stacks"))
            }
            Self::Goheap(_) => Ok(not_applicable(
                question::STACKS,
                "not applicable: the records of frames are compared with the structure",
            )),
            Self::Text(_) => {
                Ok(not_applicable(question::STACKS, "not applicable: a text is compared line by line"))
            }
        }
    }

    /// What there is to see of a dump that parses.
    pub(crate) fn parsed(&self) -> Answer {
        match self {
            Self::Elf(core) => elf::parsed(core),
            Self::Minidump(dump) => minidump::parsed(dump),
            Self::Macho(core) => macho::parsed(core),
            Self::Lime(ranges) => lime::parsed(ranges),
            Self::Kdump(dump) => kdump::parsed(dump),
            Self::Dump64(dump) => dump64::parsed(dump),
            Self::Hprof(dump) => hprof::parsed(dump),
            Self::Goheap(dump) => goheap::parsed(dump),
            Self::Text(text) => text::parsed(text),
            Self::Bundle(bundle) => bundle.parsed(),
        }
    }

    /// The ELF core, if it is one.
    pub(crate) fn elf(&self) -> Option<&elf::Core> {
        match self {
            Self::Elf(core) => Some(core),
            Self::Minidump(_)
            | Self::Macho(_)
            | Self::Lime(_)
            | Self::Kdump(_)
            | Self::Dump64(_)
            | Self::Hprof(_)
            | Self::Goheap(_)
            | Self::Text(_)
            | Self::Bundle(_) => None,
        }
    }
}
