//! Which bytes are read as private keys, and in which order.

use super::chunk::Chunk;
use super::comb::Value;
use super::curve::Curve;
use super::edwards::{self, Reading};
use super::goldilocks;
use super::layout::Layout;
use super::limits::{
    CODE_MAX, DISTINCT_MIN, GOLDILOCKS_BYTES_MAX, HIGH_BYTES, INSIDE_BYTES_MAX, PAIR_BYTES_MAX,
    PLAIN_BYTES_MAX, SHORT_BYTES_MAX, TAG_MAX, ZERO_BYTES_MAX,
};
use crate::rsa::code_of;
use zeroize::Zeroizing;

/// One way to read bytes as a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// A scalar of a curve.
    Scalar(Curve, Layout),
    /// One of the three of curve25519.
    Bytes(Reading),
    /// One of the three of curve448.
    Goldilocks(Reading),
}

impl Way {
    /// The ways that are tried on bytes of a rank, where points of the curves `in_sight` lie
    /// in the dump.
    pub(super) fn of(rank: Rank, in_sight: &[Curve]) -> Vec<Self> {
        let readings = [Reading::Seed, Reading::Montgomery, Reading::Scalar];
        let bytes = readings.map(Self::Bytes).into_iter();
        // Dear and rare: inside of randomness no key of curve448 is tried.
        let goldilocks = readings.map(Self::Goldilocks).into_iter().filter(|_| rank != Rank::Inside);
        let layouts: &[Layout] = if rank == Rank::Inside { &Layout::PLAIN } else { &Layout::ALL };
        let of_curve = |curve: &Curve| {
            let curve = *curve;
            layouts.iter().map(move |layout| Self::Scalar(curve, *layout))
        };
        bytes.chain(goldilocks).chain(in_sight.iter().flat_map(of_curve)).collect()
    }

    /// Length of the bytes that are read.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Scalar(curve, layout) => layout.width(curve),
            Self::Bytes(_) => 32,
            Self::Goldilocks(reading) => goldilocks::width(reading),
        }
    }

    /// See [`Curve::cost`].
    pub(super) fn cost(self) -> u64 {
        match self {
            Self::Scalar(curve, _) => curve.cost(),
            Self::Bytes(_) => edwards::COST,
            Self::Goldilocks(_) => goldilocks::COST,
        }
    }

    /// How many of the bytes may look like something else: the top limb of a 521-bit
    /// number, and the words of digits.
    fn plain_bytes_max(self) -> usize {
        match self {
            Self::Scalar(_, layout) if layout.is_digits() => self.width(),
            Self::Scalar(Curve::P521, _) => 2 * PLAIN_BYTES_MAX + 1,
            Self::Scalar(..) | Self::Bytes(_) | Self::Goldilocks(_) => PLAIN_BYTES_MAX,
        }
    }

    /// Whether it is read at an offset with random bytes around it. Keys of curve25519, which
    /// no point announces, only where an allocator would put them.
    fn stands_inside(self, chunk: &Chunk, at: usize) -> bool {
        let is_string = matches!(self, Self::Bytes(_) | Self::Goldilocks(_));
        let alignment = if is_string && chunk.stretch > PAIR_BYTES_MAX { 16 } else { 8 };
        chunk.position.wrapping_add(at as u64).is_multiple_of(alignment)
    }

    /// Longest stretch at the ends of which it is read.
    fn short_bytes_max(self) -> usize {
        if matches!(self, Self::Goldilocks(_)) { GOLDILOCKS_BYTES_MAX } else { SHORT_BYTES_MAX }
    }

    /// Whether it is read where no machine word begins: strings of bytes only.
    fn stands_anywhere(self) -> bool {
        matches!(self, Self::Bytes(_) | Self::Goldilocks(_) | Self::Scalar(_, Layout::BigEndian))
    }

    /// The canonical bytes of the key: the scalar big-endian, or the bytes themselves.
    pub(super) fn value(self, bytes: &[u8]) -> Option<Value> {
        // Whatever is divided by R comes out random.
        if let Self::Scalar(curve, Layout::Montgomery) = self {
            let raw: Zeroizing<Vec<u8>> =
                Zeroizing::new(bytes.iter().take(curve.size()).rev().copied().collect());
            if !looks_random(&raw) {
                return None;
            }
        }
        let value = match self {
            Self::Scalar(curve, layout) => layout.scalar(curve, bytes)?,
            Self::Bytes(_) | Self::Goldilocks(_) => Zeroizing::new(bytes.to_vec()),
        };
        looks_random(&value).then_some(value)
    }

    /// The public keys of canonical bytes: X || Y, or an encoded point.
    pub(super) fn publics(self, values: &[Value]) -> Vec<Option<Vec<u8>>> {
        match self {
            Self::Scalar(curve, _) => curve.publics(values),
            Self::Bytes(reading) => {
                let keys: Vec<&[u8]> = values.iter().map(|value| value.as_slice()).collect();
                edwards::publics(reading, &keys)
            }
            Self::Goldilocks(reading) => {
                let keys: Vec<&[u8]> = values.iter().map(|value| value.as_slice()).collect();
                goldilocks::publics(reading, &keys)
            }
        }
    }

    /// The strings of bytes, each of which in the dump proves the key: the first
    /// coordinate in every layout.
    pub(super) fn proofs(self, public: &[u8]) -> Vec<Vec<u8>> {
        match self {
            Self::Scalar(curve, _) => {
                let Some(x) = public.get(..curve.size()) else { return Vec::new() };
                let layouts = Layout::of_coordinates(curve).chain([Layout::Montgomery]);
                layouts.map(|layout| layout.write(curve, x, &curve.numbers().prime)).collect()
            }
            Self::Bytes(_) | Self::Goldilocks(_) => vec![public.to_vec()],
        }
    }
}

