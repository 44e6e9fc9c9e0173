//! The values of removed secrets, from the original.

use super::form::forms;
use super::secret::Secret;
use super::{Kept, encoded, text};
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

/// Kinds whose values may be small numbers.
const LATTICES: [&str; 2] = ["ml-kem-private-key", "ml-dsa-private-key"];

/// Bytes of a piece that counts as a survivor.
const PIECE_BYTES: usize = 8;

/// Letters and digits in a row that may stay of a place of a text: `0x`.
const LETTERS_KEPT_MAX: usize = 2;

/// What marks a byte that is not the secret's.
const FOREIGN: u8 = 0xff;

/// Bytes of a pointer.
const POINTER_BYTES: usize = 8;

/// Fewest words of a value that may be a table of few: the shortest polynomial has 256 coefficients of two bytes.
const TABLE_WORDS_MIN: usize = 128;

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
    kept: Kept<'_>,
) -> Result<Gathered, Fault> {
    let mut gathering =
        Gathering { original, plan, kept, held: 0, public: BTreeSet::new(), gathered: Gathered::default() };
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
        let public = match of_finding.contains_key(&finding.number) {
            true => gathering.public_values(finding)?,
            false => Vec::new(),
        };
        gathering.public = pieces_in_every_order(finding.number, &public);
        for cut in of_finding.get(&finding.number).map(Vec::as_slice).unwrap_or_default() {
            // What the places do not list stands in the cuts.
            let end = cut.file_offset.saturating_add(cut.length);
            let listed =
                |start: u64, length: u64| start < end && cut.file_offset < start.saturating_add(length);
            if finding.places.iter().any(|place| listed(place.file_offset, place.length)) {
                continue;
            }
            if gathering.holds_any(cut, &public)? {
                gathering.gathered.counts.places_public += 1;
            } else {
                gathering.place(finding, cut.file_offset, cut.length, "")?;
            }
        }
    }
    for text in kept.texts {
        gathering.numbers(report, text)?;
    }
    Ok(gathering.gathered)
}

/// All pieces of numbers in every order of their words.
fn pieces_in_every_order(finding: u32, numbers: &[Vec<u8>]) -> BTreeSet<[u8; PIECE_BYTES]> {
    let mut pieces = BTreeSet::new();
    for number in numbers {
        forms(&Secret::binary(finding, number.clone()), |_, bytes, _| {
            pieces.extend(bytes.windows(PIECE_BYTES).filter_map(|piece| piece.first_chunk()).copied());
        });
    }
    pieces
}

