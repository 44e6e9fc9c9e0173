//! Every detector over one window.

use super::{Findings, Found, Harvest, RandomRun, Task, sightings, strict, torn};
use crate::nested;
use crate::ranges::outside;
use crate::texts;
use crate::view::Window;
use crate::words::{WORD, Words};
use coredact_dump::{Image, Origin, Space};
use coredact_keys::known::Index;
use coredact_keys::{Certainty, Hit, Kind, aes, derived, encoded, objects, symmetric, tickets, tokens};
use coredact_record::Policy;
use coredact_sweep::{random, schedule, text, zero};
use std::ops::Range;

/// Granularity at which zeros are passed over: the page size of both ABIs.
const PAGE_BYTES: usize = 4096;

/// Shortest run of characters that is read as text: the shortest token of any
/// rule is longer, and shorter runs are mostly machine code.
const TEXT_CHARS_MIN: usize = 8;

/// Lengths of a word that is judged by itself: shorter ones hold less than 16
/// random bytes in any notation, longer ones are documents.
const RANDOM_WORD_CHARS: Range<usize> = 16..1024;

/// Work done by each detector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes shown to every detector, zeros included.
    pub bytes: u64,
    /// Bytes in pages that hold zeros alone.
    pub zero_bytes: u64,
    /// Bytes in runs of text.
    pub text_bytes: u64,
    /// Offsets at which the key schedule's linear relation held.
    pub schedule_candidates: u64,
    /// Key schedules proven.
    pub schedules: u64,
    /// Schedules and states of other ciphers than AES.
    pub symmetric: u64,
    /// Possible schedules of them that were not put to the proof.
    pub symmetric_skipped: u64,
    /// Possible Kerberos keys near a schedule that were not tried.
    pub kerberos_skipped: u64,
    /// Encoded keys, whole or cut off.
    pub encoded: u64,
    /// Keys of TLS session tickets.
    pub tickets: u64,
    /// Tokens and credentials.
    pub tokens: u64,
    /// Findings inside encodings and compressed streams.
    pub nested: u64,
    /// Places of known secrets.
    pub known: u64,
    /// Bytes that look random, wherever they are.
    pub random_bytes: u64,
}

impl Counts {
    /// Adds the work of another worker.
    pub fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.zero_bytes += other.zero_bytes;
        self.text_bytes += other.text_bytes;
        self.schedule_candidates += other.schedule_candidates;
        self.schedules += other.schedules;
        self.symmetric += other.symmetric;
        self.symmetric_skipped += other.symmetric_skipped;
        self.kerberos_skipped += other.kerberos_skipped;
        self.encoded += other.encoded;
        self.tickets += other.tickets;
        self.tokens += other.tokens;
        self.nested += other.nested;
        self.known += other.known;
        self.random_bytes += other.random_bytes;
    }
}

/// A window with all that a detector may ask about it.
pub(super) struct Scene<'a> {
    pub(super) task: &'a Task<'a>,
    pub(super) space: &'a Space,
    pub(super) window: Window,
    pub(super) bytes: &'a [u8],
    /// Position of the window's first byte among all spaces.
    pub(super) position: u64,
    /// What the process could write of the window, see [`strict::rights`].
    pub(super) writable: Vec<Range<usize>>,
}

