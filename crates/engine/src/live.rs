//! What a debugger walks over in memory: stacks, those that a signal interrupted among
//! them, thread blocks, and modules.

use crate::error::Error;
use crate::plan::Holes;
use crate::view::{self, Window};
use coredact_dump::{Image, Machine, Origin, ReadAt, Space};
use rayon::prelude::*;
use std::ops::Range;

/// Bytes of glibc's `struct pthread` from the thread pointer on, which
/// libthread_db reads (`sizeof(struct pthread)` is 2304 in glibc 2.36).
const THREAD_BLOCK_BYTES: u64 = 2304;

/// Bytes below the stack pointer that a leaf function may use (System V ABI, x86-64, 3.2.2).
const RED_ZONE_BYTES: u64 = 128;

/// Stacks and thread blocks that are told apart in one window: more than threads fit there.
const PLACES_PER_WINDOW_MAX: usize = 1024;

/// Bytes beyond a window's own that one of the patterns below may take.
const PATTERN_BYTES: u64 = 32;

/// How a part of memory is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Treatment {
    /// Code and constants of a module, as they are in its file.
    Keep,
    /// Pointers and small integers stay.
    Sift,
    /// Pointers and integers of less than a fragment stay.
    Registers,
    /// Addresses of code and of stacks stay.
    Addresses,
    /// All goes.
    Clear,
}

/// Where live data lies.
#[derive(Debug)]
pub(crate) struct Live {
    /// Live stacks, thread blocks, and data of modules.
    sifted: Holes,
    /// Whole segments with a stack or a thread block in them.
    segments: Holes,
    /// Code that was dumped.
    code: Holes,
    modules: Vec<Range<u64>>,
}

impl Live {
    /// Finds it.
    ///
    /// # Errors
    /// If the source cannot be read or has changed.
    pub(crate) fn of(source: &dyn ReadAt, image: &Image) -> Result<Self, Error> {
        let map = Map::of(image);
        let windows = view::windows(image);
        let per_window = windows.par_iter().map(|window| map.places(source, image, *window));
        let hidden: Vec<Vec<Range<u64>>> = per_window.collect::<Result<_, Error>>()?;
        let stacks = image.threads.iter().filter_map(|thread| thread.stack.clone());
        let blocks = image.threads.iter().filter_map(|thread| thread.thread_pointer);
        let blocks = blocks.map(|pointer| block(image.machine, pointer));
        let places: Vec<Range<u64>> = stacks.chain(blocks).chain(hidden.into_iter().flatten()).collect();
        let segments = places
            .iter()
            .flat_map(|place| [map.segment(place.start), map.segment(place.end.saturating_sub(1))]);
        let segments = Holes::new(segments.flatten().collect());
        let modules = modules(image);
        let bss = modules.iter().filter_map(|module| bss(image, module));
        let sifted = Holes::new(places.iter().cloned().chain(bss).collect());
        Ok(Self { sifted, segments, code: map.code, modules })
    }

    /// Cuts a range of addresses by how its parts are treated.
    pub(crate) fn split(&self, range: Range<u64>, writable: bool) -> Vec<(Range<u64>, Treatment)> {
        if self.modules.iter().any(|module| module.contains(&range.start)) {
            return vec![(range, if writable { Treatment::Sift } else { Treatment::Keep })];
        }
        let unsifted = self.sifted.outside(range.clone());
        let sifted = Holes::new(unsifted.clone()).outside(range);
        let mut parts: Vec<_> = sifted.into_iter().map(|part| (part, Treatment::Sift)).collect();
        for part in unsifted {
            let cleared = self.segments.outside(part.clone());
            let addresses = Holes::new(cleared.clone()).outside(part);
            parts.extend(cleared.into_iter().map(|part| (part, Treatment::Clear)));
            parts.extend(addresses.into_iter().map(|part| (part, Treatment::Addresses)));
        }
        parts
    }

    /// True for an address of code or in a segment with a stack in it.
    pub(crate) fn holds_together(&self, image: &Image, word: u64) -> bool {
        let address = word & !image.ignored_pointer_bits;
        self.segments.contains(address) || is_code(image, &self.code, address)
    }
}

/// True for an address of code, or of memory that was not dumped, of which the rights are
/// not always known.
fn is_code(image: &Image, code: &Holes, address: u64) -> bool {
    code.contains(address) || (image.is_pointer(address) && image.file_offset_of(address).is_none())
}

/// A thread block by its thread pointer. That of x86-64 begins there; that of AArch64 ends
/// before the two words that are there (`TLS_DTV_AT_TP`).
fn block(machine: Machine, pointer: u64) -> Range<u64> {
    let before = if machine == Machine::Aarch64 { THREAD_BLOCK_BYTES } else { 0 };
    pointer.saturating_sub(before)..pointer.saturating_add(THREAD_BLOCK_BYTES)
}

