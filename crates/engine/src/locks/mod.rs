//! Keys of HMAC by the tokens in the dump that they sign, and passphrases by the encrypted keys in the dump that they open:
//! a pass over memory, if there is such a token or key.
//!
//! A key whose passphrase lies beside it is as good as not encrypted, so it goes like any other, and the passphrase with it.
//! Words are tried as far as a bound on the work allows, and where one try costs thousands of hashes only what looks like
//! a passphrase: how many were not is a remark. Tokens and encrypted keys themselves are reported in any case, and words that
//! no rule names are looked for by no other detector.

mod candidate;
mod lock;

#[cfg(test)]
mod tests;

use crate::detect;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting};
use crate::progress::Progress;
use crate::view::{self, Window};
use candidate::Shape;
use coredact_dump::{Image, ReadAt};
use coredact_keys::derived::{KEY_BYTES_MAX, KEY_BYTES_MIN};
use coredact_keys::{Certainty, Kind, Notation, encoded, locked};
use lock::Lock;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use zeroize::Zeroizing;

/// Words that are tried on what costs little, over all windows: half a microsecond each.
const WORDS_MAX: usize = 1 << 24;

/// Words that are tried for one window at least.
const WORDS_PER_WINDOW_MIN: usize = 1 << 10;

/// What a try may cost if every word is tried, in blocks that are hashed.
const CHEAP: u64 = 8;

/// Phrases of one window that are remembered for what costs more.
const PHRASES_PER_WINDOW_MAX: usize = 1 << 12;

/// Blocks that are hashed, over all phrases: some ten seconds of one processor.
const BLOCKS_MAX: u64 = 1 << 26;

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tried {
    /// Possible keys of tokens that a limit left out.
    pub words_skipped: u64,
    /// Phrases that were not tried on an encrypted key.
    pub phrases_skipped: u64,
    /// Encrypted keys that a phrase has opened.
    pub opened: u64,
}

/// How a key is written that was opened.
const ENCRYPTED: &str = "encrypted, with its passphrase in the dump";

/// A key or phrase.
type Word = Zeroizing<Vec<u8>>;

/// BLAKE3 of a word, by which it is told from the others.
type Digest = [u8; 32];

fn digest(word: &[u8]) -> Digest {
    *blake3::hash(word).as_bytes()
}

/// Words by what they are called and the indexes of what they open.
type Opening = BTreeMap<(Digest, usize), Word>;

/// Where something stands: index of the space, and the place in it.
type Place = (usize, Range<u64>);

/// Looks for what opens the tokens and keys in the ledger and adds it.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn prove(
    source: &dyn ReadAt,
    image: &Image,
    ledger: &mut Ledger,
    progress: &dyn Progress,
) -> Result<Tried, Error> {
    let locks = Lock::all(source, ledger)?;
    if locks.is_empty() {
        return Ok(Tried::default());
    }
    let pass = Pass { source, image, windows: view::windows(image), progress };
    let (cheap, dear): (Vec<usize>, Vec<usize>) =
        (0..locks.len()).partition(|lock| locks.get(*lock).is_some_and(|lock| lock.cost() <= CHEAP));
    let mut tried = Tried::default();
    // One word may open several.
    let mut opening: Opening = BTreeMap::new();
    let (mut named, mut phrases): (BTreeMap<Digest, Word>, BTreeMap<Digest, Word>) = Default::default();
    let words = (WORDS_MAX / pass.windows.len().max(1) / cheap.len().max(1)).max(WORDS_PER_WINDOW_MIN);
    let trial = Trial { image, locks: &locks, cheap: &cheap, words, phrases: !dear.is_empty() };
    for one in pass.over(|bytes, window| trial.of(bytes, window))? {
        tried.words_skipped += one.skipped;
        opening.extend(one.opening.into_iter().map(|(word, lock)| ((digest(&word), lock), word)));
        named.extend(one.named.into_iter().map(|phrase| (digest(&phrase), phrase)));
        phrases.extend(one.phrases.into_iter().map(|phrase| (digest(&phrase), phrase)));
    }
    let phrases = in_order(ledger, named, phrases);
    for (index, lock) in dear.into_iter().filter_map(|index| Some((index, locks.get(index)?))) {
        let most = usize::try_from(BLOCKS_MAX / lock.cost().max(1)).unwrap_or(usize::MAX);
        let found = phrases.par_iter().take(most).find_first(|phrase| lock.is_opened_by(phrase));
        if found.is_none() {
            tried.phrases_skipped += phrases.len().saturating_sub(most) as u64;
        }
        opening.extend(found.map(|phrase| ((digest(phrase), index), phrase.clone())));
    }
    if opening.is_empty() {
        return Ok(tried);
    }
    let places = pass.over(|bytes, window| places(&opening, bytes, window))?;
    let places: Vec<(Digest, Place)> = places.into_iter().flatten().collect();
    for ((name, lock), word) in &opening {
        let own = places.iter().filter(|(of, _)| of == name);
        let seen = own.filter_map(|(_, (space, place))| {
            Some(view::file_ranges(image.spaces.get(*space)?, place.clone()))
        });
        let seen: Vec<Range<u64>> = seen.flatten().collect();
        if let Some(lock) = locks.get(*lock) {
            tried.opened += u64::from(conclude(ledger, lock, word, seen));
        }
    }
    Ok(tried)
}

