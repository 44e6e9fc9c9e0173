//! The search itself: collect from windows, then conclude.

use super::limits::{
    JOIN_BYTES, OWNERS_MAX, PIECE_BYTES_MAX, PIECES_MAX, PROOFS_PER_WINDOW, RHOS_MAX, SEEDS_MAX, SLACK_BYTES,
};
use super::material::{self, Key, Set};
use super::ring::Small;
use super::screen::{self, Run};
use super::seeds;
use super::set::{Bits, Dsa, HEAD_BYTES, Kem, PACKED_BYTES};
use crate::ec::{self, Number, Place};
use crate::material::{Certainty, Kind, Material};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use zeroize::Zeroizing;

/// What one worker has gathered for the search. Merging the harvests of all workers gives
/// the same result in any order.
#[derive(Default)]
pub struct Harvest {
    /// By position and by how much they say.
    pieces: BTreeMap<(u64, Form), Piece>,
    /// Bytes in which the rho of a public key stands somewhere.
    rhos: BTreeSet<Vec<u8>>,
    coverage: Coverage,
}

impl std::fmt::Debug for Harvest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Harvest({} pieces)", self.pieces.len())
    }
}

/// A key that was proven, and where it was met. The closure finds all other places.
#[derive(Debug)]
pub struct Found {
    /// The key with everything that follows from it.
    pub material: Material,
    /// Where it stood.
    pub places: Vec<Place>,
}

/// What was looked at and what was not: numbers for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Polynomials, vectors and keys that the screens left, and numbers tried as seeds.
    pub candidates: u64,
    /// Pieces of keys that exceeded the memory limit.
    pub pieces_dropped: u64,
    /// Possible signing keys that were not computed.
    pub proofs_skipped: u64,
    /// Numbers that were not tried as seeds.
    pub seeds_skipped: u64,
    /// Public seeds that exceeded the memory limit.
    pub rhos_dropped: u64,
}

impl Coverage {
    /// Whether a limit cut the search off where a key may well be.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        [self.pieces_dropped, self.proofs_skipped, self.seeds_skipped, self.rhos_dropped]
            .iter()
            .any(|count| *count > 0)
    }
}

/// What a piece is, in the order in which pieces at one place are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    /// An expanded key.
    Key(Set),
    /// Packed polynomials of ML-KEM.
    Packed,
    /// Polynomials of ML-KEM in words.
    KemWords,
    /// Polynomials of ML-DSA in words.
    DsaWords,
    /// s1 and s2 as they were drawn, in words; negative ones modulo q.
    DrawnModular,
    /// The same with signs.
    DrawnSigned,
    /// s1 and s2 in few bits.
    Fields(Bits),
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Key(Set::Kem(_)) => "fips-203",
            Self::Key(Set::Dsa(_)) => "fips-204",
            Self::Packed => "ntt 12-bit",
            Self::KemWords => "ntt 16-bit words",
            Self::DsaWords => "ntt 32-bit words",
            Self::DrawnModular => "32-bit words mod q",
            Self::DrawnSigned => "signed 32-bit words",
            Self::Fields(Bits::Three) => "3-bit fields",
            Self::Fields(Bits::Four) => "4-bit fields",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Key(Set::Kem(_)) | Self::Packed | Self::KemWords => Kind::MlKemPrivateKey,
            _ => Kind::MlDsaPrivateKey,
        }
    }
}

/// Part of a key.
struct Piece {
    bytes: Zeroizing<Vec<u8>>,
    polynomials: Vec<Small>,
    /// Small numbers as they were drawn.
    drawn: Zeroizing<Vec<i8>>,
    /// Bytes behind it: OpenSSL keeps z and d there.
    tail: Zeroizing<Vec<u8>>,
}

/// Bytes kept behind a piece: two seeds.
const TAIL_BYTES: usize = 64;

/// Bytes before the end of packed coefficients among which the end of t is: random bytes
/// behind it pass for coefficients by chance, 24 times in a row once in 2^14 times.
const RHO_BEFORE: usize = 72;

impl Harvest {
    /// Looks through the bytes of a window. `position` numbers the first; it keeps the
    /// alignment of addresses. What starts at `own` or later is left to the next window.
    /// `runs` of randomness rise and do not overlap.
    pub fn collect(&mut self, bytes: &[u8], position: u64, own: usize, runs: &[Range<usize>]) {
        let mut view = View { harvest: self, bytes, position, own };
        view.packed(runs);
        view.words();
        view.fields();
    }

