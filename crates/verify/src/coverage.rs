//! Is what was not read stated? The claim of a clean dump is about every byte, so the bytes it is not
//! about are repeated here.

use crate::answer::{Numbers as _, answer, question};
use coredact_record::{Answer, Report};

/// Repeats what the report says was not read, which searches were cut off, and which detectors failed their test.
pub(crate) fn coverage(report: &Report) -> Answer {
    let unread = report.unread.iter().fold(0_u64, |sum, unread| sum.saturating_add(unread.length));
    let blind: Vec<&str> =
        report.detectors.iter().filter(|run| !run.self_test).map(|run| run.name.as_str()).collect();
    let mut detail = if report.unread.is_empty() {
        "the report claims to cover every byte".to_owned()
    } else {
        format!("no claim is made about {unread} bytes in {} runs that were not read", report.unread.len())
    };
    if !report.searched_incompletely.is_empty() {
        let cut_off: Vec<String> = report.searched_incompletely.iter().map(ToString::to_string).collect();
        detail.push_str(&format!("; searched incompletely: {}", cut_off.join(", ")));
    }
    if !blind.is_empty() {
        let blind = format!("; detectors that did not find their planted key: {}", blind.join(", "));
        detail.push_str(&blind);
    }
    answer(question::COVERAGE, true, detail)
        .with("bytes_unread", unread)
        .with("searches_cut_off", report.searched_incompletely.len() as u64)
        .with("detectors", report.detectors.len() as u64)
        .with("detectors_blind", blind.len() as u64)
}