struct Gathering<'a> {
    original: Named<'a>,
    plan: &'a Plan,
    kept: Kept<'a>,
    held: usize,
    /// Pieces of the public numbers of the finding whose unlisted places are read.
    public: BTreeSet<[u8; PIECE_BYTES]>,
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

    /// The public numbers of a finding, as they stand at the places that are named after them.
    fn public_values(&self, finding: &Finding) -> Result<Vec<Vec<u8>>, Fault> {
        let is_public = |place: &&Place| PUBLIC.contains(&place.component.as_str());
        let places = finding.places.iter().filter(is_public).map(|place| (place.file_offset, place.length));
        let fits = |(start, length): &(u64, u64)| {
            let end = start.checked_add(*length);
            *length <= PLACE_BYTES_MAX as u64 && end.is_some_and(|end| end <= self.original.length())
        };
        let places: BTreeSet<(u64, u64)> = places.filter(fits).collect();
        let values: Result<BTreeSet<Vec<u8>>, Fault> =
            places.into_iter().map(|(start, length)| self.original.take(start, length)).collect();
        Ok(values?.into_iter().collect())
    }

    /// Whether a cut holds one of the values, and nothing else.
    fn holds_any(&self, cut: &Cut, values: &[Vec<u8>]) -> Result<bool, Fault> {
        let end = cut.file_offset.checked_add(cut.length);
        let is_inside = end.is_some_and(|end| end <= self.original.length());
        if !is_inside || values.iter().all(|value| value.len() as u64 != cut.length) {
            return Ok(false);
        }
        let bytes = Zeroizing::new(self.original.take(cut.file_offset, cut.length)?);
        Ok(values.contains(&bytes))
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
                return self.only_in_place(number, at, bytes.len());
            }
            return self.keep(Secret::text(number, text::telling_part(plain).to_vec()));
        }
        if component == "whole" || (component.is_empty() && encoded) {
            // Where an encoding was freed and written over, its numbers run on into pointers.
            let is_torn = finding.kind == "private-key-fragment";
            let mut kept = bytes.to_vec();
            if is_torn {
                blank(&mut kept, &self.pointers(at, bytes.len())?);
            }
            let Some(values) = encoded::private_values(&Zeroizing::new(kept)) else {
                return self.only_in_place(number, at, bytes.len());
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
        if LATTICES.contains(&finding.kind.as_str()) && is_table_of_few(bytes) {
            return self.only_in_place(number, at, bytes.len());
        }
        let mut foreign = self.pointers(at, bytes.len())?;
        let mut bytes = bytes.to_vec();
        blank(&mut bytes, &foreign);
        self.mark_public(&bytes, &mut foreign);
        if foreign.iter().all(|byte| *byte == 0) {
            foreign.clear();
        }
        self.keep(binary(bytes).with_foreign(foreign))
    }

    /// Takes what numbers and escapes of a text write down where it is removed.
    fn numbers(&mut self, report: &Report, text: &Range<u64>) -> Result<(), Fault> {
        let is_sought = |finding: &&Finding| {
            finding.removed
                && finding.certainty != Certainty::Suspected
                && finding.publicly_known.is_none()
                && !ONLY_IN_PLACE.contains(&finding.kind.as_str())
                && !TEXTS.contains(&finding.kind.as_str())
        };
        let sought: BTreeSet<u32> = report.findings.iter().filter(is_sought).map(|one| one.number).collect();
        // What holds a whole key holds its public numbers too.
        let is_whole = |finding: &&Finding| finding.places.iter().any(|place| place.component == "whole");
        let whole: BTreeSet<u32> = report.findings.iter().filter(is_whole).map(|one| one.number).collect();
        let cuts = &self.plan.cuts;
        let finding_at = |place: &Range<u64>| {
            let first = cuts.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= place.start);
            let cut = cuts.get(first).filter(|cut| cut.file_offset < place.end)?;
            sought.contains(&cut.finding).then_some(cut.finding)
        };
        let mut values = Vec::new();
        crate::text::read_back(self.original, text.clone(), &mut |stretch| {
            let owners: Vec<Option<u32>> = stretch.places.iter().map(finding_at).collect();
            let mut at = 0;
            for run in owners.chunk_by(|one, next| one == next) {
                let bytes = stretch.bytes.get(at..at + run.len()).unwrap_or_default();
                at += run.len();
                if let Some(Some(finding)) = run.first().filter(|_| bytes.len() >= PIECE_BYTES) {
                    values.push((*finding, Zeroizing::new(bytes.to_vec())));
                }
            }
        })?;
        for (finding, bytes) in values {
            // Characters of an encoding are read where it stands.
            if text::is_printable(&bytes) {
                continue;
            }
            if let Some(values) = encoded::private_values(&bytes) {
                values.into_iter().try_for_each(|value| self.keep(Secret::number(finding, value)))?;
            } else if !whole.contains(&finding) {
                self.keep(Secret::number(finding, bytes.to_vec()))?;
            }
        }
        Ok(())
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

    /// Whether what is left of a place of a text is what keeps it a text: breaks, quotes, escapes of a letter, `0x`. Of three
    /// letters or digits in a row that cannot be said.
    fn stays(&self, place: Range<u64>, cuts: &[Range<u64>]) -> Result<bool, Fault> {
        let mut at = place.start;
        for next in cuts.iter().cloned().chain(std::iter::once(place.end..place.end)) {
            let left = self.original.take(at, next.start.saturating_sub(at).min(PLACE_BYTES_MAX as u64))?;
            if left
                .split(|byte| !byte.is_ascii_alphanumeric() && *byte < 0x80)
                .any(|run| run.len() > LETTERS_KEPT_MAX)
            {
                return Ok(false);
            }
            at = next.end;
        }
        Ok(true)
    }

    /// Notes a place whose bytes are not looked for elsewhere: all of it must be in cuts.
    fn only_in_place(&mut self, finding: u32, at: u64, length: usize) -> Result<(), Fault> {
        self.gathered.counts.places_only_in_place += 1;
        let cuts = &self.plan.cuts;
        let end = at.saturating_add(length as u64);
        let first = cuts.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= at);
        let inside = cuts.iter().skip(first).take_while(|cut| cut.file_offset < end).map(|cut| {
            let start = at.max(cut.file_offset);
            start..end.min(cut.file_offset.saturating_add(cut.length)).max(start)
        });
        let inside: Vec<Range<u64>> = inside.collect();
        let covered = inside.iter().fold(0_u64, |sum, part| sum.saturating_add(part.end - part.start));
        let outside = (length as u64).saturating_sub(covered);
        let is_text = self.kept.texts.iter().any(|text| text.start <= at && end <= text.end);
        if outside > 0 && !(is_text && self.stays(at..end, &inside)?) {
            self.gathered.uncovered.bytes = self.gathered.uncovered.bytes.saturating_add(outside);
            self.gathered.uncovered.first.get_or_insert((at, finding));
        }
        Ok(())
    }

    /// Marks what the public numbers hold too: the upper half of (p-1)(q-1) is that of the modulus, and a place that is
    /// not listed may be the modulus itself in another order of its words.
    fn mark_public(&self, bytes: &[u8], foreign: &mut [u8]) {
        for (at, piece) in bytes.windows(PIECE_BYTES).enumerate() {
            if piece.first_chunk().is_some_and(|piece| self.public.contains(piece)) {
                foreign.iter_mut().skip(at).take(PIECE_BYTES).for_each(|byte| *byte = FOREIGN);
            }
        }
    }

    /// Which of the bytes at an offset are of a pointer or of a part of one: a cut may take in the pointer beside a key,
    /// and a number that was freed and written over may end inside one.
    fn pointers(&mut self, at: u64, length: usize) -> Result<Vec<u8>, Fault> {
        let mut foreign = vec![0; length];
        let before = at.min(POINTER_BYTES as u64 - 1);
        let wanted = before.saturating_add(length as u64).saturating_add(POINTER_BYTES as u64 - 1);
        let start = at.saturating_sub(before);
        let around = self.original.take(start, wanted.min(self.original.length().saturating_sub(start)))?;
        let around = Zeroizing::new(around);
        let before = usize::try_from(before).unwrap_or(0);
        let mut free = 0;
        for (at, window) in around.windows(POINTER_BYTES).enumerate() {
            let value = window.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
            // No pointer of a process has its top byte set or points below the first page.
            if at >= free && (0x1000..1 << 56).contains(&value) && contains(self.kept.mapped, value) {
                let inside = at.saturating_sub(before)..(at + POINTER_BYTES).saturating_sub(before);
                foreign.iter_mut().take(inside.end).skip(inside.start).for_each(|byte| *byte = FOREIGN);
                self.gathered.counts.pointers += 1;
                free = at + POINTER_BYTES;
            }
        }
        Ok(foreign)
    }
}

/// Puts zeros in place of what is foreign.
fn blank(bytes: &mut [u8], foreign: &[u8]) {
    for (byte, _) in bytes.iter_mut().zip(foreign).filter(|(_, foreign)| **foreign != 0) {
        *byte = 0;
    }
}

/// Whether a value consists of few different words, as the small coefficients of lattice keys do: of any two of them,
/// eight bytes, there are other pairs wherever such polynomials are worked with.
fn is_table_of_few(bytes: &[u8]) -> bool {
    let (words, _) = bytes.as_chunks::<4>();
    let different: BTreeSet<&[u8; 4]> = words.iter().collect();
    words.len() >= TABLE_WORDS_MIN && different.len() <= words.len() / 4
}

/// Whether the finding is said to be written in hexadecimal at an offset of the file.
fn is_hexadecimal(finding: &Finding, at: u64) -> bool {
    let covers =
        |place: &&Place| place.file_offset <= at && at < place.file_offset.saturating_add(place.length);
    finding.places.iter().filter(covers).any(|place| place.form.to_ascii_lowercase().contains("hex"))
}
