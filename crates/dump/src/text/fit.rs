//! What of a text may be overwritten so that it stays one: no quote, escape, line break or character of several bytes is
//! broken, and digits become digits.

use super::buffer::Buffer;
use super::escape::{self, What};
use super::kind::Kind;
use super::regions::{self, Region};
use crate::cursor::{to_u64, to_usize};
use crate::error::Error;
use crate::read::ReadAt;
use std::ops::Range;

/// Bytes before a cut in which a place is looked for at which no escape goes on.
const BEFORE_BYTES: u64 = 64 << 10;

/// Longest escape, `\u00e9`, and longest character of UTF-8.
const ATOM_BYTES_MAX: usize = 6;

/// Bytes around a cut that tell whether it is a part of a number.
const AROUND_BYTES: u64 = 32;

/// What is written over a part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Characters.
    Characters,
    /// `0`: the part consists of hexadecimal digits.
    Zeros,
    /// `1`: the part consists of decimal digits. A number of JSON does not begin with a zero.
    Ones,
}

/// A part of a cut that is overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// Index of the cut.
    pub cut: usize,
    /// File bytes.
    pub range: Range<u64>,
    /// What is written there.
    pub fill: Fill,
}

/// Fits cuts, which rise and do not overlap, to a text. An escape or character that a cut touches goes whole; quotes, line
/// breaks, also those that are escapes, and whatever is structure stay.
///
/// # Errors
/// If the text has not the structure of its kind, or the medium fails.
pub fn fit(source: &dyn ReadAt, kind: Kind, cuts: &[Range<u64>]) -> Result<Vec<Fitted>, Error> {
    let mut fitter = Fitter { cuts, out: Vec::new(), done: 0 };
    let mut buffer = Buffer::new(source, kind.name());
    regions::walk(&mut buffer, kind, &mut |buffer, region| fitter.region(buffer, &region))?;
    Ok(fitter.out)
}

struct Fitter<'a> {
    cuts: &'a [Range<u64>],
    out: Vec<Fitted>,
    /// End of what was fitted last.
    done: u64,
}

impl Fitter<'_> {
    fn region(&mut self, buffer: &Buffer<'_>, region: &Region) -> Result<(), Error> {
        let (range, is_lines) = match region {
            Region::String { inner, .. } => (inner, false),
            Region::Number(range) | Region::Binary { range, .. } => (range, false),
            Region::Lines { range, .. } => (range, true),
            Region::Bracket => return Ok(()),
        };
        let first = self.cuts.partition_point(|cut| cut.end <= range.start);
        for (cut, place) in
            self.cuts.iter().enumerate().skip(first).take_while(|(_, cut)| cut.start < range.end)
        {
            let place = place.start.max(range.start)..place.end.min(range.end);
            match region {
                Region::Binary { .. } => self.push(cut, place, Fill::Characters),
                Region::Number(_) => {
                    let text = buffer.take(&place, "number")?;
                    for run in runs(&text, u8::is_ascii_digit) {
                        self.push(cut, at(place.start, &run), Fill::Ones);
                    }
                }
                _ => self.text(buffer, cut, &place, range, is_lines)?,
            }
        }
        Ok(())
    }

    fn text(
        &mut self,
        buffer: &Buffer<'_>,
        cut: usize,
        place: &Range<u64>,
        region: &Range<u64>,
        is_lines: bool,
    ) -> Result<(), Error> {
        let start = start(buffer, place.start, region, is_lines)?;
        let end = place.end.saturating_add(AROUND_BYTES).min(region.end);
        let text = buffer.take(&(start..end), "text")?;
        let wanted = to_usize(place.start.saturating_sub(start))..to_usize(place.end.saturating_sub(start));
        let mut run: Option<Range<usize>> = None;
        let mut index = 0;
        while let Some(atom) = text.get(index..).and_then(escape::atom) {
            let one = index..index.saturating_add(atom.bytes);
            if one.start >= wanted.end {
                break;
            }
            let stays = one.end <= wanted.start || stays(&text, &one, atom.what, is_lines);
            run = match (run.take(), stays) {
                (Some(open), true) => {
                    self.run(cut, start, &text, &open);
                    None
                }
                (open, true) => open,
                (Some(open), false) => Some(open.start..one.end),
                (None, false) => Some(one.clone()),
            };
            index = one.end;
        }
        if let Some(open) = run {
            self.run(cut, start, &text, &open);
        }
        Ok(())
    }

    /// Adds a run of characters: as numbers if it consists of them.
    fn run(&mut self, cut: usize, base: u64, text: &[u8], run: &Range<usize>) {
        match numbers(text, run) {
            Some(numbers) => {
                numbers.into_iter().for_each(|(part, fill)| self.push(cut, at(base, &part), fill))
            }
            None => self.push(cut, at(base, run), Fill::Characters),
        }
    }

    fn push(&mut self, cut: usize, range: Range<u64>, fill: Fill) {
        let range = range.start.max(self.done)..range.end;
        if range.start < range.end {
            self.done = range.end;
            self.out.push(Fitted { cut, range, fill });
        }
    }
}

