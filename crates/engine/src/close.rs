//! The closure: every fragment of every form of every component of every
//! finding, swept for until nothing new appears.

use crate::detect::RandomRun;
use crate::error::Error;
use crate::ledger::{Ledger, Sighting};
use crate::nested;
use crate::progress::Progress;
use crate::view;
use crate::words::Words;
use coredact_dump::{Content, Image, Origin, Piece, ReadAt, Space};
use coredact_keys::forms::{self, FRAGMENT_BYTES};
use coredact_keys::tokens;
use coredact_keys::{Component, Kind, Notation, Role};
use coredact_sweep::needle::{self, Needles, Pattern};
use rayon::prelude::*;
use std::ops::Range;
use zeroize::Zeroizing;

/// Seeds (8-byte windows of patterns) swept for in one pass. One seed takes 24
/// bytes, so a pass stays under 200 MB; more seeds take more passes.
const SEEDS_PER_PASS_MAX: usize = 6 << 20;

/// Longest run of randomness whose fragments are swept for. Longer runs are
/// ciphertext and compressed data, whose fragments are worth nothing.
const RANDOM_RUN_BYTES_MAX: u64 = 4096;

/// Changes between lower case, upper case and digits in eight characters out of a random word: 98 % of random letters
/// and digits have two or more.
const CHANGES_MIN: usize = 2;

/// Characters of a fragment of a random word that is removed from a text.
const TEXT_FRAGMENT_BYTES: usize = 16;

/// Bytes of randomness that are swept for, the shortest runs first.
const RANDOM_BYTES_MAX: usize = 3 << 20;

/// Longest compressed stream whose own bytes are swept for once a key was found inside it: a copy of it that lost its
/// head says nothing to a reader and much to one who puts the head back.
const STREAM_BYTES_MAX: usize = 64 << 10;

/// What a pattern writes down.
enum Owner {
    /// A component of an entry of the ledger.
    Component { entry: usize, component: &'static str, form: String, is_guard: bool },
    /// A random run.
    Random,
}

/// A fragment of a pattern in a window.
struct Fragment<'a> {
    pattern: usize,
    /// Index of the space.
    index: u32,
    /// Bytes of the space.
    range: Range<u64>,
    bytes: &'a [u8],
    /// Whether it stands inside a compressed stream, which the range then is.
    packed: bool,
    /// The window around it.
    words: Words<'a>,
}

/// What every pass over the dump needs.
pub struct Pass<'a> {
    /// The bytes.
    pub source: &'a dyn ReadAt,
    /// Where they lie.
    pub image: &'a Image,
    /// Who is told how far it has come.
    pub progress: &'a dyn Progress,
    /// What the pass is called there.
    pub stage: &'static str,
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pass({})", self.stage)
    }
}

/// What a closure has done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closed {
    /// Passes over the dump.
    pub passes: u64,
    /// Patterns swept for: forms of components.
    pub patterns: u64,
    /// Fragments found.
    pub fragments: u64,
    /// Bytes of short random runs whose fragments were not swept for because of
    /// the limit.
    pub random_bytes_left_out: u64,
}

impl Closed {
    /// Adds the work of another closure.
    pub fn add(&mut self, other: &Self) {
        self.passes += other.passes;
        self.patterns += other.patterns;
        self.fragments += other.fragments;
        self.random_bytes_left_out += other.random_bytes_left_out;
    }
}

/// Sweeps for all findings of the ledger and adds what is found to them; with
/// `random`, also for fragments of short random runs and of `words`, which are
/// added to it.
///
/// A key of unknown kind leaves words in registers and on stacks that are too
/// short to look random by themselves.
///
/// # Errors
/// If the source cannot be read or has changed.
pub fn close(
    pass: &Pass<'_>,
    ledger: &mut Ledger,
    words: Vec<Zeroizing<Vec<u8>>>,
    mut random: Option<&mut Vec<RandomRun>>,
) -> Result<Closed, Error> {
    let mut closed = Closed::default();
    let mut pending = match &random {
        Some(runs) => random_patterns(pass, runs, &mut closed)?,
        None => Vec::new(),
    };
    pending.extend(words.into_iter().map(|word| (Owner::Random, random_pattern(word))));
    loop {
        pending.append(&mut unswept(ledger));
        if pending.is_empty() {
            return Ok(closed);
        }
        closed.patterns += pending.len() as u64;
        for batch in batches(std::mem::take(&mut pending)) {
            closed.passes += 1;
            let (owners, patterns): (Vec<Owner>, Vec<Pattern>) = batch.into_iter().unzip();
            for seen in sweep_batch(pass, patterns, &owners)? {
                closed.fragments += 1;
                record(seen, &owners, ledger, random.as_deref_mut());
            }
        }
    }
}