fn modules(image: &Image) -> Vec<Range<u64>> {
    let is_module = |path: &str| {
        // A minidump lists its modules, a Mach-O core has their headers, and no other mappings are known of them.
        if matches!(image.format, "minidump" | "macho-core") {
            return true;
        }
        image.mappings.iter().any(|mapping| {
            mapping.path == path
                && mapping.file_offset == 0
                && image.protected.iter().any(|one| {
                    one.what == "module ELF header"
                        && image.address_of(one.range.start) == Some(mapping.range.start)
                })
        })
    };
    let mapped = image.mappings.iter().filter(|mapping| is_module(&mapping.path));
    mapped.map(|mapping| mapping.range.clone()).collect()
}

/// `.bss` is anonymous memory that follows the last mapping of its module.
fn bss(image: &Image, module: &Range<u64>) -> Option<Range<u64>> {
    let (_, length) = image.file_offset_of(module.end)?;
    let taken = image.mappings.iter().any(|mapping| mapping.range.contains(&module.end));
    (!taken).then_some(module.end..module.end.saturating_add(length))
}

/// The segments of the dump.
struct Map {
    machine: Machine,
    /// Dumped memory that the process could write, sorted.
    writable: Vec<Range<u64>>,
    /// Executable segments.
    code: Holes,
}

impl Map {
    fn of(image: &Image) -> Self {
        let memory = image.spaces.iter().filter(|space| space.origin == Origin::Memory);
        let pieces = memory.flat_map(|space| {
            let base = space.address.unwrap_or(0);
            let range = move |start: u64, length: u64| {
                base.saturating_add(start)..base.saturating_add(start).saturating_add(length)
            };
            space.pieces.iter().map(move |piece| (range(piece.start, piece.length), piece.access))
        });
        let pieces: Vec<_> = pieces.collect();
        let mut writable: Vec<Range<u64>> =
            pieces.iter().filter(|(_, access)| access.write).map(|(range, _)| range.clone()).collect();
        writable.sort_by_key(|range| range.start);
        let executable = pieces.iter().filter(|(_, access)| access.execute).map(|(range, _)| range.clone());
        Self { machine: image.machine, writable, code: Holes::new(executable.collect()) }
    }

    /// The writable segment that holds an address.
    fn segment(&self, address: u64) -> Option<Range<u64>> {
        let after = self.writable.partition_point(|range| range.start <= address);
        let range = self.writable.get(after.checked_sub(1)?)?;
        range.contains(&address).then(|| range.clone())
    }

    /// Thread blocks that no thread of the dump points to (threads that have ended stay in
    /// the C library's lists), and stacks that a signal interrupted, in one window.
    fn places(&self, source: &dyn ReadAt, image: &Image, window: Window) -> Result<Vec<Range<u64>>, Error> {
        let Some(space) = image.spaces.get(window.space).filter(|space| self.is_writable(space, window))
        else {
            return Ok(Vec::new());
        };
        let shown = Window { shown: window.shown.min(window.own + PATTERN_BYTES), ..window };
        if view::is_zero(source, space, shown) {
            return Ok(Vec::new());
        }
        let mut buffer = zeroize::Zeroizing::new(Vec::new());
        view::read(source, space, shown, &mut buffer).map_err(Error::read)?;
        let start = space.address.unwrap_or(0).saturating_add(window.start);
        let mut places: Vec<Range<u64>> = Vec::new();
        let skipped = usize::try_from(start.wrapping_neg() % 8).unwrap_or(0);
        let (words, _) = buffer.get(skipped..).unwrap_or_default().as_chunks::<8>();
        for (address, words) in (start + skipped as u64..).step_by(8).zip(words.windows(4)) {
            let Some(place) = self.place(image, address, words) else { continue };
            // The lowest of the stacks in a segment holds the others.
            if let Some(known) = places.iter_mut().find(|known| known.end == place.end) {
                known.start = known.start.min(place.start);
            } else if places.len() < PLACES_PER_WINDOW_MAX {
                places.push(place);
            }
        }
        Ok(places)
    }

    fn is_writable(&self, space: &Space, window: Window) -> bool {
        space.origin == Origin::Memory
            && view::pieces(space, window.start..window.start + window.own).any(|piece| piece.access.write)
    }

