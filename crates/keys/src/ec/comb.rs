//! Public keys of many scalars at once: multiples of the generator that are computed once
//! per batch, and one inversion for all points of a part. The arithmetic of points is
//! that of the `RustCrypto` crates.

use super::limits::BATCH_SCALARS;
use elliptic_curve::point::AffineCoordinates as _;
use elliptic_curve::{CurveArithmetic, CurveGroup, Group as _};
use p256::elliptic_curve;
use rayon::prelude::*;
use zeroize::Zeroizing;

/// A scalar, big-endian, as long as the order.
pub(super) type Value = Zeroizing<Vec<u8>>;

/// The public key X || Y of each scalar; all must be below the order. Nothing stands for
/// the point at infinity.
pub(super) fn publics<C: CurveArithmetic>(scalars: &[Value]) -> Vec<Option<Vec<u8>>> {
    let bits = scalars.first().map_or(0, |scalar| scalar.len() * 8);
    let table = Table::<C>::new(bits, scalars.len());
    let parts = scalars.par_chunks(BATCH_SCALARS).flat_map_iter(|part| {
        let sums: Vec<C::ProjectivePoint> = part.iter().map(|scalar| table.multiple(scalar)).collect();
        affine::<C>(&sums).into_iter().map(|point| {
            let is_point = !bool::from(elliptic_curve::CurveAffine::is_identity(&point));
            is_point.then(|| [point.x().as_slice(), point.y().as_slice()].concat())
        })
    });
    parts.collect()
}

/// d 2^(w i) G for every window i of w bits and every digit d but zero.
struct Table<C: CurveArithmetic> {
    width: usize,
    points: Vec<C::AffinePoint>,
}

impl<C: CurveArithmetic> Table<C> {
    /// A table with windows as wide as pays for so many scalars.
    fn new(bits: usize, scalars: usize) -> Self {
        let additions = |width: &usize| bits.div_ceil(*width) * ((1 << width) + scalars);
        let width = (1..=8).min_by_key(additions).unwrap_or(1);
        let mut points = Vec::with_capacity(bits.div_ceil(width) << width);
        let mut base = C::ProjectivePoint::generator();
        for _ in 0..bits.div_ceil(width) {
            let mut multiple = base;
            for _ in 1..1 << width {
                points.push(multiple);
                multiple += base;
            }
            base = multiple;
        }
        Self { width, points: affine::<C>(&points) }
    }

    fn multiple(&self, scalar: &[u8]) -> C::ProjectivePoint {
        let mut sum = C::ProjectivePoint::identity();
        let windows = self.points.chunks_exact((1 << self.width) - 1);
        for (index, multiples) in windows.enumerate() {
            let digit = digit(scalar, index * self.width, self.width);
            if let Some(point) = digit.checked_sub(1).and_then(|before| multiples.get(before)) {
                sum += *point;
            }
        }
        sum
    }
}

/// `width` bits of a big-endian number, at most eight, from bit `low` on.
fn digit(scalar: &[u8], low: usize, width: usize) -> usize {
    let byte = |index: usize| {
        let at = scalar.len().checked_sub(index + 1);
        at.and_then(|at| scalar.get(at)).copied().map_or(0, usize::from)
    };
    let pair = byte(low / 8) | byte(low / 8 + 1) << 8;
    pair >> (low % 8) & ((1 << width) - 1)
}

fn affine<C: CurveArithmetic>(points: &[C::ProjectivePoint]) -> Vec<C::AffinePoint> {
    let mut out = vec![C::AffinePoint::default(); points.len()];
    C::ProjectivePoint::batch_normalize(points, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::super::curve::Curve;
    use super::*;

    #[test]
    fn batches_of_any_size_agree_with_single_scalars() {
        for curve in Curve::ALL {
            for count in [1, 2, 40] {
                let scalar = |seed: u8| {
                    let mut bytes = vec![0; curve.size()];
                    let fill =
                        |(at, byte): (usize, &mut u8)| *byte = seed.wrapping_mul(at.to_le_bytes()[0] ^ 0x5a);
                    bytes.iter_mut().enumerate().skip(usize::from(seed) % 9 + 1).for_each(fill);
                    bytes.push(seed);
                    Zeroizing::new(bytes.split_off(1))
                };
                let scalars: Vec<Value> = (1..=count).map(scalar).collect();
                let alone = |scalar: &Value| curve.public(scalar).map(|point| point[1..].to_vec());
                assert_eq!(
                    curve.publics(&scalars),
                    scalars.iter().map(alone).collect::<Vec<_>>(),
                    "{curve:?}"
                );
            }
        }
    }
}
