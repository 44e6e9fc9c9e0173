//! Reads what the lines of a text say, one after the other.

use super::digits;
use super::line::{self, Listed};
use super::said::{Notation, Said};
use super::units::{Builder, Unit, number};
use crate::cursor::to_u64;
use crate::limits::TEXT_BLOCK_UNITS_MAX;
use std::ops::Range;

/// Numbers that go on from one line to the next.
#[derive(Debug, Default)]
enum Block {
    #[default]
    None,
    /// A dump of memory: the address behind it, the bytes of a number, the address of the first.
    Memory { next: u64, width: u8, phase: u64, units: Vec<Unit> },
    /// Words of eight bytes.
    Words(Vec<Unit>),
    /// Numbers each on a line of its own, with their values and whether they are below zero.
    Column(Vec<(Unit, u64, bool)>),
}

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Sayer {
    builder: Builder,
    block: Block,
}

impl Sayer {
    /// Reads a line that stands at `base`.
    pub(super) fn line(&mut self, text: &[u8], base: u64) {
        if let Some(memory) = line::memory(text) {
            self.memory(&memory, base);
            self.strings(text, base);
            return;
        }
        self.strings(text, base);
        self.numbers_of(text, base);
    }

    /// Reads the numbers of a line that stands in a string.
    pub(super) fn numbers(&mut self, text: &[u8], base: u64) {
        match line::memory(text) {
            Some(memory) => self.memory(&memory, base),
            None => self.numbers_of(text, base),
        }
    }

    fn numbers_of(&mut self, text: &[u8], base: u64) {
        if let Some(one) = line::alone(text) {
            self.alone(&one, base);
            return;
        }
        if let Some((of, also)) = line::register(text) {
            self.builder.tie(place(base, &of), place(base, &also));
        }
        for list in line::lists(text) {
            self.list(&list, base);
        }
        let words = line::words(text);
        if words.is_empty() {
            self.end();
        } else {
            let units = words.iter().map(|word| number(base, word, 8, Notation::Hexadecimal));
            self.words(units.collect());
        }
    }

    /// Ends what goes on from one line to the next.
    pub(super) fn end(&mut self) {
        match std::mem::take(&mut self.block) {
            Block::None => {}
            Block::Memory { width, phase, units, .. } => {
                self.builder.stretch(&units, phase, false);
                if width > 1 {
                    self.builder.stretch(&units, phase, true);
                }
            }
            Block::Words(units) => self.builder.stretch(&units, 0, false),
            Block::Column(numbers) => {
                let values: Vec<(u64, bool)> =
                    numbers.iter().map(|(_, value, sign)| (*value, *sign)).collect();
                let width = digits::width(&values);
                let units: Vec<Unit> =
                    numbers.into_iter().map(|(unit, _, _)| Unit { width, ..unit }).collect();
                if units.len() >= usize::from(8_u8.checked_div(width).unwrap_or(1)) {
                    self.builder.stretch(&units, 0, false);
                }
            }
        }
    }

    fn list(&mut self, list: &[Listed], base: u64) {
        let values: Vec<(u64, bool)> = list.iter().map(|one| (one.value, one.is_negative)).collect();
        let width = digits::width(&values);
        let units: Vec<Unit> =
            list.iter().map(|one| number(base, &one.place, width, notation(one))).collect();
        self.units(&units);
    }

    /// Reads numbers of any width.
    pub(super) fn units(&mut self, units: &[Unit]) {
        self.builder.stretch(units, 0, false);
    }

    /// Reads words of eight bytes.
    pub(super) fn words(&mut self, units: Vec<Unit>) {
        match &mut self.block {
            Block::Words(held) if held.len() < TEXT_BLOCK_UNITS_MAX => held.extend(units),
            _ => {
                self.end();
                self.block = Block::Words(units);
            }
        }
    }

    /// Reads strings with escapes, character by character.
    pub(super) fn strings(&mut self, text: &[u8], base: u64) {
        for string in line::strings(text) {
            let units: Vec<Unit> =
                string.iter().map(|place| number(base, place, 1, Notation::Character)).collect();
            self.builder.stretch(&units, 0, false);
        }
    }

    fn memory(&mut self, memory: &line::Memory, base: u64) {
        let width = memory.width;
        let units = memory.numbers.iter().map(|one| number(base, one, width, Notation::Hexadecimal));
        let bytes = to_u64(memory.numbers.len()).saturating_mul(u64::from(width));
        if let (Some(beside), Some(first)) = (&memory.beside, memory.numbers.first()) {
            let last = memory.numbers.last().unwrap_or(first);
            self.builder.tie(place(base, &(first.start..last.end)), place(base, beside));
        }
        match &mut self.block {
            Block::Memory { next, width: held, units: more, .. }
                if *next == memory.address && *held == width && more.len() < TEXT_BLOCK_UNITS_MAX =>
            {
                more.extend(units);
                *next = next.saturating_add(bytes);
            }
            _ => {
                let units = units.collect();
                self.end();
                let next = memory.address.saturating_add(bytes);
                self.block = Block::Memory { next, width, phase: memory.address, units };
            }
        }
    }

    fn alone(&mut self, one: &Listed, base: u64) {
        let entry = (number(base, &one.place, 1, notation(one)), one.value, one.is_negative);
        match &mut self.block {
            Block::Column(held) if held.len() < TEXT_BLOCK_UNITS_MAX => held.push(entry),
            _ => {
                self.end();
                self.block = Block::Column(vec![entry]);
            }
        }
    }

    /// What was read, and whether it is all.
    pub(super) fn finish(mut self) -> (Said, bool) {
        self.end();
        let is_full = self.builder.is_full;
        (self.builder.finish(), !is_full)
    }
}

fn notation(one: &Listed) -> Notation {
    if one.is_hexadecimal { Notation::Hexadecimal } else { Notation::Decimal }
}

fn place(base: u64, range: &Range<usize>) -> Range<u64> {
    base.saturating_add(to_u64(range.start))..base.saturating_add(to_u64(range.end))
}
