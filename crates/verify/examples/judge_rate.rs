//! Judges a dump against a copy in which a few places were removed, and says how fast that was:
//! `cargo run --release -p coredact-verify --example judge_rate -- CORE CLEAN CUTS [EXECUTABLE]`.
//!
//! CUTS are `OFFSET:LENGTH` separated by commas, removed as one AES key; CLEAN must hold the fill there.

use coredact_record::{Certainty, Command, Cut, Finding, InputInfo, Place, Plan, Report};
use coredact_verify::{Bytes as _, Case, Debugging, FileBytes, against_original, alone};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

fn report(length: u64, cuts: &str) -> Option<Report> {
    let mut report = Report::new(Command::Scrub, InputInfo { length, ..InputInfo::default() });
    let mut plan = Plan { input_length: length, ..Plan::default() };
    let mut places = Vec::new();
    for cut in cuts.split(',') {
        let (file_offset, length) = cut.split_once(':')?;
        let (file_offset, length) = (file_offset.parse().ok()?, length.parse().ok()?);
        plan.cuts.push(Cut { file_offset, length, finding: 1, marker: "AES".to_owned() });
        let (region, component, form) = ("memory rw-".to_owned(), "key".to_owned(), "bytes".to_owned());
        places.push(Place { file_offset, length, region, component, form, ..Place::default() });
    }
    report.findings.push(Finding {
        number: 1,
        kind: "aes-key".to_owned(),
        marker: "AES".to_owned(),
        bits: 128,
        certainty: Certainty::Proven,
        detector: "example".to_owned(),
        fingerprint: None,
        public_ids: Vec::new(),
        published: Vec::new(),
        publicly_known: None,
        removed: true,
        why_kept: None,
        copies: places.len() as u64,
        places,
        places_omitted: 0,
    });
    report.plan = Some(plan);
    Some(report)
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [original, clean, cuts, rest @ ..] = arguments.as_slice() else {
        return Err(std::io::Error::other("wanted: CORE CLEAN CUTS [EXECUTABLE]"));
    };
    let open = |path: &String| FileBytes::new(std::fs::File::open(path)?);
    let (before, after) = (open(original)?, open(clean)?);
    let report =
        report(before.length(), cuts).ok_or_else(|| std::io::Error::other("cuts are OFFSET:LENGTH"))?;
    let executable = rest.first().map(Path::new);
    let debugging = Debugging { original: Path::new(original), clean: Path::new(clean), executable };
    let mut out = std::io::stdout().lock();
    for (name, debugging) in [("against the original", None), ("with debuggers", Some(debugging))] {
        let start = Instant::now();
        let case = Case { original: &before, clean: &after, report: &report, debugging };
        let verdict = against_original(&case, &|_| ());
        let seconds = start.elapsed().as_secs_f64();
        writeln!(out, "{name}: {seconds:.2} s for {} bytes\n{verdict:#?}", before.length())?;
    }
    let start = Instant::now();
    let verdict = alone(&after, Some(&report), &|_| ());
    writeln!(out, "alone: {:.2} s\n{verdict:#?}", start.elapsed().as_secs_f64())
}
