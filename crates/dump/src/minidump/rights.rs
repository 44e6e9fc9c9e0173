//! Which memory the process could write, and which existed.

use super::list::{Memory, Module};
use crate::image::{Access, Mapping};
use crate::limits::MAPPINGS_MAX;
use crate::spaces::{Run, UNKNOWN, merged};
use std::ops::Range;

/// `MEM_COMMIT` and `MEM_FREE` of `winnt.h`.
const COMMITTED: u32 = 0x1000;
const FREE: u32 = 0x1_0000;

/// `PAGE_READWRITE`, `_WRITECOPY`, `_EXECUTE_READWRITE`, `_EXECUTE_WRITECOPY`.
const WRITABLE: u32 = 0x04 | 0x08 | 0x40 | 0x80;
/// `PAGE_EXECUTE` and the three with it.
const EXECUTABLE: u32 = 0x10 | 0x20 | 0x40 | 0x80;
/// `PAGE_NOACCESS`.
const NO_ACCESS: u32 = 0x01;

/// Most bytes of code around a program counter: Windows, Breakpad and Crashpad take 256.
const CODE_BYTES_MAX: u64 = 4096;

/// Rights of such code.
const CODE: Access = Access { read: true, write: false, execute: true };

/// What is known of the address space.
#[derive(Debug, Default)]
pub(super) struct Rights {
    /// Sorted by start, without overlap.
    regions: Vec<(Range<u64>, Access)>,
    /// Program counters of the threads, sorted.
    counters: Vec<u64>,
    /// Existed, dumped or not.
    existed: Vec<Range<u64>>,
}

impl Rights {
    /// From `MemoryInfoList` entries: range, state, protection.
    pub(super) fn add_info(&mut self, infos: &[(Range<u64>, u32, u32)]) {
        for (range, state, protection) in infos {
            if *state != FREE {
                self.existed.push(range.clone());
            }
            if *state == COMMITTED {
                let access = Access {
                    read: protection & NO_ACCESS == 0,
                    write: protection & WRITABLE != 0,
                    execute: protection & EXECUTABLE != 0,
                };
                self.regions.push((range.clone(), access));
            }
        }
    }

    /// From the text of `/proc/PID/maps`. Returns the files in it.
    pub(super) fn add_maps(&mut self, text: &[u8]) -> Vec<Mapping> {
        let mut mappings = Vec::new();
        for line in text.split(|byte| *byte == b'\n').take(crate::cursor::to_usize(MAPPINGS_MAX)) {
            let line = String::from_utf8_lossy(line);
            let Some((range, access, mapping)) = map(&line) else { continue };
            self.existed.push(range.clone());
            self.regions.push((range, access));
            mappings.extend(mapping);
        }
        mappings
    }

    /// From the list of modules.
    pub(super) fn add_modules(&mut self, modules: &[Module]) {
        for module in modules.iter().filter(|module| module.size > 0) {
            let range = module.base..module.base.saturating_add(module.size);
            self.existed.push(range);
        }
    }

    /// Sections of modules, unless more is known of their memory.
    pub(super) fn add_sections(&mut self, sections: Vec<(Range<u64>, Access)>) {
        if self.regions.is_empty() {
            self.regions = sections;
        }
    }

    /// Where threads stand: a minidump takes the code around it.
    pub(super) fn add_code(&mut self, counters: Vec<u64>) {
        self.counters = counters;
    }

    /// Sorts what was added; where regions overlap, the one that starts lower counts.
    pub(super) fn finish(&mut self) {
        self.regions.sort_by_key(|(range, _)| range.start);
        let mut end = 0;
        self.regions.retain_mut(|(range, _)| {
            range.start = range.start.max(end);
            end = end.max(range.end);
            range.start < range.end
        });
    }

    /// A piece of memory, cut where its rights change.
    pub(super) fn runs(&self, memory: &Memory) -> Vec<Run> {
        let end = memory.address.saturating_add(crate::spaces::length(&memory.file));
        let mut runs = Vec::new();
        let mut at = memory.address;
        let mut push = |range: Range<u64>, access: Option<Access>| {
            if range.start < range.end {
                let skipped = range.start.saturating_sub(memory.address);
                let start = memory.file.start.saturating_add(skipped);
                let file = start..start.saturating_add(crate::spaces::length(&range));
                let access = access.unwrap_or_else(|| self.of_unknown(memory));
                runs.push(Run { address: range.start, file, access });
            }
        };
        let first = self.regions.partition_point(|(range, _)| range.end <= memory.address);
        for (range, access) in self.regions.iter().skip(first).take_while(|(range, _)| range.start < end) {
            push(at..range.start.min(end), None);
            push(range.start.max(at)..range.end.min(end), Some(*access));
            at = at.max(range.end);
        }
        push(at.min(end)..end, None);
        runs
    }

