//! Bytes that an object in memory names as a key: read where it points to, and added to what is known.

use crate::detect::strict;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting, is_proven};
use crate::view;
use crate::words::WORD;
use coredact_dump::{Image, ReadAt, Space};
use coredact_keys::objects::{self, Answer, Array, Held, Hint, Holders, Memory};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;
use zeroize::Zeroizing;

/// Hints that are followed for one dump, those at the lowest addresses first. A server with ten thousand connections
/// has a hundred thousand private numbers.
pub const HINTS_MAX: usize = 1 << 20;

/// What the first pass has seen of objects.
#[derive(Debug, Default)]
pub struct Objects {
    /// Those that point to keys.
    pub hints: BTreeSet<Hint>,
    /// Arrays whose holders must be asked.
    pub arrays: Vec<Array>,
    /// How many a limit left out.
    pub skipped: u64,
}

/// Adds what the objects point to. Values that are known already stay what they are, but for mere suspicions. Returns
/// how many objects a limit left out.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn follow(
    source: &dyn ReadAt,
    image: &Image,
    objects: Objects,
    ledger: &mut Ledger,
) -> Result<u64, Error> {
    let memory = ProcessMemory::new(source, image);
    let Objects { mut hints, mut arrays, mut skipped } = objects;
    // Rows of attributes are held by objects in their turn.
    while !arrays.is_empty() {
        arrays = hold(&memory, image, Holders::new(arrays), &mut hints, &mut skipped)?;
    }
    let known: BTreeSet<[u8; 32]> = ledger
        .entries()
        .iter()
        .filter(|entry| is_proven(entry.material.certainty))
        .flat_map(|entry| &entry.material.components)
        .map(|one| digest(one.value.bytes()))
        .collect();
    for hint in hints.iter().take(HINTS_MAX) {
        if memory.is_code(hint.address, hint.length) {
            continue;
        }
        let Some(verdict) = objects::judge(hint, &memory) else { continue };
        if verdict.material.components.iter().any(|one| known.contains(&digest(one.value.bytes()))) {
            continue;
        }
        let places = verdict.places.iter().flat_map(|place| {
            let files = memory.files(place.address, place.length);
            files.into_iter().map(|file| Sighting {
                file,
                component: place.component,
                form: "pointed to".to_owned(),
            })
        });
        ledger.add(verdict.material, places.collect::<Vec<_>>());
    }
    memory.finish()?;
    Ok(skipped + hints.len().saturating_sub(HINTS_MAX) as u64)
}

/// Looks through memory for those who hold arrays, and adds what they say and how many a limit left out. Returns the arrays that
/// hold arrays.
fn hold(
    memory: &ProcessMemory<'_>,
    image: &Image,
    holders: Holders,
    hints: &mut BTreeSet<Hint>,
    skipped: &mut u64,
) -> Result<Vec<Array>, Error> {
    *skipped += holders.skipped();
    let windows = view::windows(image);
    let asked = windows.par_iter().map_init(Vec::new, |buffer, window| -> Result<(Answer, u64), Error> {
        let mut answer = Answer::default();
        let Some(space) = image.spaces.get(window.space) else { return Ok((answer, 0)) };
        let Some(address) = space.address else { return Ok((answer, 0)) };
        let own = window.start..window.start + window.own;
        if !strict::may_write(image, space, own) || view::is_zero(memory.source, space, *window) {
            return Ok((answer, 0));
        }
        view::read(memory.source, space, *window, buffer).map_err(Error::read)?;
        let first = address.wrapping_add(window.start);
        let skip = usize::try_from(first.wrapping_neg() % WORD).unwrap_or(0);
        let end = usize::try_from(window.own).unwrap_or(usize::MAX).min(buffer.len());
        let mut held: Vec<Held> = Vec::new();
        let bytes = buffer.get(skip..end).unwrap_or_default();
        let left_out = holders.scan(bytes, first.wrapping_add(skip as u64), &mut held);
        held.iter().for_each(|one| holders.ask(one, memory, &mut answer));
        Ok((answer, left_out))
    });
    let mut arrays = Vec::new();
    for (answer, left_out) in asked.collect::<Result<Vec<_>, Error>>()? {
        hints.extend(answer.hints);
        arrays.extend(answer.arrays);
        *skipped += left_out;
    }
    Ok(arrays)
}

/// The memory of the dumped process, by address.
struct ProcessMemory<'a> {
    source: &'a dyn ReadAt,
    /// Spaces with an address, sorted by it.
    spaces: Vec<(u64, &'a Space)>,
    /// The first failure to read.
    failed: Mutex<Option<io::Error>>,
}

impl<'a> ProcessMemory<'a> {
    fn new(source: &'a dyn ReadAt, image: &'a Image) -> Self {
        let mut spaces: Vec<(u64, &Space)> =
            image.spaces.iter().filter_map(|space| Some((space.address?, space))).collect();
        spaces.sort_by_key(|(address, _)| *address);
        Self { source, spaces, failed: Mutex::new(None) }
    }

