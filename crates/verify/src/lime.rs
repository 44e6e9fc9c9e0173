//! The clean dump as others see it: physical memory in LiME's format.

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named};
use crate::limits::LIME_RANGES_MAX;
use coredact_record::Answer;

/// Bytes of a header, and what it begins with: magic and version 1.
const HEADER_BYTES: u64 = 32;
const BEGINNING: [u8; 8] = *b"EMiL\x01\0\0\0";

/// The headers of a dump with their places in the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ranges {
    headers: Vec<(u64, Vec<u8>)>,
    /// Whether the last range ends with the file.
    whole: bool,
}

impl Ranges {
    /// Reads the headers; none if the file does not begin with one.
    pub(crate) fn read(dump: Named<'_>) -> Result<Option<Self>, Fault> {
        let mut headers = Vec::new();
        let mut at = 0_u64;
        while at.saturating_add(HEADER_BYTES) <= dump.length() && headers.len() < LIME_RANGES_MAX {
            let header = dump.take(at, HEADER_BYTES)?;
            if !header.starts_with(&BEGINNING) {
                break;
            }
            let number = |place: usize| {
                let bytes = header.get(place..place + 8).unwrap_or_default();
                bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
            };
            let held = number(16).checked_sub(number(8)).and_then(|held| held.checked_add(1));
            headers.push((at, header));
            let Some(held) = held else { break };
            at = at.saturating_add(HEADER_BYTES).saturating_add(held);
        }
        Ok((!headers.is_empty()).then_some(Self { headers, whole: at == dump.length() }))
    }
}

/// Compares the headers and their places.
pub(crate) fn structure(before: &Ranges, after: &Ranges) -> Answer {
    let same = before == after;
    let count = before.headers.len();
    let detail = if same {
        format!("the headers of {count} ranges of memory are the same")
    } else {
        format!("the headers differ: {count} before, {} after", after.headers.len())
    };
    answer(question::STRUCTURE, same, detail).with("ranges", count as u64)
}

/// What is there to see of a dump that parses.
pub(crate) fn parsed(ranges: &Ranges) -> Answer {
    let count = ranges.headers.len();
    let end =
        if ranges.whole { "the last ends with the file" } else { "the last does not end with the file" };
    answer(question::STRUCTURE, true, format!("the dump parses: {count} ranges of memory, {end}"))
        .with("ranges", count as u64)
}