/// A place before a cut at which a character or an escape begins.
fn start(buffer: &Buffer<'_>, cut: u64, region: &Range<u64>, is_lines: bool) -> Result<u64, Error> {
    let from = cut.saturating_sub(BEFORE_BYTES).max(region.start);
    let before = buffer.take(&(from..cut), "text")?;
    let mut free = 0_usize;
    // Backwards: bytes without a backslash, as many as the longest escape has, end whatever began before them.
    for (index, byte) in before.iter().enumerate().rev() {
        free = if *byte == b'\\' { 0 } else { free.saturating_add(1) };
        let behind = index.saturating_add(ATOM_BYTES_MAX);
        if free > ATOM_BYTES_MAX && before.get(behind).is_none_or(|next| next & 0xc0 != 0x80) {
            let near = to_u64(before.len().saturating_sub(behind));
            if near >= AROUND_BYTES || from == region.start && index == 0 {
                return Ok(from.saturating_add(to_u64(behind)));
            }
        }
    }
    // Escapes all the way: of a string from its beginning, of lines from where they are near.
    Ok(if is_lines { from } else { region.start })
}

/// Whether a character stays: line breaks and controls, and quotes and angle brackets of a text whose grammar is not known.
fn stays(text: &[u8], place: &Range<usize>, what: What, is_lines: bool) -> bool {
    match what {
        What::Latin(byte) if place.len() == 1 => {
            byte < 0x20 || (is_lines && matches!(byte, b'"' | b'<' | b'>' | b'\\'))
        }
        // `\n`, `\r`, `\t`: not those by number, which spell out bytes.
        What::Latin(b'\n' | b'\r' | b'\t') => {
            text.get(place.start.saturating_add(1)).is_some_and(u8::is_ascii_lowercase) && place.len() == 2
        }
        _ => false,
    }
}

/// The numbers of which a run of characters consists, without `0x` before them; none if it is anything else.
fn numbers(text: &[u8], run: &Range<usize>) -> Option<Vec<(Range<usize>, Fill)>> {
    let is_between =
        |byte: &u8| matches!(byte, b' ' | b',' | b':' | b'.' | b'-' | b'+' | b'|' | b'{' | b'}' | b'=');
    let characters = text.get(run.clone())?;
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !characters.iter().all(|byte| is_word(byte) || is_between(byte)) {
        return None;
    }
    let before = text.get(..run.start)?.iter().rev().take_while(|byte| is_word(byte)).count();
    let behind = text.get(run.end..)?.iter().take_while(|byte| is_word(byte)).count();
    let around = run.start.saturating_sub(before)..run.end.saturating_add(behind);
    let mut out = Vec::new();
    let tokens = runs(text.get(around.clone())?, is_word);
    // Of a number whose digits belong to another cut nothing is left.
    let is_any = !tokens.is_empty();
    for token in tokens {
        let token = around.start.saturating_add(token.start)..around.start.saturating_add(token.end);
        let word = text.get(token.clone())?;
        let digits = word.strip_prefix(b"0x").unwrap_or(word);
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let fill = if word.iter().all(u8::is_ascii_digit) { Fill::Ones } else { Fill::Zeros };
        // A letter by itself is no number.
        if fill == Fill::Zeros && word.len() < 2 {
            return None;
        }
        let first = token.end.saturating_sub(digits.len());
        let part = first.max(run.start)..token.end.min(run.end);
        if part.start < part.end {
            out.push((part, fill));
        }
    }
    is_any.then_some(out)
}

/// The maximal runs of bytes that fit.
fn runs(text: &[u8], fits: impl Fn(&u8) -> bool) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for (index, _) in text.iter().enumerate().filter(|(_, byte)| fits(byte)) {
        match out.last_mut() {
            Some(last) if last.end == index => last.end = index.saturating_add(1),
            _ => out.push(index..index.saturating_add(1)),
        }
    }
    out
}

fn at(base: u64, range: &Range<usize>) -> Range<u64> {
    base.saturating_add(to_u64(range.start))..base.saturating_add(to_u64(range.end))
}
