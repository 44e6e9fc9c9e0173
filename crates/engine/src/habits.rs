//! Randomness that the habits of the dump's own memory explain: bytecode and its
//! tables, arrays of numbers, records, text beside hashes.
//!
//! What looks random at first sight is read as a text in an unknown language.
//! Six simple statistics are taken of all of it; where one of them, learnt from
//! the rest, foretells 16 bytes [`GAIN_BITS`] bits better than chance does,
//! these are in the language, and no key. A key cannot be foretold: whatever
//! the statistics are, at most one of 2^[`GAIN_BITS`] random keys fits one of
//! them so well (the expected ratio of likelihoods is 1; Markov's inequality),
//! and measured it is far less.
//!
//! Nothing may be learnt from a key about itself or its copies. So every
//! distinct stretch of four bytes is counted once, and that one is taken off
//! where a byte is judged. Copies whose words are in the other byte order have
//! other stretches but some of the same statistics: as many as there may be of
//! them are taken off too.

use crate::detect::{RUN_BYTES_MIN, RandomRun};
use crate::error::Error;
use crate::view;
use coredact_dump::{Image, ReadAt};
use rayon::prelude::*;
use std::io;
use std::ops::Range;
use zeroize::Zeroizing;

/// Bits by which 16 bytes must be foretold better than by chance. A random key
/// is lost with probability 2^-12 at most, less than the screen loses.
const GAIN_BITS: i32 = 12;

/// Most bits that one byte may gain. Digits of a key that fill their words in
/// part (52 of 64 bits, 28 of 32) have bytes that anyone can foretell; these
/// must not speak for the others.
const BYTE_GAIN_BITS: i32 = 2;

/// Longest run that is judged or learnt from. Longer ones are ciphertext,
/// compressed or random data, and stay what they are.
const RUN_BYTES_MAX: u64 = 64 << 10;

/// Bytes that are learnt from, spread over all runs.
const LEARNED_BYTES_MAX: u64 = 16 << 20;

/// Bytes that are judged; runs after that stay random.
const JUDGED_BYTES_MAX: u64 = 64 << 20;

/// Runs that one worker judges before it takes the next.
const RUNS_PER_TASK: usize = 64;

/// Bytes before a byte that are its context, and all that is looked at with it:
/// the context, the byte, the next one.
const BEFORE: usize = 4;
const LOOK: usize = BEFORE + 2;

/// Bytes that are judged together.
const BLOCK: usize = 16;

/// Statistics by which a byte may be foretold.
const STATISTICS: usize = 6;

/// Gains are counted in parts of a bit.
const BIT: i32 = 256;

/// The gain that explains a block; the second term, log2([`STATISTICS`]) = 2.585
/// rounded up, pays for the choice among the statistics.
const EXPLAINED: i32 = GAIN_BITS * BIT + 662;

/// Byte orders in which one key may stand in a dump: as it is, in the words of a hash or a cipher turned round, and as
/// a number, all of it turned round.
const ORDERS: u16 = 3;

/// Probabilities are counted in parts of this.
const CERTAIN: u64 = 1 << 32;

/// What the random-looking memory of a dump is usually like.
pub struct Habits {
    bytes: Table,
    /// By address modulo 8.
    phases: Table,
    /// By the byte 1, 2 and 4 places before.
    distances: [Table; 3],
    /// By the two bytes before.
    pairs: Table,
}

impl std::fmt::Debug for Habits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Habits").finish_non_exhaustive()
    }
}

impl Habits {
    /// Learns from random-looking runs.
    ///
    /// # Errors
    /// If the source cannot be read or has changed.
    pub fn learn(source: &dyn ReadAt, image: &Image, runs: &[RandomRun]) -> Result<Self, Error> {
        let mut habits = Self {
            bytes: Table::new(1, ORDERS),
            phases: Table::new(8, ORDERS),
            // Of three orders, two may have the same bytes at the same distance.
            distances: [
                Table::new(256, ORDERS - 1),
                Table::new(256, ORDERS - 1),
                Table::new(256, ORDERS - 1),
            ],
            pairs: Table::new(1 << 16, ORDERS - 1),
        };
        let total: u64 = runs.iter().filter(|run| is_judged(run)).map(length).sum();
        let step = usize::try_from(total.div_ceil(LEARNED_BYTES_MAX)).unwrap_or(usize::MAX).max(1);
        let mut seen = Seen::new();
        for run in runs.iter().filter(|run| is_judged(run)).step_by(step) {
            let Some((phase, bytes)) = read(source, image, run).map_err(Error::read)? else { continue };
            for (look, phase) in looks(&bytes).zip(phases(phase)) {
                if seen.insert([look[2], look[3], look[4], look[5]]) {
                    habits.add(look, phase);
                }
            }
        }
        Ok(habits)
    }

