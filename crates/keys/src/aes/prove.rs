//! From a place where a schedule may lie to the key it was made of.

use super::expansion::{Expansion, Size, proves};
use super::layout::Layout;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// Which linear part of the expansion three words in a row obey. The names and
/// the meaning are those of the kernel that looks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// AES-128, round keys first to last.
    Ascending128,
    /// AES-192, round keys first to last.
    Ascending192,
    /// AES-256, round keys first to last.
    Ascending256,
    /// AES-128, round keys last to first.
    Descending128,
    /// AES-192, round keys last to first.
    Descending192,
    /// AES-256, round keys last to first.
    Descending256,
}

impl Relation {
    pub(super) fn size(self) -> Size {
        match self {
            Self::Ascending128 | Self::Descending128 => Size::Aes128,
            Self::Ascending192 | Self::Descending192 => Size::Aes192,
            Self::Ascending256 | Self::Descending256 => Size::Aes256,
        }
    }

    pub(super) fn descending(self) -> bool {
        matches!(self, Self::Descending128 | Self::Descending192 | Self::Descending256)
    }

    /// The numbers that the first of the three words can have in the expansion:
    /// none of the three is a step with the S-box, and in a descending schedule
    /// the three lie in one round key.
    pub(super) fn first_words(self) -> impl Iterator<Item = usize> {
        let (size, descending) = (self.size(), self.descending());
        (size.key_words() + 1..size.words() - 2).filter(move |index| {
            (*index..index + 3).all(|index| size.is_linear(index)) && (!descending || index % 4 == 1)
        })
    }
}

/// A schedule in a window, proven by the S-box steps, and so its key.
pub struct Schedule {
    /// How it is written: `encrypt`, `decrypt` (equivalent inverse cipher, order
    /// of use), `decrypt-ascending` (the same, stored first to last) or
    /// `encrypt-reversed`, each also with `-swapped` for words whose bytes are
    /// last to first.
    pub form: &'static str,
    /// The bytes of the window that belong to it, ascending. One range unless a
    /// part in its middle is overwritten.
    pub ranges: Vec<Range<usize>>,
    /// True if part of it is missing: outside the window, overwritten or damaged.
    pub cut: bool,
    pub(super) expansion: Expansion,
}

impl Schedule {
    fn lies_in(&self, other: &Self) -> bool {
        let within = |range: &Range<usize>| {
            other.ranges.iter().any(|wider| wider.start <= range.start && range.end <= wider.end)
        };
        self.ranges.iter().all(within)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { form, ranges, cut, expansion } = self;
        f.debug_struct("Schedule")
            .field("bits", &expansion.size.bits())
            .field("form", form)
            .field("ranges", ranges)
            .field("cut", cut)
            .finish_non_exhaustive()
    }
}

/// Proves the schedule of which three words obey `relation`, the word before
/// them being at `offset` in bytes. `None` if the S-box steps do not hold.
///
/// Accepted is whatever determines its key and has 128 bits more than that: two
/// round keys of AES-128, two and a half of AES-192, three of AES-256 with the
/// round constant among them.
#[must_use]
pub fn prove(window: &[u8], offset: usize, relation: Relation) -> Option<Schedule> {
    let (size, at) = (relation.size(), offset.checked_add(4)?);
    Layout::ALL.into_iter().filter(|layout| layout.descending == relation.descending()).find_map(|layout| {
        relation.first_words().find_map(|index| Site { window, size, layout, at, index }.prove())
    })
}

/// Proves every schedule of a window at the candidates given, which are to be in
/// ascending order: those inside a schedule already proven are passed over.
///
/// A key of little entropy can make a part of its schedule look like a shorter
/// schedule of another key (AES-192 and AES-128 with keys of zeros share 48 bytes);
/// a schedule that lies in another one is dropped.
#[must_use]
pub fn prove_each(window: &[u8], candidates: impl IntoIterator<Item = (usize, Relation)>) -> Vec<Schedule> {
    let mut schedules: Vec<Schedule> = Vec::new();
    for (offset, relation) in candidates {
        let mut recent = schedules.iter().rev().take(RECENT).flat_map(|schedule| &schedule.ranges);
        if recent.any(|range| range.contains(&offset)) {
            continue;
        }
        if let Some(schedule) = prove(window, offset, relation) {
            while schedules.pop_if(|earlier| earlier.lies_in(&schedule)).is_some() {}
            schedules.push(schedule);
        }
    }
    schedules
}

