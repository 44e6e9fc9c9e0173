//! Schedules with flipped bits all over, as memory has that lost power: no run of words is whole enough to be
//! proven by itself, but some key length of words, one of them mended perhaps, expands to nearly all that stands there.

use super::{Schedule, Site};
use crate::aes::expansion::{Expansion, Size};
use crate::aes::layout::Layout;
use std::ops::Range;
use zeroize::Zeroizing;

/// Differing bits that a schedule may have, of each sixteen: random bytes differ in eight, and with more than 1,300
/// bits once in 2^700.
const DIFFERING_OF_SIXTEEN: usize = 1;

/// Bits by which the words of a linear step may miss each other on average: those of random bytes do by sixteen, those
/// of a schedule with a bit flipped in every sixteenth by six.
const MISSES_MAX: usize = 8;

/// Longest stretch of randomness that is searched, in bytes: a schedule among other keys.
const STRETCH_BYTES_MAX: usize = 1024;

/// Bytes by which the ends of a schedule and of the randomness may disagree.
const SLACK_BYTES: usize = 16;

/// Steps that are looked at before all are.
const FIRST_STEPS: usize = 8;

/// Schedules in `runs` of random bytes of a window, damaged ones too; nothing that overlaps `known`. A schedule must
/// lie in one run but for a few bytes, at a multiple of four from the window's start.
#[must_use]
pub fn damaged(window: &[u8], runs: &[Range<usize>], known: &[Range<usize>]) -> Vec<Schedule> {
    let overlaps =
        |range: &Range<usize>| known.iter().any(|known| known.start < range.end && range.start < known.end);
    let is_searched = |run: &&Range<usize>| {
        (4 * Size::Aes128.words() - 2 * SLACK_BYTES..=STRETCH_BYTES_MAX).contains(&run.len())
            && !overlaps(run)
    };
    let mut found = Vec::new();
    for run in runs.iter().filter(is_searched) {
        for size in [Size::Aes128, Size::Aes192, Size::Aes256] {
            let last = (run.end + SLACK_BYTES).saturating_sub(4 * size.words());
            let first = run.start.saturating_sub(SLACK_BYTES).next_multiple_of(4);
            let starts = (first..=last).step_by(4);
            found.extend(starts.into_iter().find_map(|start| {
                let site = |layout: Layout| Site {
                    window,
                    size,
                    layout,
                    at: start + layout.place(size, 0),
                    index: 0,
                };
                Layout::ALL.into_iter().find_map(|layout| site(layout).prove_damaged())
            }));
        }
    }
    found
}

impl Site<'_> {
    fn prove_damaged(&self) -> Option<Schedule> {
        if !self.nearly_linear(FIRST_STEPS)? || !self.nearly_linear(usize::MAX)? {
            return None;
        }
        let words = self.size.words();
        let words: Zeroizing<Vec<u32>> =
            Zeroizing::new((0..words).map(|index| self.word(index)).collect::<Option<_>>()?);
        let key_words = self.size.key_words();
        (0..=words.len() - key_words).find_map(|start| {
            let part = Zeroizing::new(words.get(start..start + key_words)?.to_vec());
            self.expand(start, &part, &words).or_else(|| {
                (0..key_words).find_map(|mended| {
                    let mut part = part.clone();
                    *part.get_mut(mended)? = self.mended(start + mended, &words)?;
                    self.expand(start, &part, &words)
                })
            })
        })
    }

    /// Whether so many linear steps nearly hold; nothing if a word is not in the window.
    fn nearly_linear(&self, most: usize) -> Option<bool> {
        let key_words = self.size.key_words();
        let linear = (key_words..self.size.words()).filter(|index| self.size.is_linear(*index));
        let (mut misses, mut steps) = (0, 0);
        for index in linear.take(most) {
            misses += bits(self.word(index)? ^ self.word(index - 1)? ^ self.word(index - key_words)?);
            steps += 1;
        }
        Some(misses <= MISSES_MAX * steps)
    }

    /// A word as it follows from those one key length later.
    fn mended(&self, index: usize, words: &[u32]) -> Option<u32> {
        let later = index + self.size.key_words();
        Some(words.get(later)? ^ self.size.step(later, *words.get(later - 1)?))
    }

    fn expand(&self, start: usize, part: &[u32], words: &[u32]) -> Option<Schedule> {
        let expansion = Expansion::around(self.size, start, part)?;
        let differing: usize =
            expansion.words().iter().zip(words).map(|(one, other)| bits(one ^ other)).sum();
        if differing > words.len() * 32 * DIFFERING_OF_SIXTEEN / 16 {
            return None;
        }
        let first = self.offset(0)?;
        let range = first..first + 4 * words.len();
        Some(Schedule { form: self.layout.name(), ranges: vec![range], cut: differing > 0, expansion })
    }
}

fn bits(word: u32) -> usize {
    usize::try_from(word.count_ones()).unwrap_or(0)
}
