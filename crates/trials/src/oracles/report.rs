//! Documents that somebody else may have written.

use coredact_record::Report;

/// Reads bytes as a report: no panic; and what is read is written and read again unchanged.
///
/// # Panics
/// If not.
pub fn report_from_json(bytes: &[u8]) {
    let Ok(report) = Report::from_json(bytes) else { return };
    let written = serde_json::to_vec(&report).unwrap_or_default();
    match Report::from_json(&written) {
        Ok(again) => assert!(again == report, "a report changes when it is written and read"),
        Err(error) => panic!("a report that was read cannot be read again: {error}"),
    }
}