    /// Adds everything of another harvest.
    pub fn merge(&mut self, other: Self) {
        for (key, piece) in other.pieces {
            self.add(key, piece);
        }
        for rho in other.rhos {
            self.add_rho(rho);
        }
        self.coverage.candidates += other.coverage.candidates;
        self.coverage.pieces_dropped += other.coverage.pieces_dropped;
        self.coverage.proofs_skipped += other.coverage.proofs_skipped;
        self.coverage.rhos_dropped += other.coverage.rhos_dropped;
    }

    fn add(&mut self, key: (u64, Form), piece: Piece) {
        self.pieces.insert(key, piece);
        if self.pieces.len() > PIECES_MAX {
            self.pieces.pop_last();
            self.coverage.pieces_dropped += 1;
        }
    }

    fn add_rho(&mut self, bytes: Vec<u8>) {
        self.rhos.insert(bytes);
        if self.rhos.len() > RHOS_MAX {
            self.rhos.pop_last();
            self.coverage.rhos_dropped += 1;
        }
    }

    /// Proves what can be proven. `gathered` holds the random bytes of the dump. Keys come in
    /// order of their public keys, then what belongs to none, by position.
    #[must_use]
    pub fn conclude(self, gathered: &ec::Harvest) -> (Vec<Found>, Coverage) {
        let Self { pieces, rhos, mut coverage } = self;
        let (mut numbers, skipped) = gathered.numbers(SEEDS_MAX);
        for ((position, _), piece) in &pieces {
            let end = position.saturating_add(piece.bytes.len() as u64);
            numbers.extend([0, 32].into_iter().filter_map(|at| Number::at(&piece.tail, at, end)));
        }
        coverage.candidates += pieces.len() as u64 + numbers.len() as u64;
        coverage.seeds_skipped = skipped;
        let mut board = Board::default();
        for ((position, form), piece) in &pieces {
            if let Form::Key(set) = form {
                board.add(
                    Key::from_expanded(*set, &piece.bytes),
                    *position,
                    piece.bytes.len(),
                    "whole",
                    form.name(),
                );
            }
        }
        let by_rho = seeds::prove(gathered, &numbers, &rhos);
        let vectors = pieces.iter().filter(|((_, form), _)| matches!(form, Form::Packed | Form::KemWords));
        let firsts = vectors.filter_map(|(_, piece)| piece.polynomials.first()).map(|small| &small[..]);
        let by_vector = seeds::prove_by_vectors(&numbers, &firsts.collect());
        for one in by_rho.into_iter().chain(by_vector) {
            let name = if matches!(one.key.set, Set::Kem(_)) { "d" } else { "seed" };
            board.add(Some(one.key), one.position, 32, name, "be");
        }
        for ((position, form), piece) in &pieces {
            board.assign(*position, *form, piece);
        }
        (board.finish(), coverage)
    }
}

/// One window while it is looked through.
struct View<'a> {
    harvest: &'a mut Harvest,
    bytes: &'a [u8],
    position: u64,
    own: usize,
}

