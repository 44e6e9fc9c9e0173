//! From an opened dump to a plan: detect, solve, close, decide.

use crate::arrays;
use crate::close::{self, Closed, Pass};
use crate::detect::{self, Counts, Detected, RandomRun, Task};
use crate::error::Error;
use crate::explain;
use crate::habits::Habits;
use crate::hints;
use crate::inventory::Inventory;
use crate::ledger::{Entry, is_proven};
use crate::locks;
use crate::marks;
use crate::plan::{Holes, Painter};
use crate::progress::Progress;
use crate::regions::Regions;

use crate::skeleton;
use crate::solve::{self, Solved};
use crate::tails;
use crate::texts;
use crate::view;
use crate::words::{WORD, Words};
use coredact_dump::{Image, ReadAt, Space};
use coredact_keys::known::Index;
use coredact_keys::tokens::Rules;
use coredact_keys::{Certainty, Kind};
use coredact_record::{Plan, Policy};
use std::collections::BTreeMap;
use std::ops::Range;

/// What is wanted.
#[derive(Debug)]
pub struct Options<'a> {
    /// What is removed.
    pub policy: Policy,
    /// Published keys: their moduli prove primes, their points scalars, and found keys are looked up among them.
    pub inventory: Option<&'a Inventory>,
    /// Token rules.
    pub rules: &'a Rules,
    /// Indexes of known secrets.
    pub known: &'a [Index],
    /// Whether publicly known keys are removed too.
    pub remove_public: bool,
    /// Whether every copy and fragment of what was found is looked for: needed to
    /// remove it, not to know that it is there.
    pub close: bool,
}

/// A finding that has no secret of its own: a class of bytes that the policy removes.
#[derive(Debug)]
pub struct Group {
    /// Name of the kind in reports.
    pub kind: &'static str,
    /// Word of the fill.
    pub marker: &'static str,
    /// Where, in words.
    pub region: String,
    /// Bytes of the file.
    pub ranges: Vec<Range<u64>>,
}

/// Everything known of a dump.
#[derive(Debug)]
pub struct Examination {
    /// Secrets; the finding's number is the index plus one.
    pub entries: Vec<Entry>,
    /// Classes of bytes; numbered after the entries.
    pub groups: Vec<Group>,
    /// What is overwritten.
    pub plan: Plan,
    /// Work of the first pass.
    pub counts: Counts,
    /// What the RSA search covered and found.
    pub solved: Solved,
    /// Work of the closure.
    pub closed: Closed,
}

/// Whether a policy removes an entry; otherwise why it is kept.
///
/// # Errors
/// The reason for keeping it, for the report.
pub fn is_removed(entry: &Entry, options: &Options<'_>) -> Result<(), String> {
    let material = &entry.material;
    if let Some(place) = material.publicly_known.as_ref().filter(|_| !options.remove_public) {
        return Err(format!("publicly known: {place}"));
    }
    if options.policy == Policy::Proven {
        if material.kind == Kind::EncryptedPrivateKey && material.certainty != Certainty::Proven {
            return Err("encrypted; policy strict removes it".to_owned());
        }
        if !is_proven(material.certainty) {
            return Err("suspected only; policy strict removes it".to_owned());
        }
    }
    Ok(())
}

