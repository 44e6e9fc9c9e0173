//! Where secret polynomials may stand: ranges of words or fields that keep below a bound, and
//! in them the sums that a secret has.
//!
//! The screens look at a few words every half polynomial; a range that they strike is followed
//! to both ends. The transform of a secret then shows by one sum (see [`Ring::may_be_sum`])
//! that moves along with the offset.

use super::ring::{DEGREE, DSA, KEM, Ring, Small};
use super::set::{Bits, PACKED_BYTES};
use std::ops::Range;

/// Secret polynomials one behind the other.
pub(super) struct Run {
    /// Offset of the first.
    pub(super) start: usize,
    /// Bytes of each.
    pub(super) width: usize,
    /// What they are the transforms of.
    pub(super) polynomials: Vec<Small>,
}

/// Words that [`words`] looks at in one place.
const PROBE_WORDS: usize = 8;

/// A kind of word in which transformed coefficients are kept.
struct Form {
    ring: &'static Ring,
    /// Words between two places that are looked at: with those, no polynomial is stepped over.
    stride: usize,
    /// Largest absolute value: coefficients are kept below q, or reduced seldom.
    bound: u32,
}

/// ML-KEM in 16 bits: `uint16_t` below q (OpenSSL, Go, `RustCrypto`), `int16_t` between -q and q
/// (the reference code, mlkem-native, Bouncy Castle).
pub(super) fn words_of_kem(bytes: &[u8], phase: usize, out: &mut Vec<Run>) {
    let form = Form { ring: &KEM, stride: DEGREE - PROBE_WORDS, bound: 3328 };
    words(bytes, phase, &form, |word: [u8; 2]| i32::from(i16::from_le_bytes(word)), out);
}

/// ML-DSA in 32 bits: below q (OpenSSL, Go, `RustCrypto`), or of either sign and below 9 q, as
/// the transform of the reference code leaves them.
pub(super) fn words_of_dsa(bytes: &[u8], phase: usize, out: &mut Vec<Run>) {
    let form = Form { ring: &DSA, stride: DEGREE - PROBE_WORDS, bound: 9 * 8_380_417 };
    words(bytes, phase, &form, i32::from_le_bytes, out);
}

/// Finds secrets among the words of `bytes` that begin at multiples of their size from `phase` on.
fn words<const N: usize>(
    bytes: &[u8],
    phase: usize,
    form: &Form,
    read: impl Fn([u8; N]) -> i32,
    out: &mut Vec<Run>,
) {
    let (words, _) = bytes.get(phase..).unwrap_or_default().as_chunks::<N>();
    let fits = |word: &[u8; N]| read(*word).unsigned_abs() <= form.bound;
    let mut at = 0;
    while let Some(probe) = words.get(at..at + PROBE_WORDS) {
        let is_large = |word: &&[u8; N]| read(**word).unsigned_abs() >= form.ring.large();
        if !probe.iter().all(fits) || probe.iter().filter(is_large).count() < PROBE_WORDS / 4 {
            at += form.stride;
            continue;
        }
        let before = words.get(..at).unwrap_or_default();
        let start =
            at - before.iter().rev().take(form.stride + PROBE_WORDS).take_while(|word| fits(word)).count();
        let behind = words.get(start..).unwrap_or_default();
        let length = behind.iter().position(|word| !fits(word)).unwrap_or(behind.len());
        let range = behind.get(..length).unwrap_or_default();
        at = (start + length).max(at + form.stride);
        // The second half of one polynomial or the first of the next lies in a chunk whole.
        let is_dense = |chunk: &[[u8; N]]| chunk.iter().filter(is_large).count() >= HALF_LARGE_MIN;
        if !range.chunks_exact(DEGREE / 2).any(is_dense) {
            continue;
        }
        let range = zeroize::Zeroizing::new(range.iter().map(|word| read(*word)).collect::<Vec<i32>>());
        for (offset, polynomials) in secrets(form.ring, &range) {
            out.push(Run { start: phase + (start + offset) * N, width: DEGREE * N, polynomials });
        }
    }
}

/// Fewest coefficients of a transformed polynomial that are as large as [`Ring::large`]. They
/// are as good as random below q, so that 217 of 256 are expected for ML-KEM with signs, and more
/// for the others: fewer than this is seven standard deviations away.
const LARGE_MIN: usize = 176;

/// The same of half a polynomial: 109 of 128 are expected, seven standard deviations more.
const HALF_LARGE_MIN: usize = 80;

/// Places passed over at once from which on sums are made anew instead of moved along.
const MOVES_MAX: usize = 16;