impl View<'_> {
    fn keep(&mut self, range: Range<usize>, form: Form, polynomials: Vec<Small>, drawn: Vec<i8>) {
        let Some(bytes) = self.bytes.get(range.clone()).filter(|_| range.start < self.own) else { return };
        let bytes = Zeroizing::new(bytes.get(..PIECE_BYTES_MAX).unwrap_or(bytes).to_vec());
        let tail = self.bytes.get(range.end..(range.end + TAIL_BYTES).min(self.bytes.len()));
        let tail = Zeroizing::new(tail.unwrap_or_default().to_vec());
        let piece = Piece { bytes, polynomials, drawn: Zeroizing::new(drawn), tail };
        self.harvest.add((self.position.saturating_add(range.start as u64), form), piece);
    }

    /// Packed polynomials of ML-KEM, and whole keys around them.
    fn packed(&mut self, runs: &[Range<usize>]) {
        let near = |one: &Range<usize>, next: &Range<usize>| next.start <= one.end.saturating_add(JOIN_BYTES);
        for group in runs.chunk_by(near) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let start = first.start.saturating_sub(JOIN_BYTES);
            let range = start..last.end.saturating_add(JOIN_BYTES).min(self.bytes.len());
            if range.len() < PACKED_BYTES {
                continue;
            }
            let (mut found, mut ends) = (Vec::new(), Vec::new());
            screen::packed_of_kem(self.bytes, range, &mut found, &mut ends);
            for end in ends {
                let around = end.saturating_sub(RHO_BEFORE)..(end + 32).min(self.bytes.len());
                let rho = self.bytes.get(around).map(<[u8]>::to_vec);
                rho.into_iter().for_each(|rho| self.harvest.add_rho(rho));
            }
            for run in found {
                let whole = |kem: &Kem| {
                    let key = run.start..run.start + kem.key_bytes();
                    self.bytes.get(key.clone()).is_some_and(|bytes| kem.is_key(bytes)).then_some((key, *kem))
                };
                match Kem::ALL.iter().find_map(whole) {
                    Some((key, kem)) => self.keep(key, Form::Key(Set::Kem(kem)), Vec::new(), Vec::new()),
                    None => self.keep_run(run, Form::Packed),
                }
            }
        }
    }

    fn keep_run(&mut self, run: Run, form: Form) {
        let end = run.start + run.width * run.polynomials.len();
        self.keep(run.start..end, form, run.polynomials, Vec::new());
    }

    /// Polynomials in words.
    fn words(&mut self) {
        let phase = |alignment: u64| usize::try_from(self.position.wrapping_neg() % alignment).unwrap_or(0);
        let (two, four) = (phase(2), phase(4));
        let mut found = Vec::new();
        screen::words_of_kem(self.bytes, two, &mut found);
        found.drain(..).for_each(|run| self.keep_run(run, Form::KemWords));
        screen::words_of_dsa(self.bytes, four, &mut found);
        found.drain(..).for_each(|run| self.keep_run(run, Form::DsaWords));
        let mut drawn = Vec::new();
        screen::drawn(self.bytes, four, &mut drawn);
        for (start, values, is_modular) in drawn {
            let form = if is_modular { Form::DrawnModular } else { Form::DrawnSigned };
            self.keep(start..start + 4 * values.len(), form, Vec::new(), values);
        }
    }

    /// Vectors of ML-DSA in few bits, and whole keys around them.
    fn fields(&mut self) {
        let mut left = PROOFS_PER_WINDOW;
        for bits in Bits::ALL {
            let mut ranges = Vec::new();
            screen::fields(self.bytes, bits, &mut ranges);
            for range in ranges {
                match self.signing_key(&range, bits, &mut left) {
                    Some((key, dsa)) => self.keep(key, Form::Key(Set::Dsa(dsa)), Vec::new(), Vec::new()),
                    None => self.keep(range, Form::Fields(bits), Vec::new(), Vec::new()),
                }
            }
        }
    }

    /// The key whose s1 and s2 lie in a range.
    fn signing_key(
        &mut self,
        range: &Range<usize>,
        bits: Bits,
        left: &mut u64,
    ) -> Option<(Range<usize>, Dsa)> {
        for dsa in Dsa::ALL.into_iter().filter(|dsa| dsa.bits() == bits) {
            let Some(slack) =
                range.len().checked_sub(dsa.vector_bytes()).filter(|slack| *slack <= 2 * SLACK_BYTES)
            else {
                continue;
            };
            for shift in (0..=slack).step_by(bits.group_bytes()) {
                let Some(start) = (range.start + shift).checked_sub(HEAD_BYTES) else { continue };
                let key = start..start + dsa.key_bytes();
                let Some(bytes) = self.bytes.get(key.clone()) else { continue };
                if *left == 0 {
                    self.harvest.coverage.proofs_skipped += 1;
                    continue;
                }
                *left -= 1;
                if dsa.public(bytes).is_some() {
                    return Some((key, dsa));
                }
            }
        }
        None
    }
}

/// What tells keys apart: the set and the public key.
type Name = (Set, Vec<u8>);

