//! The first pass: every detector over every byte of every space.

mod enrich;
mod inspect;
mod small;
pub(crate) mod strict;
mod torn;

use crate::error::Error;
use crate::hints::Objects;
use crate::ledger::{Ledger, Sighting};
use crate::progress::Progress;
use crate::view::{self, Window};
use coredact_dump::{Image, ReadAt};
use coredact_keys::known::{self, Index};
use coredact_keys::tokens::Rules;
use coredact_keys::{Kind, Material, derived, dlog, ec, lattice, objects, rsa};
use coredact_record::Policy;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

pub(crate) use enrich::enrich;
pub use inspect::Counts;
pub use strict::{RUN_BYTES_MIN, RandomRun};

/// Alignment of numbers in memory, in bytes: that of a cache line covers every limb.
const ALIGNMENT: u64 = 64;

/// What the first pass needs to know.
pub struct Task<'a> {
    /// The bytes.
    pub source: &'a dyn ReadAt,
    /// Where they lie.
    pub image: &'a Image,
    /// Token rules.
    pub rules: &'a Rules,
    /// Known secrets.
    pub known: &'a [Index],
    /// The policy: `strict` and `skeleton` look for randomness too.
    pub policy: Policy,
}

impl std::fmt::Debug for Task<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// What the first pass gathers for the arithmetic of the second.
#[derive(Debug, Default)]
pub struct Harvest {
    /// RSA candidates and moduli.
    pub rsa: rsa::Harvest,
    /// Candidates for elliptic-curve keys.
    pub ec: ec::Harvest,
    /// What opens the shielded keys of OpenSSH.
    pub prekeys: derived::Prekeys,
    /// Keys of ML-KEM and ML-DSA, and parts of them.
    pub lattice: lattice::Harvest,
    /// Groups of DSA and Diffie-Hellman.
    pub dlog: dlog::Harvest,
}

impl Harvest {
    fn merge(&mut self, other: Self) {
        self.rsa.merge(other.rsa);
        self.ec.merge(other.ec);
        self.prekeys.merge(other.prekeys);
        self.lattice.merge(other.lattice);
        self.dlog.merge(other.dlog);
    }
}

/// What the first pass has found.
#[derive(Debug, Default)]
pub struct Detected {
    /// Secrets, each once.
    pub ledger: Ledger,
    /// Candidates for keys that only arithmetic recognises, to be solved.
    pub harvest: Harvest,
    /// Unexplained randomness in memory that the process can write, by place.
    pub random: Vec<RandomRun>,
    /// Public RSA moduli in sight, big-endian, each once.
    pub moduli: BTreeSet<Vec<u8>>,
    /// Objects that point to keys.
    pub objects: Objects,
    /// Work done.
    pub counts: Counts,
}

/// A secret seen in a window.
#[derive(Debug)]
struct Found {
    material: Material,
    sightings: Vec<Sighting>,
}

/// The result of one window.
#[derive(Debug, Default)]
struct Findings {
    index: usize,
    found: Vec<Found>,
    random: Vec<RandomRun>,
    /// Words of text that look random.
    texts: Vec<RandomRun>,
    /// Public RSA moduli, big-endian.
    moduli: Vec<Vec<u8>>,
    /// Objects that point to keys, and arrays that may be keys.
    objects: objects::Seen,
}

/// State of one worker.
#[derive(Default)]
struct Worker {
    buffer: Vec<u8>,
    harvest: Harvest,
    counts: Counts,
    findings: Vec<Findings>,
    failed: Option<(usize, Error)>,
}

/// Runs every detector over the whole image.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn detect(task: &Task<'_>, progress: &dyn Progress) -> Result<Detected, Error> {
    let windows = view::windows(task.image);
    let positions = positions(task.image);
    progress.begin("scanning", windows.iter().map(|window| window.own).sum());
    let worker = windows
        .par_iter()
        .enumerate()
        .fold(Worker::default, |mut worker, (index, window)| {
            if worker.failed.is_none() {
                let base = positions.get(window.space).copied().unwrap_or(0);
                if let Err(error) = worker.run(task, index, *window, base) {
                    worker.failed = Some((index, error));
                }
                progress.advance(window.own);
            }
            worker
        })
        .reduce(Worker::default, Worker::merge);
    progress.end();
    worker.finish()
}