/// The secrets among transformed coefficients: where they begin, and all that follow at once.
fn secrets(ring: &Ring, values: &[i32]) -> Vec<(usize, Vec<Small>)> {
    let mut out: Vec<(usize, Vec<Small>)> = Vec::new();
    let step = ring.step();
    let sum = |from: usize| -> i64 {
        values
            .get(from..from + DEGREE)
            .unwrap_or_default()
            .iter()
            .step_by(step)
            .map(|value| i64::from(*value))
            .sum()
    };
    let is_large = |value: &&i32| value.unsigned_abs() >= ring.large();
    let Some(last) = values.len().checked_sub(DEGREE) else { return out };
    let (mut at, mut here, mut next, mut large) = (0, 0, 0, 0_usize);
    let mut fresh = true;
    while at <= last {
        if fresh {
            large = values.iter().skip(at).take(DEGREE).filter(is_large).count();
        }
        // A move brings one more large coefficient at most.
        let lacking = LARGE_MIN.saturating_sub(large);
        if lacking > MOVES_MAX {
            (at, fresh) = (at + lacking, true);
            continue;
        }
        if fresh {
            (here, fresh) = (sum(at), false);
            next = if step == 2 { sum_odd(values, at) } else { here };
        }
        let may_be = lacking == 0 && ring.may_be_sum(here) && (step == 1 || ring.may_be_sum(next));
        let window = values.get(at..at + DEGREE).unwrap_or_default();
        if let Some(secret) = may_be.then(|| ring.secret(window)).flatten() {
            match out.last_mut() {
                Some((start, run)) if *start + run.len() * DEGREE == at => run.push(secret),
                _ => out.push((at, vec![secret])),
            }
            at += DEGREE;
            fresh = true;
            continue;
        }
        let (left, come) =
            (values.get(at).copied().unwrap_or(0), values.get(at + DEGREE).copied().unwrap_or(0));
        large = (large + usize::from(is_large(&&come))).saturating_sub(usize::from(is_large(&&left)));
        let moved = here - i64::from(left) + i64::from(come);
        (here, next) = if step == 2 { (next, moved) } else { (moved, moved) };
        at += 1;
    }
    out
}

/// The sum of the odd coefficients.
fn sum_odd(values: &[i32], at: usize) -> i64 {
    let window = values.get(at..at + DEGREE).unwrap_or_default();
    window.iter().skip(1).step_by(2).map(|value| i64::from(*value)).sum()
}

/// Secrets of ML-KEM in twelve bits a coefficient (FIPS 203, algorithm 5), within `range`.
/// `ends` receives the ends of all ranges of two polynomials and more: behind those of a public
/// key stands its rho.
pub(super) fn packed_of_kem(bytes: &[u8], range: Range<usize>, out: &mut Vec<Run>, ends: &mut Vec<usize>) {
    for phase in 0..3 {
        let mut at = range.start + phase;
        while at + PACKED_BYTES <= range.end {
            let Some(window) = bytes.get(at..at + PACKED_BYTES) else { break };
            let (groups, _) = window.as_chunks::<3>();
            if let Some(bad) = groups.iter().rposition(|group| !fits(*group)) {
                at += 3 * (bad + 1);
                continue;
            }
            let (groups, _) = bytes.get(at..range.end).unwrap_or_default().as_chunks::<3>();
            let values = groups.iter().take_while(|group| fits(**group)).flat_map(|group| pair(*group));
            let values = zeroize::Zeroizing::new(values.collect::<Vec<i32>>());
            for (offset, polynomials) in secrets(&KEM, &values) {
                // A pair is three bytes; at an odd offset no polynomial begins.
                if offset % 2 == 0 {
                    out.push(Run { start: at + offset / 2 * 3, width: PACKED_BYTES, polynomials });
                }
            }
            at += values.len() / 2 * 3;
            if values.len() >= 2 * DEGREE {
                ends.push(at);
            }
            at += 3;
        }
    }
}

/// The two coefficients of three bytes.
pub(super) fn pair([low, middle, high]: [u8; 3]) -> [i32; 2] {
    let (low, middle, high) = (i32::from(low), i32::from(middle), i32::from(high));
    [low | (middle & 15) << 8, middle >> 4 | high << 4]
}

fn fits(group: [u8; 3]) -> bool {
    pair(group).iter().all(|value| *value < 3329)
}

/// Bytes between two places at which [`fields`] looks: two polynomials of three bits hold one.
const FIELDS_STRIDE: usize = 184;

/// Fewest bytes of a range of fields: the screen looks no closer, and the shares of the values
/// are certain.
const FIELDS_BYTES_MIN: usize = 192;

/// Ranges in which every field of three or four bits keeps below the bound of a secret vector
/// of ML-DSA, with every value about as often as the others.
pub(super) fn fields(bytes: &[u8], bits: Bits, out: &mut Vec<Range<usize>>) {
    let group = bits.group_bytes();
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let zeros = word.iter().filter(|byte| **byte == 0).count();
        let word = u64::from_le_bytes(*word);
        let phase = (0..group).find(|phase| zeros < 3 && is_small(word >> (8 * phase), bits));
        let range = phase.and_then(|phase| field_range(bytes, at + phase, bits));
        let Some(range) = range else {
            at += FIELDS_STRIDE;
            continue;
        };
        at = range.end.max(at + FIELDS_STRIDE);
        if range.len() >= FIELDS_BYTES_MIN && is_even(bytes.get(range.clone()).unwrap_or_default(), bits) {
            out.push(range);
        }
    }
}

