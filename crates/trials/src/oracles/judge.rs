//! The judge, shown things that no honest scrub makes.

use coredact_record::Report;
use coredact_verify::{Case, against_original, alone};

/// Judges bytes as a clean dump by themselves: an answer, whatever they are.
///
/// # Panics
/// If there is none, or the verdict is not that of its answers.
pub fn verify_alone(bytes: &[u8]) {
    let clean = bytes.to_vec();
    let verdict = alone(&clean, None, &|_| {});
    assert!(!verdict.answers.is_empty());
    assert_eq!(verdict.passed, verdict.answers.iter().all(|answer| answer.passed));
}

/// Judges a pair of files by a report that anybody may have written: the input is the report up to
/// the first NUL, then the two files in halves. A pair that passes differs in the plan's cuts and its notice alone.
///
/// # Panics
/// If it does not.
pub fn verify_report(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|byte| *byte == 0) else { return };
    let Ok(report) = Report::from_json(&bytes[..end]) else { return };
    let files = &bytes[end + 1..];
    let (original, clean) = files.split_at(files.len() / 2);
    let (original, clean) = (original.to_vec(), clean.to_vec());
    let by_report = alone(&clean, Some(&report), &|_| {});
    assert_eq!(by_report.passed, by_report.answers.iter().all(|answer| answer.passed));
    let case = Case { original: &original, clean: &clean, report: &report, debugging: None };
    let verdict = against_original(&case, &|_| {});
    if verdict.passed {
        let notice = report.plan.as_ref().and_then(|plan| plan.notice.as_ref()?.writes(plan.input_length));
        let written: Vec<std::ops::Range<u64>> =
            notice.into_iter().flatten().map(|(at, bytes)| at..at + bytes.len() as u64).collect();
        let cuts = report.plan.as_ref().map_or(&[][..], |plan| plan.cuts.as_slice());
        assert_eq!(original.len(), clean.len());
        for (at, (before, after)) in (0_u64..).zip(original.iter().zip(&clean)) {
            let inside = cuts.iter().any(|cut| (cut.file_offset..cut.file_offset + cut.length).contains(&at));
            let inside = inside || written.iter().any(|range| range.contains(&at));
            assert!(before == after || inside, "byte {at} changed outside of the plan");
        }
    }
}
