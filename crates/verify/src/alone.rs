//! Judges a clean dump without the original: what can be said from the dump, and from a report if there is
//! one.

use crate::answer::{Numbers as _, answer, failed, not_applicable, question, verdict};
use crate::belong::{Files, belong, usable_plan};
use crate::bytes::Bytes;
use crate::coverage::coverage;
use crate::fault::{Fault, Named, pieces};
use crate::fill;
use crate::finder;
use crate::layout::Layout;
use crate::limits::CHUNK_BYTES;
use crate::notice;
use coredact_record::{Answer, Cut, Report, Verdict};
use sha2::{Digest as _, Sha256};

/// Judges a clean dump by itself, and by the report if given. `advance` is told of every byte gone over,
/// some bytes more than once.
///
/// Never panics, and never passes over what it could not do: a fault is a failed answer. A dump that passes
/// holds no secret of the kinds that are obvious; that nothing else changed cannot be said without the
/// original.
#[must_use]
pub fn alone(clean: &dyn Bytes, report: Option<&Report>, advance: &(dyn Fn(u64) + Sync)) -> Verdict {
    let clean = Named::clean(clean);
    let mut answers = Vec::new();
    if let Some(report) = report {
        answers.extend(by_report(clean, report, advance));
    }
    answers.push(structure(clean, report));
    answers.push(
        finder::secrets(clean, report, advance).unwrap_or_else(|fault| failed(question::SECRETS, &fault)),
    );
    answers.extend(report.map(coverage));
    verdict(answers)
}

fn by_report(clean: Named<'_>, report: &Report, advance: &(dyn Fn(u64) + Sync)) -> Vec<Answer> {
    let mut files = Files {
        original_length: None,
        clean_length: clean.length(),
        original_sha256: None,
        clean_sha256: None,
    };
    let Ok(plan) = usable_plan(report, &files) else { return vec![belong(report, &files)] };
    let mut answers = match filled(clean, &plan.cuts, advance) {
        Ok((digest, inside)) => {
            files.clean_sha256 = Some(digest);
            vec![belong(report, &files), inside]
        }
        Err(fault) => vec![belong(report, &files), failed(question::INSIDE, &fault)],
    };
    answers.extend(notice::notice(None, clean, plan, report));
    answers
}

/// Digests the dump and compares every cut with its fill.
fn filled(
    clean: Named<'_>,
    cuts: &[Cut],
    advance: &(dyn Fn(u64) + Sync),
) -> Result<([u8; 32], Answer), Fault> {
    let mut digest = Sha256::new();
    let (mut inside, mut wrong, mut first) = (0_u64, 0_u64, None);
    let mut buffer = Vec::new();
    for (start, taken) in pieces(clean.length(), CHUNK_BYTES) {
        buffer.resize(taken, 0);
        clean.read(start, &mut buffer)?;
        digest.update(&buffer);
        let end = start.saturating_add(taken as u64);
        let done = cuts.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= start);
        for cut in cuts.iter().skip(done).take_while(|cut| cut.file_offset < end) {
            let from = cut.file_offset.max(start);
            let to = cut.file_offset.saturating_add(cut.length).min(end);
            let at = |offset: u64| usize::try_from(offset.saturating_sub(start)).unwrap_or(taken);
            let bytes = buffer.get(at(from)..at(to)).unwrap_or_default();
            let differing = fill::differing(cut, from.saturating_sub(cut.file_offset), bytes);
            inside = inside.saturating_add(bytes.len() as u64);
            wrong = wrong.saturating_add(differing);
            first = first.or((differing > 0).then_some(from));
        }
        advance(taken as u64);
    }
    let detail = match first {
        None => format!("{inside} bytes inside the plan were compared, each is the fill of its cut"),
        Some(first) => format!(
            "{wrong} bytes inside the plan are no fill, the first in the cut at file offset {first:#x}"
        ),
    };
    let inside = answer(question::INSIDE, first.is_none(), detail)
        .with("bytes_compared", inside)
        .with("bytes_not_fill", wrong);
    Ok((digest.finalize().into(), inside))
}

/// Does the dump parse as what it is said to be?
fn structure(clean: Named<'_>, report: Option<&Report>) -> Answer {
    let none = coredact_record::InputInfo::default();
    let input = report.map_or(&none, |report| &report.input);
    let stated = Layout::is_named(&input.format);
    let why_not = match Layout::read_as(clean, input) {
        Ok(Some(layout)) => return layout.parsed(),
        Ok(None) => format!("not applicable: the dump is {}", Layout::NONE),
        Err(fault) => format!("not applicable: {fault}"),
    };
    if stated {
        answer(question::STRUCTURE, false, why_not)
    } else {
        not_applicable(question::STRUCTURE, why_not)
    }
}
