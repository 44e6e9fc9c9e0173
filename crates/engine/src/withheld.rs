//! Names of a bundle's members that hold a secret: the report is not to say them.
//!
//! A name stands in the headers before its member, so what is found between one member and the next may be the next one's
//! name. Then it is named by its number in the bundle instead.

use crate::examine::Examination;
use coredact_dump::Image;
use coredact_record::Report;
use std::ops::Range;

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
