//! Cuts in texts: what goes with them, and how far they reach.

use crate::error::Error;
use crate::plan::Painter;
use coredact_dump::text::{self, Fill, Kind, Said};
use coredact_dump::{Image, Origin, ReadAt, Section};
use coredact_record::{Cut, Plan, fill};
use std::ops::Range;

/// The texts in an image, and of what kind each is: the whole of it, or members of a bundle.
fn texts(image: &Image) -> impl Iterator<Item = (Range<u64>, Kind)> {
    let whole = image.members.is_empty().then_some((0..image.file_length, image.format));
    let members = image.members.iter().map(|member| (member.range.clone(), member.image.format));
    whole.into_iter().chain(members).filter_map(|(range, format)| Some((range, Kind::named(format)?)))
}

/// What of an image has no skeleton, for nobody knows what of it is needed: texts, and members of a bundle that are no dump.
/// Its format, and the member.
pub(crate) fn without_skeleton(image: &Image) -> Option<(&'static str, Option<&str>)> {
    let is_unknown = |format: &str| Kind::named(format).is_some() || format == "raw";
    let member = image.members.iter().find(|member| is_unknown(member.image.format));
    let text = Kind::named(image.format).map(|kind| (kind.name(), None));
    text.or_else(|| member.map(|member| (member.image.format, Some(member.name.as_str()))))
}

/// Claims what says the same as what was claimed: the characters beside a line of a hex dump, the second column of a
/// register.
pub(crate) fn tie(image: &Image, painter: &mut Painter) {
    let said = image.spaces.iter().filter_map(|space| match &space.origin {
        Origin::Said(said) => Some(said),
        _ => None,
    });
    let claimed = painter.ranges();
    for tie in said.flat_map(|said| Said::ties(said)) {
        let first = claimed.partition_point(|(range, _)| range.end <= tie.of.start);
        if let Some((_, finding)) = claimed.get(first).filter(|(range, _)| range.start < tie.of.end) {
            painter.paint(tie.also.clone(), *finding);
        }
    }
}

/// Whether a word of a text consists of addresses and of what is too short to be a secret: `0x7f0e2c000000-7f0e2c021000`.
pub(crate) fn is_addresses(image: &Image, word: &[u8]) -> bool {
    word.split(|byte| !byte.is_ascii_alphanumeric()).all(|part| {
        let digits = part.strip_prefix(b"0x").unwrap_or(part);
        let value = std::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
        part.len() < SHORT_CHARS
            || value.is_some_and(|value| image.is_pointer(value) || value < 1 << SMALL_BITS)
    })
}

/// Characters of a word that is no secret by itself.
const SHORT_CHARS: usize = 8;

/// Bits of a number that is none.
const SMALL_BITS: u32 = 32;

/// Fits the cuts of a plan to the text that they are made in; of any other file they stay as they are.
///
/// # Errors
/// If the source cannot be read or has changed.
pub(crate) fn fit(source: &dyn ReadAt, image: &Image, plan: Plan) -> Result<Plan, Error> {
    let mut cuts: Vec<Cut> = Vec::with_capacity(plan.cuts.len());
    let mut rest = plan.cuts.as_slice();
    for (range, kind) in texts(image) {
        let (before, behind) = rest.split_at(rest.partition_point(|cut| cut.file_offset < range.start));
        let (own, behind) = behind.split_at(behind.partition_point(|cut| cut.file_offset < range.end));
        cuts.extend_from_slice(before);
        rest = behind;
        fit_one(source, &range, kind, own, &mut cuts)?;
    }
    cuts.extend_from_slice(rest);
    Ok(Plan { cuts, ..plan })
}

/// Fits the cuts in one text, which lies at a place of the file.
fn fit_one(
    source: &dyn ReadAt,
    place: &Range<u64>,
    kind: Kind,
    own: &[Cut],
    cuts: &mut Vec<Cut>,
) -> Result<(), Error> {
    let inside = |cut: &Cut| {
        let start = cut.file_offset - place.start;
        start..start + cut.length
    };
    let ranges: Vec<Range<u64>> = own.iter().map(inside).collect();
    if ranges.is_empty() {
        return Ok(());
    }
    let fitted =
        text::fit(&Section::new(source, place.clone()), kind, &ranges).map_err(Error::NotUnderstood)?;
    for part in fitted {
        let Some(cut) = own.get(part.cut) else { continue };
        let marker = match part.fill {
            Fill::Characters => cut.marker.clone(),
            Fill::Zeros => fill::ZEROS.to_owned(),
            Fill::Ones => fill::ONES.to_owned(),
        };
        let (file_offset, length) = (place.start + part.range.start, part.range.end - part.range.start);
        match cuts.last_mut() {
            Some(last)
                if last.finding == cut.finding
                    && last.marker == marker
                    && last.file_offset + last.length == file_offset =>
            {
                last.length += length;
            }
            _ => cuts.push(Cut { file_offset, length, finding: cut.finding, marker }),
        }
    }
    Ok(())
}
