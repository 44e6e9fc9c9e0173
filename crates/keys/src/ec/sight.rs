//! The curves of which a public point lies in the dump: on these alone scalars are tried.

use super::chunk::Chunk;
use super::curve::Curve;
use super::equation::Number;
use super::harvest::Coverage;
use super::job::{Rank, Start, Way, looks_random, rank, starts};
use super::layout::Layout;
use super::limits::{BLOCK_CHUNKS, NUMBERS_MAX};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Lengths of a coordinate, each with a curve of it.
const SIZES: [Curve; 4] = [Curve::P256, Curve::P384, Curve::BrainpoolP512, Curve::P521];

/// What may be a point, of one length of coordinates.
#[derive(Default)]
struct Sight {
    numbers: Vec<Number>,
    /// X || Y.
    encodings: BTreeSet<Vec<u8>>,
    /// X of points whose y is told by its sign alone, or given without.
    lone: BTreeSet<Vec<u8>>,
}

/// The curves in sight, and the x of points that stand in Jacobian coordinates.
pub(super) fn in_sight(
    chunks: &[Chunk],
    given: &BTreeSet<Vec<u8>>,
    coverage: &mut Coverage,
) -> (Vec<Curve>, BTreeSet<Vec<u8>>) {
    let (mut curves, mut jacobian) = (Vec::new(), BTreeSet::new());
    for like in SIZES {
        let sight = look(chunks, given, like, coverage);
        let same_size: Vec<Curve> =
            Curve::ALL.into_iter().filter(|curve| curve.size() == like.size()).collect();
        let points = same_size
            .par_iter()
            .map(|curve| (*curve, curve.points(&sight.numbers, &sight.encodings, &sight.lone)));
        for (curve, points) in points.collect::<Vec<_>>() {
            coverage.far += points.far;
            if points.affine || !points.jacobian.is_empty() {
                curves.push(curve);
            }
            jacobian.extend(points.jacobian);
        }
    }
    curves.sort_unstable();
    (curves, jacobian)
}

fn look(chunks: &[Chunk], given: &BTreeSet<Vec<u8>>, like: Curve, coverage: &mut Coverage) -> Sight {
    let read = |chunk: &Chunk| {
        let (mut sight, mut ranked) = (Sight::default(), Vec::new());
        for start in starts(chunk) {
            numbers(chunk, start, like, &mut ranked);
        }
        encodings(&chunk.bytes, like.size(), &mut sight);
        (ranked, sight)
    };
    let mut out = Sight::default();
    let mut by_rank: BTreeMap<Rank, Vec<Number>> = BTreeMap::new();
    for block in chunks.chunks(BLOCK_CHUNKS) {
        for (ranked, sight) in block.par_iter().map(read).collect::<Vec<_>>() {
            for (rank, number) in ranked {
                let numbers = by_rank.entry(rank).or_default();
                if numbers.len() < NUMBERS_MAX {
                    numbers.push(number);
                } else {
                    coverage.points_skipped += 1;
                }
            }
            out.encodings.extend(sight.encodings);
            out.lone.extend(sight.lone);
        }
    }
    for bytes in given {
        encodings(bytes, like.size(), &mut out);
        if bytes.len() == like.size() {
            out.lone.insert(bytes.clone());
        }
    }
    out.numbers.extend(by_rank.into_values().flatten());
    coverage.points_skipped += out.numbers.len().saturating_sub(NUMBERS_MAX) as u64;
    out.numbers.truncate(NUMBERS_MAX);
    out.numbers.sort_unstable();
    out
}

/// The numbers at a place, in every layout that it can have there.
fn numbers(chunk: &Chunk, start: Start, like: Curve, out: &mut Vec<(Rank, Number)>) {
    for layout in Layout::of_coordinates(like) {
        let way = Way::Scalar(like, layout);
        let Some(rank) = rank(chunk, start, way) else { continue };
        if rank != Rank::Alone && !Layout::PLAIN.contains(&layout) && !layout.is_of_coordinates() {
            continue;
        }
        let bytes = chunk.bytes.get(start.at..start.at + way.width()).unwrap_or_default();
        let Some(value) = way.value(bytes) else { continue };
        let position = chunk.position.saturating_add(start.at as u64);
        let is_limbs_alone = rank == Rank::Alone && layout == Layout::Limbs;
        out.push((rank, Number { position, is_limbs_alone, value: value.to_vec() }));
    }
}

/// Points as SEC 1 encodes them (section 2.3.3): 04 || X || Y anywhere, and where its length
/// stands before it, 02 || X or 03 || X.
fn encodings(bytes: &[u8], size: usize, sight: &mut Sight) {
    for at in memchr::memchr3_iter(2, 3, 4, bytes) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let Some(x) = rest.get(..size).filter(|x| looks_random(x)) else { continue };
        if bytes.get(at) != Some(&4) {
            // The head of an OCTET STRING or a BIT STRING, or a length in four bytes.
            let before = bytes.get(at.saturating_sub(4)..at).unwrap_or_default();
            let length = u8::try_from(size + 1).unwrap_or(0);
            let heads: [&[u8]; 4] =
                [&[4, length], &[3, length + 1, 0], &[0, 0, 0, length], &[length, 0, 0, 0]];
            if heads.iter().any(|head| before.ends_with(head)) {
                sight.lone.insert(x.to_vec());
            }
        } else if let Some(both) = rest.get(..2 * size)
            && looks_random(both.get(size..).unwrap_or_default())
        {
            sight.encodings.insert(both.to_vec());
        }
    }
}