    /// Rights of memory of which nothing is said: anything may have been written there, but to the few bytes around the
    /// program counter of a thread.
    fn of_unknown(&self, memory: &Memory) -> Access {
        let length = crate::spaces::length(&memory.file);
        let next = self.counters.partition_point(|counter| *counter < memory.address);
        let counter = self.counters.get(next).map(|counter| counter.saturating_sub(memory.address));
        if length <= CODE_BYTES_MAX && counter.is_some_and(|inside| inside < length) { CODE } else { UNKNOWN }
    }

    /// Everything that existed, with `dumped`, sorted and merged.
    pub(super) fn mapped(&self, dumped: &[Memory]) -> Vec<Range<u64>> {
        let dumped = dumped
            .iter()
            .map(|memory| memory.address..memory.address.saturating_add(crate::spaces::length(&memory.file)));
        merged(self.existed.iter().cloned().chain(dumped).collect())
    }
}

/// One line of `/proc/PID/maps` (`proc_pid_maps(5)`): `start-end perms offset dev inode path`.
fn map(line: &str) -> Option<(Range<u64>, Access, Option<Mapping>)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let range = number(start)?..number(end)?;
    let flags = words.next()?;
    let access =
        Access { read: flags.contains('r'), write: flags.contains('w'), execute: flags.contains('x') };
    let offset = number(words.next()?)?;
    let inode = words.nth(1)?;
    let path = words.collect::<Vec<_>>().join(" ");
    let is_file = inode != "0" && path.starts_with('/');
    let mapping = is_file.then(|| Mapping { range: range.clone(), file_offset: offset, path });
    (range.start < range.end).then_some((range, access, mapping))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_cut_where_its_rights_change() {
        let mut rights = Rights::default();
        let text = b"1000-2000 r-xp 00000000 08:01 77 /usr/bin/a program\n2000-3000 rw-p 00000000 00:00 0 \nx\n4000-3000 rw-p 0 0:0 0\n";
        let mappings = rights.add_maps(text);
        assert_eq!(mappings.len(), 1);
        assert_eq!(
            (mappings[0].range.clone(), mappings[0].path.as_str()),
            (0x1000..0x2000, "/usr/bin/a program")
        );
        rights.add_modules(&[Module { base: 0x5000, size: 0x100, name: 0, records: [0..0, 0..0] }]);
        rights.add_code(vec![0x5018]);
        rights.finish();
        let runs = rights.runs(&Memory { address: 0x800, file: 100..100 + 0x3000 });
        let seen: Vec<_> = runs.iter().map(|run| (run.address, run.file.clone(), run.access.write)).collect();
        assert_eq!(
            seen,
            [
                (0x800, 100..0x864, true),
                (0x1000, 0x864..0x1864, false),
                (0x2000, 0x1864..0x2864, true),
                (0x3000, 0x2864..0x3064, true)
            ]
        );
        let code = rights.runs(&Memory { address: 0x5010, file: 0..16 });
        assert!(!code[0].access.write && code[0].access.execute);
        assert!(rights.runs(&Memory { address: 0x5020, file: 0..16 })[0].access.write);
        let mapped = rights.mapped(&[Memory { address: 0x2800, file: 0..0x1000 }]);
        assert_eq!(mapped, [0x1000..0x3800, 0x5000..0x5100]);
    }

    #[test]
    fn protection_of_windows_is_read() {
        let mut rights = Rights::default();
        rights.add_info(&[
            (0..0x1000, COMMITTED, 0x20),
            (0x1000..0x2000, COMMITTED, 0x04),
            (0x2000..0x9000, FREE, 1),
        ]);
        rights.finish();
        let access = |address| rights.runs(&Memory { address, file: 0..8 })[0].access;
        assert_eq!(access(0x10), Access { read: true, write: false, execute: true });
        assert_eq!(access(0x1010), Access { read: true, write: true, execute: false });
        assert_eq!(rights.mapped(&[]), vec![0..0x2000]);
    }
}