    /// Takes what is foretold out of random runs; what is left of a run is made of
    /// blocks of 16 bytes that nothing foretells.
    ///
    /// # Errors
    /// If the source cannot be read or has changed.
    pub fn explain(
        &self,
        source: &dyn ReadAt,
        image: &Image,
        runs: &mut Vec<RandomRun>,
    ) -> Result<(), Error> {
        let lengths = runs.iter().map(|run| if is_judged(run) { length(run) } else { 0 });
        let sums = lengths.scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        });
        let rest = runs.split_off(sums.take_while(|sum| *sum <= JUDGED_BYTES_MAX).count());
        let kept: Vec<Vec<RandomRun>> = runs
            .par_chunks(RUNS_PER_TASK)
            .map(|runs| {
                let mut kept = Vec::new();
                for run in runs {
                    self.split(source, image, run, &mut kept)?;
                }
                Ok(kept)
            })
            .collect::<io::Result<_>>()
            .map_err(Error::read)?;
        *runs = kept.into_iter().flatten().chain(rest).collect();
        Ok(())
    }

    fn split(
        &self,
        source: &dyn ReadAt,
        image: &Image,
        run: &RandomRun,
        kept: &mut Vec<RandomRun>,
    ) -> io::Result<()> {
        let known = if is_judged(run) { read(source, image, run)? } else { None };
        let Some((phase, bytes)) = known else {
            kept.push(run.clone());
            return Ok(());
        };
        let gains: Vec<_> =
            looks(&bytes).zip(phases(phase)).map(|(look, phase)| self.gains(look, phase)).collect();
        for part in unexplained(&gains) {
            let core = run.core.start + part.start as u64..run.core.start + part.end as u64;
            // At an end that stays, what may belong to the run stays with it.
            let start = if core.start == run.core.start { run.cut.start } else { core.start };
            let end = if core.end == run.core.end { run.cut.end } else { core.end };
            kept.push(RandomRun { core, cut: start..end, ..*run });
        }
        Ok(())
    }

    fn add(&mut self, [four, _, two, one, byte, _]: [u8; LOOK], phase: usize) {
        self.bytes.add(0, byte);
        self.phases.add(phase, byte);
        for (table, before) in self.distances.iter_mut().zip([one, two, four]) {
            table.add(usize::from(before), byte);
        }
        self.pairs.add(pair(two, one), byte);
    }

    /// What each statistic gains on chance at one byte.
    fn gains(&self, [four, _, two, one, byte, _]: [u8; LOOK], phase: usize) -> [i32; STATISTICS] {
        // Weights of the more general guess, in occurrences; tried on cores of
        // interpreters, where 8 to 64 made no difference.
        const GENERAL: u64 = 256;
        const SPECIAL: u64 = 32;
        let base = self.bytes.chance(0, byte, CERTAIN / 256, GENERAL);
        let after = |table: &Table, before: u8| table.chance(usize::from(before), byte, base, SPECIAL);
        let [by_one, by_two, by_four] = &self.distances;
        let one_before = after(by_one, one);
        let chances = [
            base,
            self.phases.chance(phase, byte, base, GENERAL),
            one_before,
            after(by_two, two),
            after(by_four, four),
            self.pairs.chance(pair(two, one), byte, one_before, SPECIAL),
        ];
        chances.map(gain)
    }
}

/// Whether a run is of a kind and length that habits may explain.
fn is_judged(run: &RandomRun) -> bool {
    !run.is_text && (RUN_BYTES_MIN..=RUN_BYTES_MAX).contains(&length(run))
}

fn length(run: &RandomRun) -> u64 {
    run.core.end.saturating_sub(run.core.start)
}

fn pair(two: u8, one: u8) -> usize {
    usize::from(two) << 8 | usize::from(one)
}