impl Scene<'_> {
    /// Runs every detector; what starts in the look-ahead is left to the next window.
    pub(super) fn inspect(&self, out: &mut Findings, harvest: &mut Harvest, counts: &mut Counts) {
        counts.bytes += self.window.own;
        let (mut runs, mut found, mut known) = (Vec::new(), Vec::new(), Vec::new());
        let (mut public, mut found_public) = (Vec::new(), Vec::new());
        for stretch in stretches(self.bytes) {
            if self.is_foreign(stretch.start) {
                break;
            }
            let Some(bytes) = self.bytes.get(stretch.clone()) else { continue };
            let earlier = out.found.len();
            self.schedules(bytes, stretch.start, &mut known, out, counts);
            let short = short_keys(out.found.get(earlier..).unwrap_or_default());
            self.binary(bytes, stretch.start, out, harvest, counts);
            self.objects(&stretch, out);
            self.small_integers(&stretch, out, harvest, counts);
            self.texts(bytes, stretch.start, out, harvest, counts);
            random::runs(bytes, &mut found);
            let mut hits = Vec::new();
            counts.symmetric_skipped += symmetric::scan(bytes, &found, &mut hits);
            derived::scan_pads(bytes, &found, derived::Memory { bytes, start: 0, width: 1 }, &mut hits);
            counts.kerberos_skipped += derived::scan_kerberos(bytes, &found, &short, &mut hits);
            hits.retain(|hit| {
                hit.material.certainty == Certainty::Proven || self.is_writable(&hit.range, stretch.start)
            });
            symmetric::prove_states(bytes, &mut hits);
            counts.symmetric += self.keep(hits, stretch.start, 1, out);
            let own = usize::try_from(self.window.own).unwrap_or(usize::MAX).saturating_sub(stretch.start);
            harvest.lattice.collect(bytes, self.position + stretch.start as u64, own, &found);
            runs.extend(found.iter().map(|run| run.start + stretch.start..run.end + stretch.start));
            encoded::certificates(bytes, &mut found_public);
            public
                .extend(found_public.drain(..).map(|one| one.start + stretch.start..one.end + stretch.start));
        }
        let own = |run: &Range<usize>| !self.is_foreign(run.start);
        counts.random_bytes += runs.iter().filter(|run| own(run)).map(|run| run.len() as u64).sum::<u64>();
        self.damaged(&runs, &known, out, counts);
        harvest.rsa.collect(self.bytes, self.position, &runs);
        let writable = strict::writable(self, &runs);
        harvest.ec.collect(self.bytes, self.position, &writable);
        // The constants of all groups stand in libraries.
        harvest.dlog.collect(self.bytes, &writable);
        harvest.prekeys.collect(self.bytes, self.position, &writable);
        if self.task.policy != Policy::Proven {
            out.random.extend(strict::unexplained(self, &without(&runs, &public)));
        }
    }

    /// What knows the addresses of this window.
    fn image(&self) -> &Image {
        self.task.image.of_space(self.window.space)
    }

    /// The window as machine words.
    pub(super) fn words(&self) -> Words<'_> {
        Words { image: self.image(), space: self.space, start: self.window.start, bytes: self.bytes }
    }

    fn known(&self) -> impl Iterator<Item = &Index> {
        self.task.known.iter()
    }

    fn wanted(&self) -> nested::Wanted<'_> {
        nested::Wanted { rules: self.task.rules, known: self.task.known }
    }

    /// Whether the process could write bytes of the window, counted from `base`: constants of a program are no secrets.
    fn is_writable(&self, range: &Range<usize>, base: usize) -> bool {
        let range = base + range.start..base + range.end;
        self.space.origin.is_memory() && strict::writable(self, std::slice::from_ref(&range)) == [range]
    }

    /// True for an offset that the next window owns.
    pub(super) fn is_foreign(&self, offset: usize) -> bool {
        offset as u64 >= self.window.own
    }

    /// Objects that point to keys, among the aligned words of memory that the process can write.
    fn objects(&self, stretch: &Range<usize>, out: &mut Findings) {
        let Some(address) = self.space.address else { return };
        for part in strict::writable(self, std::slice::from_ref(stretch)) {
            let first = address.wrapping_add(self.window.start).wrapping_add(part.start as u64);
            let skip = usize::try_from(first.wrapping_neg() % WORD).unwrap_or(0);
            let bytes = self.bytes.get(part.start + skip..part.end).unwrap_or_default();
            objects::scan(bytes, first.wrapping_add(skip as u64), &mut out.objects);
        }
    }

    /// Key schedules; where they lie in the window is added to `known`.
    fn schedules(
        &self,
        bytes: &[u8],
        base: usize,
        known: &mut Vec<Range<usize>>,
        out: &mut Findings,
        counts: &mut Counts,
    ) {
        let mut candidates = Vec::new();
        schedule::candidates(bytes, &mut candidates);
        counts.schedule_candidates += candidates.len() as u64;
        let candidates = candidates.iter().map(|one| (one.offset, crate::glue::relation(one.relation)));
        for proof in aes::prove_each(bytes, candidates).into_iter().chain(aes::bitsliced(bytes)) {
            known.extend(proof.ranges.iter().map(|range| base + range.start..base + range.end));
            self.keep_schedule(&proof, base, out, counts);
        }
    }

    /// Key schedules that are damaged all over; those already found lie at `known`.
    fn damaged(
        &self,
        runs: &[Range<usize>],
        known: &[Range<usize>],
        out: &mut Findings,
        counts: &mut Counts,
    ) {
        for proof in aes::damaged(self.bytes, runs, known) {
            self.keep_schedule(&proof, 0, out, counts);
        }
    }

    pub(super) fn keep_schedule(
        &self,
        proof: &aes::Schedule,
        base: usize,
        out: &mut Findings,
        counts: &mut Counts,
    ) {
        if proof.ranges.first().is_none_or(|first| self.is_foreign(base + first.start)) {
            return;
        }
        counts.schedules += 1;
        let places = proof.ranges.iter().map(|range| self.range(base, range));
        let sightings =
            places.flat_map(|range| sightings(self.space, range, "schedule", proof.form)).collect();
        out.found.push(Found { material: aes::material(proof), sightings });
    }

    fn binary(
        &self,
        bytes: &[u8],
        base: usize,
        out: &mut Findings,
        harvest: &mut Harvest,
        counts: &mut Counts,
    ) {
        let mut hits = Vec::new();
        encoded::scan_binary(bytes, &mut hits);
        nested::compressed(bytes, self.wanted(), &mut hits);
        counts.encoded += self.keep(std::mem::take(&mut hits), base, 1, out);
        tickets::scan(bytes, &mut hits);
        counts.tickets += self.keep(std::mem::take(&mut hits), base, 1, out);
        self.known().for_each(|index| index.scan(bytes, &mut hits));
        counts.known += self.keep(hits, base, 1, out);
        let (mut moduli, mut points) = (Vec::new(), Vec::new());
        encoded::public_keys(bytes, &mut moduli, &mut points);
        publish(moduli, &points, out, harvest);
    }

    fn texts(
        &self,
        bytes: &[u8],
        base: usize,
        out: &mut Findings,
        harvest: &mut Harvest,
        counts: &mut Counts,
    ) {
        let mut runs = Vec::new();
        text::runs(bytes, TEXT_CHARS_MIN, &mut runs);
        let mut room = Vec::new();
        let (mut moduli, mut points) = (Vec::new(), Vec::new());
        for run in runs {
            if self.is_foreign(base + run.range.start) {
                continue;
            }
            let Some(raw) = bytes.get(run.range.clone()) else { continue };
            let narrowed = text::narrow(raw, run.encoding, &mut room);
            counts.text_bytes += raw.len() as u64;
            let width = if run.encoding == text::Encoding::Ascii { 1 } else { 2 };
            let start = base + run.range.start;
            let mut hits = Vec::new();
            encoded::scan_text_and_public(narrowed, &mut hits, &mut moduli, &mut points);
            counts.encoded += self.keep(std::mem::take(&mut hits), start, width, out);
            self.task.rules.scan(narrowed, &mut hits);
            counts.tokens += self.keep(std::mem::take(&mut hits), start, width, out);
            nested::encoded_text(narrowed, self.wanted(), &mut hits);
            counts.nested += self.keep(std::mem::take(&mut hits), start, width, out);
            self.known().for_each(|index| index.scan_text(narrowed, &mut hits));
            counts.known += self.keep(hits, start, width, out);
            if self.task.policy != Policy::Proven {
                let mut words = random_words(narrowed);
                if self.space.origin == Origin::Text {
                    let text = |word: &Range<usize>| narrowed.get(word.clone()).unwrap_or_default();
                    words.retain(|word| !texts::is_addresses(self.image(), text(word)));
                }
                let place = |word: Range<usize>| start + word.start * width..start + word.end * width;
                let runs = strict::unexplained(self, &words.into_iter().map(place).collect::<Vec<_>>());
                out.texts.extend(runs.into_iter().map(|run| RandomRun { is_text: true, ..run }));
            }
        }
        publish(moduli, &points, out, harvest);
    }

    /// Records hits whose offsets count characters of `width` bytes from `base`.
    pub(super) fn keep(&self, hits: Vec<Hit>, base: usize, width: usize, out: &mut Findings) -> u64 {
        let mut kept = 0;
        for mut hit in hits {
            let range = hit.range.start * width..hit.range.end * width;
            if self.is_foreign(base + range.start) {
                continue;
            }
            kept += 1;
            if hit.material.kind == Kind::PrivateKeyFragment {
                torn::without_pointers(&mut hit.material, self.words(), &self.range(base, &range));
            }
            let sightings = sightings(self.space, self.range(base, &range), hit.component, hit.form);
            out.found.push(Found { material: hit.material, sightings });
        }
        kept
    }

    /// A range of the window, counted from `base`, as a range of the space.
    fn range(&self, base: usize, range: &Range<usize>) -> Range<u64> {
        let from = self.window.start + base as u64;
        from + range.start as u64..from + range.end as u64
    }
}

