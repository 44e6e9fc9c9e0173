//! The values of removed secrets, from the original.

use super::secret::Secret;
use super::{encoded, text};
use crate::elf::contains;
use crate::fault::{Fault, Named};
use crate::limits::{PLACE_BYTES_MAX, SECRET_BYTES_MAX};
use coredact_record::{Certainty, Cut, Finding, Place, Plan, Report};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use zeroize::Zeroizing;

/// Kinds of which nobody claims that every copy is gone.
const ONLY_IN_PLACE: [&str; 5] =
    ["randomness", "environment-value", "argument", "not-needed", "process-guard"];

/// Kinds that are texts.
const TEXTS: [&str; 3] = ["token", "credential", "known-secret"];

/// Components that are public, should a report name a place of one.
const PUBLIC: [&str; 6] = ["n", "e", "modulus", "exponent", "public", "point"];

/// What is left to look for, and what was judged on the way.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Values to look for.
    pub(super) secrets: BTreeSet<Secret>,
    /// How they were come by.
    pub(super) counts: Counts,
    /// Places that had to lie in the plan in full and do not.
    pub(super) uncovered: Uncovered,
}

/// What was taken and what was passed over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    findings: u64,
    findings_only_in_place: u64,
    findings_known: u64,
    places: u64,
    encodings_read: u64,
    places_only_in_place: u64,
    places_public: u64,
    pointers: u64,
}

impl Counts {
    /// The counts with their names in the answer.
    pub(super) fn numbers(self) -> [(&'static str, u64); 8] {
        [
            ("findings_searched", self.findings),
            ("findings_judged_only_in_place", self.findings_only_in_place),
            ("findings_publicly_known", self.findings_known),
            ("places_read", self.places),
            ("encodings_read", self.encodings_read),
            ("places_judged_only_in_place", self.places_only_in_place),
            ("places_public", self.places_public),
            ("pointers_passed_over", self.pointers),
        ]
    }
}

/// Bytes of places that are in no cut.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Uncovered {
    /// How many.
    pub(super) bytes: u64,
    first: Option<(u64, u32)>,
}

impl Uncovered {
    /// A sentence about the first of them.
    pub(super) fn shown(self) -> Option<String> {
        let (file_offset, finding) = self.first?;
        Some(format!(
            "{} bytes of places that must be removed in full are in no cut, the first of finding {finding} at file offset {file_offset:#x}",
            self.bytes
        ))
    }
}

/// Reads the values of every finding that was removed.
pub(super) fn gather(
    original: Named<'_>,
    report: &Report,
    plan: &Plan,
    mapped: &[Range<u64>],
) -> Result<Gathered, Fault> {
    let mut gathering = Gathering { original, plan, mapped, held: 0, gathered: Gathered::default() };
    let mut of_finding: BTreeMap<u32, Vec<&Cut>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| finding.removed) {
        let counts = &mut gathering.gathered.counts;
        if finding.certainty == Certainty::Suspected || ONLY_IN_PLACE.contains(&finding.kind.as_str()) {
            counts.findings_only_in_place += 1;
        } else if finding.publicly_known.is_some() {
            counts.findings_known += 1;
        } else {
            counts.findings += 1;
            gathering.places(finding)?;
            if finding.places_omitted > 0 {
                of_finding.insert(finding.number, Vec::new());
            }
        }
    }
    for cut in &plan.cuts {
        if let Some(cuts) = of_finding.get_mut(&cut.finding) {
            cuts.push(cut);
        }
    }
    for finding in &report.findings {
        for cut in of_finding.get(&finding.number).map(Vec::as_slice).unwrap_or_default() {
            // What the places do not list stands in the cuts.
            let end = cut.file_offset.saturating_add(cut.length);
            let listed =
                |start: u64, length: u64| start < end && cut.file_offset < start.saturating_add(length);
            if !finding.places.iter().any(|place| listed(place.file_offset, place.length)) {
                gathering.place(finding, cut.file_offset, cut.length, "")?;
            }
        }
    }
    Ok(gathering.gathered)
}

struct Gathering<'a> {
    original: Named<'a>,
    plan: &'a Plan,
    mapped: &'a [Range<u64>],
    held: usize,
    gathered: Gathered,
}

