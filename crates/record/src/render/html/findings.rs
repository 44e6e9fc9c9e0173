//! The findings, and for each where it stood.

use crate::text::{counted, thousands, visible};
use crate::{Command, Finding, Place, Report};
use maud::{Markup, html as markup};
use std::collections::BTreeMap;

/// Most findings and places that the page shows; the JSON report holds the others.
const FINDINGS_MAX: usize = 200;
const PLACES_MAX: usize = 32;

/// The section with the table of findings.
pub(super) fn section(report: &Report) -> Markup {
    let more = report.findings.len().saturating_sub(FINDINGS_MAX);
    let removing = report.command != Command::Scan;
    markup! {
        section {
            h2 { "What was found" }
            @if report.findings.is_empty() {
                p { "Nothing." }
            } @else {
                @if removing {
                    p.lead {
                        "Removed bytes hold a repeated text that names the kind and the number below, for example "
                        code { (example(report)) } ", so that it is understood when it is met in a debugger."
                    }
                }
                div.card { table {
                    thead { tr {
                        th.n { "#" } th { "Kind" } th.n { "Bits" } th { "Certainty" } th.n { "Places" }
                        @if removing { th { "Removed" } }
                        th { "Name and forms" }
                    } }
                    tbody { @for finding in report.findings.iter().take(FINDINGS_MAX) { (row(finding, removing)) } }
                } }
                @if more > 0 { p.soft { "… and " (counted(more as u64, "finding", "findings")) " more in the JSON report." } }
            }
        }
    }
}

fn example(report: &Report) -> String {
    let finding = report.findings.iter().find(|finding| finding.removed).or(report.findings.first());
    finding.map(|finding| crate::fill::pattern(&visible(&finding.marker), finding.number)).unwrap_or_default()
}

fn row(finding: &Finding, removing: bool) -> Markup {
    markup! {
        tr {
            td.n { (finding.number) }
            td { (visible(&finding.kind)) span.sub { "by " (visible(&finding.detector)) } }
            td.n { (thousands(u64::from(finding.bits))) }
            td { span.chip.(finding.certainty.name()) { (finding.certainty) } }
            td.n { (thousands(finding.copies)) }
            @if removing { td { (state(finding)) } }
            td.wide { (names(finding)) (places(finding)) }
        }
    }
}

fn state(finding: &Finding) -> Markup {
    markup! {
        @if finding.removed { span.yes { "✓ yes" } }
        @else if let Some(why) = &finding.why_kept { span.kept { "kept" } span.sub { (visible(why)) } }
        @else { span.no { "✗ no" } }
    }
}

fn names(finding: &Finding) -> Markup {
    markup! {
        @if let Some(known) = &finding.publicly_known { div { "publicly known: " (visible(known)) } }
        @for id in &finding.public_ids {
            div { span.soft { (visible(&id.name)) " " } code { (visible(&id.value)) } }
        }
        @for publication in &finding.published {
            div { b { (visible(&publication.sentence())) } span.sub { (visible(&publication.place)) } }
        }
        @if let Some(fingerprint) = &finding.fingerprint { div { code.soft { (visible(fingerprint)) } } }
    }
}

fn places(finding: &Finding) -> Markup {
    if finding.places.is_empty() {
        return markup! {};
    }
    let shown = finding.places.len().min(PLACES_MAX);
    let more = (finding.places.len() - shown) as u64;
    let more = more.saturating_add(finding.places_omitted);
    markup! {
        details {
            summary { (forms(finding)) }
            table {
                thead { tr { th { "Address" } th { "File offset" } th.n { "Bytes" } th { "What" } th { "In" } } }
                tbody { @for place in finding.places.iter().take(shown) { (place_row(place)) } }
            }
            @if more > 0 { p.soft { "… and " (counted(more, "place", "places")) " more." } }
        }
    }
}

fn place_row(place: &Place) -> Markup {
    markup! {
        tr {
            td.mono { @if let Some(address) = place.address { (format!("{address:#x}")) } }
            td.mono {
                (format!("{:#x}", place.file_offset))
                @if let (Some(line), Some(column)) = (place.line, place.column) { (format!(", line {line}:{column}")) }
            }
            td.n { (thousands(place.length)) }
            td { (visible(&place.component)) ", " (visible(&place.form)) }
            td { (visible(&place.region)) }
        }
    }
}

/// `3 × p, 2 × whole (pem)`: the components in which it stood, most frequent first.
fn forms(finding: &Finding) -> String {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for place in &finding.places {
        let count = counts.entry((&place.component, &place.form)).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let more = counts.len() > 8;
    let mut texts: Vec<String> = counts
        .iter()
        .take(8)
        .map(|((component, form), count)| {
            let times = if *count > 1 { format!("{count} × ") } else { String::new() };
            format!("{times}{} ({})", visible(component), visible(form))
        })
        .collect();
    if more {
        texts.push("…".to_owned());
    }
    texts.join(", ")
}