/// What has been found, put together by key.
#[derive(Default)]
struct Board {
    keys: BTreeMap<Name, (Key, Vec<Place>)>,
    /// Key and vector of every known polynomial, once all keys are known.
    owners: BTreeMap<Vec<i8>, (Name, &'static str)>,
    /// Polynomials that belong to no known key, by their first.
    lone: BTreeMap<Vec<i8>, Found>,
    /// Where keys and polynomials stood.
    seen: Vec<Range<u64>>,
}

impl Board {
    fn add(
        &mut self,
        key: Option<Key>,
        position: u64,
        length: usize,
        component: &'static str,
        form: &'static str,
    ) {
        let Some(key) = key else { return };
        self.seen.push(position..position.saturating_add(length as u64));
        let place = Place { position, length, component, form };
        let name = (key.set, key.public.clone());
        for (component, _, small) in key.polynomials() {
            self.owners.insert(small.to_vec(), (name.clone(), component));
        }
        match self.keys.get_mut(&name) {
            Some((known, places)) => {
                places.push(place);
                if known.seed.is_none() {
                    known.seed = key.seed;
                }
                if !known.has_z && key.has_z {
                    (known.expanded, known.has_z) = (key.expanded, true);
                }
            }
            None => {
                self.keys.insert(name, (key, vec![place]));
            }
        }
    }

    /// Gives a piece to the key that it belongs to, or makes a finding of it.
    fn assign(&mut self, position: u64, form: Form, piece: &Piece) {
        let range = position..position.saturating_add(piece.bytes.len() as u64);
        let is_inside = self.seen.iter().any(|seen| seen.start <= range.start && range.end <= seen.end);
        if matches!(form, Form::Key(_)) || is_inside {
            return;
        }
        let place = |component| Place { position, length: piece.bytes.len(), component, form: form.name() };
        let owner = match form {
            Form::Fields(_) => self.owner_of(|small| {
                let narrow = [Bits::Three, Bits::Four].map(|bits| bits.pack(small));
                narrow.iter().any(|packed| memchr::memmem::find(&piece.bytes, packed).is_some())
            }),
            Form::DrawnModular | Form::DrawnSigned => self.owner_of(|small| {
                let inner = small.get(16..240).unwrap_or_default();
                piece.drawn.windows(inner.len().max(1)).any(|window| window == inner)
            }),
            _ => piece.polynomials.iter().find_map(|small| self.owners.get(&small[..])).cloned(),
        };
        if let Some((name, component)) = owner {
            if let Some((_, places)) = self.keys.get_mut(&name) {
                places.push(place(component));
            }
            return;
        }
        self.seen.push(range);
        let (identity, material) = match form {
            Form::DrawnModular | Form::DrawnSigned => {
                // That many numbers modulo q within four of zero are drawn so; with signs, they may be any.
                let certainty =
                    if form == Form::DrawnModular { Certainty::Structured } else { Certainty::Suspected };
                let packed: Vec<u8> = piece.drawn.chunks(2).map(nibbles).collect();
                (piece.drawn.to_vec(), material::raw(form.kind(), &packed, certainty))
            }
            Form::Fields(_) => {
                let identity = piece.bytes.iter().map(|byte| byte.cast_signed()).collect();
                (identity, material::raw(form.kind(), &piece.bytes, Certainty::Suspected))
            }
            _ => {
                let identity = piece.polynomials.first().map(|small| small.to_vec()).unwrap_or_default();
                (identity, material::lone(form.kind(), &piece.polynomials, Certainty::Proven))
            }
        };
        self.lone
            .entry(identity)
            .or_insert_with(|| Found { material, places: Vec::new() })
            .places
            .push(place("s"));
    }

    /// The first key with a polynomial of ML-DSA that a piece holds.
    fn owner_of(&self, holds: impl Fn(&Small) -> bool) -> Option<(Name, &'static str)> {
        self.keys.values().filter(|(key, _)| matches!(key.set, Set::Dsa(_))).take(OWNERS_MAX).find_map(
            |(key, _)| {
                let (component, ..) = key.polynomials().into_iter().find(|(_, _, small)| holds(small))?;
                Some(((key.set, key.public.clone()), component))
            },
        )
    }

    fn finish(self) -> Vec<Found> {
        let keys =
            self.keys.into_values().map(|(key, places)| Found { material: key.material(None), places });
        let mut lone: Vec<Found> = self.lone.into_values().collect();
        lone.sort_by_key(|found| found.places.first().map(|place| place.position));
        keys.chain(lone).collect()
    }
}

/// Two small numbers in a byte.
fn nibbles(pair: &[i8]) -> u8 {
    pair.iter().fold(0, |byte, value| byte << 4 | (value.cast_unsigned() & 15))
}
