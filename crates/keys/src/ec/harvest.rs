//! The search itself: collect from windows, then conclude.

use super::chunk::{Chunk, Place, Store, Stretch};
use super::comb::Value;
use super::curve::Curve;
use super::edwards::Reading;
use super::job::{Rank, Way, rank, starts};
use super::layout::Layout;
use super::limits::{ASSEMBLED_POSITION, BLOCK_CHUNKS, ORDERED_MAX, PUBLIC_MAX, WORK_INSIDE_MAX, WORK_MAX};
use super::lookup::Lookup;
use super::{material, sight};
use crate::material::Material;
use rayon::prelude::*;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::OnceLock;

/// What one worker has gathered for the search. Merging the harvests of all workers
/// gives the same result in any order.
#[derive(Debug, Default)]
pub struct Harvest {
    store: Store,
    public: BTreeSet<Vec<u8>>,
    coverage: Coverage,
}

/// A key that was proven, and where it was met. The closure finds all other places.
#[derive(Debug)]
pub struct Found {
    /// The key with everything that follows from it.
    pub material: Material,
    /// Where it stood.
    pub places: Vec<Place>,
}

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Bytes inside bulk random data, too far from its ends to be looked at.
    pub bulk_bytes_skipped: u64,
    /// Stretches of randomness that exceeded the memory limit.
    pub chunks_dropped: u64,
    /// Stretches looked at, and their bytes.
    pub chunks: u64,
    /// See `chunks`.
    pub chunk_bytes: u64,
    /// Public keys given that exceeded the limit.
    pub public_dropped: u64,
    /// Public keys computed.
    pub candidates: u64,
    /// Numbers at an end of a stretch or alone that the bound on the work left out.
    pub skipped: u64,
    /// Numbers with random bytes on both sides, or very many on one, that it left out.
    pub inside_skipped: u64,
    /// Numbers that were not tried as coordinates of points.
    pub points_skipped: u64,
    /// Pairs of numbers far from each other that were not tried as X and Z of a point.
    pub far: u64,
}

impl Coverage {
    /// Whether a limit cut the search off where a key may well be.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        [self.chunks_dropped, self.public_dropped, self.skipped, self.inside_skipped, self.points_skipped]
            .iter()
            .any(|count| *count > 0)
    }
}

impl Harvest {
    /// Gathers the bytes of a window that look random: `runs` rise and do not overlap.
    /// `position` numbers the window's first byte; it keeps the alignment of addresses.
    pub fn collect(&mut self, window: &[u8], position: u64, runs: &[Range<usize>]) {
        self.coverage.bulk_bytes_skipped += self.store.collect(window, position, runs);
    }

    /// Adds bytes in which a public key stands somewhere, to be looked through like those
    /// of the dump: decoded text, or an encoding inside bulk data.
    pub fn add_public(&mut self, key: &[u8]) {
        self.public.insert(key.to_vec());
        if self.public.len() > PUBLIC_MAX {
            self.public.pop_last();
            self.coverage.public_dropped += 1;
        }
    }

    /// The random bytes that are kept, for searches that read them as something else.
    pub fn stretches(&self) -> impl Iterator<Item = Stretch<'_>> {
        self.store.stretches()
    }

    /// The bytes that were gathered.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.store.chunks()
    }

    /// The bytes that were given.
    pub(super) fn given(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.public.iter()
    }

    /// Adds everything of another harvest.
    pub fn merge(&mut self, other: Self) {
        self.store.merge(other.store);
        for key in &other.public {
            self.add_public(key);
        }
        self.coverage.bulk_bytes_skipped += other.coverage.bulk_bytes_skipped;
        self.coverage.public_dropped += other.coverage.public_dropped;
    }

    /// Proves what can be proven. Keys come in order of curve and public key.
    #[must_use]
    pub fn conclude(self) -> (Vec<Found>, Coverage) {
        self.conclude_within(WORK_MAX)
    }

    /// The same with another bound on the work.
    pub(super) fn conclude_within(self, work: u64) -> (Vec<Found>, Coverage) {
        let Self { store, mut public, mut coverage } = self;
        coverage.chunks_dropped = store.dropped();
        let chunks = store.into_chunks();
        coverage.chunks = chunks.len() as u64;
        coverage.chunk_bytes = chunks.iter().map(|chunk| chunk.bytes.len() as u64).sum();
        let (curves, jacobian) = sight::in_sight(&chunks, &public, &mut coverage);
        public.extend(jacobian);
        let mut search =
            Search { chunks: &chunks, jobs: Vec::new(), lookup: Lookup::default(), twice: OnceLock::new() };
        search.compute(&curves, work, &mut coverage);
        let found = search.prove(&public);
        (found, coverage)
    }
}