    /// What four words at an address tell of.
    fn place(&self, image: &Image, address: u64, words: &[[u8; 8]]) -> Option<Range<u64>> {
        let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
        let (first, second, third, fourth) = (words.next()?, words.next()?, words.next()?, words.next()?);
        match self.machine {
            // `tcb` and `self` of glibc's `tcbhead_t` (sysdeps/x86_64/nptl/tls.h).
            Machine::X86_64 if first == address && third == address => Some(block(self.machine, address)),
            // rsp, rip, eflags (bit 1 is always set), and cs with the other selectors in
            // `struct sigcontext` (asm/sigcontext.h), 0x33 and 0x2b in user space.
            Machine::X86_64
                if matches!(fourth, 0x33 | 0x002b_0000_0000_0033) && third < 1 << 22 && third & 2 != 0 =>
            {
                self.interrupted(image, first, second)
            }
            // sp, pc and pstate, of which the low four bits are 0 in user space, likewise.
            Machine::Aarch64 if third < 1 << 32 && third & 0xf == 0 && first % 16 == 0 && second % 4 == 0 => {
                self.interrupted(image, first, second)
            }
            _ => None,
        }
    }

    fn interrupted(&self, image: &Image, stack_pointer: u64, program_counter: u64) -> Option<Range<u64>> {
        let segment = self.segment(stack_pointer).filter(|_| is_code(image, &self.code, program_counter))?;
        Some(stack_pointer.saturating_sub(RED_ZONE_BYTES).max(segment.start)..segment.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_dump::{Access, AddressMap, Piece};

    const CODE: u64 = 0x40_0000;
    const STACK: u64 = 0x7f00_0000_0000;
    const BYTES: u64 = 0x1000;

    /// Code, and a segment of memory with these words in it.
    fn dump(words: &[(u64, u64)]) -> (Vec<u8>, Image) {
        let mut file = vec![0_u8; 2 * 0x1000];
        for (at, word) in words {
            let at = 0x1000 + usize::try_from(*at).unwrap();
            file[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        let space = |address, file_offset, access| Space {
            origin: Origin::Memory,
            address: Some(address),
            pieces: vec![Piece { start: 0, file_offset, length: BYTES, access }],
            length: BYTES,
        };
        let mut image = coredact_dump::raw(&file);
        image.machine = Machine::X86_64;
        image.spaces = vec![
            space(CODE, 0, Access { read: true, write: false, execute: true }),
            space(STACK, BYTES, Access { read: true, write: true, execute: false }),
        ];
        image.mapped = vec![CODE..CODE + BYTES, STACK..STACK + BYTES];
        image.addresses = AddressMap::new(&image.spaces);
        (file, image)
    }

    fn check(words: &[(u64, u64)], expected: &[(Range<u64>, Treatment)]) {
        let (file, image) = dump(words);
        let mut parts = Live::of(&file, &image).unwrap().split(STACK..STACK + BYTES, true);
        parts.sort_by_key(|(range, _)| range.start);
        let parts: Vec<_> =
            parts.into_iter().map(|(range, how)| (range.start - STACK..range.end - STACK, how)).collect();
        assert_eq!(parts, expected, "{words:x?}");
    }

    #[test]
    fn stack_that_a_signal_interrupted_is_live() {
        let frame =
            [(0x100, STACK + 0x800), (0x108, CODE + 5), (0x110, 0x202), (0x118, 0x002b_0000_0000_0033)];
        check(&frame, &[(0..0x780, Treatment::Addresses), (0x780..0x1000, Treatment::Sift)]);
        for changed in 0..4 {
            let mut other = frame;
            other[changed].1 ^= 0x7000_0000_0000;
            check(&other, &[(0..0x1000, Treatment::Clear)]);
        }
    }

    #[test]
    fn block_of_a_thread_that_has_ended_stays() {
        check(
            &[(0x200, STACK + 0x200), (0x210, STACK + 0x200)],
            &[
                (0..0x200, Treatment::Addresses),
                (0x200..0xb00, Treatment::Sift),
                (0xb00..0x1000, Treatment::Addresses),
            ],
        );
        check(&[(0x200, STACK + 0x200), (0x210, STACK + 0x208)], &[(0..0x1000, Treatment::Clear)]);
    }

    #[test]
    fn only_addresses_hold_stacks_together() {
        let (file, mut image) = dump(&[(0x200, STACK + 0x200), (0x210, STACK + 0x200)]);
        image.mapped.push(0x55_0000..0x56_0000);
        image.mapped.sort_by_key(|range| range.start);
        let live = Live::of(&file, &image).unwrap();
        let check =
            |word: u64, expected: bool| assert_eq!(live.holds_together(&image, word), expected, "{word:#x}");
        check(CODE + 0x10, true);
        check(STACK + 8, true);
        // Code of a file that was not dumped.
        check(0x55_1234, true);
        check(5, false);
        check(0x7f7f_1234_5678, false);
    }
}
