//! The passes over the clean dump.

use super::form;
use super::inflate::{self, Inflated, Inflater};
use super::needle::{Builder, Needle, Needles};
use super::nested;
use super::secret::Secret;
use crate::fault::{Fault, Named};
use crate::limits::{CHUNK_BYTES, NEEDLES_MAX, SURVIVORS_LISTED_MAX, SURVIVORS_MAX};
use crate::{text, workers};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// One fragment that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Survivor {
    file_offset: u64,
    finding: u32,
    form: u8,
    undone: &'static str,
}

/// What the passes saw.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// Different fragments looked for.
    pub(super) fragments: u64,
    /// Fragments that say nothing and were not looked for.
    pub(super) without_information: u64,
    /// Bytes that text decoded to.
    pub(super) decoded: u64,
    /// What was inflated.
    pub(super) inflated: Inflated,
    left: BTreeSet<Survivor>,
}

impl Searched {
    /// How many fragments are left, at most as many as are told apart.
    pub(super) fn survivors(&self) -> u64 {
        self.left.len() as u64
    }

    /// Sentences about the first survivors. No bytes of them.
    pub(super) fn shown(&self) -> Vec<String> {
        let one = |survivor: &Survivor| {
            let Survivor { file_offset, finding, form, undone } = survivor;
            let form = form::NAMES.get(usize::from(*form)).copied().unwrap_or_default();
            let undone = if undone.is_empty() { String::new() } else { format!(" in {undone}") };
            format!("8 bytes of finding {finding} are left at file offset {file_offset:#x}, {form}{undone}")
        };
        let mut shown: Vec<String> = self.left.iter().take(SURVIVORS_LISTED_MAX).map(one).collect();
        if self.left.len() > SURVIVORS_LISTED_MAX {
            shown.push(format!("{} fragments in all", self.left.len()));
        }
        shown
    }

    fn hit(&mut self, file_offset: u64, undone: &'static str, needle: &Needle) {
        if self.left.len() < SURVIVORS_MAX {
            self.left.insert(Survivor { file_offset, finding: needle.finding, form: needle.form, undone });
        }
    }

    fn join(&mut self, other: Self) {
        self.decoded = self.decoded.saturating_add(other.decoded);
        self.inflated.streams += other.inflated.streams;
        self.inflated.bytes = self.inflated.bytes.saturating_add(other.inflated.bytes);
        self.inflated.cut_short += other.inflated.cut_short;
        self.left.extend(other.left);
    }
}

/// Looks for every fragment of every secret; in several passes if there are too many for one.
pub(super) fn search(
    clean: Named<'_>,
    secrets: &BTreeSet<Secret>,
    texts: &[Range<u64>],
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Searched, Fault> {
    let mut searched = Searched::default();
    let mut builder = Builder::default();
    let mut secrets = secrets.iter().peekable();
    while let Some(secret) = secrets.next() {
        builder.add(secret);
        if builder.len() >= NEEDLES_MAX || secrets.peek().is_none() {
            let full = std::mem::take(&mut builder);
            searched.without_information += full.without_information;
            let needles = full.finish();
            searched.fragments += needles.len() as u64;
            if needles.len() > 0 {
                searched.join(pass(clean, &needles, advance)?);
                for place in texts {
                    searched.join(read_back(clean, place, &needles)?);
                }
            }
        }
    }
    Ok(searched)
}

fn pass(clean: Named<'_>, needles: &Needles, advance: &(dyn Fn(u64) + Sync)) -> Result<Searched, Fault> {
    let next = AtomicU64::new(0);
    let budget = inflate::budget(clean);
    let mut searched = Searched::default();
    for part in workers::together(|| work(clean, needles, &next, &budget, advance))? {
        searched.join(part);
    }
    Ok(searched)
}

/// Looks among the bytes that the numbers of a text write down.
fn read_back(clean: Named<'_>, place: &Range<u64>, needles: &Needles) -> Result<Searched, Fault> {
    let mut searched = Searched::default();
    text::read_back(clean, place.clone(), &mut |stretch| {
        searched.decoded = searched.decoded.saturating_add(stretch.bytes.len() as u64);
        needles.find(&stretch.bytes, |at, needle| {
            let place = stretch.places.get(at).map_or(0, |place| place.start);
            searched.hit(place, "numbers", needle);
        });
    })?;
    Ok(searched)
}

/// Takes one chunk after the other until none is left.
fn work(
    clean: Named<'_>,
    needles: &Needles,
    next: &AtomicU64,
    budget: &AtomicU64,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Searched, Fault> {
    let mut searched = Searched::default();
    let inflater = Inflater::new(clean, budget);
    let mut buffer = Vec::new();
    loop {
        let start = next.fetch_add(CHUNK_BYTES as u64, Ordering::Relaxed);
        let own = nested::read_chunk(clean, start, &mut buffer)?;
        if own == 0 {
            break;
        }
        chunk(needles, start, &buffer, own, &inflater, &mut searched);
        advance(own as u64);
    }
    searched.inflated = inflater.inflated();
    Ok(searched)
}

/// Searches one chunk: what begins in its first `own` bytes.
fn chunk(
    needles: &Needles,
    start: u64,
    bytes: &[u8],
    own: usize,
    inflater: &Inflater<'_>,
    searched: &mut Searched,
) {
    // No fragment is all zeros: it would say nothing.
    if nested::occupied(bytes).next().is_none() {
        return;
    }
    needles.find(bytes, |at, needle| {
        if at < own {
            searched.hit(start.saturating_add(at as u64), "", needle);
        }
    });
    nested::all(inflater, start, bytes, own, &mut |at, undone, decoded| {
        searched.decoded = searched.decoded.saturating_add(decoded.len() as u64);
        needles.find(decoded, |_, needle| searched.hit(start.saturating_add(at as u64), undone, needle));
    });
}
