//! Points among numbers, by the equation of the curve: y^2 = x^3 + a x + b. Each number is
//! taken for an x and for a y; that two of them agree modulo a prime of 256 bits is no
//! chance, wherever the two stand.

use super::limits::{JACOBIAN_PAIRS_MAX, JACOBIAN_REACH_MIN};
use elliptic_curve::ff::{Field as _, PrimeField as _};
use elliptic_curve::hazmat::FieldArithmetic;
use elliptic_curve::point::AffineCoordinates as _;
use elliptic_curve::{CurveGroup as _, FieldBytes, Group as _};
use p256::elliptic_curve;
use std::collections::BTreeSet;

/// A number that may be a coordinate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    /// Position of its first byte.
    pub(super) position: u64,
    /// Whether it is read as limbs and nothing random touches it.
    pub(super) is_limbs_alone: bool,
    /// Big-endian, as long as the prime of the curve.
    pub(super) value: Vec<u8>,
}

/// What the search for points found.
#[derive(Debug, Default)]
pub(super) struct Points {
    /// Whether an affine point was met.
    pub(super) affine: bool,
    /// x of the points in Jacobian coordinates, big-endian: these stand nowhere.
    pub(super) jacobian: BTreeSet<Vec<u8>>,
    /// Pairs of X and Z that were not tried: numbers far from each other.
    pub(super) far: u64,
}

type Element<C> = <C as FieldArithmetic>::FieldElement;

/// The equation of a curve.
struct Equation<C: FieldArithmetic> {
    a: Element<C>,
    b: Element<C>,
    /// 1 / R, with R two to the bits of the limbs.
    unmontgomery: Element<C>,
    /// x of the generator, a point that says nothing.
    generator: FieldBytes<C>,
}

/// The points among `numbers` (in order of position), plain or in Montgomery form with R two
/// to the `bits`; among `encodings`, X || Y each; and whether one of `lone` is an x.
pub(super) fn points<C: FieldArithmetic>(
    bits: u32,
    numbers: &[Number],
    encodings: &BTreeSet<Vec<u8>>,
    lone: &BTreeSet<Vec<u8>>,
) -> Points {
    let mut out = Points::default();
    let Some(equation) = Equation::<C>::new(bits) else { return out };
    out.affine = encodings.iter().any(|point| equation.holds(point)) || lone.iter().any(|x| equation.is_x(x));
    let mut plain = Vec::new();
    for number in numbers {
        if let Some(element) = element::<C>(&number.value) {
            plain.push((number, element));
        }
    }
    let reduced: Vec<_> =
        plain.iter().map(|(number, element)| (*number, *element * equation.unmontgomery)).collect();
    for numbers in [plain, reduced] {
        equation.search(&numbers, &mut out);
    }
    out
}

impl<C: FieldArithmetic> Equation<C> {
    /// The equation follows from two points.
    fn new(bits: u32) -> Option<Self> {
        let generator = C::ProjectivePoint::generator();
        let both = |point: C::ProjectivePoint| {
            let point = point.to_affine();
            let (x, y) = (element::<C>(&point.x())?, element::<C>(&point.y())?);
            // y^2 - x^3 = a x + b.
            Some((x, canonical::<C>(y.square() - x.square() * x)?))
        };
        let ((x, left), (other_x, other_left)) = (both(generator)?, both(generator.double())?);
        let run: Element<C> = Option::from(canonical::<C>(x - other_x)?.invert())?;
        let a = canonical::<C>(canonical::<C>(left - other_left)? * run)?;
        let b = canonical::<C>(left - a * x)?;
        let r = Element::<C>::from(2).pow_vartime([u64::from(bits)]);
        Some(Self { a, b, unmontgomery: Option::from(r.invert())?, generator: x.to_repr() })
    }

    /// Whether X || Y is a point.
    fn holds(&self, point: &[u8]) -> bool {
        let Some((x, y)) = point.split_at_checked(point.len() / 2) else { return false };
        let Some((x, y)) = element::<C>(x).zip(element::<C>(y)) else { return false };
        self.is_open(&x) && self.right(&x).to_repr() == y.square().to_repr()
    }

    /// Whether a point has this x: every other number is one.
    fn is_x(&self, x: &[u8]) -> bool {
        element::<C>(x).is_some_and(|x| self.is_open(&x) && self.right(&x).sqrt().is_some().into())
    }

    fn is_open(&self, x: &Element<C>) -> bool {
        x.to_repr() != self.generator
    }

    /// x^3 + a x + b.
    fn right(&self, x: &Element<C>) -> Element<C> {
        (x.square() + self.a) * x + self.b
    }

