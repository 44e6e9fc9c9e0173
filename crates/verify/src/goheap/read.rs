//! A heap dump, reduced to what must not change.

use super::stream::Stream;
use super::walk::{FRAME, Item, OBJECT, Walk};
use crate::fault::{Fault, Named};
use crate::limits::{CHUNK_BYTES, GO_NAMES_MAX, GO_TARGETS_MAX};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// How such a file begins.
const BEGINNING: &[u8; 16] = b"go1.7 heap dump\n";

/// Addresses between code and variables of one program, at most.
const PROGRAM_BYTES_MAX: u64 = 1 << 32;

/// A heap dump, as far as the judge needs it.
#[derive(Debug)]
pub(crate) struct Dump {
    /// SHA-256 of all that is neither memory nor a name: kinds, addresses, lengths, lists of fields, numbers.
    pub(super) structure: [u8; 32],
    /// Bytes that it is of.
    pub(super) structure_bytes: u64,
    /// SHA-256 of the pointers that lead to dumped memory, and of where each stands.
    pub(super) pointers: [u8; 32],
    /// How many they are.
    pub(super) pointer_count: u64,
    /// The beginning of the digest of each name, in the order of the file.
    pub(super) names: Vec<[u8; 8]>,
    /// Records of objects, and of frames.
    pub(super) objects: u64,
    pub(super) frames: u64,
    /// Places where something was not understood.
    pub(super) strange: u64,
    /// Addresses of the heap and of the program.
    pub(crate) mapped: Vec<Range<u64>>,
}

/// What the first reading learns.
#[derive(Default)]
struct Known {
    pointer: u64,
    big: bool,
    arenas: Option<Range<u64>>,
    /// Address and end of all memory of the dump.
    targets: Vec<(u64, u64)>,
    /// Lowest address of variables or functions on a stack, and the highest.
    variables: Vec<Range<u64>>,
    entries: Vec<u64>,
}

impl Dump {
    /// Reads a heap dump; none if the file does not begin like one.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        let first = BEGINNING.len() as u64;
        if dump.length() < first || dump.take(0, first)? != BEGINNING {
            return Ok(None);
        }
        let mut out = Self {
            structure: [0; 32],
            structure_bytes: first,
            pointers: [0; 32],
            pointer_count: 0,
            names: Vec::new(),
            objects: 0,
            frames: 0,
            strange: 0,
            mapped: Vec::new(),
        };
        let mut known = Known { pointer: 8, ..Known::default() };
        let mut digest = Sha256::new_with_prefix(BEGINNING);
        let visit = |item: Item| out.learn(dump, item, &mut known, &mut digest);
        Walk { stream: Stream::new(dump, first), visit, done: first }.run()?;
        out.structure = digest.finalize().into();
        if known.big || !matches!(known.pointer, 4 | 8) {
            let what = "its pointers are not of 4 or 8 bytes, the lowest first".to_owned();
            return Err(Fault::Parse { which: dump.which, what });
        }
        known.targets.sort_unstable();
        out.follow(dump, &known)?;
        out.mapped = known.mapped();
        Ok(Some(out))
    }

    fn learn(
        &mut self,
        dump: Named<'_>,
        item: Item,
        known: &mut Known,
        digest: &mut Sha256,
    ) -> Result<(), Fault> {
        match item {
            Item::Structure(range) => {
                self.structure_bytes += range.end - range.start;
                hash(dump, range, digest)?;
            }
            Item::Name(range) => {
                let mut name = Sha256::new();
                hash(dump, range, &mut name)?;
                let name: [u8; 32] = name.finalize().into();
                self.names.extend(name.first_chunk::<8>());
            }
            Item::Params { big, pointer, arenas } => {
                known.big |= big != 0;
                known.pointer = pointer;
                known.arenas = Some(arenas);
            }
            Item::Memory { kind, address, file } => {
                let end = address.saturating_add(file.end - file.start);
                match kind {
                    OBJECT => self.objects += 1,
                    FRAME => self.frames += 1,
                    _ => known.variables.push(address..end),
                }
                if address < end {
                    known.targets.push((address, end));
                }
            }
            Item::Entry(entry) => known.entries.push(entry),
            Item::Field { .. } => {}
            Item::Strange => self.strange += 1,
        }
        if known.targets.len() > GO_TARGETS_MAX || self.names.len() > GO_NAMES_MAX {
            return Err(Fault::Limit(format!("more than {GO_TARGETS_MAX} objects or {GO_NAMES_MAX} names")));
        }
        Ok(())
    }

    /// Digests the pointers that lead to dumped memory.
    fn follow(&mut self, dump: Named<'_>, known: &Known) -> Result<(), Fault> {
        let mut digest = Sha256::new();
        let mut reader = Stream::new(dump, 0);
        let mut memory = 0..0;
        let visit = |item: Item| {
            match item {
                Item::Memory { file, .. } => memory = file,
                Item::Field { offset, words } => {
                    for number in 0..words {
                        let place =
                            number.checked_mul(known.pointer).and_then(|skip| skip.checked_add(offset));
                        let place = place.and_then(|place| place.checked_add(memory.start));
                        let whole = place.filter(|place| {
                            place.checked_add(known.pointer).is_some_and(|end| end <= memory.end)
                        });
                        let Some(place) = whole else { continue };
                        let value = reader.word(place, known.pointer)?;
                        if known.holds(value) {
                            self.pointer_count += 1;
                            digest.update(place.to_le_bytes());
                            digest.update(value.to_le_bytes());
                        }
                    }
                }
                _ => {}
            }
            Ok(())
        };
        let first = BEGINNING.len() as u64;
        Walk { stream: Stream::new(dump, first), visit, done: first }.run()?;
        self.pointers = digest.finalize().into();
        Ok(())
    }
}

impl Known {
    /// Whether an address is of dumped memory.
    fn holds(&self, address: u64) -> bool {
        let after = self.targets.partition_point(|(start, _)| *start <= address);
        let before = after.checked_sub(1).and_then(|index| self.targets.get(index));
        before.is_some_and(|(_, end)| address < *end)
    }

    /// Addresses of the heap, and of the program from its functions on a stack to its last variable.
    fn mapped(&self) -> Vec<Range<u64>> {
        let mut out: Vec<Range<u64>> = self.variables.clone();
        out.extend(self.entries.iter().map(|entry| *entry..entry.saturating_add(1)));
        let lowest = out.iter().map(|range| range.start).min().unwrap_or(0);
        let highest = out.iter().map(|range| range.end).max().unwrap_or(0);
        if highest.saturating_sub(lowest) <= PROGRAM_BYTES_MAX {
            out.clear();
            out.push(lowest..highest);
        }
        out.extend(self.arenas.clone());
        out.retain(|range| range.start < range.end);
        out.sort_by_key(|range| (range.start, range.end));
        let mut merged: Vec<Range<u64>> = Vec::new();
        for range in out {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        merged
    }
}

/// Digests bytes of the file.
fn hash(dump: Named<'_>, range: Range<u64>, digest: &mut Sha256) -> Result<(), Fault> {
    let mut at = range.start;
    while at < range.end {
        let bytes = (range.end - at).min(CHUNK_BYTES as u64);
        digest.update(dump.take(at, bytes)?);
        at += bytes;
    }
    Ok(())
}