/// The AES-128 keys among what was found.
fn short_keys(found: &[Found]) -> Vec<Vec<u8>> {
    let short =
        found.iter().map(|one| &one.material).filter(|one| one.kind == Kind::AesKey && one.bits == 128);
    let keys = short.flat_map(|one| &one.components).filter(|one| one.name == "key");
    keys.map(|one| one.value.bytes().to_vec()).collect()
}

/// Hands public keys to the searches for private ones.
fn publish(moduli: Vec<encoded::Modulus>, points: &[Vec<u8>], out: &mut Findings, harvest: &mut Harvest) {
    for modulus in moduli {
        harvest.rsa.add_modulus(&modulus.n, modulus.e.as_deref());
        out.moduli.push(modulus.n);
    }
    for point in points {
        harvest.ec.add_public(point);
    }
}

/// Words of a text that no vocabulary explains: keys in hexadecimal or base64,
/// tokens and generated passwords that no rule names.
fn random_words(text: &[u8]) -> Vec<Range<usize>> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut out = Vec::new();
    let mut start = 0;
    while let Some(left) = text.get(start..).filter(|left| left.len() >= RANDOM_WORD_CHARS.start) {
        let length = left.iter().position(|byte| !in_word(*byte)).unwrap_or(left.len());
        let word = left.get(..length).unwrap_or_default();
        if RANDOM_WORD_CHARS.contains(&length)
            && tokens::digit_or_shuffled(word)
            && word.iter().any(u8::is_ascii_alphabetic)
            && tokens::looks_random(word)
        {
            out.push(start..start + length);
        }
        start += length + 1;
    }
    out
}