/// Adds what a word has opened, and the word. Returns whether it was a key.
fn conclude(ledger: &mut Ledger, lock: &Lock, word: &[u8], seen: Vec<Range<u64>>) -> bool {
    let sighting = |form: &'static str| {
        move |file: Range<u64>| Sighting { file, component: "secret", form: form.to_owned() }
    };
    let places: Vec<Sighting> = seen.into_iter().map(sighting("as it is")).collect();
    let Lock::Key(entry, key) = lock else {
        if let Lock::Token(token) = lock {
            ledger.add(detect::enrich(token.material(word)), places);
        }
        return false;
    };
    ledger.add(locked::passphrase(word), places);
    let Some((entry, plain)) = ledger.entries_mut().get_mut(*entry).zip(key.open(word)) else { return false };
    // What is as good as not encrypted goes like what is not.
    entry.material.certainty = Certainty::Proven;
    let at: Vec<Range<u64>> = entry.sightings.iter().map(|one| one.file.clone()).collect();
    let mut hits = Vec::new();
    encoded::scan_binary(&plain, &mut hits);
    for hit in hits.into_iter().filter(|hit| !encoded::is_cut(hit)) {
        let whole = |file: Range<u64>| Sighting { file, component: "whole", form: ENCRYPTED.to_owned() };
        ledger.add(detect::enrich(hit.material), at.iter().cloned().map(whole).collect::<Vec<_>>());
    }
    true
}

/// A pass over all windows.
struct Pass<'a> {
    source: &'a dyn ReadAt,
    image: &'a Image,
    windows: Vec<Window>,
    progress: &'a dyn Progress,
}

impl Pass<'_> {
    /// What `look` sees in each window that is not all zeros, in their order.
    fn over<T: Send>(&self, look: impl Fn(&[u8], Window) -> T + Sync) -> Result<Vec<T>, Error> {
        self.progress.begin("proving", self.windows.iter().map(|window| window.own).sum());
        let seen =
            self.windows.par_iter().map_init(Word::default, |buffer, window| -> Result<Option<T>, Error> {
                self.progress.advance(window.own);
                let Some(space) = self.image.spaces.get(window.space) else { return Ok(None) };
                if view::is_zero(self.source, space, *window) {
                    return Ok(None);
                }
                view::read(self.source, space, *window, buffer).map_err(Error::read)?;
                Ok(Some(look(buffer, *window)))
            });
        let seen: Vec<Option<T>> = seen.collect::<Result<_, Error>>()?;
        self.progress.end();
        Ok(seen.into_iter().flatten().collect())
    }
}

/// What is tried in each window.
struct Trial<'a> {
    image: &'a Image,
    locks: &'a [Lock],
    /// Indexes of those on which every word is tried.
    cheap: &'a [usize],
    /// How many words.
    words: usize,
    /// Whether phrases are wanted.
    phrases: bool,
}

/// What one window gave.
#[derive(Default)]
struct Seen {
    /// Words, and the indexes of what they open.
    opening: Vec<(Word, usize)>,
    phrases: Vec<Word>,
    /// Phrases behind the name of a secret.
    named: Vec<Word>,
    skipped: u64,
}

impl Trial<'_> {
    fn of(&self, bytes: &[u8], window: Window) -> Seen {
        let mut seen = Seen::default();
        let mut asked = BTreeSet::new();
        let phrases = self.phrases && self.is_written(window);
        candidate::all(bytes, &mut |_, word, shape| {
            let list = match shape {
                Shape::Named => Some(&mut seen.named),
                Shape::Phrase => Some(&mut seen.phrases),
                Shape::Other => None,
            };
            if let Some(list) = list.filter(|list| phrases && list.len() < PHRASES_PER_WINDOW_MAX) {
                list.push(Zeroizing::new(word.to_vec()));
            }
            let is_key = !self.cheap.is_empty() && (KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&word.len());
            if !is_key || !asked.insert(digest(word)) {
                return;
            }
            if asked.len() > self.words {
                seen.skipped += 1;
                return;
            }
            let opens = |lock: &&usize| self.locks.get(**lock).is_some_and(|lock| lock.is_opened_by(word));
            let opened = self.cheap.iter().filter(opens);
            seen.opening.extend(opened.map(|lock| (Zeroizing::new(word.to_vec()), *lock)));
        });
        seen
    }

    /// Whether the process could write there: passphrases are read, typed or given, and stand in no program.
    fn is_written(&self, window: Window) -> bool {
        let Some(space) = self.image.spaces.get(window.space) else { return false };
        view::pieces(space, window.start..window.start + window.own).any(|piece| piece.access.write)
    }
}

/// Phrases in the order in which they are tried: credentials that were found, what stands behind names of secrets, then the
/// others as chance has it, so that a bound leaves out no part of memory more than another.
fn in_order(
    ledger: &Ledger,
    mut named: BTreeMap<Digest, Word>,
    mut phrases: BTreeMap<Digest, Word>,
) -> Vec<Word> {
    let found =
        ledger.entries().iter().filter(|one| matches!(one.material.kind, Kind::Credential | Kind::Token));
    let texts = found.flat_map(|one| &one.material.components).filter(|one| one.notation == Notation::Text);
    let mut out: Vec<Word> = texts.map(|one| Zeroizing::new(one.value.bytes().to_vec())).collect();
    for known in &out {
        named.remove(&digest(known));
        phrases.remove(&digest(known));
    }
    phrases.retain(|name, _| !named.contains_key(name));
    out.extend(named.into_values());
    out.extend(phrases.into_values());
    out
}

/// Where words stand in a window.
fn places(opening: &Opening, bytes: &[u8], window: Window) -> Vec<(Digest, Place)> {
    let names: BTreeMap<&[u8], Digest> = opening.iter().map(|((name, _), word)| (&word[..], *name)).collect();
    let mut out = Vec::new();
    candidate::all(bytes, &mut |place, word, _| {
        if let Some(name) = names.get(word) {
            let place = window.start + place.start as u64..window.start + place.end as u64;
            out.push((*name, (window.space, place)));
        }
    });
    out
}
