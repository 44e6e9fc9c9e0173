//! Randomness that something public explains: constants that stand in a mapped
//! program file, and the public numbers of keys.

use crate::detect::{RUN_BYTES_MIN, RandomRun};
use crate::error::Error;
use crate::ledger::Ledger;
use crate::view;
use coredact_dump::{Image, ReadAt};
use coredact_keys::{Notation, Role};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

/// Longest run that may be the public number of a key, with what stands around it.
const NUMBER_BYTES_MAX: u64 = 2048 + 64;

/// Magic number of a program file (`ELFMAG` in `elf.h`): a mapped key file has
/// another one and explains nothing.
const ELF_MAGIC: [u8; 4] = *b"\x7fELF";

/// The public numbers of a dump, by their words.
#[derive(Debug, Default)]
pub struct Public {
    words: BTreeSet<[u8; 8]>,
}

impl Public {
    /// Public moduli in sight, and the public components of what was found; every
    /// word of them as it lies in memory in either byte order.
    #[must_use]
    pub fn of(moduli: &BTreeSet<Vec<u8>>, ledger: &Ledger) -> Self {
        let mut words = BTreeSet::new();
        let components = ledger.entries().iter().flat_map(|entry| &entry.material.components);
        let public = components.filter(|one| one.role == Role::Public && one.notation == Notation::Number);
        let numbers = moduli.iter().map(Vec::as_slice).chain(public.map(|one| one.value.bytes()));
        for number in numbers {
            let limbs = number.rchunks_exact(8).filter_map(|limb| <[u8; 8]>::try_from(limb).ok());
            for limb in limbs {
                words.insert(limb);
                words.insert(u64::from_be_bytes(limb).to_le_bytes());
            }
        }
        Self { words }
    }

    /// Takes the words of public numbers out of random runs, and drops what is
    /// too short then.
    ///
    /// # Errors
    /// If the source cannot be read or has changed.
    pub fn explain(
        &self,
        source: &dyn ReadAt,
        image: &Image,
        runs: &mut Vec<RandomRun>,
    ) -> Result<(), Error> {
        if self.words.is_empty() {
            return Ok(());
        }
        let mut kept = Vec::with_capacity(runs.len());
        for run in runs.drain(..) {
            self.split(source, image, run, &mut kept)?;
        }
        *runs = kept;
        Ok(())
    }

    fn split(
        &self,
        source: &dyn ReadAt,
        image: &Image,
        run: RandomRun,
        kept: &mut Vec<RandomRun>,
    ) -> Result<(), Error> {
        let Some(space) = image.spaces.get(run.space as usize) else { return Ok(()) };
        // Long runs are ciphertext; a modulus has at most 2 KiB.
        if run.core.end - run.core.start > NUMBER_BYTES_MAX {
            kept.push(run);
            return Ok(());
        }
        let bytes = view::bytes(source, space, run.cut.clone()).map_err(Error::read)?;
        let mut explained = vec![false; bytes.len()];
        for (at, word) in bytes.windows(8).enumerate() {
            if <&[u8; 8]>::try_from(word).is_ok_and(|word| self.words.contains(word)) {
                explained.iter_mut().skip(at).take(8).for_each(|byte| *byte = true);
            }
        }
        if !explained.contains(&true) {
            kept.push(run);
            return Ok(());
        }
        let mut at = run.cut.start;
        for part in explained.chunk_by(|one, next| one == next) {
            let end = at + part.len() as u64;
            if !part.contains(&true) && end - at >= RUN_BYTES_MIN {
                kept.push(RandomRun { core: at..end, cut: at..end, ..run });
            }
            at = end;
        }
        Ok(())
    }
}

/// The parts of a run of file bytes that are not identical to the program file
/// that was mapped there, if that file is at hand.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn unexplained(source: &dyn ReadAt, image: &Image, range: Range<u64>) -> Result<Vec<Range<u64>>, Error> {
    let image = image.at(range.start);
    let Some(address) = image.address_of(range.start) else { return Ok(vec![range]) };
    let Some(mapping) = image.mappings.iter().find(|mapping| mapping.range.contains(&address)) else {
        return Ok(vec![range]);
    };
    let length = usize::try_from(range.end - range.start).unwrap_or(0);
    let mut expected = vec![0; length];
    let offset = mapping.file_offset.saturating_add(address - mapping.range.start);
    if read_program(&mapping.path, offset, &mut expected).is_err() {
        return Ok(vec![range]);
    }
    let mut dumped = vec![0; length];
    source.read_exact_at(range.start, &mut dumped).map_err(Error::read)?;
    let same = dumped == expected;
    Ok(if same { Vec::new() } else { vec![range] })
}

/// Reads part of a program file. The path comes from the dump: nothing but a
/// regular file is read, and a pipe or device is not waited for.
fn read_program(path: &str, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
    let flags = rustix::fs::OFlags::NONBLOCK.union(rustix::fs::OFlags::NOCTTY);
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    let mut magic = [0; 4];
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    file.read_exact_at(&mut magic, 0)?;
    if magic != ELF_MAGIC {
        return Err(io::ErrorKind::InvalidData.into());
    }
    file.read_exact_at(buffer, offset)
}
