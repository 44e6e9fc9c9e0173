//! The search for the secrets of an index.

use super::blind::{Blind, Fingerprint};
use super::estimate::distinct;
use super::key::{Key, SCREEN_BITS};
use super::limits::DISTINCT_MIN;
use super::order::{ORDERS, Order};
use super::{material, pads, text, wide};
use crate::material::Hit;
use std::ops::Range;

/// Secrets made ready to be looked for.
#[derive(Debug)]
pub struct Index {
    key: Key,
    secrets: Vec<Blind>,
    /// Coarse fingerprints, sorted, with the secret and which of its fingerprints each belongs to.
    screens: Vec<(u32, u32, u32)>,
    /// One bit for each value of the upper bits of a coarse fingerprint.
    filter: Vec<u64>,
    /// Lower bits of a coarse fingerprint that the filter does not ask for.
    shift: u32,
}

/// Bits of the filter for each fingerprint, as a power of two: one in a thousand is set, and up to a thousand
/// fingerprints the filter fits into the second-level cache.
const FILTER_BITS_PER_ENTRY: u32 = 10;
/// Least and most bits of the filter, as powers of two.
const FILTER_BITS: std::ops::RangeInclusive<u32> = 12..=SCREEN_BITS;

/// A part of a secret that was found.
pub(super) struct Found<'a> {
    pub(super) secret: &'a Blind,
    pub(super) fingerprint: &'a Fingerprint,
    pub(super) value: zeroize::Zeroizing<Vec<u8>>,
    /// Where it stands in what was searched.
    pub(super) range: Range<usize>,
    pub(super) order: &'static Order,
}

impl Index {
    /// Prepares secrets that were made under `key`.
    #[must_use]
    pub fn new(key: Key, secrets: Vec<Blind>) -> Self {
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let mut screens: Vec<(u32, u32, u32)> = secrets
            .iter()
            .enumerate()
            .flat_map(|(secret, blind)| {
                let each = blind.fingerprints.iter().enumerate();
                each.map(move |(index, one)| (one.screen, number(secret), number(index)))
            })
            .collect();
        screens.sort_unstable();
        let bits = screens.len().max(1).ilog2() + FILTER_BITS_PER_ENTRY;
        let bits = bits.clamp(*FILTER_BITS.start(), *FILTER_BITS.end());
        let mut filter = vec![0_u64; 1 << (bits - 6)];
        let shift = SCREEN_BITS - bits;
        for (screen, ..) in &screens {
            let at = screen >> shift;
            if let Some(word) = filter.get_mut(at as usize / 64) {
                *word |= 1 << (at % 64);
            }
        }
        Self { key, secrets, screens, filter, shift }
    }

    /// How many secrets are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.secrets.len()
    }

    /// True if none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Appends the secrets that stand in `bytes`, at any offset: in any order of their words, in UTF-16, or under the
    /// pads of HMAC. Ranges are offsets into `bytes`.
    pub fn scan(&self, bytes: &[u8], out: &mut Vec<Hit>) {
        for (at, window) in bytes.array_windows().enumerate() {
            let word = u64::from_le_bytes(*window);
            if self.may_hold(word) {
                self.whole(bytes, at, word, &mut |found| out.push(material::hit(found, None)));
            }
            if wide::may_be(word) {
                wide::at(self, bytes, at, out);
            }
        }
        pads::scan(self, bytes, out);
    }

    /// Appends the secrets that `characters`, a run of text, encodes in hexadecimal or base64, or writes with escapes.
    /// Ranges count characters.
    pub fn scan_text(&self, characters: &[u8], out: &mut Vec<Hit>) {
        text::scan(self, characters, out);
    }

    /// Gives every part of a secret that stands in `bytes` in some order of words.
    pub(super) fn plain(&self, bytes: &[u8], give: &mut dyn FnMut(Found<'_>)) {
        for (at, window) in bytes.array_windows().enumerate() {
            let word = u64::from_le_bytes(*window);
            if self.may_hold(word) {
                self.whole(bytes, at, word, give);
            }
        }
    }

    /// Whether eight bytes may be the window of a secret.
    #[inline(always)]
    pub(super) fn may_hold(&self, word: u64) -> bool {
        let at = self.key.screen(word) >> self.shift;
        self.filter.get(at as usize / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
    }

    /// The fingerprints whose window may be these eight bytes.
    pub(super) fn candidates(&self, word: u64) -> impl Iterator<Item = (&Blind, &Fingerprint)> {
        // Zeros, pointers and small numbers stand in every second place, and no window is like them.
        let dull = distinct(&word.to_le_bytes()) < DISTINCT_MIN;
        let screen = if dull { u32::MAX } else { self.key.screen(word) };
        let first = self.screens.partition_point(|one| one.0 < screen);
        let same = self.screens.iter().skip(first).take_while(move |one| one.0 == screen);
        same.filter_map(|(_, secret, index)| {
            let secret = self.secrets.get(*secret as usize)?;
            Some((secret, secret.fingerprints.get(*index as usize)?))
        })
    }

    /// Whether a value is what a fingerprint is of.
    pub(super) fn confirms(&self, fingerprint: &Fingerprint, value: &[u8]) -> bool {
        value.len() == fingerprint.length as usize
            && self.key.confirm(fingerprint.part, value) == fingerprint.confirm
    }

    /// Gives every part of a secret around the window at `at`.
    #[cold]
    fn whole(&self, bytes: &[u8], at: usize, word: u64, give: &mut dyn FnMut(Found<'_>)) {
        for (secret, fingerprint) in self.candidates(word) {
            let (length, window_at) = (fingerprint.length as usize, fingerprint.at as usize);
            for order in
                ORDERS.iter().filter(|order| order.of_text || !secret.is_text || fingerprint.part.is_bytes())
            {
                let Some(start) = order.start(at, window_at, length) else { continue };
                let Some(there) = bytes.get(start..start.saturating_add(length)) else { continue };
                let value = order.undo(there);
                if self.confirms(fingerprint, &value) {
                    give(Found { secret, fingerprint, value, range: start..start + length, order });
                    break;
                }
            }
        }
    }
}
