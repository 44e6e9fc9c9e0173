//! The closure: every fragment of every form of every component of every
//! finding, swept for until nothing new appears.

use crate::detect::RandomRun;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting};
use crate::nested;
use crate::progress::Progress;
use crate::view;
use coredact_dump::{Image, Origin, Piece, ReadAt, Space};
use coredact_keys::forms::{self, FRAGMENT_BYTES};
use coredact_keys::tokens;
use coredact_keys::{Component, Kind, Notation, Role};
use coredact_sweep::needle::{Needles, Pattern};
use rayon::prelude::*;
use std::ops::Range;
use zeroize::Zeroizing;

/// Seeds (8-byte windows of patterns) swept for in one pass. One seed takes 24
/// bytes, so a pass stays under 200 MB; more seeds take more passes.
const SEEDS_PER_PASS_MAX: usize = 6 << 20;

/// Longest run of randomness whose fragments are swept for. Longer runs are
/// ciphertext and compressed data, whose fragments are worth nothing.
const RANDOM_RUN_BYTES_MAX: u64 = 4096;

/// Bytes of randomness that are swept for, the shortest runs first.
const RANDOM_BYTES_MAX: usize = 3 << 20;

/// Which component a pattern writes down.
struct Owner {
    entry: usize,
    component: &'static str,
    form: String,
}

/// A fragment of a pattern in a window.
struct Fragment<'a> {
    pattern: usize,
    /// Index of the space.
    index: u32,
    space: &'a Space,
    /// Bytes of the space.
    range: Range<u64>,
    bytes: &'a [u8],
}

/// What every pass over the dump needs.
pub struct Pass<'a> {
    /// The bytes.
    pub source: &'a dyn ReadAt,
    /// Where they lie.
    pub image: &'a Image,
    /// Who is told how far it has come.
    pub progress: &'a dyn Progress,
    /// What the pass is called there.
    pub stage: &'static str,
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pass({})", self.stage)
    }
}

/// What a closure has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed {
    /// Passes over the dump.
    pub passes: u64,
    /// Patterns swept for: forms of components.
    pub patterns: u64,
    /// Fragments found.
    pub fragments: u64,
    /// Bytes of short random runs whose fragments were not swept for because of
    /// the limit.
    pub random_bytes_left_out: u64,
}

impl Closed {
    /// Adds the work of another closure.
    pub fn add(&mut self, other: &Self) {
        self.passes += other.passes;
        self.patterns += other.patterns;
        self.fragments += other.fragments;
        self.random_bytes_left_out += other.random_bytes_left_out;
    }
}

/// Sweeps for all findings of the ledger and adds what is found to them.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn close(pass: &Pass<'_>, ledger: &mut Ledger) -> Result<Closed, Error> {
    let mut closed = Closed::default();
    loop {
        let (patterns, owners) = unswept(ledger);
        if patterns.is_empty() {
            return Ok(closed);
        }
        closed.patterns += patterns.len() as u64;
        for (patterns, owners) in batches(patterns, owners) {
            closed.passes += 1;
            let needles = Needles::build(patterns);
            let place = |place: Fragment<'_>| {
                Some((place.pattern, view::file_ranges(place.space, place.range).collect::<Vec<_>>()))
            };
            for (pattern, files) in sweep(pass, &needles, |_| true, place)? {
                let Some(owner) = owners.get(pattern) else { continue };
                let Some(entry) = ledger.entries_mut().get_mut(owner.entry) else { continue };
                closed.fragments += 1;
                let sighting = |file| Sighting { file, component: owner.component, form: owner.form.clone() };
                entry.sightings.extend(files.into_iter().map(sighting));
            }
        }
    }
}

/// Patterns of all components that were not swept for yet.
fn unswept(ledger: &mut Ledger) -> (Vec<Pattern>, Vec<Owner>) {
    let (mut patterns, mut owners) = (Vec::new(), Vec::new());
    for (index, entry) in ledger.entries_mut().iter_mut().enumerate() {
        let from = std::mem::replace(&mut entry.swept, entry.material.components.len());
        if entry.material.publicly_known.is_some() {
            continue;
        }
        let kind = entry.material.kind;
        for component in entry.material.components.iter().skip(from).filter(|c| is_swept(kind, c)) {
            for form in forms::forms(component) {
                owners.push(Owner { entry: index, component: component.name, form: form.name });
                patterns.push(Pattern {
                    bytes: form.bytes,
                    min: form.fragment_bytes,
                    over_breaks: form.over_breaks,
                });
            }
        }
    }
    (patterns, owners)
}

/// Whether fragments of a component are worth sweeping for: a weak password's
/// would hit innocent words everywhere.
fn is_swept(kind: Kind, component: &Component) -> bool {
    match component.role {
        Role::Public => false,
        Role::Secret | Role::Derived if component.notation == Notation::Text => {
            let text = component.value.bytes();
            !matches!(kind, Kind::Token | Kind::Credential) || tokens::sweepable(text)
        }
        Role::Secret | Role::Derived => component.value.len() >= FRAGMENT_BYTES,
    }
}

/// Cuts patterns into batches that fit into memory.
fn batches(patterns: Vec<Pattern>, owners: Vec<Owner>) -> Vec<(Vec<Pattern>, Vec<Owner>)> {
    let mut out: Vec<(Vec<Pattern>, Vec<Owner>)> = Vec::new();
    let mut seeds = usize::MAX;
    for (pattern, owner) in patterns.into_iter().zip(owners) {
        seeds = seeds.saturating_add(pattern.bytes.len());
        match out.last_mut() {
            Some(batch) if seeds <= SEEDS_PER_PASS_MAX => {
                batch.0.push(pattern);
                batch.1.push(owner);
            }
            _ => {
                seeds = pattern.bytes.len();
                out.push((vec![pattern], vec![owner]));
            }
        }
    }
    out
}

