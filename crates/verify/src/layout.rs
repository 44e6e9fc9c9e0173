//! A dump as one of the formats that the judge reads.

use crate::fault::{Fault, Named};
use crate::{elf, minidump};
use coredact_record::{Answer, Plan, Report};
use std::ops::Range;

/// A dump that was read.
#[derive(Debug)]
pub(crate) enum Layout {
    /// A 64-bit ELF core.
    Elf(elf::Core),
    /// A minidump.
    Minidump(minidump::Dump),
}

impl Layout {
    /// The formats that are read, as reports name them.
    pub(crate) const NAMES: [&'static str; 2] = ["elf-core", "minidump"];

    /// Reads a dump; none if it has none of these formats.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        if let Some(core) = elf::Core::read(dump)? {
            return Ok(Some(Self::Elf(core)));
        }
        Ok(minidump::Dump::read(dump)?.map(Self::Minidump))
    }

    /// What reports call its format.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Elf(_) => "elf-core",
            Self::Minidump(_) => "minidump",
        }
    }

    /// Every address that the process had, sorted and merged.
    pub(crate) fn mapped(&self) -> Vec<Range<u64>> {
        match self {
            Self::Elf(core) => core.mapped(),
            Self::Minidump(dump) => dump.mapped(),
        }
    }

    /// Is the structure the same?
    pub(crate) fn structure(&self, after: &Self) -> Result<Answer, Fault> {
        match (self, after) {
            (Self::Elf(before), Self::Elf(after)) => Ok(elf::structure(before, after)),
            (Self::Minidump(before), Self::Minidump(after)) => Ok(minidump::structure(before, after)),
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
        }
    }

    /// What there is to see of a dump that parses.
    pub(crate) fn parsed(&self) -> Answer {
        match self {
            Self::Elf(core) => elf::parsed(core),
            Self::Minidump(dump) => minidump::parsed(dump),
        }
    }

    /// The ELF core, if it is one.
    pub(crate) fn elf(&self) -> Option<&elf::Core> {
        match self {
            Self::Elf(core) => Some(core),
            Self::Minidump(_) => None,
        }
    }
}
