//! An examination as a document.

use crate::examine::{Examination, Options, is_removed};
use crate::ledger::{Entry, Sighting};
use crate::regions::Regions;
use crate::selftest::SelfTests;
use crate::solve;
use crate::withheld;
use coredact_dump::container::Foreign;
use coredact_dump::{Image, Machine, Member};
use coredact_keys::{self as keys, Component, Notation, Role};
use coredact_record::{
    Certainty, Command, DetectorRun, Finding, Fingerprinter, InputInfo, MemberInfo, Place, PublicId, Report,
    Strength, Unread, render,
};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Places that a finding lists; the count is always whole.
const PLACES_MAX: usize = 256;

/// Fewest random bits of a secret whose plain hash gives nothing away.
const RANDOM_BITS_MIN: usize = 128;

/// What the report says of the input beside the examination.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Name as the user gave it, as far as it is UTF-8.
    pub name: String,
    /// The same with every byte, as a URI reference, if it is not.
    pub uri: Option<String>,
    /// `zst`, `gz`, ... if the input was compressed.
    pub compression: Option<String>,
    /// SHA-256 of the dump, hexadecimal, once known.
    pub sha256: Option<String>,
}

impl Subject {
    /// The file that the user named.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        let name = path.to_string_lossy().into_owned();
        let uri = path.to_str().is_none().then(|| render::uri(path.as_os_str().as_bytes()));
        Self { name, uri, compression: None, sha256: None }
    }
}

/// Writes an examination down. No secret byte enters the report.
#[must_use]
pub fn report(
    command: Command,
    subject: &Subject,
    image: &Image,
    examination: &Examination,
    options: &Options<'_>,
    tests: &SelfTests,
    fingerprinter: &Fingerprinter,
) -> Report {
    let regions = Regions::of(image);
    let input = InputInfo {
        name: subject.name.clone(),
        uri: subject.uri.clone(),
        length: image.file_length,
        sha256: subject.sha256.clone(),
        compression: subject.compression.clone(),
        format: image.format.to_owned(),
        machine: machine_name(image.machine).to_owned(),
        threads: u32::try_from(image.threads.len()).unwrap_or(u32::MAX),
        members: image.members.iter().map(member).collect(),
    };
    let mut report = Report::new(command, input);
    report.policy = Some(options.policy);
    report.findings = (1..)
        .zip(&examination.entries)
        .map(|(number, entry)| finding(number, entry, &regions, options, fingerprinter))
        .collect();
    if command != Command::Scrub {
        // Nothing is removed, whatever a scrub would do.
        report.findings.iter_mut().for_each(|finding| finding.removed = false);
    }
    let mut number = u32::try_from(examination.entries.len()).unwrap_or(u32::MAX);
    for group in &examination.groups {
        number = number.saturating_add(1);
        let bytes: u64 = group.ranges.iter().map(|range| range.end - range.start).sum();
        let places: Vec<Place> = group
            .ranges
            .iter()
            .take(PLACES_MAX)
            .map(|range| place(range, "whole", group.kind, &regions))
            .collect();
        report.findings.push(Finding {
            number,
            kind: group.kind.to_owned(),
            marker: group.marker.to_owned(),
            bits: u32::try_from(bytes.saturating_mul(8)).unwrap_or(u32::MAX),
            certainty: Certainty::Suspected,
            detector: format!("policy in {}", group.region),
            fingerprint: None,
            public_ids: Vec::new(),
            published: Vec::new(),
            publicly_known: None,
            removed: command == Command::Scrub,
            why_kept: None,
            places_omitted: group.ranges.len().saturating_sub(PLACES_MAX) as u64,
            copies: group.ranges.len() as u64,
            places,
        });
    }
    report.detectors = detectors(examination, options, tests);
    report.unread = unread(image);
    report.searched_incompletely = solve::cut_off(&examination.solved);
    report.searched_incompletely.extend(solve::joints_left(image));
    report.remarks.clone_from(&image.remarks);
    if examination.closed.random_bytes_left_out > 0 {
        report.remarks.push(format!(
            "{} bytes of random runs were removed where they stand, but fragments of them were not looked for elsewhere",
            examination.closed.random_bytes_left_out
        ));
    }
    report.bytes_removed = if command == Command::Scrub { examination.plan.bytes() } else { 0 };
    report.regions = regions.pictures((command == Command::Scrub).then_some(&examination.plan));
    if command == Command::Scrub {
        report.plan = Some(examination.plan.clone());
    }
    withheld::withhold(&mut report, image, examination);
    report
}