/// Sweeps for fragments of short random runs (policy `strict`): a key of unknown
/// kind leaves words in registers and on stacks that are too short to look
/// random by themselves. Adds the places to `runs`.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn close_random(pass: &Pass<'_>, runs: &mut Vec<RandomRun>) -> Result<Closed, Error> {
    let mut closed = Closed::default();
    let patterns = random_patterns(pass, runs, &mut closed)?;
    if patterns.is_empty() {
        return Ok(closed);
    }
    closed.patterns = patterns.len() as u64;
    closed.passes = 1;
    let needles = Needles::build(patterns);
    let place = |place: Fragment<'_>| {
        let writable = |piece: &Piece| piece.access.write || place.space.origin != Origin::Memory;
        let kept = view::pieces(place.space, place.range.clone()).all(writable)
            && place.bytes.windows(FRAGMENT_BYTES).any(is_distinctive);
        kept.then(|| (place.index, place.range.clone()))
    };
    for (space, range) in sweep(pass, &needles, is_swept_for_random, place)? {
        closed.fragments += 1;
        runs.push(RandomRun { space, core: range.clone(), cut: range });
    }
    Ok(closed)
}

/// Whether eight bytes out of a random run are worth removing elsewhere: a run
/// may hold a few bytes of text or padding, which stand everywhere. Of random
/// words 99 % pass.
fn is_distinctive(word: &[u8]) -> bool {
    let count = |wanted: fn(&u8) -> bool| word.iter().filter(|byte| wanted(byte)).count();
    let distinct = word.iter().collect::<std::collections::BTreeSet<_>>().len();
    let high = count(|byte| *byte >= 0x80);
    distinct >= 6 && count(|byte| *byte == 0) <= 1 && (1..=7).contains(&high)
}

/// Spaces in which fragments of randomness are removed.
fn is_swept_for_random(space: &Space) -> bool {
    match space.origin {
        Origin::Header => false,
        Origin::Memory => space.pieces.iter().any(|piece| piece.access.write),
        _ => true,
    }
}

fn random_patterns(pass: &Pass<'_>, runs: &[RandomRun], closed: &mut Closed) -> Result<Vec<Pattern>, Error> {
    let length = |run: &RandomRun| run.core.end - run.core.start;
    let mut short: Vec<&RandomRun> = runs.iter().filter(|run| length(run) <= RANDOM_RUN_BYTES_MAX).collect();
    short.sort_by_key(|run| (length(run), run.space, run.core.start));
    let (mut patterns, mut total) = (Vec::new(), 0);
    let mut seen = std::collections::BTreeSet::new();
    for run in short {
        let Some(space) = pass.image.spaces.get(run.space as usize) else { continue };
        let bytes = view::bytes(pass.source, space, run.core.clone()).map_err(Error::read)?;
        if total + 2 * bytes.len() > RANDOM_BYTES_MAX {
            closed.random_bytes_left_out += length(run);
            continue;
        }
        if !seen.insert(*blake3::hash(&bytes).as_bytes()) {
            continue;
        }
        total += 2 * bytes.len();
        let reversed = Zeroizing::new(bytes.iter().rev().copied().collect());
        for bytes in [bytes, reversed] {
            patterns.push(Pattern { bytes, min: FRAGMENT_BYTES, over_breaks: false });
        }
    }
    Ok(patterns)
}

/// Shows every fragment in the wanted spaces to `keep`, in parallel; what it
/// keeps comes in the order of the spaces.
fn sweep<T: Send>(
    pass: &Pass<'_>,
    needles: &Needles,
    wanted: impl Fn(&Space) -> bool + Sync,
    keep: impl Fn(Fragment<'_>) -> Option<T> + Sync,
) -> Result<Vec<T>, Error> {
    let windows = view::windows(pass.image);
    pass.progress.begin(pass.stage, windows.iter().map(|window| window.own).sum());
    let per_window = windows.par_iter().map_init(
        || (Vec::new(), Vec::new()),
        |(buffer, matches), window| {
            pass.progress.advance(window.own);
            let Some(space) = pass.image.spaces.get(window.space).filter(|space| wanted(space)) else {
                return Ok(Vec::new());
            };
            view::read(pass.source, space, *window, buffer).map_err(Error::read)?;
            matches.clear();
            needles.find(buffer, matches);
            let index = u32::try_from(window.space).unwrap_or(u32::MAX);
            let mut places: Vec<(Range<usize>, usize)> =
                matches.iter().map(|one| (one.range.clone(), one.pattern)).collect();
            nested::streams(buffer, |stream| {
                matches.clear();
                needles.find(&stream.plain, matches);
                places.extend(matches.iter().map(|one| (stream.range.clone(), one.pattern)));
            });
            places.dedup();
            let own = places.into_iter().filter(|(range, _)| (range.start as u64) < window.own);
            let kept = own.filter_map(|(range, pattern)| {
                let bytes = buffer.get(range.clone()).unwrap_or_default();
                let range = window.start + range.start as u64..window.start + range.end as u64;
                keep(Fragment { pattern, index, space, range, bytes })
            });
            Ok(kept.collect())
        },
    );
    let kept: Vec<Vec<T>> = per_window.collect::<Result<_, Error>>()?;
    pass.progress.end();
    Ok(kept.into_iter().flatten().collect())
}