/// Bytes that were read as a private key.
#[derive(Clone, Copy)]
struct Job {
    chunk: usize,
    at: usize,
    way: Way,
}

struct Search<'a> {
    chunks: &'a [Chunk],
    jobs: Vec<Job>,
    lookup: Lookup,
    /// Numbers that stand in two byte orders, once they were asked for.
    twice: OnceLock<BTreeSet<u64>>,
}

impl Search<'_> {
    /// Computes the public keys of all candidates, the likely ones first, within the
    /// bounds on the work.
    fn compute(&mut self, in_sight: &[Curve], work: u64, coverage: &mut Coverage) {
        let mut seen = BTreeSet::new();
        let mut left = work;
        for wanted in Rank::ALL {
            let is_inside = wanted == Rank::Inside;
            if is_inside {
                left = left.min(WORK_INSIDE_MAX);
            }
            let skipped = if is_inside { &mut coverage.inside_skipped } else { &mut coverage.skipped };
            let jobs = self.jobs(&Way::of(wanted, in_sight), wanted, left, &mut seen, skipped);
            // What is likely first, whatever its curve; of each, every curve has its share.
            let (mut first, mut rest) = (Vec::new(), Vec::new());
            for ((cost, _), open) in jobs {
                let (likely, others): (Vec<_>, Vec<_>) =
                    open.into_iter().partition(|(job, value)| self.is_likely(*job, value));
                first.push((cost, likely));
                rest.push((cost, others));
            }
            let shared = |mut groups: Vec<(u64, Vec<(Job, Value)>)>| {
                groups.sort_by_key(|(cost, open)| cost * open.len() as u64);
                let shares = (1..=groups.len() as u64).rev();
                groups.into_iter().zip(shares)
            };
            for ((cost, open), share) in shared(first).chain(shared(rest)) {
                let Some(way) = open.first().map(|(job, _)| job.way) else { continue };
                let allowed = usize::try_from(left / share / cost).unwrap_or(usize::MAX).min(open.len());
                *skipped += (open.len() - allowed) as u64;
                left -= cost * allowed as u64;
                coverage.candidates += allowed as u64;
                self.add(way, open.into_iter().take(allowed));
            }
        }
        self.lookup.build();
    }

    /// What is read of one rank, by what its public keys belong to, the cheap first; in order
    /// of position, each value once, no more of each than `left` pays for.
    fn jobs(
        &self,
        ways: &[Way],
        wanted: Rank,
        left: u64,
        seen: &mut BTreeSet<u64>,
        skipped: &mut u64,
    ) -> BTreeMap<(u64, Group), Vec<(Job, Value)>> {
        let mut jobs: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut late: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let before = *skipped;
        self.read(
            ways,
            |is_rank| is_rank == wanted,
            |job, value| {
                let (cost, group) = (job.way.cost(), group(job.way));
                let open: &mut Vec<_> = jobs.entry((cost, group)).or_default();
                if open.len() as u64 >= left / cost {
                    *skipped += 1;
                } else if seen.insert(digest(group, &value)) {
                    open.push((job, value));
                }
            },
        );
        let asked: u64 = jobs.iter().map(|((cost, _), open)| cost * open.len() as u64).sum();
        if *skipped == before && asked <= left {
            return jobs;
        }
        // What had no room is read again for what is likely, which goes before all else.
        self.twice.get_or_init(|| self.in_two_orders(ways));
        self.read(
            ways,
            |is_rank| is_rank == wanted,
            |job, value| {
                let (cost, group) = (job.way.cost(), group(job.way));
                if self.is_likely(job, &value) && seen.insert(digest(group, &value)) {
                    late.entry((cost, group)).or_default().push((job, value));
                }
            },
        );
        for ((cost, group), open) in &mut jobs {
            let most = usize::try_from(left / cost).unwrap_or(usize::MAX);
            open.splice(..0, late.remove(&(*cost, *group)).unwrap_or_default());
            open.sort_by_key(|(job, value)| !self.is_likely(*job, value));
            // One comes in, another goes: as many are left out as before.
            for (_, value) in open.drain(most.min(open.len())..) {
                seen.remove(&digest(*group, &value));
            }
        }
        jobs
    }

    /// Digests of the scalars that stand in the dump both most and least significant byte first: a key that was read
    /// from bytes and is computed with.
    fn in_two_orders(&self, ways: &[Way]) -> BTreeSet<u64> {
        let [mut big, mut little] = [BTreeSet::new(), BTreeSet::new()];
        let is_plain = |way: &&Way| matches!(way, Way::Scalar(_, Layout::BigEndian | Layout::Limbs));
        let plain: Vec<Way> = ways.iter().filter(is_plain).copied().collect();
        self.read(
            &plain,
            |_| true,
            |job, value| {
                let of_order =
                    if matches!(job.way, Way::Scalar(_, Layout::BigEndian)) { &mut big } else { &mut little };
                if of_order.len() < ORDERED_MAX {
                    of_order.insert(digest(NO_GROUP, &value));
                }
            },
        );
        big.intersection(&little).copied().collect()
    }

    /// Calls `each` with everything that is read of the wanted ranks, in order of position.
    fn read(&self, ways: &[Way], is_wanted: impl Fn(Rank) -> bool + Sync, mut each: impl FnMut(Job, Value)) {
        let read = |(number, chunk): (usize, &Chunk)| {
            let mut out = Vec::new();
            for start in starts(chunk) {
                for way in ways.iter().filter(|way| rank(chunk, start, **way).is_some_and(&is_wanted)) {
                    let job = Job { chunk: number, at: start.at, way: *way };
                    out.extend(self.value(job).map(|value| (job, value)));
                }
            }
            out
        };
        for first in (0..self.chunks.len()).step_by(BLOCK_CHUNKS) {
            let block = self.chunks.par_iter().enumerate().skip(first).take(BLOCK_CHUNKS);
            let parts: Vec<Vec<(Job, Value)>> = block.map(read).collect();
            parts.into_iter().flatten().for_each(|(job, value)| each(job, value));
        }
    }

    /// Whether a number goes before others: it stands in two byte orders, or was put together from the digits of an
    /// array, with which a program computes.
    fn is_likely(&self, job: Job, value: &[u8]) -> bool {
        let is_assembled =
            || self.chunks.get(job.chunk).is_some_and(|chunk| chunk.position >= ASSEMBLED_POSITION);
        self.twice.get().is_some_and(|twice| twice.contains(&digest(NO_GROUP, value))) || is_assembled()
    }

    fn value(&self, job: Job) -> Option<Value> {
        let bytes = &self.chunks.get(job.chunk)?.bytes;
        job.way.value(bytes.get(job.at..job.at + job.way.width())?)
    }

    /// Adds the public keys of numbers that are read alike.
    fn add(&mut self, way: Way, open: impl Iterator<Item = (Job, Value)>) {
        let (jobs, values): (Vec<Job>, Vec<Value>) = open.unzip();
        let publics = way.publics(&values);
        let proofs: Vec<_> =
            publics.into_par_iter().map(|public| public.map(|public| way.proofs(&public))).collect();
        for (job, proofs) in jobs.into_iter().zip(proofs) {
            let Some((proofs, owner)) = proofs.zip(u32::try_from(self.jobs.len()).ok()) else { continue };
            self.jobs.push(job);
            for proof in proofs {
                self.lookup.add(&proof, owner);
            }
        }
    }

    /// The keys whose public key lies in the dump or was given.
    fn prove(&self, given: &BTreeSet<Vec<u8>>) -> Vec<Found> {
        let stored: Vec<&[u8]> = self.chunks.iter().map(|chunk| chunk.bytes.as_slice()).collect();
        let given: Vec<&[u8]> = given.iter().map(Vec::as_slice).collect();
        let sweep = |bytes: &&[u8]| {
            let mut seen = Vec::new();
            self.lookup.sweep(bytes, |at, owner| seen.extend(self.prove_at(bytes, at, owner)));
            seen
        };
        let seen = stored.par_iter().chain(&given).flat_map_iter(sweep);
        let mut proven: BTreeMap<Key, BTreeSet<usize>> = BTreeMap::new();
        for (key, owner) in seen.collect::<Vec<_>>() {
            proven.entry(key).or_default().insert(owner);
        }
        proven.into_iter().filter_map(|((_, public), owners)| self.found(&public, &owners)).collect()
    }

    /// The public key of a number, if all of it stands where its first bytes do.
    fn prove_at(&self, bytes: &[u8], at: usize, owner: u32) -> Option<(Key, usize)> {
        let owner = usize::try_from(owner).ok()?;
        let job = self.jobs.get(owner)?;
        let public = job.way.publics(&[self.value(*job)?]).pop()??;
        let shown = bytes.get(at..)?;
        let is_proven = job.way.proofs(&public).iter().any(|proof| shown.starts_with(proof));
        is_proven.then(|| ((group(job.way).0, public), owner))
    }

    /// One key out of all candidates that have its public key.
    fn found(&self, public: &[u8], owners: &BTreeSet<usize>) -> Option<Found> {
        let mut jobs: Vec<Job> = owners.iter().filter_map(|owner| self.jobs.get(*owner)).copied().collect();
        // The seed says more than the scalar that follows from it.
        jobs.sort_by_key(|job| {
            matches!(job.way, Way::Bytes(Reading::Scalar) | Way::Goldilocks(Reading::Scalar))
        });
        let best = jobs.first()?;
        let value = self.value(*best)?;
        let mut material = match best.way {
            Way::Scalar(curve, _) => material::scalar(curve, &value, &[&[4], public].concat()),
            Way::Bytes(reading) => material::bytes(reading, &value, public),
            Way::Goldilocks(reading) => material::goldilocks(reading, &value, public),
        };
        let mut places = Vec::new();
        for job in &jobs {
            let Some(chunk) = self.chunks.get(job.chunk) else { continue };
            let (component, form) = names(job.way);
            let position = chunk.position.saturating_add(job.at as u64);
            places.push(Place { position, length: job.way.width(), component, form });
            let own = chunk.bytes.get(job.at..).unwrap_or_default();
            material::add_neighbours(&mut material, job.way, own, public);
        }
        Some(Found { material, places })
    }
}