fn member(member: &Member) -> MemberInfo {
    MemberInfo {
        name: member.name.clone(),
        file_offset: member.range.start,
        length: member.range.end - member.range.start,
        format: member.image.format.to_owned(),
    }
}

fn machine_name(machine: Machine) -> &'static str {
    match machine {
        Machine::X86_64 => "x86-64",
        Machine::Aarch64 => "aarch64",
        Machine::X86 => "x86",
        Machine::Arm => "arm",
        Machine::Unknown => "unknown",
    }
}

fn finding(
    number: u32,
    entry: &Entry,
    regions: &Regions<'_>,
    options: &Options<'_>,
    fingerprinter: &Fingerprinter,
) -> Finding {
    let material = &entry.material;
    let kept = is_removed(entry, options).err();
    let id = |id: &keys::PublicId| PublicId { name: id.name.to_owned(), value: id.value.clone() };
    let places = listed(entry).into_iter().map(|one| place(&one.file, one.component, &one.form, regions));
    Finding {
        number,
        kind: material.kind.name().to_owned(),
        marker: material.kind.marker().to_owned(),
        bits: material.bits,
        certainty: certainty(material.certainty),
        detector: material.detector.clone(),
        fingerprint: fingerprint(material, fingerprinter),
        public_ids: material.public_ids.iter().map(id).collect(),
        published: options.inventory.map(|all| all.publications(&material.public_ids)).unwrap_or_default(),
        publicly_known: material.publicly_known.clone(),
        removed: kept.is_none(),
        why_kept: kept,
        places: places.collect(),
        copies: entry.sightings.len() as u64,
        places_omitted: entry.sightings.len().saturating_sub(PLACES_MAX) as u64,
    }
}

/// The places that are listed: the first, with one of each public number among them, for who reads the others out of
/// the plan must know what they may hold.
fn listed(entry: &Entry) -> Vec<&Sighting> {
    let is_public = |component: &Component| component.role == Role::Public;
    let public = entry.material.components.iter().filter(|one| is_public(one)).filter_map(|public| {
        let rest = entry.sightings.iter().skip(PLACES_MAX);
        let named = |one: &&Sighting| one.component == public.name;
        if entry.sightings.iter().take(PLACES_MAX).any(|one| named(&one)) {
            None
        } else {
            rest.clone().find(named)
        }
    });
    let public: Vec<&Sighting> = public.collect();
    let first = entry.sightings.iter().take(PLACES_MAX.saturating_sub(public.len()));
    first.chain(public).collect()
}

fn certainty(certainty: keys::Certainty) -> Certainty {
    match certainty {
        keys::Certainty::Proven => Certainty::Proven,
        keys::Certainty::Structured => Certainty::Structured,
        keys::Certainty::Matched => Certainty::Matched,
        keys::Certainty::Suspected => Certainty::Suspected,
    }
}

/// The fingerprint of a secret's first value. Texts can be guessed, whatever
/// their length, so they are hashed under a key.
fn fingerprint(material: &keys::Material, fingerprinter: &Fingerprinter) -> Option<String> {
    let secret = |component: &&Component| component.role == Role::Secret;
    let first = material.components.iter().find(secret)?;
    let long = first.value.len() * 8 >= RANDOM_BITS_MIN;
    let strength =
        if long && first.notation != Notation::Text { Strength::Random } else { Strength::Guessable };
    Some(fingerprinter.fingerprint(material.kind.name(), strength, first.value.bytes()))
}

