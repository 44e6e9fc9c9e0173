//! From a text to an image.

use super::buffer::Buffer;
use super::kind::Kind;
use super::line::{self, Listed};
use super::marks::Section;
use super::regions::{self, Region};
use super::said::Notation;
use super::sayer::Sayer;
use super::units::Unit;
use crate::annotation::Annotations;
use crate::cursor::to_u64;
use crate::error::Error;
use crate::image::{Image, Origin, Space};
use crate::raw;
use crate::read::ReadAt;
use std::ops::Range;
use std::sync::Arc;

/// Addresses that a process can have, and the kernel: below, the first page is never mapped; a word of a text with another
/// value is no pointer, and of those with such a value nobody knows better.
const CANONICAL: [Range<u64>; 2] = [0x1000..1 << 47, 0xffff_8000_0000_0000..u64::MAX];

/// Fewest digits of a number in JSON that is taken for a word of memory.
const WORD_DIGITS_MIN: u64 = 10;

/// Fewest numbers of an array that are read together.
const LIST_NUMBERS_MIN: usize = 8;

/// What begins the dump of code in HotSpot's logs: `print_instructions` in `vmError.cpp`.
const CODE: &[u8] = b"Instructions: (pc=";

/// Reads a text of some kind: what it says, what must stay, what goes by its position.
///
/// # Errors
/// If it does not have the structure of its kind, ends within it, says more than is held, or if the medium fails.
pub fn open(source: &dyn ReadAt, kind: Kind) -> Result<Image, Error> {
    let format = kind.name();
    let mut reader = Reader {
        sayer: Sayer::default(),
        annotations: Annotations::new(format),
        numbers: Vec::new(),
        keeps_numbers: kind != Kind::HeapSnapshot,
        is_binary: false,
    };
    regions::walk(&mut Buffer::new(source, format), kind, &mut |buffer, region| {
        reader.region(buffer, region)
    })?;
    reader.end_list();
    let Reader { sayer, mut annotations, is_binary, .. } = reader;
    let (said, is_all) = sayer.finish();
    if !is_all {
        return Err(Error::Impossible {
            format,
            structure: "text".to_owned(),
            offset: 0,
            problem: "it writes down more numbers than are held at once; split it at a line".to_owned(),
        });
    }
    if is_binary {
        annotations
            .remark(format!("{format}: fields that are no text are searched and overwritten as bytes"));
    }
    let mut image = raw::text(source.length(), format);
    if said.length() > 0 {
        let length = said.length();
        let origin = Origin::Said(Arc::new(said));
        image.spaces.push(Space { origin, address: None, pieces: Vec::new(), length });
    }
    let (protected, marked, remarks) = annotations.finish();
    Ok(Image { protected, marked, remarks, mapped: CANONICAL.to_vec(), ..image })
}

struct Reader {
    sayer: Sayer,
    annotations: Annotations,
    /// Numbers of a JSON array: where they stand, their values.
    numbers: Vec<(Range<u64>, Listed)>,
    /// Whether numbers of JSON can be memory: those of a heap snapshot are its graph.
    keeps_numbers: bool,
    is_binary: bool,
}

impl Reader {
    fn region(&mut self, buffer: &mut Buffer<'_>, region: Region) -> Result<(), Error> {
        match region {
            Region::String { inner, is_plain } => {
                self.end_list();
                self.string(buffer, &inner, is_plain)
            }
            Region::Number(range) if self.keeps_numbers => self.number(buffer, range),
            Region::Number(_) => Ok(()),
            Region::Bracket => {
                self.end_list();
                Ok(())
            }
            Region::Lines { range, field } => {
                let section = field.as_deref().map_or(Section::None, Section::of_field);
                self.lines(buffer, range, section)
            }
            Region::Binary { range, field } => {
                self.is_binary = true;
                let section = Section::of_field(&field);
                if section != Section::None {
                    self.lines(buffer, range, section)?;
                }
                Ok(())
            }
        }
    }

    fn lines(
        &mut self,
        buffer: &mut Buffer<'_>,
        range: Range<u64>,
        mut section: Section,
    ) -> Result<(), Error> {
        let mut at = range.start;
        let mut is_code = false;
        while at < range.end {
            let Some((mut line, next)) = buffer.line(at)? else { break };
            line.truncate(crate::cursor::to_usize(range.end.saturating_sub(at)));
            section = section.line(&line, at, &mut self.annotations);
            is_code = line.starts_with(CODE) || (is_code && !line.is_empty());
            if is_code {
                self.sayer.end();
            } else {
                self.sayer.line(&line, at);
            }
            at = next;
        }
        self.sayer.end();
        Ok(())
    }

    /// A string of JSON: its characters, and the lines in it, which escapes tell apart.
    fn string(&mut self, buffer: &Buffer<'_>, inner: &Range<u64>, is_plain: bool) -> Result<(), Error> {
        if is_plain && inner.end.saturating_sub(inner.start) < WORD_DIGITS_MIN {
            return Ok(());
        }
        let text = buffer.take(inner, "string")?;
        if !is_plain {
            self.sayer.strings(&text, inner.start);
        }
        let mut from = 0;
        while from < text.len() {
            let rest = text.get(from..).unwrap_or_default();
            let length = rest.windows(2).position(|pair| pair == b"\\n").unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default();
            if line.iter().any(u8::is_ascii_digit) {
                self.sayer.numbers(line, inner.start.saturating_add(to_u64(from)));
            } else {
                self.sayer.end();
            }
            from = from.saturating_add(length).saturating_add(2);
        }
        // Addresses that stand in strings of their own, as in .NET's reports, are memory together no more.
        self.sayer.end();
        Ok(())
    }

    fn number(&mut self, buffer: &Buffer<'_>, range: Range<u64>) -> Result<(), Error> {
        let length = range.end.saturating_sub(range.start);
        let text = if length <= 20 { buffer.take(&range, "number")? } else { Vec::new() };
        match line::alone(&text).filter(|one| !one.is_hexadecimal) {
            Some(one) => self.numbers.push((range, one)),
            None => self.end_list(),
        }
        Ok(())
    }

    /// Reads the numbers of an array that has ended: all of them, or those that can be words.
    fn end_list(&mut self) {
        let numbers = std::mem::take(&mut self.numbers);
        let unit = |range: &Range<u64>, width| Unit {
            file: range.start,
            chars: crate::cursor::to_usize(range.end.saturating_sub(range.start)),
            width,
            notation: Notation::Decimal,
        };
        if numbers.len() >= LIST_NUMBERS_MIN {
            let values: Vec<(u64, bool)> =
                numbers.iter().map(|(_, one)| (one.value, one.is_negative)).collect();
            let width = super::digits::width(&values);
            self.sayer.units(&numbers.iter().map(|(range, _)| unit(range, width)).collect::<Vec<_>>());
            return;
        }
        let words =
            numbers.iter().filter(|(range, _)| range.end.saturating_sub(range.start) >= WORD_DIGITS_MIN);
        let words: Vec<Unit> = words.map(|(range, _)| unit(range, 8)).collect();
        if !words.is_empty() {
            self.sayer.words(words);
        }
    }
}