/// The group of numbers that are compared whatever their curve.
const NO_GROUP: Group = ("", "");

fn digest(group: Group, value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (group, value).hash(&mut hasher);
    hasher.finish()
}

/// What one public key belongs to. Readings of 32 bytes stay apart: the same bytes are
/// tried in each.
type Group = (&'static str, &'static str);

/// A key: its curve and its public key.
type Key = (&'static str, Vec<u8>);

fn group(way: Way) -> Group {
    match way {
        Way::Scalar(curve, _) => (curve.name(), "d"),
        Way::Bytes(Reading::Montgomery) => ("X25519", "key"),
        Way::Bytes(Reading::Seed) => ("Ed25519", "seed"),
        Way::Bytes(Reading::Scalar) => ("Ed25519", "scalar"),
        Way::Goldilocks(Reading::Montgomery) => ("X448", "key"),
        Way::Goldilocks(Reading::Seed) => ("Ed448", "seed"),
        Way::Goldilocks(Reading::Scalar) => ("Ed448", "scalar"),
    }
}

/// Component and form.
fn names(way: Way) -> (&'static str, &'static str) {
    match way {
        Way::Scalar(_, layout) => ("d", layout.name()),
        Way::Bytes(Reading::Seed) | Way::Goldilocks(Reading::Seed) => ("seed", Layout::BigEndian.name()),
        Way::Bytes(Reading::Scalar) | Way::Goldilocks(Reading::Scalar) => {
            ("scalar", Layout::BigEndian.name())
        }
        Way::Bytes(Reading::Montgomery) | Way::Goldilocks(Reading::Montgomery) => {
            ("key", Layout::BigEndian.name())
        }
    }
}
