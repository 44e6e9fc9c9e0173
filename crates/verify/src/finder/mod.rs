//! Does anything obviously secret stand in a dump?
//!
//! Plain finders for the secrets that need no arithmetic to be seen: private keys in PEM, DER and OpenSSH's
//! encoding, AES key schedules, JSON Web Tokens, access keys of AWS and GitHub. They are no second detector,
//! but what a dump that is called clean must pass whoever cleaned it. Keys and tokens are also looked for in text that
//! decodes and in compressed streams, one inside the other.

mod aes;
mod key;
mod token;

#[cfg(test)]
pub(crate) use aes::expanded as schedule_of;

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named};
use crate::limits::{CHUNK_BYTES, FINDER_OVERLAP_BYTES, SURVIVORS_LISTED_MAX, SURVIVORS_MAX};
use crate::survivor::inflate::{self, Inflater};
use crate::survivor::nested;
use crate::workers;
use coredact_record::{Answer, Report};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    file_offset: u64,
    length: u64,
    what: &'static str,
}

/// Looks for obvious secrets; those that the report names as publicly known and kept are none.
pub(crate) fn secrets(
    clean: Named<'_>,
    report: Option<&Report>,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Answer, Fault> {
    let found = search(clean, advance)?;
    let known = Known::of(clean, report)?;
    let (mut secrets, mut excused) = (Vec::new(), 0_u64);
    for one in &found {
        if known.excuses(clean, one)? {
            excused += 1;
        } else {
            secrets.push(one);
        }
    }
    let show = |found: &&Found| format!("{} at file offset {:#x}", found.what, found.file_offset);
    let detail = if secrets.is_empty() {
        format!(
            "no private key, AES key schedule, JWT, AWS or GitHub access key stands in {} bytes",
            clean.length()
        )
    } else {
        let shown: Vec<String> = secrets.iter().take(SURVIVORS_LISTED_MAX).map(show).collect();
        format!("{} found: {}", secrets.len(), shown.join(", "))
    };
    Ok(answer(question::SECRETS, secrets.is_empty(), detail)
        .with("secrets", secrets.len() as u64)
        .with("publicly_known", excused)
        .with("bytes_searched", clean.length()))
}

/// Keys that may stand there: publicly known, says the report, and kept.
struct Known {
    places: Vec<(u64, u64)>,
    beginnings: BTreeSet<Vec<u8>>,
}

/// Bytes of a known key by which its other copies are recognised.
const BEGINNING_BYTES: u64 = 16;

impl Known {
    fn of(clean: Named<'_>, report: Option<&Report>) -> Result<Self, Fault> {
        let mut known = Self { places: Vec::new(), beginnings: BTreeSet::new() };
        let findings = report.map(|report| report.findings.as_slice()).unwrap_or_default();
        let kept = findings.iter().filter(|finding| finding.publicly_known.is_some() && !finding.removed);
        for place in kept.flat_map(|finding| &finding.places) {
            known.places.push((place.file_offset, place.file_offset.saturating_add(place.length)));
            if place.length >= BEGINNING_BYTES {
                known.beginnings.insert(clean.take(place.file_offset, BEGINNING_BYTES)?);
            }
        }
        Ok(known)
    }

    fn excuses(&self, clean: Named<'_>, found: &Found) -> Result<bool, Fault> {
        let end = found.file_offset.saturating_add(found.length);
        if self.places.iter().any(|(start, stop)| *start < end && found.file_offset < *stop) {
            return Ok(true);
        }
        let bytes = clean.take(found.file_offset, found.length.min(BEGINNING_BYTES))?;
        Ok(self.beginnings.contains(&bytes) || aes::is_published(&bytes))
    }
}

fn search(clean: Named<'_>, advance: &(dyn Fn(u64) + Sync)) -> Result<BTreeSet<Found>, Fault> {
    let (next, budget) = (AtomicU64::new(0), inflate::budget(clean));
    let found = workers::together(|| work(clean, &next, &budget, advance))?;
    Ok(found.into_iter().flatten().collect())
}

fn work(
    clean: Named<'_>,
    next: &AtomicU64,
    budget: &AtomicU64,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<BTreeSet<Found>, Fault> {
    let mut found = BTreeSet::new();
    let inflater = Inflater::new(clean, budget);
    let (mut buffer, mut encoded) = (Vec::new(), Vec::new());
    loop {
        let start = next.fetch_add(CHUNK_BYTES as u64, Ordering::Relaxed);
        let left = clean.length().saturating_sub(start);
        if left == 0 {
            return Ok(found);
        }
        let long = CHUNK_BYTES + FINDER_OVERLAP_BYTES;
        buffer.resize(usize::try_from(left).map_or(long, |left| left.min(long)), 0);
        clean.read(start, &mut buffer)?;
        let own = buffer.len().min(CHUNK_BYTES);
        let mut add = |at: usize, length: usize, what: &'static str| {
            if at < own && found.len() < SURVIVORS_MAX {
                let (file_offset, length) = (start.saturating_add(at as u64), length as u64);
                found.insert(Found { file_offset, length, what });
            }
        };
        key::find(&buffer, &mut add);
        token::find(&buffer, &mut add);
        aes::find(&buffer, &mut add);
        let own = nested::read_chunk(clean, start, &mut encoded)?;
        nested::all(&inflater, start, &encoded, own, &mut |at, _, decoded| {
            // The length is that of what was decoded: at its place stands something longer or shorter.
            key::find(decoded, &mut |_, _, what| add(at, 1, what));
            token::find(decoded, &mut |_, _, what| add(at, 1, what));
        });
        advance(own as u64);
    }
}
