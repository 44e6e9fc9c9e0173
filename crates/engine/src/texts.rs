//! Cuts in texts: what goes with them, and how far they reach.

use crate::error::Error;
use crate::plan::Painter;
use coredact_dump::text::{self, Fill, Kind, Said};
use coredact_dump::{Image, Origin, ReadAt};
use coredact_record::{Cut, Plan, fill};
use std::ops::Range;

/// The kind of text that a file is, if it is one.
pub(crate) fn kind(image: &Image) -> Option<Kind> {
    Kind::named(image.format)
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
    let Some(kind) = kind(image) else { return Ok(plan) };
    let ranges: Vec<Range<u64>> =
        plan.cuts.iter().map(|cut| cut.file_offset..cut.file_offset + cut.length).collect();
    let fitted = text::fit(source, kind, &ranges).map_err(Error::NotUnderstood)?;
    let mut cuts: Vec<Cut> = Vec::with_capacity(fitted.len());
    for part in fitted {
        let Some(cut) = plan.cuts.get(part.cut) else { continue };
        let marker = match part.fill {
            Fill::Characters => cut.marker.clone(),
            Fill::Zeros => fill::ZEROS.to_owned(),
            Fill::Ones => fill::ONES.to_owned(),
        };
        let (file_offset, length) = (part.range.start, part.range.end - part.range.start);
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
    Ok(Plan { cuts, ..plan })
}