/// How well bytes stand apart from what is around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Nothing random on either side.
    Alone,
    /// Nothing random on one side, and not much on the other.
    Edge,
    /// Random bytes on both sides, or very many on one.
    Inside,
}

impl Rank {
    /// In the order of trying.
    pub(super) const ALL: [Self; 3] = [Self::Alone, Self::Edge, Self::Inside];
}

/// A place at which a number may start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// Offset in the chunk.
    pub(super) at: usize,
    /// Whether a machine word begins there.
    aligned: bool,
    /// Whether zeros before it say that something begins.
    pub(super) opens: bool,
    /// The length that an encoding before it names.
    pub(super) length: Option<usize>,
}

/// Every place of a chunk at which a number may start.
pub(super) fn starts(chunk: &Chunk) -> impl Iterator<Item = Start> + '_ {
    (0..chunk.bytes.len()).filter_map(|at| {
        let before = chunk.bytes.get(at.saturating_sub(5)..at).unwrap_or_default();
        let aligned = chunk.position.wrapping_add(at as u64).is_multiple_of(8);
        // A small number of 32 bits may stand before it in a structure, a tag or a length in one byte between.
        let follows_word = chunk.position.wrapping_add(at as u64).is_multiple_of(4)
            && matches!(before, [.., small, 0, 0, 0] if (1..=TAG_MAX).contains(small));
        let opens = (matches!(before, [.., 0, 0, 0, last] if *last <= TAG_MAX) || follows_word)
            && chunk.bytes.get(at).is_some_and(|first| *first != 0);
        let length = named_length(before);
        let may_follow = || STRING_WIDTHS.into_iter().any(|width| follows(chunk, at, width));
        (aligned || opens || length.is_some() || may_follow()).then_some(Start { at, aligned, opens, length })
    })
}

/// Lengths of keys that are strings of bytes: those of curve25519, X448 and Ed448.
const STRING_WIDTHS: [usize; 3] = [32, goldilocks::SCALAR_BYTES, goldilocks::SEED_BYTES];