    fn search(&self, numbers: &[(&Number, Element<C>)], out: &mut Points) {
        let squares: Vec<Element<C>> = numbers.iter().map(|(_, element)| element.square()).collect();
        let mut known: Vec<Low> = squares.iter().map(low::<C>).collect();
        known.sort_unstable();
        let is_known = |right: &Element<C>| known.binary_search(&low::<C>(right)).is_ok();
        out.affine |= numbers.iter().any(|(_, x)| is_known(&self.right(x)) && self.is_open(x));
        let alone: Vec<_> =
            numbers.iter().zip(&squares).filter(|((number, _), _)| number.is_limbs_alone).collect();
        let reach = (JACOBIAN_PAIRS_MAX / 2 / alone.len().max(1)).max(JACOBIAN_REACH_MIN);
        out.far += alone.len().saturating_sub(reach * 2 + 1) as u64 * alone.len() as u64;
        // Y^2 = X^3 + a X Z^4 + b Z^6.
        let of_z = |z_square: &Element<C>| {
            let fourth = z_square.square();
            (self.a * fourth, self.b * fourth * *z_square)
        };
        let of_z: Vec<_> = alone.iter().map(|(_, square)| of_z(square)).collect();
        for (at, ((_, x), x_square)) in alone.iter().enumerate() {
            let cube = **x_square * *x;
            let near = alone.iter().zip(&of_z).take(at + reach + 1).skip(at.saturating_sub(reach));
            for ((_, z_square), (a, b)) in near {
                if is_known(&(*a * *x + cube + *b)) {
                    let inverse: Option<Element<C>> = z_square.invert().into();
                    let x = inverse.map(|inverse| *x * inverse).filter(|x| self.is_open(x));
                    out.jacobian.extend(x.map(|x| x.to_repr().to_vec()));
                }
            }
        }
    }
}

/// The lowest bytes of a residue: enough that no two differ there by chance only.
type Low = u128;

fn low<C: FieldArithmetic>(element: &Element<C>) -> Low {
    element.to_repr().last_chunk::<16>().map_or(0, |low| u128::from_be_bytes(*low))
}

fn element<C: FieldArithmetic>(value: &[u8]) -> Option<Element<C>> {
    let repr = FieldBytes::<C>::try_from(value).ok()?;
    Element::<C>::from_repr(repr).into()
}

/// The same residue, reduced: some crates let sums grow.
fn canonical<C: FieldArithmetic>(element: Element<C>) -> Option<Element<C>> {
    Element::<C>::from_repr(element.to_repr()).into()
}

#[cfg(test)]
mod tests {
    use super::super::curve::Curve;
    use super::*;
    use num_bigint::BigUint;

    fn bytes(curve: Curve, value: &BigUint) -> Vec<u8> {
        let digits = value.to_bytes_be();
        [vec![0; curve.size() - digits.len()], digits].concat()
    }

    fn search(curve: Curve, values: &[&BigUint]) -> Points {
        let number = |(at, value): (usize, &&BigUint)| Number {
            position: at as u64 * 64,
            is_limbs_alone: true,
            value: bytes(curve, value),
        };
        let numbers: Vec<Number> = values.iter().enumerate().map(number).collect();
        curve.points(&numbers, &BTreeSet::new(), &BTreeSet::new())
    }

    #[test]
    fn points_are_found_among_other_numbers() {
        for curve in Curve::ALL {
            let prime = &curve.numbers().prime;
            let point = curve.public(&vec![1; curve.size()]).unwrap();
            let mut one = vec![0; curve.size()];
            *one.last_mut().unwrap() = 1;
            let generator = BTreeSet::from([curve.public(&one).unwrap()[1..].to_vec()]);
            assert!(!curve.points(&[], &generator, &BTreeSet::new()).affine, "{curve:?}");
            let (x, y) = point[1..].split_at(curve.size());
            let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
            let noise = |seed: u32| BigUint::from(seed).pow(7) % prime;
            let (one, two) = (noise(0xfeed_beef), noise(0xdead_cafe));
            let none = search(curve, &[&one, &two, &x]);
            assert!(!none.affine && none.jacobian.is_empty(), "{curve:?}");
            assert!(search(curve, &[&y, &one, &two, &x]).affine, "{curve:?}");
            let montgomery = |value: &BigUint| (value << (curve.limb_bytes() * 8)) % prime;
            assert!(search(curve, &[&one, &montgomery(&x), &montgomery(&y)]).affine, "{curve:?}");
            let z = BigUint::from(0x1234_5678_9abc_def1_u64).pow(4) % prime;
            let (big_x, big_y) = (&x * &z * &z % prime, &y * &z * &z * &z % prime);
            let found = search(curve, &[&one, &big_x, &big_y, &z, &two]);
            assert_eq!(found.jacobian.into_iter().collect::<Vec<_>>(), [bytes(curve, &x)], "{curve:?}");
            let [big_x, big_y, z] = [&big_x, &big_y, &z].map(montgomery);
            let found = search(curve, &[&one, &big_y, &z, &big_x, &two]);
            assert_eq!(found.jacobian.into_iter().collect::<Vec<_>>(), [bytes(curve, &x)], "{curve:?}");
            let encoding = BTreeSet::from([point[1..].to_vec()]);
            assert!(curve.points(&[], &encoding, &BTreeSet::new()).affine, "{curve:?}");
            assert!(curve.points(&[], &BTreeSet::new(), &BTreeSet::from([bytes(curve, &x)])).affine);
        }
    }
}
