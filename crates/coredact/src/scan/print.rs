//! What is said of each file.

use crate::args::FormatName;
use crate::session::Session;
use crate::terminal;
use anyhow::Result;
use coredact_record::Report;
use coredact_record::render::{self, HtmlOptions};
use std::io;

/// Says on standard error what is not claimed of a file, whatever the format of the reports.
pub(super) fn tell(session: &Session, report: &Report) {
    let name = &report.input.name;
    for unread in report.unread.iter().take(TOLD_MAX) {
        session.talk.note(&format!("{name}: not read: {}", unread.why));
    }
    if let Some(more) = report.unread.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        session.talk.note(&format!("{name}: not read: {more} more places, which the report lists"));
    }
    for cut_off in &report.searched_incompletely {
        session.talk.note(&format!("{name}: searched incompletely: {cut_off}"));
    }
}

/// Places that were not read, of one file, that standard error names.
const TOLD_MAX: usize = 3;

/// Prints a report, or keeps it for later; `false` if nobody reads any further.
pub(super) fn show(report: Report, format: FormatName, reports: &mut Vec<Report>) -> Result<bool> {
    let text = match format {
        FormatName::Human if report.findings.is_empty() && !report.is_incomplete() => return Ok(true),
        FormatName::Human => render::human(&report, &terminal::human(&io::stdout())),
        FormatName::Json => render::json_line(&report),
        FormatName::Html => render::html(&report, &HtmlOptions::default()),
        FormatName::Sarif => {
            reports.push(report);
            return Ok(true);
        }
    };
    Ok(terminal::more_data(&text)?)
}
