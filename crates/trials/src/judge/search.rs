//! Every fragment of every form, in one pass.

use crate::judge::Form;

/// Bits of the filter that most places fail.
const FILTER_BITS: u32 = 24;

/// Zero bytes among the eight of a seed from which on it says nothing. Three
/// others are enough: 25 bits in eight bytes have no more in every second word.
const ZEROS_MAX: usize = 6;

/// Bytes of a fragment that are not zero, at least: fewer stand in any large dump by chance.
const TELLING_MIN: usize = 6;

/// Hits after which a form is sought no more.
const HITS_MAX: usize = 100_000;

/// A fragment of a form in a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index of the form.
    pub form: usize,
    /// Offset in the dump, in bytes.
    pub at: usize,
    /// Length in the dump, in bytes.
    pub length: usize,
}

/// Eight bytes of a form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seed {
    word: u64,
    form: usize,
    at: usize,
}

/// Finds every fragment of `forms` that is long enough to count.
#[must_use]
pub fn search(dump: &[u8], forms: &[Form]) -> Vec<Hit> {
    let seeds = seeds(forms);
    let mut filter = vec![0_u64; 1 << (FILTER_BITS - 6)];
    for seed in &seeds {
        let bit = filter_bit(seed.word);
        filter[bit >> 6] |= 1 << (bit & 63);
    }
    let mut hits = Vec::new();
    let mut ends = vec![(0, 0_usize); forms.len()];
    for (at, bytes) in dump.windows(8).enumerate() {
        let Ok(bytes) = bytes.try_into() else { continue };
        let word = u64::from_le_bytes(bytes);
        let bit = filter_bit(word);
        if filter[bit >> 6] >> (bit & 63) & 1 == 0 {
            continue;
        }
        let first = seeds.partition_point(|seed| seed.word < word);
        for seed in seeds[first..].iter().take_while(|seed| seed.word == word) {
            let (end, count) = ends[seed.form];
            if at + 8 <= end || count > HITS_MAX {
                continue;
            }
            let (from, to, matched) = extend(dump, at, &forms[seed.form], seed.at);
            let telling = dump[from..to].iter().filter(|byte| **byte != 0).count();
            if matched >= forms[seed.form].least && telling >= TELLING_MIN {
                hits.push(Hit { form: seed.form, at: from, length: to - from });
                ends[seed.form] = (to, count + 1);
            }
        }
    }
    hits.extend(short(dump, forms));
    hits
}

/// All windows of eight bytes of all forms, sorted; those of mostly zeros say nothing.
fn seeds(forms: &[Form]) -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (form, pattern) in forms.iter().enumerate() {
        for (at, window) in pattern.bytes.windows(8).enumerate() {
            let zeros = window.iter().filter(|&&byte| byte == 0).count();
            if let (true, Ok(bytes)) = (zeros < ZEROS_MAX, window.try_into()) {
                seeds.push(Seed { word: u64::from_le_bytes(bytes), form, at });
            }
        }
    }
    seeds.sort_unstable();
    seeds
}

/// The filter's bit of a word.
fn filter_bit(word: u64) -> usize {
    usize::try_from(word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS)).unwrap_or_default()
}

/// Widens a match of eight bytes at `at` and `inside` the form: its first
/// byte, what follows its last, and how many bytes of the form it shows.
fn extend(dump: &[u8], at: usize, form: &Form, inside: usize) -> (usize, usize, usize) {
    let (mut from, mut first) = (at, inside);
    while first > 0 {
        let skip = if form.wraps { break_before(dump, from) } else { 0 };
        let Some(next) = [0, skip].into_iter().find_map(|skip| {
            let next = from.checked_sub(skip + 1)?;
            (dump[next] == form.bytes[first - 1]).then_some(next)
        }) else {
            break;
        };
        (from, first) = (next, first - 1);
    }
    let (mut to, mut last) = (at + 8, inside + 8);
    while last < form.bytes.len() {
        let skip = if form.wraps { break_after(dump, to) } else { 0 };
        let Some(next) = [0, skip].into_iter().find_map(|skip| {
            let next = to + skip;
            (dump.get(next) == Some(&form.bytes[last])).then_some(next + 1)
        }) else {
            break;
        };
        (to, last) = (next, last + 1);
    }
    (from, to, last - first)
}

/// Line breaks, also written out as in JSON.
const BREAKS: [&[u8]; 4] = [b"\r\n", b"\n", b"\\r\\n", b"\\n"];

/// Length of the line break that ends before `at`.
fn break_before(dump: &[u8], at: usize) -> usize {
    BREAKS.iter().find(|word| dump[..at].ends_with(word)).map_or(0, |word| word.len())
}

/// Length of the line break at `at`.
fn break_after(dump: &[u8], at: usize) -> usize {
    BREAKS.iter().find(|word| dump[at..].starts_with(word)).map_or(0, |word| word.len())
}

/// Forms of fewer than eight bytes, whole.
fn short(dump: &[u8], forms: &[Form]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (form, pattern) in forms.iter().enumerate().filter(|(_, pattern)| pattern.bytes.len() < 8) {
        let places = dump.windows(pattern.bytes.len()).enumerate();
        let found = places.filter(|(_, window)| *window == pattern.bytes);
        hits.extend(found.map(|(at, window)| Hit { form, at, length: window.len() }));
    }
    hits
}