impl Gathering<'_> {
    fn places(&mut self, finding: &Finding) -> Result<(), Fault> {
        for place in &finding.places {
            if PUBLIC.contains(&place.component.as_str()) {
                self.gathered.counts.places_public += 1;
            } else {
                self.place(finding, place.file_offset, place.length, &place.component)?;
            }
        }
        Ok(())
    }

    /// Reads one place, in pieces if it is long.
    fn place(&mut self, finding: &Finding, start: u64, length: u64, component: &str) -> Result<(), Fault> {
        self.gathered.counts.places += 1;
        let end = start.checked_add(length).filter(|end| *end <= self.original.length());
        let end = end.ok_or_else(|| Fault::Parse {
            which: "original",
            what: format!("a place of finding {} at file offset {start:#x} lies outside it", finding.number),
        })?;
        let mut at = start;
        while at < end {
            let taken = (end - at).min(PLACE_BYTES_MAX as u64);
            let bytes = Zeroizing::new(self.original.take(at, taken)?);
            self.value(finding, at, component, &bytes)?;
            at = at.saturating_add(taken);
        }
        Ok(())
    }

    /// Takes what stands at a place: as text, as an encoding of a whole key, or as a value.
    fn value(&mut self, finding: &Finding, at: u64, component: &str, bytes: &[u8]) -> Result<(), Fault> {
        let number = finding.number;
        // Keys of public algorithms are numbers; there `schedule` or `seed` do no harm as one.
        let is_number = finding.kind.contains("private-key");
        let binary =
            |bytes| if is_number { Secret::number(number, bytes) } else { Secret::binary(number, bytes) };
        let wide = text::narrowed(bytes);
        let plain = text::trimmed(wide.as_deref().map_or(bytes, Vec::as_slice));
        let encoded = finding.places.iter().any(|place| place.component == "whole");
        if TEXTS.contains(&finding.kind.as_str()) && text::is_printable(plain) {
            if text::is_weak(plain) {
                self.only_in_place(number, at, bytes.len());
                return Ok(());
            }
            return self.keep(Secret::text(number, text::telling_part(plain).to_vec()));
        }
        if component == "whole" || (component.is_empty() && encoded) {
            let Some(values) = encoded::private_values(bytes) else {
                self.only_in_place(number, at, bytes.len());
                return Ok(());
            };
            self.gathered.counts.encodings_read += 1;
            return values.into_iter().try_for_each(|value| self.keep(Secret::number(number, value)));
        }
        if plain.len() >= 16 && text::is_printable(plain) {
            let value = text::value_of(plain);
            // The number is what must not survive, and eight bytes of it are more than eight characters; a symmetric
            // key may be characters, unless it is said to be written in hexadecimal there.
            let is_written = (is_number || is_hexadecimal(finding, at)) && value.is_some();
            if let Some(value) = value {
                self.keep(binary(value.to_vec()))?;
            }
            return if is_written { Ok(()) } else { self.keep(Secret::text(number, plain.to_vec())) };
        }
        let bytes = self.without_pointers(bytes);
        self.keep(binary(bytes))
    }

    fn keep(&mut self, secret: Secret) -> Result<(), Fault> {
        let length = secret.bytes.len();
        if self.gathered.secrets.insert(secret) {
            self.held = self.held.saturating_add(length);
        }
        if self.held > SECRET_BYTES_MAX {
            return Err(Fault::Limit(format!("more than {SECRET_BYTES_MAX} bytes of secrets to look for")));
        }
        Ok(())
    }

    /// Notes a place whose bytes are not looked for elsewhere: all of it must be in cuts.
    fn only_in_place(&mut self, finding: u32, at: u64, length: usize) {
        self.gathered.counts.places_only_in_place += 1;
        let cuts = &self.plan.cuts;
        let end = at.saturating_add(length as u64);
        let first = cuts.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= at);
        let inside = cuts.iter().skip(first).take_while(|cut| cut.file_offset < end).map(|cut| {
            end.min(cut.file_offset.saturating_add(cut.length)).saturating_sub(at.max(cut.file_offset))
        });
        let outside = (length as u64).saturating_sub(inside.fold(0, u64::saturating_add));
        if outside > 0 {
            self.gathered.uncovered.bytes = self.gathered.uncovered.bytes.saturating_add(outside);
            self.gathered.uncovered.first.get_or_insert((at, finding));
        }
    }

    /// With zeros for every pointer: a cut may take in the pointer beside a key.
    fn without_pointers(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut kept = bytes.to_vec();
        let mut free = 0;
        for (at, window) in bytes.windows(8).enumerate() {
            let value = window.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
            // No pointer of a process has its top byte set or points below the first page.
            if at >= free && (0x1000..1 << 56).contains(&value) && contains(self.mapped, value) {
                kept.iter_mut().skip(at).take(8).for_each(|byte| *byte = 0);
                self.gathered.counts.pointers += 1;
                free = at + 8;
            }
        }
        kept
    }
}

/// Whether the finding is said to be written in hexadecimal at an offset of the file.
fn is_hexadecimal(finding: &Finding, at: u64) -> bool {
    let covers =
        |place: &&Place| place.file_offset <= at && at < place.file_offset.saturating_add(place.length);
    finding.places.iter().filter(covers).any(|place| place.form.to_ascii_lowercase().contains("hex"))
}
