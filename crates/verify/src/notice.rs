//! What the clean dump says of itself, compared with what it may say and where.

use crate::answer::{answer, failed, hex, question};
use crate::fault::{Fault, Named};
use crate::kdump::{self, Place};
use crate::layout::Layout;
use coredact_record::{Answer, Notice, Plan, Report};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// Is the notice of the plan, if it has one, what it has to be? `original` is none if there is none to compare with.
pub(crate) fn notice(
    original: Option<(Named<'_>, Option<&Layout>)>,
    clean: Named<'_>,
    plan: &Plan,
    report: &Report,
) -> Option<Answer> {
    let notice = plan.notice.as_ref()?;
    Some(match wrong(original, clean, plan, report) {
        Ok(None) => {
            let (bytes, at) = (notice.text.len(), notice.file_offset);
            let detail =
                format!("{bytes} bytes at file offset {at:#x} count what was removed and name the plan");
            answer(question::NOTICE, true, detail)
        }
        Ok(Some(wrong)) => answer(question::NOTICE, false, wrong),
        Err(fault) => failed(question::NOTICE, &fault),
    })
}

/// What is wrong with it.
fn wrong(
    original: Option<(Named<'_>, Option<&Layout>)>,
    clean: Named<'_>,
    plan: &Plan,
    report: &Report,
) -> Result<Option<String>, Fault> {
    let Some(notice) = &plan.notice else { return Ok(None) };
    if notice.text != text(plan, report) {
        return Ok(Some("the text is not the one that the plan comes to".to_owned()));
    }
    let length = notice.text.len() as u64;
    if clean.take(notice.file_offset, length)? != notice.text.as_bytes() {
        return Ok(Some(format!("it does not stand at file offset {:#x}", notice.file_offset)));
    }
    let stands = notice.file_offset..notice.file_offset.saturating_add(length);
    let Some(Place { field, stands: said, .. }) = kdump::Dump::read(clean)?.and_then(|dump| dump.notice)
    else {
        return Ok(Some("the clean dump is of no format that has a place for one".to_owned()));
    };
    if said != stands
        || field.start != notice.field_offset
        || hex(&clean.take(field.start, field.end - field.start)?) != notice.field
    {
        return Ok(Some("the headers of the clean dump do not lead to it".to_owned()));
    }
    match original {
        Some((original, Some(Layout::Kdump(before)))) => misplaced(original, before, &stands),
        Some(_) => Ok(Some("the original is of no format that has a place for one".to_owned())),
        None => Ok(None),
    }
}

/// Whether the notice stands where something else did.
fn misplaced(
    original: Named<'_>,
    before: &kdump::Dump,
    stands: &Range<u64>,
) -> Result<Option<String>, Fault> {
    let Some(place) = &before.notice else { return Ok(Some("the original has no field for one".to_owned())) };
    if !place.stands.is_empty() {
        return Ok(Some("the original has one of somebody else".to_owned()));
    }
    let is_free = place.free.iter().any(|free| free.start <= stands.start && stands.end <= free.end);
    let held = original.take(stands.start, stands.end - stands.start)?;
    if !is_free || held.iter().any(|byte| *byte != 0) {
        return Ok(Some("something else stood in its place".to_owned()));
    }
    Ok(None)
}

/// The text, from its definition in `coredact_record::notice`.
fn text(plan: &Plan, report: &Report) -> String {
    let (mut findings, mut bytes) = (BTreeSet::new(), 0_u64);
    for cut in &plan.cuts {
        findings.insert(cut.finding);
        bytes = bytes.saturating_add(cut.length);
    }
    let (version, policy) =
        (&report.tool_version, report.policy.map_or("none", coredact_record::Policy::name));
    let (findings, ranges, digest) = (findings.len(), plan.cuts.len(), hex(&plan.digest()));
    format!(
        "coredact {version} erased {findings} findings under policy {policy}: {bytes} bytes in {ranges} ranges\ncoredact plan sha256 {digest}\n"
    )
}

/// What is written beside the cuts, in bytes from the start of the file.
pub(crate) fn writes(notice: Option<&Notice>, length: u64) -> Vec<(u64, Vec<u8>)> {
    notice.and_then(|notice| notice.writes(length)).map(Vec::from).unwrap_or_default()
}

/// A piece of the original that starts at `start`, with what is written beside the cuts.
pub(crate) fn written<'a>(writes: &[(u64, Vec<u8>)], start: u64, original: &'a [u8]) -> Cow<'a, [u8]> {
    let mut out = Cow::Borrowed(original);
    let end = start.saturating_add(original.len() as u64);
    for (at, bytes) in writes {
        for (place, byte) in (*at..).zip(bytes).filter(|(place, _)| (start..end).contains(place)) {
            let index = usize::try_from(place - start).ok();
            if let Some(to) = index.and_then(|index| out.to_mut().get_mut(index)) {
                *to = *byte;
            }
        }
    }
    out
}