/// A fragment that is removed.
struct Seen {
    pattern: usize,
    space: u32,
    /// Of a random run: the parts of the space that are no pointers.
    parts: Vec<Range<u64>>,
    /// Of a component: its bytes in the file.
    files: Vec<Range<u64>>,
    /// The stream that a component was found in, as it stands, and decoded if it is text.
    streams: Vec<Zeroizing<Vec<u8>>>,
}

/// One pass over the dump.
fn sweep_batch(pass: &Pass<'_>, patterns: Vec<Pattern>, owners: &[Owner]) -> Result<Vec<Seen>, Error> {
    let needles = Needles::build(patterns);
    let is_random = |pattern: usize| matches!(owners.get(pattern), Some(Owner::Random));
    sweep(pass, &needles, is_random, |fragment| {
        let (parts, files) = match owners.get(fragment.pattern)? {
            // The byte behind a guard is that of a frame pointer, which may be the next byte of the random number by
            // chance.
            Owner::Component { is_guard: true, .. } => {
                let parts = fragment.words.without_pointers(fragment.range.clone());
                let files = parts.into_iter().flat_map(|part| view::file_ranges(fragment.words.space, part));
                (Vec::new(), files.collect())
            }
            Owner::Component { .. } => {
                (Vec::new(), view::exact_ranges(fragment.words.space, fragment.range.clone()).collect())
            }
            Owner::Random if is_random_fragment(&fragment) => {
                let parts = fragment.words.without_pointers(fragment.range.clone());
                (parts.into_iter().map(|part| fragment.words.without_edge_zeros(part)).collect(), Vec::new())
            }
            Owner::Random => return None,
        };
        let streams = if fragment.packed { stream_values(fragment.bytes) } else { Vec::new() };
        Some(Seen { pattern: fragment.pattern, space: fragment.index, parts, files, streams })
    })
}

/// What to sweep for of a compressed stream: the stream, and its text if it is written in base64.
fn stream_values(bytes: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    if bytes.len() > STREAM_BYTES_MAX {
        return Vec::new();
    }
    let decoded = nested::whole_base64(bytes).map(Zeroizing::new);
    decoded.into_iter().chain(std::iter::once(Zeroizing::new(bytes.to_vec()))).collect()
}

/// Enters a fragment where its owner keeps its places.
fn record(seen: Seen, owners: &[Owner], ledger: &mut Ledger, random: Option<&mut Vec<RandomRun>>) {
    match owners.get(seen.pattern) {
        Some(Owner::Component { entry, component, form, .. }) => {
            let Some(entry) = ledger.entries_mut().get_mut(*entry) else { return };
            let sighting = |file| Sighting { file, component, form: form.clone() };
            entry.sightings.extend(seen.files.into_iter().map(sighting));
            let components = &mut entry.material.components;
            for stream in seen.streams {
                if !components.iter().any(|one| one.value.bytes() == stream.as_slice()) {
                    let stream = stream.to_vec();
                    components.push(Component::new("stream", Role::Derived, Notation::Bytes, stream));
                }
            }
        }
        Some(Owner::Random) => {
            let run = |part: &Range<u64>| RandomRun {
                space: seen.space,
                core: part.clone(),
                cut: part.clone(),
                joined: false,
                is_text: false,
            };
            random.into_iter().for_each(|random| random.extend(seen.parts.iter().map(run)));
        }
        None => {}
    }
}