/// Finds everything in a dump and plans what is overwritten.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn examine(
    source: &dyn ReadAt,
    image: &Image,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Examination, Error> {
    if options.policy == Policy::Skeleton
        && let Some((format, member)) = texts::without_skeleton(image)
    {
        let what = member.map_or_else(|| format.to_owned(), |member| format!("{member} ({format})"));
        return Err(Error::NoSkeleton { what });
    }
    let task = Task { source, image, rules: options.rules, known: options.known, policy: options.policy };
    let mut detected = detect::detect(&task, progress)?;
    for (n, e) in options.inventory.iter().flat_map(|inventory| inventory.moduli()) {
        detected.harvest.rsa.add_modulus(n, Some(e));
    }
    for point in options.inventory.iter().flat_map(|inventory| inventory.points()) {
        detected.harvest.ec.add_public(point);
    }
    let mut solved = solve::solve(image, &mut detected, progress);
    let objects = std::mem::take(&mut detected.objects);
    solved.hints_skipped = hints::follow(source, image, objects, &mut detected.ledger)?;
    tails::forget_public(&mut detected.ledger);
    tails::forget_inside(&mut detected.ledger);
    solved.tried = locks::prove(source, image, &mut detected.ledger, progress)?;
    let marks = marks::gather(source, image, options.policy, &mut detected.ledger)?;
    let strict = options.policy != Policy::Proven;
    if strict {
        let public = explain::Public::of(&detected.moduli, &detected.ledger);
        public.explain(source, image, &mut detected.random)?;
        Habits::learn(source, image, &detected.random)?.explain(source, image, &mut detected.random)?;
    }
    let closed = if options.close {
        let pass = Pass { source, image, progress, stage: "sweeping" };
        let words = if strict { marks.chosen_words(source)? } else { Vec::new() };
        arrays::find(&pass, &mut detected.ledger)?;
        close::close(&pass, &mut detected.ledger, words, strict.then_some(&mut detected.random))?
    } else {
        Closed::default()
    };
    let Detected { mut ledger, random, counts, .. } = detected;
    ledger.settle();
    let entries = ledger.into_entries();
    let first_group = u32::try_from(entries.len()).unwrap_or(u32::MAX).saturating_add(1);
    let mut groups = groups(source, image, options.policy, marks, &random)?;
    let mut painter = paint(image, options, &entries, &groups, first_group);
    if options.policy == Policy::Skeleton {
        let number = first_group + u32::try_from(groups.len()).unwrap_or(0);
        for part in image.parts() {
            skeleton::paint(source, part, number, &mut painter, progress)?;
        }
        groups.push(Group {
            kind: "not-needed",
            marker: "GONE",
            region: "everything a debugger can do without".to_owned(),
            ranges: Vec::new(),
        });
    }
    let markers: Vec<&str> = entries
        .iter()
        .map(|entry| entry.material.kind.marker())
        .chain(groups.iter().map(|group| group.marker))
        .collect();
    let marker = |number: u32| markers.get(number as usize - 1).copied().unwrap_or("GONE").to_owned();
    texts::tie(image, &mut painter);
    let plan = texts::fit(source, image, painter.finish(image.file_length, marker))?;
    if let Some(skeleton) = groups.last_mut().filter(|group| group.kind == "not-needed") {
        let number = first_group + u32::try_from(markers.len() - entries.len() - 1).unwrap_or(0);
        let own = plan.cuts.iter().filter(|cut| cut.finding == number);
        skeleton.ranges = own.map(|cut| cut.file_offset..cut.file_offset + cut.length).collect();
    }
    Ok(Examination { entries, groups, plan, counts, solved, closed })
}

/// The file bytes of a random run; of a joined one without the pointers in it.
fn files_of(
    source: &dyn ReadAt,
    image: &Image,
    space: &Space,
    run: &RandomRun,
) -> Result<Vec<Range<u64>>, Error> {
    let parts = if run.joined {
        let start = run.cut.start - run.cut.start % WORD;
        let end = run.cut.end.next_multiple_of(WORD).min(space.length);
        let bytes = view::bytes(source, space, start..end).map_err(Error::read)?;
        Words { image, space, start, bytes: &bytes }.without_pointers(run.cut.clone())
    } else {
        vec![run.cut.clone()]
    };
    Ok(parts.into_iter().flat_map(|part| view::file_ranges(space, part)).collect())
}

/// Paints what is removed: secrets over everything but the format itself, then
/// the groups around what a debugger needs.
fn paint(
    image: &Image,
    options: &Options<'_>,
    entries: &[Entry],
    groups: &[Group],
    first_group: u32,
) -> Painter {
    let structure = Holes::structure(image);
    let protected = Holes::protected(image);
    let mut painter = Painter::default();
    for (number, entry) in (1..).zip(entries) {
        if is_removed(entry, options).is_err() {
            continue;
        }
        let holes = if is_proven(entry.material.certainty) { &structure } else { &protected };
        for sighting in &entry.sightings {
            painter.paint_around(sighting.file.clone(), number, holes);
        }
    }
    for (number, group) in (first_group..).zip(groups) {
        for range in &group.ranges {
            painter.paint_around(range.clone(), number, &protected);
        }
    }
    painter
}

fn groups(
    source: &dyn ReadAt,
    image: &Image,
    policy: Policy,
    marks: marks::Groups,
    random: &[RandomRun],
) -> Result<Vec<Group>, Error> {
    if policy == Policy::Proven {
        return Ok(Vec::new());
    }
    let mut out = Vec::new();
    let mut add = |kind, marker, region: String, ranges: Vec<Range<u64>>| {
        if !ranges.is_empty() {
            out.push(Group { kind, marker, region, ranges });
        }
    };
    add("environment-value", "ENV", "environment".to_owned(), marks.environment);
    add("argument", "ARG", "command line".to_owned(), marks.arguments);
    let regions = Regions::of(image);
    let mut by_region: BTreeMap<String, Vec<Range<u64>>> = BTreeMap::new();
    for run in random {
        let Some(space) = image.spaces.get(run.space as usize) else { continue };
        for file in files_of(source, image, space, run)? {
            let unexplained = explain::unexplained(source, image, file)?;
            if let Some(first) = unexplained.first() {
                by_region.entry(regions.name(first.start)).or_default().extend(unexplained);
            }
        }
    }
    for (region, mut ranges) in by_region {
        ranges.sort_by_key(|range| range.start);
        add("randomness", "RANDOM", region, ranges);
    }
    Ok(out)
}
