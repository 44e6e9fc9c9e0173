//! Names of a bundle's members that hold a secret: the report is not to say them.
//!
//! A name stands in the headers before its member, so what is found between one member and the next may be the next one's
//! name. Then it is named by its number in the bundle instead.

use crate::examine::Examination;
use coredact_dump::Image;
use coredact_keys::tokens::Rules;
use coredact_record::Report;
use std::ops::Range;
use std::sync::LazyLock;

/// A text without the tokens and credentials in it, as the built-in rules know them: names that archives give are printed.
#[must_use]
pub fn masked(text: &str) -> String {
    static RULES: LazyLock<Option<Rules>> = LazyLock::new(|| Rules::builtin().ok());
    let Some(rules) = RULES.as_ref() else { return text.to_owned() };
    let mut secret: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for run in text.as_bytes().split(|byte| !(b' '..=b'~').contains(byte)) {
        let mut hits = Vec::new();
        rules.scan(run, &mut hits);
        secret.extend(hits.iter().map(|hit| at + hit.range.start..at + hit.range.end));
        at += run.len() + 1;
    }
    secret.sort_by_key(|range| range.start);
    let (mut out, mut at) = (String::new(), 0);
    for range in secret {
        if range.end > at {
            out.push_str(text.get(at..range.start.max(at)).unwrap_or_default());
            out.push_str("(secret)");
            at = range.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Replaces the names of members before which a secret stands, wherever the report says them.
pub(crate) fn withhold(report: &mut Report, image: &Image, examination: &Examination) {
    let mut names: Vec<(String, String)> = Vec::new();
    let mut end = 0;
    for (number, member) in (1..).zip(&image.members) {
        let before = end..member.range.start;
        end = member.range.end;
        if holds_secret(&before, examination) {
            names.push((member.name.clone(), format!("(member {number}: its name holds a secret)")));
        }
    }
    // A name that begins as another is replaced first.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, instead) in names {
        if !name.is_empty() {
            texts(report).for_each(|text| *text = text.replace(&name, &instead));
        }
    }
}

/// Whether part of a secret stands in a stretch of headers.
fn holds_secret(headers: &Range<u64>, examination: &Examination) -> bool {
    let secret = examination.entries.iter().filter(|entry| entry.material.publicly_known.is_none());
    let mut places = secret.flat_map(|entry| &entry.sightings).map(|sighting| &sighting.file);
    places.any(|place| place.start < headers.end && headers.start < place.end)
}

/// Every text of a report in which the name of a member can stand.
fn texts(report: &mut Report) -> impl Iterator<Item = &mut String> {
    let members = report.input.members.iter_mut().map(|member| &mut member.name);
    let places = report.findings.iter_mut().flat_map(|finding| {
        let places = finding.places.iter_mut().map(|place| &mut place.region);
        places.chain([&mut finding.detector])
    });
    let regions = report.regions.iter_mut().map(|region| &mut region.name);
    let unread = report.unread.iter_mut().map(|unread| &mut unread.why);
    members.chain(places).chain(regions).chain(unread).chain(report.remarks.iter_mut())
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let secret = ["Tr0ub4dor", "x9Q2mZ7pLk"].concat();
        let name = format!("tar über/logs/postgres://guard:{secret}@db/x.log: it is cut off");
        let shown = masked(&name);
        assert!(!shown.contains(&secret) && shown.contains("(secret)"), "{shown}");
        assert!(shown.starts_with("tar über/logs/") && shown.ends_with(": it is cut off"), "{shown}");
        for text in ["", "core.1234", "crash/über.log", "\u{1F600}"] {
            assert_eq!(masked(text), text);
        }
    }
}