/// Patterns of all components that were not swept for yet.
fn unswept(ledger: &mut Ledger) -> Vec<(Owner, Pattern)> {
    let mut out = Vec::new();
    for (index, entry) in ledger.entries_mut().iter_mut().enumerate() {
        let from = std::mem::replace(&mut entry.swept, entry.material.components.len());
        if entry.material.publicly_known.is_some() {
            continue;
        }
        let kind = entry.material.kind;
        for component in entry.material.components.iter().skip(from).filter(|c| is_swept(kind, c)) {
            for form in forms::forms(component) {
                let is_guard = kind == Kind::ProcessGuard;
                let owner =
                    Owner::Component { entry: index, component: component.name, form: form.name, is_guard };
                let length = form.bytes.len();
                let pattern = Pattern {
                    bytes: form.bytes,
                    min: if is_phrase(kind, component) {
                        (PHRASE_FRAGMENTS * form.fragment_bytes).min(length)
                    } else {
                        form.fragment_bytes
                    },
                    over_breaks: form.over_breaks,
                    may_be_seed: match component.notation {
                        _ if is_weak(kind, component) => may_tell,
                        Notation::Bytes => is_no_name,
                        _ => needle::any_seed,
                    },
                };
                out.push((owner, pattern));
            }
        }
    }
    out
}

/// Whether fragments of a component are worth sweeping for: a weak password's
/// would hit innocent words everywhere.
fn is_swept(kind: Kind, component: &Component) -> bool {
    match component.role {
        Role::Public => false,
        Role::Secret | Role::Derived if component.notation == Notation::Text => {
            let text = component.value.bytes();
            !matches!(kind, Kind::Token | Kind::Credential) || tokens::sweepable(text)
        }
        Role::Secret | Role::Derived => component.value.len() >= FRAGMENT_BYTES,
    }
}

/// Fragments that a piece of a phrase must be as long as: 24 characters are four words, which stand in that order
/// nowhere else, and one word stands in any text.
const PHRASE_FRAGMENTS: usize = 3;

/// Whether a key is written in words of a dictionary.
fn is_phrase(kind: Kind, component: &Component) -> bool {
    kind == Kind::OtherPrivateKey && component.notation == Notation::Text
}

/// Whether a secret that its owner named is made of words: parts of it stand elsewhere for other reasons.
fn is_weak(kind: Kind, component: &Component) -> bool {
    kind == Kind::KnownSecret
        && component.notation == Notation::Text
        && !tokens::looks_random(component.value.bytes())
}

/// Whether eight bytes of such a secret give it away: characters that look chosen, by this judgement or that of the
/// verifier, which takes two letters and two digits for it.
fn may_tell(word: [u8; FRAGMENT_BYTES]) -> bool {
    let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let classes = word.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let classes: Vec<_> =
        classes.map(|byte| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase())).collect();
    let changes = classes.array_windows().filter(|[one, next]| one != next).count();
    !word.iter().all(|byte| (b' '..=b'~').contains(byte))
        || (letters >= 2 && digits >= 2)
        || changes > CHANGES_MIN
}

/// Parts of the names of algorithms (object identifiers) as DER has them: the arcs of ANSI's members, of RSA Security below
/// them and of X9.62, of the US government's organisations, and of Certicom.
const NAME_PARTS: [[u8; 3]; 6] = [
    [0x2a, 0x86, 0x48],
    [0x86, 0xf7, 0x0d],
    [0xf7, 0x0d, 0x01],
    [0x48, 0xce, 0x3d],
    [0x60, 0x86, 0x48],
    [0x2b, 0x81, 0x04],
];

/// Whether eight bytes hold no name of an algorithm: an encoding that is removed as a whole, because its end is lost, begins
/// with one, and every cryptographic library has a table of them.
fn is_no_name(word: [u8; FRAGMENT_BYTES]) -> bool {
    !word.array_windows::<3>().any(|part| NAME_PARTS.contains(part))
}

/// Cuts patterns into batches that fit into memory.
fn batches(patterns: Vec<(Owner, Pattern)>) -> Vec<Vec<(Owner, Pattern)>> {
    let mut out: Vec<Vec<(Owner, Pattern)>> = Vec::new();
    let mut seeds = 0;
    for pattern in patterns {
        seeds += pattern.1.bytes.len();
        match out.last_mut() {
            Some(batch) if seeds <= SEEDS_PER_PASS_MAX => batch.push(pattern),
            _ => {
                seeds = pattern.1.bytes.len();
                out.push(vec![pattern]);
            }
        }
    }
    out
}