fn place(file: &Range<u64>, component: &str, form: &str, regions: &Regions<'_>) -> Place {
    Place {
        file_offset: file.start,
        length: file.end - file.start,
        address: regions.address(file.start),
        region: regions.describe(file.start),
        component: component.to_owned(),
        form: form.to_owned(),
        ..Place::default()
    }
}

fn detectors(examination: &Examination, options: &Options<'_>, tests: &SelfTests) -> Vec<DetectorRun> {
    let known = options.known.iter().map(|index| index.len() as u64).sum();
    let counts = &examination.counts;
    let solved = &examination.solved;
    let run = |name: &str, self_test: bool, bytes, candidates, findings| DetectorRun {
        name: name.to_owned(),
        version: 1,
        self_test,
        bytes,
        candidates,
        findings,
        remarks: Vec::new(),
    };
    let mut rsa = run("rsa-primes", tests.rsa, counts.bytes, solved.rsa.candidates, solved.rsa_keys);
    rsa.remarks = solve::remarks(&solved.rsa);
    let mut ec = run("ec-scalars", tests.ec, counts.bytes, solved.ec.candidates, solved.ec_keys);
    ec.remarks = solve::remarks_ec(&solved.ec);
    let candidates = solved.derived.candidates;
    let mut derived =
        run("derived-secrets", tests.derived, counts.bytes, candidates, solved.secrets + solved.tried.opened);
    derived.remarks = solve::remarks_derived(&solved.derived, &solved.tried);
    let candidates = solved.dlog.candidates;
    let mut dlog = run("discrete-logarithms", tests.dlog, counts.bytes, candidates, solved.dlog_keys);
    dlog.remarks = solve::remarks_dlog(&solved.dlog);
    let mut slh = run("slh-dsa-roots", tests.slh, counts.bytes, solved.slh.candidates, solved.slh_keys);
    slh.remarks = solve::remarks_slh(&solved.slh);
    let mut runs = vec![
        run("aes-schedule", tests.aes, counts.bytes, counts.schedule_candidates, counts.schedules),
        run("symmetric-schedule", tests.symmetric, counts.bytes, counts.symmetric, counts.symmetric),
        rsa,
        ec,
        derived,
        run("lattice-keys", tests.lattice, counts.bytes, solved.lattice.candidates, solved.lattice_keys),
        slh,
        dlog,
        run("encoded-keys", tests.encoded, counts.bytes, counts.encoded, counts.encoded),
        run("ticket-keys", tests.tickets, counts.bytes, counts.tickets, counts.tickets),
        run("tokens", tests.tokens, counts.text_bytes, counts.tokens, counts.tokens),
        run("nested", tests.nested, counts.bytes, counts.nested, counts.nested),
        run("randomness", tests.random, counts.bytes, counts.random_bytes / 16, counts.random_bytes / 16),
        run(
            "closure",
            tests.closure,
            counts.bytes,
            examination.closed.patterns,
            examination.closed.fragments,
        ),
    ];
    if known > 0 {
        runs.push(run("known-secrets", tests.known, counts.bytes, known, counts.known));
    }
    runs
}

/// Bytes about which nothing is claimed: those that are cut off, each once (lying headers may promise one
/// twice), and those that hide what they hold.
fn unread(image: &Image) -> Vec<Unread> {
    let mut at = image.file_length;
    let mut out = Vec::new();
    for missing in &image.missing {
        let range = missing.promised.start.max(at)..missing.promised.end;
        if !range.is_empty() {
            at = range.end;
            let length = range.end - range.start;
            out.push(Unread { file_offset: range.start, length, why: missing.to_string() });
        }
    }
    if let Some(Foreign { name, opener }) = image.unopened {
        out.push(Unread {
            file_offset: 0,
            length: image.file_length,
            why: format!("what this {name} file holds was not read: coredact does not open it; lay it open first ({opener})"),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_is_not_opened_is_reported_as_unread() {
        let image = crate::open::any(&b"BZh91AY&SY and so on".to_vec()).unwrap();
        let unread = unread(&image);
        assert_eq!((unread.len(), unread[0].file_offset, unread[0].length), (1, 0, 20));
        assert!(unread[0].why.contains("bzip2 -d"), "{}", unread[0].why);
    }
}