/// The bytes of a run between [`BEFORE`] bytes and one more, zeros where the
/// space ends, and the address of the run modulo 8.
fn read(
    source: &dyn ReadAt,
    image: &Image,
    run: &RandomRun,
) -> io::Result<Option<(u64, Zeroizing<Vec<u8>>)>> {
    let Some(space) = image.spaces.get(run.space as usize) else { return Ok(None) };
    let (start, end) = (run.core.start.saturating_sub(BEFORE as u64), (run.core.end + 1).min(space.length));
    let inner = view::bytes(source, space, start..end)?;
    let missing_before = BEFORE as u64 - (run.core.start - start);
    let missing_after = run.core.end + 1 - end;
    let zeros = |count: u64| std::iter::repeat_n(0, usize::try_from(count).unwrap_or(0));
    let bytes = zeros(missing_before).chain(inner.iter().copied()).chain(zeros(missing_after)).collect();
    let address = space.address.unwrap_or(0).wrapping_add(run.core.start);
    Ok(Some((address % 8, Zeroizing::new(bytes))))
}

/// Every byte of a run with what stands around it.
fn looks(bytes: &[u8]) -> impl Iterator<Item = [u8; LOOK]> {
    bytes.windows(LOOK).filter_map(|look| look.try_into().ok())
}

fn phases(first: u64) -> impl Iterator<Item = usize> {
    (0..8_usize).cycle().skip(usize::try_from(first).unwrap_or(0))
}

/// The parts of a run that blocks without enough gain cover.
fn unexplained(gains: &[[i32; STATISTICS]]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut sums = [0; STATISTICS];
    for (at, gained) in gains.iter().enumerate() {
        let left = at.checked_sub(BLOCK).and_then(|left| gains.get(left)).unwrap_or(&[0; STATISTICS]);
        for ((sum, gained), left) in sums.iter_mut().zip(gained).zip(left) {
            *sum += gained - left;
        }
        if at + 1 < BLOCK || sums.iter().any(|sum| *sum >= EXPLAINED) {
            continue;
        }
        let start = at + 1 - BLOCK;
        match out.last_mut() {
            Some(last) if start <= last.end => last.end = at + 1,
            _ => out.push(start..at + 1),
        }
    }
    out
}

/// What a probability gains on chance, in parts of a bit, never more than in
/// truth. A quarter of chance is mixed in, so that one surprise does not hide
/// ten bytes that were foretold.
fn gain(chance: u64) -> i32 {
    let ratio = (chance * 192 + CERTAIN / 4).max(1);
    let exponent = ratio.ilog2();
    // log2(1 + f) is at least f.
    let fraction = i32::from((ratio << (63 - exponent)).to_be_bytes()[0] & 0x7f) * 2;
    let whole = i32::try_from(exponent).unwrap_or(0) - 32;
    (whole * BIT + fraction).min(BYTE_GAIN_BITS * BIT)
}

/// How often each byte was seen in each of several contexts.
struct Table {
    counts: Vec<u16>,
    totals: Vec<u32>,
    /// How often one byte and its copies in other byte orders may have been counted.
    own: u16,
}

impl Table {
    fn new(contexts: usize, own: u16) -> Self {
        Self { counts: vec![0; contexts * 256], totals: vec![0; contexts], own }
    }

    fn add(&mut self, context: usize, byte: u8) {
        let count = self.counts.get_mut(context * 256 + usize::from(byte));
        if let (Some(count), Some(total)) = (count, self.totals.get_mut(context))
            && *count < u16::MAX
        {
            *count += 1;
            *total += 1;
        }
    }

    /// The probability of a byte, from what was seen elsewhere and a more general
    /// guess that counts as much as `weight` occurrences.
    fn chance(&self, context: usize, byte: u8, general: u64, weight: u64) -> u64 {
        let count = self.counts.get(context * 256 + usize::from(byte)).copied().unwrap_or(0);
        let total = self.totals.get(context).copied().unwrap_or(0);
        (u64::from(count.saturating_sub(self.own)) * CERTAIN + weight * general) / (u64::from(total) + weight)
    }
}

/// Stretches of four bytes that were seen; a few that were not count as seen.
struct Seen {
    bits: Vec<u64>,
}

impl Seen {
    /// 2^26 bits, four for each byte that is learnt from.
    fn new() -> Self {
        Self { bits: vec![0; 1 << 20] }
    }

    /// True the first time.
    fn insert(&mut self, four: [u8; 4]) -> bool {
        // Knuth's multiplicative hash.
        let hash = u32::from_le_bytes(four).wrapping_mul(0x9e37_79b1) >> 6;
        let bit = 1 << (hash & 63);
        let Some(word) = self.bits.get_mut((hash >> 6) as usize) else { return false };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests;
