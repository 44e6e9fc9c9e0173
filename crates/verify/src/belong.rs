//! Do plan, report and files belong together?

use crate::answer::{Numbers as _, answer, hex, question};
use coredact_record::{Answer, Plan, Report};
use std::collections::BTreeSet;

/// What is known of the files, as far as it was computed.
pub(crate) struct Files {
    /// Length of the original, if there is one.
    pub(crate) original_length: Option<u64>,
    /// Length of the clean dump.
    pub(crate) clean_length: u64,
    /// Digest of the original.
    pub(crate) original_sha256: Option<[u8; 32]>,
    /// Digest of the clean dump.
    pub(crate) clean_sha256: Option<[u8; 32]>,
}

/// The plan that may be worked with: of the report, valid, and of the files' length.
pub(crate) fn usable_plan<'a>(report: &'a Report, files: &Files) -> Result<&'a Plan, String> {
    let plan = report.plan.as_ref().ok_or("the report holds no plan")?;
    plan.validate().map_err(|error| format!("the plan contradicts itself: {error}"))?;
    let lengths = [Some(plan.input_length), Some(files.clean_length), files.original_length];
    if lengths.iter().flatten().collect::<BTreeSet<_>>().len() > 1 {
        let original =
            files.original_length.map_or_else(String::new, |length| format!("original {length}, "));
        let clean = files.clean_length;
        return Err(format!("lengths differ: {original}plan {}, clean {clean} bytes", plan.input_length));
    }
    Ok(plan)
}

/// Answers with everything that contradicts.
pub(crate) fn belong(report: &Report, files: &Files) -> Answer {
    let mut faults = Vec::new();
    let mut checks = 2;
    faults.extend(usable_plan(report, files).err());
    if report.input.length != files.clean_length {
        faults.push(format!("the report is about an input of {} bytes", report.input.length));
    }
    let mut digest = |which: &str, stated: Option<&String>, computed: Option<[u8; 32]>| {
        let (Some(stated), Some(computed)) = (stated, computed) else { return };
        checks += 1;
        if !stated.eq_ignore_ascii_case(&hex(&computed)) {
            faults.push(format!("the {which} dump has another SHA-256 than the report says"));
        }
    };
    digest("original", report.input.sha256.as_ref(), files.original_sha256);
    // The report names the digest of the file on disk, which is the dump's only if that is not compressed.
    let output = report.output.as_ref().filter(|output| output.compression.is_none());
    digest("clean", output.map(|output| &output.sha256).filter(|text| !text.is_empty()), files.clean_sha256);
    if let Some(output) = report.output.as_ref().filter(|output| output.length != files.clean_length) {
        faults.push(format!("the report is about an output of {} bytes", output.length));
    }
    faults.extend(unknown_finding(report));
    let cuts = report.plan.as_ref().map_or(0, |plan| plan.cuts.len() as u64);
    let detail = if faults.is_empty() {
        format!("the plan of {cuts} cuts is valid, lengths and digests agree")
    } else {
        faults.join("; ")
    };
    answer(question::BELONG, faults.is_empty(), detail).with("cuts", cuts).with("checks", checks)
}

/// A cut for a finding that the report does not have, or a finding's number that stands twice.
fn unknown_finding(report: &Report) -> Option<String> {
    let numbers: BTreeSet<u32> = report.findings.iter().map(|finding| finding.number).collect();
    if numbers.len() != report.findings.len() {
        return Some("two findings have the same number".to_owned());
    }
    let cuts = report.plan.as_ref().map(|plan| plan.cuts.as_slice()).unwrap_or_default();
    let cut = cuts.iter().find(|cut| !numbers.contains(&cut.finding))?;
    Some(format!(
        "the cut at file offset {:#x} is for finding {}, which the report lacks",
        cut.file_offset, cut.finding
    ))
}
