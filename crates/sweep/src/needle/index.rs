//! Which places of which patterns hold a word.

use super::Pattern;
use super::filter::{Filter, GRAMS, bucket_of, word};
use crate::limits::CHAIN_MAX;
use zeroize::Zeroizing;

/// All patterns, end to end, and their seeds by hash. A place is an index
/// into the bytes of all patterns.
pub(super) struct Index {
    bytes: Zeroizing<Vec<u8>>,
    /// Where each pattern starts in `bytes`, and the length of `bytes`.
    starts: Vec<usize>,
    rules: Vec<Rule>,
    filter: Filter,
    /// The places of seeds, by bucket; unused ones at the end of a bucket
    /// point to the end of `bytes`.
    places: Zeroizing<Vec<usize>>,
    /// Where each bucket starts in `places`, and the length of `places`.
    buckets: Zeroizing<Vec<usize>>,
}

/// How a pattern is matched.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// Least number of bytes of a match.
    pub(super) min: usize,
    /// Whether a match goes on over line breaks.
    pub(super) over_breaks: bool,
    /// Whether any window of it is a seed.
    has_seed: bool,
    /// Which of its windows may be.
    may_be_seed: fn([u8; 8]) -> bool,
}

impl Index {
    pub(super) fn build(patterns: Vec<Pattern>) -> Self {
        let total = patterns.iter().map(|pattern| pattern.bytes.len()).sum();
        // Reserved at once: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(total));
        let mut starts = Vec::with_capacity(patterns.len() + 1);
        let mut rules = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            starts.push(bytes.len());
            bytes.extend_from_slice(&pattern.bytes);
            let has_seed = pattern.bytes.array_windows().any(|window| is_seed(u64::from_le_bytes(*window)));
            let min = pattern.min.max(8).min(pattern.bytes.len());
            let Pattern { over_breaks, may_be_seed, .. } = pattern;
            rules.push(Rule { min, over_breaks, has_seed, may_be_seed });
        }
        starts.push(bytes.len());
        let seeds = || all_seeds(&bytes, &starts, &rules);
        let (mut count, mut spans, mut next) = (0, 0, None);
        for (place, _) in seeds() {
            count += 1;
            spans += usize::from(next != Some(place));
            next = Some(place + 1);
        }
        // Neighbouring seeds share all of their grams but one.
        let mut filter = Filter::for_words(count, count + (GRAMS - 1) * spans);
        seeds().for_each(|(_, word)| filter.add(word));
        let (places, buckets) = fill(&bytes, seeds);
        Self { bytes, starts, rules, filter, places, buckets }
    }

    /// Number of patterns.
    pub(super) fn patterns(&self) -> usize {
        self.rules.len()
    }

    /// Number of places that are indexed.
    pub(super) fn seeds(&self) -> usize {
        self.places.iter().filter(|place| **place < self.bytes.len()).count()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let table = size_of_val(self.places.as_slice()) + size_of_val(self.buckets.as_slice());
        self.bytes.len() + table + self.filter.memory_bytes()
    }

    pub(super) fn has_seed(&self, pattern: usize) -> bool {
        self.rules.get(pattern).is_some_and(|rule| rule.has_seed)
    }

    /// How a pattern is matched; of none, never.
    pub(super) fn rule(&self, pattern: usize) -> Rule {
        let never =
            Rule { min: usize::MAX, over_breaks: false, has_seed: false, may_be_seed: super::any_seed };
        self.rules.get(pattern).copied().unwrap_or(never)
    }

    /// The bytes of a pattern.
    pub(super) fn bytes(&self, pattern: usize) -> &[u8] {
        let bounds = self.starts.get(pattern).zip(self.starts.get(pattern + 1));
        bounds.and_then(|(start, end)| self.bytes.get(*start..*end)).unwrap_or_default()
    }

    /// The pattern that holds a place, and where in it.
    pub(super) fn locate(&self, place: usize) -> (usize, usize) {
        let pattern = self.starts.partition_point(|start| *start <= place).saturating_sub(1);
        let start = self.starts.get(pattern).copied().unwrap_or(0);
        (pattern, place - start)
    }

    /// Gives every word of a window that may be a seed.
    pub(super) fn visit(&self, window: &[u8], mut give: impl FnMut(usize, u64)) {
        self.filter.visit(window, |at, word| {
            if is_seed(word) {
                give(at, word);
            }
        });
    }

    /// The places that hold a word, in the order of patterns.
    pub(super) fn places(&self, seed: u64) -> impl Iterator<Item = usize> {
        let bucket = bucket_of(seed, self.buckets.len() - 1);
        let bounds = self.buckets.get(bucket).zip(self.buckets.get(bucket + 1));
        let places = bounds.and_then(|(start, end)| self.places.get(*start..*end)).unwrap_or_default();
        places.iter().copied().filter(move |place| word(&self.bytes, *place) == seed)
    }
}

/// Up to four zero bytes and not one byte eight times: see the module.
fn is_seed(word: u64) -> bool {
    let bytes = word.to_le_bytes();
    bytes.iter().filter(|byte| **byte == 0).count() <= 4 && word != word.rotate_left(8)
}

/// Every place of every pattern that holds a seed, and the seed.
fn all_seeds(bytes: &[u8], starts: &[usize], rules: &[Rule]) -> impl Iterator<Item = (usize, u64)> {
    starts.array_windows().zip(rules).flat_map(move |([start, end], rule)| {
        let windows = bytes.get(*start..*end).unwrap_or_default().array_windows();
        let words = windows.map(|window| u64::from_le_bytes(*window));
        let wanted = |word: u64| is_seed(word) && (rule.may_be_seed)(word.to_le_bytes());
        words
            .enumerate()
            .filter(move |(_, word)| wanted(*word))
            .map(move |(offset, word)| (start + offset, word))
    })
}

/// Sorts seeds into buckets: places by bucket, and where each bucket starts.
fn fill<S: Iterator<Item = (usize, u64)>>(
    bytes: &[u8],
    seeds: impl Fn() -> S,
) -> (Zeroizing<Vec<usize>>, Zeroizing<Vec<usize>>) {
    let count = seeds().count();
    // One to two seeds a bucket: 4 to 8 bytes a seed.
    let buckets = count.next_power_of_two().div_ceil(2);
    let mut starts = Zeroizing::new(vec![0; buckets + 1]);
    for (_, word) in seeds() {
        if let Some(after) = starts.get_mut(bucket_of(word, buckets) + 1) {
            *after += 1;
        }
    }
    let mut sum = 0;
    for start in starts.iter_mut() {
        sum += *start;
        *start = sum;
    }
    let unused = bytes.len();
    let mut places = Zeroizing::new(vec![unused; count]);
    for (place, seed) in seeds() {
        let bucket = bucket_of(seed, buckets);
        let bounds = starts.get(bucket).zip(starts.get(bucket + 1));
        let bucket = bounds.and_then(|(start, end)| places.get_mut(*start..*end)).unwrap_or_default();
        let mut same = 0;
        let free = bucket.iter_mut().find(|taken| {
            same += usize::from(word(bytes, **taken) == seed);
            **taken == unused
        });
        if let Some(free) = free.filter(|_| same < CHAIN_MAX) {
            *free = place;
        }
    }
    (places, starts)
}