/// The parts of ranges outside others; both are sorted and disjoint.
fn without(ranges: &[Range<usize>], others: &[Range<usize>]) -> Vec<Range<usize>> {
    ranges.iter().flat_map(|range| outside(range, others)).collect()
}

/// The parts of a window that hold anything but whole pages of zeros.
fn stretches(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for (index, page) in bytes.chunks(PAGE_BYTES).enumerate() {
        if zero::is_zero(page) {
            continue;
        }
        let start = index * PAGE_BYTES;
        match out.last_mut() {
            Some(last) if last.end == start => last.end += page.len(),
            _ => out.push(start..start + page.len()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_zeros_are_passed_over() {
        let mut bytes = vec![0; PAGE_BYTES * 5 + 10];
        bytes[PAGE_BYTES + 1] = 1;
        bytes[PAGE_BYTES * 2 + 1] = 1;
        bytes[PAGE_BYTES * 5 + 9] = 1;
        assert_eq!(stretches(&bytes), [PAGE_BYTES..PAGE_BYTES * 3, PAGE_BYTES * 5..PAGE_BYTES * 5 + 10]);
    }

    #[test]
    fn words_that_no_vocabulary_explains_are_random() {
        let check = |text: &str, expected: &[&str]| {
            let words: Vec<&str> =
                random_words(text.as_bytes()).into_iter().map(|word| &text[word]).collect();
            assert_eq!(words, expected, "{text}");
        };
        check("key Tz8kQ2vXw9LmR4pJ7nYc end", &["Tz8kQ2vXw9LmR4pJ7nYc"]);
        check("d1f4a09b7c33e8526f0b9ad4417ce2f8", &["d1f4a09b7c33e8526f0b9ad4417ce2f8"]);
        check("the_configuration_of_libraries_2 and/usr/lib/python3/dist-packages", &[]);
        check("Tz8kQ2vXw9LmR4p", &[]);
    }
}