    /// The space that holds all of a range of addresses, and where in it.
    fn place(&self, address: u64, length: usize) -> Option<(&'a Space, std::ops::Range<u64>)> {
        let end = address.checked_add(length as u64)?;
        let last = self.spaces.partition_point(|(first, _)| *first <= address).checked_sub(1)?;
        let (first, space) = *self.spaces.get(last)?;
        let range = address - first..end - first;
        (range.end <= space.length).then_some((space, range))
    }

    /// Whether a range of addresses holds what the process could run: compilers of virtual machines describe their code with
    /// words that pass for those of a number.
    fn is_code(&self, address: u64, length: usize) -> bool {
        let place = self.place(address, length);
        place.is_some_and(|(space, range)| view::pieces(space, range).any(|piece| piece.access.execute))
    }

    /// Where in the file a range of addresses lies.
    fn files(&self, address: u64, length: usize) -> Vec<std::ops::Range<u64>> {
        let place = self.place(address, length);
        place.map(|(space, range)| view::file_ranges(space, range).collect()).unwrap_or_default()
    }

    /// The failure that reading met, if any.
    fn finish(self) -> Result<(), Error> {
        let failed = self.failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        failed.map_or(Ok(()), |error| Err(Error::read(error)))
    }
}

impl Memory for ProcessMemory<'_> {
    fn read(&self, address: u64, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let (space, range) = self.place(address, length)?;
        match view::bytes(self.source, space, range) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let mut failed = self.failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                failed.get_or_insert(error);
                None
            }
        }
    }
}

fn digest(value: &[u8]) -> [u8; 32] {
    *blake3::hash(value).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coredact_dump::{Access, Origin, Piece};
    use coredact_keys::Certainty;
    use coredact_keys::objects::Seen;

    const BASE: u64 = 0x7_0000_0000;

    /// What the objects of a memory that begins at [`BASE`] and at `file_offset` of the dump add to a ledger.
    fn followed(memory: &[u8], file_offset: u64, access: Access) -> Ledger {
        let file = [&vec![0; usize::try_from(file_offset).unwrap()], memory].concat();
        let length = memory.len() as u64;
        let mut image = coredact_dump::raw(&file);
        let piece = Piece { start: 0, file_offset, length, access };
        image.spaces =
            vec![Space { origin: Origin::Memory, address: Some(BASE), pieces: vec![piece], length }];
        let mut seen = Seen::default();
        objects::scan(memory, BASE, &mut seen);
        let objects = Objects { hints: seen.hints.into_iter().collect(), arrays: seen.arrays, skipped: 0 };
        let mut ledger = Ledger::default();
        assert_eq!(follow(&file, &image, objects, &mut ledger).unwrap(), 0);
        ledger
    }

    /// `SecretKeySpec` at 64 of a heap, its array at 256, the name of its cipher further on.
    fn heap() -> Vec<u8> {
        let mut out = vec![0; 1 << 16];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        let reference = |at: u64| u32::try_from((BASE + at) >> 3).unwrap().to_le_bytes();
        let header =
            |class: u32, next: [u8; 4]| [&[1, 0, 0, 0, 0, 0, 0, 0][..], &class.to_le_bytes(), &next].concat();
        put(64, &header(0x1234, reference(256)));
        put(80, &reference(40_000));
        put(256, &header(0x6848, 32_u32.to_le_bytes()));
        put(272, &key());
        put(40_000, &header(0x5678, [0; 4]));
        put(40_020, &reference(50_000));
        put(50_000, &header(0x6848, 3_u32.to_le_bytes()));
        put(50_016, b"AES");
        out
    }

    fn key() -> Vec<u8> {
        (0..32_u8).map(|at| at.wrapping_mul(167).wrapping_add(91) ^ (at >> 2)).collect()
    }

    #[test]
    fn array_that_a_key_object_holds_becomes_a_finding_where_it_stands() {
        let access = Access { read: true, write: true, execute: false };
        let ledger = followed(&heap(), 4096, access);
        let [entry] = ledger.entries() else { panic!("{} entries", ledger.entries().len()) };
        assert_eq!(entry.material.certainty, Certainty::Structured);
        assert_eq!(entry.material.components[0].value.bytes(), key());
        let [sighting] = entry.sightings.as_slice() else { panic!("{:?}", entry.sightings) };
        assert_eq!((sighting.file.clone(), sighting.form.as_str()), (4096 + 272..4096 + 304, "pointed to"));
    }

    #[test]
    fn machine_code_is_no_key() {
        let access = Access { read: true, write: true, execute: true };
        assert!(followed(&heap(), 0, access).entries().is_empty());
    }

    #[test]
    fn array_that_nobody_holds_is_passed_over() {
        let access = Access { read: true, write: true, execute: false };
        let mut heap = heap();
        heap[64..96].fill(0);
        assert!(followed(&heap, 0, access).entries().is_empty());
    }
}