/// How many schedules back [`prove_each`] looks for one that has the candidate.
const RECENT: usize = 4;

/// An assumption: word `index` of a schedule stands at offset `at`.
struct Site<'window> {
    window: &'window [u8],
    size: Size,
    layout: Layout,
    at: usize,
    index: usize,
}

impl Site<'_> {
    fn prove(&self) -> Option<Schedule> {
        let key_words = self.size.key_words();
        let step = self.index - self.index % key_words;
        if !self.step_holds(step) && !self.step_holds(step + key_words) {
            return None;
        }
        // The words up to the relation's last, or those before its first: one of
        // the two may be damaged where the other is not.
        [self.index + 3 - key_words, self.index - key_words]
            .into_iter()
            .find_map(|start| self.prove_from(start))
    }

    /// True if the word that a round constant goes into follows from the words
    /// before it.
    fn step_holds(&self, index: usize) -> bool {
        let key_words = self.size.key_words();
        if index < key_words || index >= self.size.words() {
            return false;
        }
        match (self.word(index), self.word(index - 1), self.word(index - key_words)) {
            (Some(new), Some(before), Some(old)) => new == old ^ self.size.step(index, before),
            _ => false,
        }
    }

    /// Makes the schedule from one key length of words and compares the rest.
    fn prove_from(&self, start: usize) -> Option<Schedule> {
        let end = start + self.size.key_words();
        let part = Zeroizing::new((start..end).map(|index| self.word(index)).collect::<Option<Vec<_>>>()?);
        let expansion = Expansion::around(self.size, start, &part)?;
        let expected = self.layout.bytes(&expansion);
        let agrees: Vec<bool> = expected
            .iter()
            .enumerate()
            .map(|(place, byte)| self.offset(place).and_then(|at| self.window.get(at)) == Some(byte))
            .collect();
        let word_agrees = |index: &usize| {
            let place = self.layout.place(self.size, *index);
            agrees.get(place..place + 4).is_some_and(|word| word.iter().all(|agrees| *agrees))
        };
        let before = (0..start).rev().take_while(word_agrees).count();
        let after = (end..self.size.words()).take_while(word_agrees).count();
        if !proves(self.size, &(start - before..end + after)) {
            return None;
        }
        let places = stretches(&agrees);
        let cut = agrees.contains(&false);
        let ranges = places
            .into_iter()
            .filter_map(|places| Some(self.offset(places.start)?..self.offset(places.end)?))
            .collect();
        Some(Schedule { form: self.layout.name(), ranges, cut, expansion })
    }

    fn word(&self, index: usize) -> Option<u32> {
        let at = self.offset(self.layout.place(self.size, index))?;
        let bytes = self.window.get(at..)?.first_chunk()?;
        Some(self.layout.read(self.size, index, *bytes))
    }

    /// Where in the window a place in the schedule is, if not before its start.
    fn offset(&self, place: usize) -> Option<usize> {
        self.at.checked_add(place)?.checked_sub(self.layout.place(self.size, self.index))
    }
}

/// The parts that agree, over small damage (flipped bits) and without chance.
fn stretches(agrees: &[bool]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    let mut place = 0;
    for run in agrees.chunk_by(|left, right| left == right) {
        let range = place..place + run.len();
        place = range.end;
        if run.first() != Some(&true) || run.len() < AGREEING_MIN {
            continue;
        }
        match stretches.last_mut() {
            Some(last) if range.start - last.end <= DAMAGE_MAX => last.end = range.end,
            _ => stretches.push(range),
        }
    }
    stretches.retain(|stretch| stretch.len() >= FRAGMENT_MIN);
    stretches
}

/// Fewer bytes in a row may agree by chance.
const AGREEING_MIN: usize = 4;
/// So many bytes that differ between agreeing ones count as damage: fewer than a fragment has, or what another use of
/// the memory wrote over a schedule would be looked for everywhere.
const DAMAGE_MAX: usize = 6;
/// Shorter stretches are no fragment of a key.
const FRAGMENT_MIN: usize = 8;

mod damaged;

pub use damaged::damaged;

#[cfg(test)]
mod tests;