/// A number for each space so that every byte of every space has its own
/// position: the spaces laid end to end with a gap that no window spans.
fn positions(image: &Image) -> Vec<u64> {
    let mut next = 0_u64;
    let place = |space: &coredact_dump::Space| {
        // Numbers are aligned by address, so positions keep the address's alignment.
        let here = u64::next_multiple_of(next, ALIGNMENT) + space.address.unwrap_or(0) % ALIGNMENT;
        next = here + space.length + 2 * view::LOOK_AHEAD_BYTES;
        here
    };
    image.spaces.iter().map(place).collect()
}

/// Finds the space and the offset in it that a position names.
#[must_use]
pub fn locate(image: &Image, position: u64) -> Option<(usize, u64)> {
    let starts = positions(image);
    let space = starts.partition_point(|start| *start <= position).checked_sub(1)?;
    Some((space, position - starts.get(space)?))
}

impl Worker {
    fn run(&mut self, task: &Task<'_>, index: usize, window: Window, base: u64) -> Result<(), Error> {
        let Some(space) = task.image.spaces.get(window.space) else { return Ok(()) };
        if view::is_zero(task.source, space, window) {
            self.counts.bytes += window.own;
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        view::read(task.source, space, window, &mut buffer).map_err(Error::read)?;
        let writable = strict::rights(task.image.of_space(window.space), space, window);
        let position = base + window.start;
        let scene = inspect::Scene { task, space, window, bytes: &buffer, position, writable };
        let mut findings = Findings { index, ..Findings::default() };
        scene.inspect(&mut findings, &mut self.harvest, &mut self.counts);
        let is_empty = findings.found.is_empty()
            && findings.random.is_empty()
            && findings.texts.is_empty()
            && findings.moduli.is_empty()
            && findings.objects.is_empty();
        if !is_empty {
            self.findings.push(findings);
        }
        self.buffer = buffer;
        Ok(())
    }

    fn merge(mut self, mut other: Self) -> Self {
        self.harvest.merge(other.harvest);
        self.counts.add(&other.counts);
        self.findings.append(&mut other.findings);
        self.failed = match (self.failed, other.failed) {
            (Some(one), Some(two)) => Some(if one.0 <= two.0 { one } else { two }),
            (one, two) => one.or(two),
        };
        self
    }

    fn finish(mut self) -> Result<Detected, Error> {
        if let Some((_, error)) = self.failed {
            return Err(error);
        }
        self.findings.sort_by_key(|findings| findings.index);
        let mut out = Detected { harvest: self.harvest, counts: self.counts, ..Detected::default() };
        // Where a secret is found whole, the closure finds its ends.
        let whole: BTreeSet<String> =
            self.findings.iter().flat_map(|one| &one.found).filter_map(whole).collect();
        for findings in self.findings {
            for found in findings.found {
                if known::is_end(&found.material)
                    && found.material.label().is_some_and(|label| whole.contains(label))
                {
                    continue;
                }
                out.ledger.add(enrich(found.material), found.sightings);
            }
            out.random.extend(findings.random);
            out.random.extend(findings.texts);
            out.moduli.extend(findings.moduli);
            out.objects.hints.extend(findings.objects.hints);
            out.objects.arrays.extend(findings.objects.arrays);
            out.objects.skipped += findings.objects.skipped;
        }
        let key = |run: &RandomRun| (run.space, run.core.start, run.core.end);
        out.random.sort_by_key(key);
        out.random.dedup();
        Ok(out)
    }
}

/// The label of a known secret, found whole.
fn whole(found: &Found) -> Option<String> {
    let is_whole = found.material.kind == Kind::KnownSecret && !known::is_end(&found.material);
    found.material.label().filter(|_| is_whole).map(str::to_owned)
}

/// Turns a range of a window into sightings in the file.
fn sightings(
    space: &coredact_dump::Space,
    range: Range<u64>,
    component: &'static str,
    form: &str,
) -> Vec<Sighting> {
    view::file_ranges(space, range).map(|file| Sighting { file, component, form: form.to_owned() }).collect()
}
