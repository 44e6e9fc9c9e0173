//! Which key it is, for people.

use super::{HumanOptions, LINES_MAX, Page, Paint};
use crate::text::{counted, visible};
use crate::{Identity, Publication, Report};
use std::collections::BTreeSet;

/// What the inventory says of the findings of a report.
pub(super) fn part(report: &Report, page: &mut Page) {
    let known: Vec<_> = report.findings.iter().filter(|finding| !finding.published.is_empty()).collect();
    if known.is_empty() {
        return;
    }
    let summary = format!("{} by the inventory", counted(known.len() as u64, "key", "keys"));
    page.part("IDENTIFIED", Paint::Bold, &summary);
    for finding in known.iter().take(LINES_MAX) {
        for publication in finding.published.iter().take(LINES_MAX) {
            page.line(&format!("#{} {}", finding.number, line(publication)));
        }
        page.more(finding.published.len(), LINES_MAX, "publications");
        let advice: BTreeSet<&str> = finding.published.iter().map(Publication::advice).collect();
        advice.iter().for_each(|advice| page.line(&format!("   next: {advice}")));
    }
    page.more(known.len(), LINES_MAX, "identified keys");
}

fn line(publication: &Publication) -> String {
    format!("{} ({})", visible(&publication.sentence()), visible(&publication.place))
}

/// A key and everything known of it, ended by a line feed.
#[must_use]
pub fn identity(identity: &Identity, options: &HumanOptions) -> String {
    let mut page = Page { text: String::new(), colour: options.colour, width: options.width.max(40) };
    let what = if identity.private { "PRIVATE KEY" } else { "PUBLIC KEY" };
    let paint = if identity.private { Paint::Bad } else { Paint::Dim };
    page.part(what, paint, &format!("{} in {}", visible(&identity.kind), visible(&identity.input)));
    for name in &identity.names {
        // Names are there to be copied: they are never cut.
        page.raw(&format!("  {:18} {}", visible(&name.name), visible(&name.value)));
    }
    for publication in &identity.published {
        page.raw(&format!("  published as {}", line(publication)));
        for name in &publication.names {
            page.raw(&format!("    {:18} {}", visible(&name.name), visible(&name.value)));
        }
    }
    if identity.private && identity.published.is_empty() {
        page.line("in no document of the inventory");
    }
    for next in &identity.next {
        page.raw(&format!("  next: {}", visible(next)));
    }
    page.text
}