/// Whether a fragment of a random run is removed where it stands.
fn is_random_fragment(fragment: &Fragment<'_>) -> bool {
    let space = fragment.words.space;
    let writable = |piece: Piece| piece.access.write || !space.origin.is_memory();
    space.origin != Origin::Header
        && is_no_vocabulary(space, &fragment.range)
        && is_more_than_a_part(fragment)
        && view::pieces(space, fragment.range.clone()).all(writable)
        && fragment.bytes.array_windows().any(|window| is_distinctive(*window))
}

/// Strings of a virtual machine are the vocabulary of its programs, and so much of it that any piece of a random word
/// stands there for other reasons. What is random there itself was found where it stands.
fn is_no_vocabulary(space: &Space, range: &Range<u64>) -> bool {
    let Origin::Heap(weave) = &space.origin else { return true };
    weave.parts(range.clone()).all(|part| part.content != Content::Text)
}

/// In a text eight characters of a random word are a part of a longer name as often as not: what is left of one inside
/// another word must be as long as what looks random by itself. A word that stands alone goes: V8 shows the halves of a
/// joined string. Bytes that a text writes down are judged like memory.
fn is_more_than_a_part(fragment: &Fragment<'_>) -> bool {
    let Fragment { range, bytes, words, .. } = fragment;
    let is_text = matches!(words.space.origin, Origin::Text | Origin::Said(_));
    if !is_text || bytes.len() >= TEXT_FRAGMENT_BYTES || !bytes.iter().all(u8::is_ascii_graphic) {
        return true;
    }
    let is_word = |position: Option<u64>| {
        let at = position.and_then(|position| position.checked_sub(words.start));
        let byte = at.and_then(|at| words.bytes.get(usize::try_from(at).ok()?));
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    !is_word(range.start.checked_sub(1)) && !is_word(Some(range.end))
}

/// Whether eight bytes out of a random run are worth removing elsewhere: a run
/// may hold a few bytes of text or padding, which stand everywhere. Of random
/// words 99 % pass, of characters of a password (letters of both cases and digits) 97 %.
fn is_distinctive(mut word: [u8; FRAGMENT_BYTES]) -> bool {
    if word.iter().all(u8::is_ascii_graphic) {
        return is_chosen(word);
    }
    let high = word.iter().filter(|byte| **byte >= 0x80).count();
    let zeros = word.iter().filter(|byte| **byte == 0).count();
    if zeros > 1 || !(1..=7).contains(&high) {
        return false;
    }
    word.sort_unstable();
    word.chunk_by(|one, next| one == next).count() >= 6
}

/// Whether eight characters look chosen rather than written: two changes between lower case, upper case and digits,
/// and hardly a character twice. Words, names and numbers have fewer.
fn is_chosen(mut word: [u8; FRAGMENT_BYTES]) -> bool {
    let class = |byte: &u8| (byte.is_ascii_lowercase(), byte.is_ascii_uppercase());
    let is_change = |[one, next]: &&[u8; 2]| {
        one.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() && class(one) != class(next)
    };
    let changes = word.array_windows::<2>().filter(is_change).count();
    word.sort_unstable();
    changes >= CHANGES_MIN && word.chunk_by(|one, next| one == next).count() >= 6
}

/// The words of a value that somebody chose, as far as parts of them can be told from words of a language.
pub(crate) fn chosen_words(value: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let words = value.split(|byte| !byte.is_ascii_graphic());
    let chosen = words.filter(|word| word.array_windows().any(|window| is_distinctive(*window)));
    chosen.map(|word| Zeroizing::new(word.to_vec())).collect()
}

fn random_pattern(bytes: Zeroizing<Vec<u8>>) -> Pattern {
    Pattern { bytes, min: FRAGMENT_BYTES, over_breaks: false, may_be_seed: is_distinctive }
}

/// Patterns of random runs, the shortest first.
fn random_patterns(
    pass: &Pass<'_>,
    runs: &[RandomRun],
    closed: &mut Closed,
) -> Result<Vec<(Owner, Pattern)>, Error> {
    let length = |run: &RandomRun| run.core.end - run.core.start;
    let mut short: Vec<&RandomRun> = runs.iter().filter(|run| length(run) <= RANDOM_RUN_BYTES_MAX).collect();
    short.sort_by_key(|run| (length(run), run.space, run.core.start));
    let (mut patterns, mut total) = (Vec::new(), 0);
    let mut seen = std::collections::BTreeSet::new();
    for run in short {
        let Some(space) = pass.image.spaces.get(run.space as usize) else { continue };
        let bytes = view::bytes(pass.source, space, run.core.clone()).map_err(Error::read)?;
        if total + 2 * bytes.len() > RANDOM_BYTES_MAX {
            closed.random_bytes_left_out += length(run);
            continue;
        }
        if !seen.insert(*blake3::hash(&bytes).as_bytes()) {
            continue;
        }
        total += 2 * bytes.len();
        let reversed = Zeroizing::new(bytes.iter().rev().copied().collect());
        for bytes in [bytes, reversed] {
            patterns.push((Owner::Random, random_pattern(bytes)));
        }
    }
    Ok(patterns)
}

/// Shows every fragment to `keep`, in parallel; what it keeps comes in the order of the spaces. Of fragments of
/// random runs those within another are left out: their bytes go with it, and there can be millions.
fn sweep<T: Send>(
    pass: &Pass<'_>,
    needles: &Needles,
    is_random: impl Fn(usize) -> bool + Sync,
    keep: impl Fn(Fragment<'_>) -> Option<T> + Sync,
) -> Result<Vec<T>, Error> {
    let windows = view::windows(pass.image);
    pass.progress.begin(pass.stage, windows.iter().map(|window| window.own).sum());
    let per_window = windows.par_iter().map_init(
        || (Vec::new(), Vec::new()),
        |(buffer, matches), window| {
            pass.progress.advance(window.own);
            let Some(space) = pass.image.spaces.get(window.space) else { return Ok(Vec::new()) };
            if view::is_zero(pass.source, space, *window) {
                return Ok(Vec::new());
            }
            view::read(pass.source, space, *window, buffer).map_err(Error::read)?;
            let index = u32::try_from(window.space).unwrap_or(u32::MAX);
            let image = pass.image.of_space(window.space);
            let words = Words { image, space, start: window.start, bytes: buffer };
            let (mut kept, mut covered) = (Vec::new(), 0..0);
            for (range, pattern, packed) in places(needles, buffer, matches) {
                let random = is_random(pattern);
                let within = random && covered.start <= range.start && range.end <= covered.end;
                if within || range.start as u64 >= window.own {
                    continue;
                }
                let bytes = buffer.get(range.clone()).unwrap_or_default();
                let of_space = window.start + range.start as u64..window.start + range.end as u64;
                if let Some(one) = keep(Fragment { pattern, index, range: of_space, bytes, packed, words }) {
                    kept.push(one);
                    covered = if random { range } else { covered };
                }
            }
            Ok(kept)
        },
    );
    let kept: Vec<Vec<T>> = per_window.collect::<Result<_, Error>>()?;
    pass.progress.end();
    Ok(kept.into_iter().flatten().collect())
}

/// Where patterns stand in a window, also inside encodings, and whether inside a compressed stream: sorted by start, the
/// longest first.
fn places(
    needles: &Needles,
    bytes: &[u8],
    matches: &mut Vec<needle::Match>,
) -> Vec<(Range<usize>, usize, bool)> {
    needles.find(bytes, matches);
    let mut places: Vec<(Range<usize>, usize, bool)> =
        matches.iter().map(|one| (one.range.clone(), one.pattern, false)).collect();
    nested::streams(bytes, |stream| {
        needles.find(&stream.plain, matches);
        places.extend(matches.iter().map(|one| (stream.range.clone(), one.pattern, true)));
    });
    nested::encoded_streams(bytes, &mut |range, plain| {
        needles.find(plain, matches);
        places.extend(matches.iter().map(|one| (range.clone(), one.pattern, true)));
    });
    places.sort_unstable_by_key(|(range, pattern, packed)| {
        (range.start, std::cmp::Reverse(range.end), *pattern, *packed)
    });
    places.dedup();
    places
}

#[cfg(test)]
mod tests;