/// True for a key whose place the public key before it tells: between two copies of that, as Ed25519 keeps the seed with
/// the public key in a structure that begins with the public key as well, or last in a structure, with a flag of one byte
/// between.
fn follows(chunk: &Chunk, at: usize, width: usize) -> bool {
    let bytes = &chunk.bytes;
    let opens = |start: &usize| {
        let before = bytes.get(start.saturating_sub(8)..*start).unwrap_or_default();
        chunk.position.wrapping_add(*start as u64).is_multiple_of(8) && is_plain(before)
    };
    let string = |start: usize| bytes.get(start..start.checked_add(width)?);
    let between = |public: usize| string(public) == string(at + width);
    let flagged = |flag: usize| {
        let after = bytes.get(at + width..at + width + 8).unwrap_or_default();
        bytes.get(flag).is_some_and(|flag| *flag <= TAG_MAX) && is_plain(after)
    };
    at.checked_sub(width).filter(opens).is_some_and(between)
        || at.checked_sub(width + 1).filter(opens).is_some_and(|_| flagged(at - 1))
}

/// The length that an OCTET STRING's head names, or one in four bytes; a zero byte may
/// keep a number positive.
fn named_length(before: &[u8]) -> Option<usize> {
    match before {
        [.., 0, 0, 0, length, 0] => Some(usize::from(length.saturating_sub(1))),
        [.., 4, length] | [.., 0, 0, 0, length] => Some(usize::from(*length)),
        _ => None,
    }
}

/// The rank of the number that is read at a place; nothing if nothing is read there.
pub(super) fn rank(chunk: &Chunk, start: Start, way: Way) -> Option<Rank> {
    let (bytes, at) = (&chunk.bytes, start.at);
    let end = at.checked_add(way.width()).filter(|end| *end <= bytes.len())?;
    let anywhere = way.stands_anywhere();
    let headed = anywhere && start.length == Some(way.width());
    let is_string = matches!(way, Way::Bytes(_) | Way::Goldilocks(_));
    let told = is_string && follows(chunk, at, way.width());
    if !(told || start.aligned || headed || (anywhere && start.opens)) {
        return None;
    }
    if chunk.plain_bytes(at..end) > way.plain_bytes_max() {
        return None;
    }
    let before = bytes.get(at.saturating_sub(8)..at).unwrap_or_default();
    let after = bytes.get(end..(end + 8).min(bytes.len())).unwrap_or_default();
    let is_short = chunk.stretch <= way.short_bytes_max();
    if told {
        return Some(Rank::Edge);
    }
    match (headed || start.opens || is_plain(before), is_plain(after)) {
        (true, true) => Some(Rank::Alone),
        (true, false) | (false, true) if is_short || headed => Some(Rank::Edge),
        (true, false) | (false, true) if way.stands_inside(chunk, at) => Some(Rank::Inside),
        (false, false) if way.stands_inside(chunk, at) && chunk.stretch <= INSIDE_BYTES_MAX => {
            Some(Rank::Inside)
        }
        _ => None,
    }
}

/// True for words that belong to no number: pointers, sizes, zeros, text.
pub(super) fn is_plain(word: &[u8]) -> bool {
    let zeros = word.iter().filter(|byte| **byte == 0).count();
    word.len() < 8 || zeros >= 3 || word.ends_with(&[0, 0]) || is_text(word)
}

/// True for printable characters alone. One random word of eight bytes in 2,800 looks so.
pub(super) fn is_text(word: &[u8]) -> bool {
    word.iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// True for what may be a random number: judged are the first and the last 32 bytes,
/// without the two at the top, which a prime may bound.
pub(super) fn looks_random(value: &[u8]) -> bool {
    let first = value.get(value.len() % 16..).and_then(<[u8]>::first_chunk::<32>);
    [first, value.last_chunk::<32>()].into_iter().flatten().all(is_random_block)
}

fn is_random_block(block: &[u8; 32]) -> bool {
    let mut seen = [0_u64; 4];
    let (mut zeros, mut high, mut code) = (0, 0, 0);
    for byte in block {
        if let Some(values) = seen.get_mut(usize::from(byte >> 6)) {
            *values |= 1 << (byte & 63);
        }
        zeros += usize::from(*byte == 0);
        high += usize::from(*byte >= 0x80);
        code += code_of(*byte);
    }
    let distinct: u32 = seen.iter().map(|values| values.count_ones()).sum();
    distinct >= DISTINCT_MIN && zeros <= ZERO_BYTES_MAX && HIGH_BYTES.contains(&high) && code <= CODE_MAX
}