/// Whether the fields of a word keep below the bound; those that are cut off count as small.
fn is_small(word: u64, bits: Bits) -> bool {
    match bits {
        // More than 4 is the top bit and another.
        Bits::Three => word >> 2 & (word >> 1 | word) & 0x2492_4924_9249 == 0,
        // More than 8 is the top bit and another.
        Bits::Four => word >> 3 & (word >> 2 | word >> 1 | word) & 0x1111_1111_1111_1111 == 0,
    }
}

/// The groups around an offset that keep below the bound.
fn field_range(bytes: &[u8], at: usize, bits: Bits) -> Option<Range<usize>> {
    let group = bits.group_bytes();
    let fits = |group: &[u8]| bits.read(group).all(|value| value <= bits.largest());
    let before = bytes.get(..at)?;
    let start =
        at - before.rchunks_exact(group).take(FIELDS_STRIDE).take_while(|one| fits(one)).count() * group;
    let length = bytes.get(start..)?.chunks_exact(group).take_while(|one| fits(one)).count() * group;
    Some(start..start + length)
}

/// Whether every value has its share of the fields, more or less: in few of them, chance is
/// great.
fn is_even(bytes: &[u8], bits: Bits) -> bool {
    let mut counts = [0_usize; 9];
    let mut total = 0;
    for value in bits.read(bytes) {
        total += 1;
        if let Some(count) = counts.get_mut(usize::from(value)) {
            *count += 1;
        }
    }
    let share = total / (usize::from(bits.largest()) + 1);
    counts
        .iter()
        .take(usize::from(bits.largest()) + 1)
        .all(|count| (share / 2..=share * 3 / 2).contains(count))
}

/// Fewest words of a vector that is kept as it was drawn.
const DRAWN_WORDS_MIN: usize = 200;

/// Ranges of 32-bit words between -4 and 4 modulo q or with a sign, as a secret vector of
/// ML-DSA is before its transform: every word one of nine or of five, as if drawn.
pub(super) fn drawn(bytes: &[u8], phase: usize, out: &mut Vec<(usize, Vec<i8>, bool)>) {
    let (words, _) = bytes.get(phase..).unwrap_or_default().as_chunks::<4>();
    let mut at = 0;
    while let Some(probe) = words.get(at..at + PROBE_WORDS) {
        let is_negative = |word: &[u8; 4]| drawn_word(*word).is_some_and(|(value, _)| value < 0);
        let is_hit = probe.iter().all(|word| drawn_word(*word).is_some()) && probe.iter().any(is_negative);
        if !is_hit {
            at += DEGREE / 2;
            continue;
        }
        let read = |word: &[u8; 4]| drawn_word(*word);
        let before = words.get(..at).unwrap_or_default().iter().rev();
        let start = at - before.take(DEGREE).take_while(|word| read(word).is_some()).count();
        let values: Vec<(i8, bool)> = words.get(start..).unwrap_or_default().iter().map_while(read).collect();
        at = (start + values.len()).max(at + DEGREE / 2);
        let zeros = values.iter().take_while(|(value, _)| *value == 0).count();
        let modular = values.iter().filter(|(_, modular)| *modular).count();
        let negative = values.iter().filter(|(value, _)| *value < 0).count();
        let mut small: Vec<i8> = values.iter().skip(zeros).map(|(value, _)| *value).collect();
        small.truncate(small.iter().rposition(|value| *value != 0).map_or(0, |last| last + 1));
        let is_kind = modular == 0 || modular == negative;
        if small.len() >= DRAWN_WORDS_MIN && is_kind && is_drawn(&small) {
            out.push((phase + (start + zeros) * 4, small, modular > 0));
        }
    }
}

/// Whether numbers look drawn at random from -2 to 2 or from -4 to 4 (eta in FIPS 204, table 1): each value about as often as
/// the others, and seldom twice in a row. Of two hundred, each of nine values comes 22 times, give or take five.
fn is_drawn(small: &[i8]) -> bool {
    let largest = small.iter().map(|value| usize::from(value.unsigned_abs())).max().unwrap_or(0);
    if largest != 2 && largest != 4 {
        return false;
    }
    let share = small.len() / (2 * largest + 1);
    let mut counts = [0_usize; 9];
    for value in small {
        if let Some(count) = usize::try_from(value + 4).ok().and_then(|index| counts.get_mut(index)) {
            *count += 1;
        }
    }
    let mut own = counts.iter().skip(4 - largest).take(2 * largest + 1);
    let twice = small.array_windows().filter(|[one, next]| one == next).count();
    own.all(|count| (share / 4..=share * 2).contains(count)) && twice * 5 < small.len() * 2
}

/// The small number that a word is, and whether it is a negative one modulo q.
fn drawn_word(word: [u8; 4]) -> Option<(i8, bool)> {
    let value = i32::from_le_bytes(word);
    let modular = value.wrapping_sub(8_380_417);
    let near = |value: i32| i8::try_from(value).ok().filter(|value| (-4..=4).contains(value));
    near(value)
        .map(|value| (value, false))
        .or_else(|| near(modular).filter(|value| *value < 0).map(|value| (value, true)))
}
