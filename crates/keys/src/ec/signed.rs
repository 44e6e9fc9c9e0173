//! Scalars in signed digits, as Java's `IntegerPolynomial` computes with them.
//!
//! The JDK (`sun.security.util.math.intpoly`, written by `FieldGen`) keeps numbers modulo the order of a group in `long`
//! words of 26 or 28 bits. It carries so that digits lie on both sides of zero, and reduces only as far as the digits have
//! room: what it holds is the scalar plus or minus some multiples of the order.

use super::curve::Curve;
use super::material::{goldilocks_order, order};
use crate::material::{Kind, Material};
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::ToPrimitive as _;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bits of a digit and how many digits there are (`FieldGen.java` of OpenJDK 17: `bitsPerLimb` and `numLimbs` of
/// `P256OrderField`, `P384OrderField`, `P521OrderField`, `O25519`, `O448`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digits {
    bits: u64,
    count: u32,
}

/// Those of the order of curve25519.
pub(super) const CURVE25519: Digits = Digits { bits: 26, count: 10 };

/// Those of the order of curve448.
pub(super) const CURVE448: Digits = Digits { bits: 28, count: 16 };

/// Those of a curve that the JDK computes on in this way.
pub(super) fn of(curve: Curve) -> Option<Digits> {
    match curve {
        Curve::P256 => Some(Digits { bits: 26, count: 10 }),
        Curve::P384 => Some(Digits { bits: 28, count: 14 }),
        Curve::P521 => Some(Digits { bits: 28, count: 19 }),
        _ => None,
    }
}

/// Ways in which a scalar stands there: words of eight bytes, least significant first, each little-endian.
pub(super) fn written(scalar: &BigUint, order: &BigUint, digits: Digits) -> Vec<Vec<u8>> {
    let room = digits.bits * u64::from(digits.count);
    // The top digit is carried nowhere, and holds multiples of the order up to its sign.
    let most = (BigUint::from(1_u8) << (room - 1)) / order.max(&BigUint::from(1_u8));
    let most = most.to_i64().unwrap_or(MULTIPLES_MAX).min(MULTIPLES_MAX) + 1;
    let (scalar, order) = (BigInt::from(scalar.clone()), BigInt::from(order.clone()));
    (-most..=most).map(|times| carried(&scalar + &order * times, digits)).collect()
}

/// Most multiples to either side that are written out: all that P-256 has room for. Arrays that hold others are found as
/// [`Arrays`], pieces of them as far as the digits are the same.
const MULTIPLES_MAX: i64 = 8;

/// A number in digits from -2^(bits-1) to 2^(bits-1) - 1, and what is left in the last.
fn carried(mut number: BigInt, digits: Digits) -> Vec<u8> {
    let half = BigInt::from(1) << (digits.bits - 1);
    let mut out = Vec::new();
    for at in 1..=digits.count {
        let carry: BigInt = if at == digits.count { BigInt::ZERO } else { (&number + &half) >> digits.bits };
        let digit = &number - (&carry << digits.bits);
        out.extend(word(&digit).to_le_bytes());
        number = carry;
    }
    out
}

/// The low 64 bits of a digit, which has fewer.
fn word(digit: &BigInt) -> i64 {
    let low = digit.iter_u64_digits().next().unwrap_or(0).cast_signed();
    if digit.sign() == Sign::Minus { low.wrapping_neg() } else { low }
}

/// Scalars that are known and their inverses, to recognise every array of digits whose value is one of them modulo the order: also such as
/// were not carried to their end.
#[derive(Debug, Default)]
pub struct Arrays {
    groups: Vec<Group>,
}

/// The scalars of one group.
struct Group {
    digits: Digits,
    order: BigInt,
    /// What one unit of each of the top digits is, as a part of the order.
    weights: Vec<f64>,
    /// Each scalar, its inverse and their negatives as a part of the order, sorted, with the number itself and whose it is.
    parts: Vec<(f64, BigInt, usize)>,
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Group({:?}, {} scalars)", self.digits, self.parts.len() / 4)
    }
}

/// Top digits that are looked at first: 104 bits and more.
const TOP_DIGITS: u32 = 4;

/// Bits of a part of the order that are computed.
const PART_BITS: u32 = 64;

/// How far a part of the order may be off: a double has 53 bits, and eleven of them go to multiples of the order.
const TOLERANCE: f64 = 1e-9;

/// Binary logarithm of the numbers that count as digits: of P-521 the lower ones are added up to 2^37 before they are carried.
const DIGIT_LOG2_MAX: u32 = 44;

impl Arrays {
    /// Takes the scalars of keys, each with the number that is given back for it.
    #[must_use]
    pub fn of<'a>(materials: impl Iterator<Item = (usize, &'a Material)>) -> Self {
        let mut groups: BTreeMap<(Digits, BigUint), Vec<(BigUint, usize)>> = BTreeMap::new();
        for (whose, material) in materials {
            if let Some((scalar, order, digits)) = scalar_of(material) {
                let inverse = scalar.modinv(&order);
                let group = groups.entry((digits, order)).or_default();
                group.push((scalar, whose));
                group.extend(inverse.map(|inverse| (inverse, whose)));
            }
        }
        let group = |((digits, order), scalars): ((_, _), Vec<_>)| group(digits, order, &scalars);
        Self { groups: groups.into_iter().map(group).collect() }
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Gives every array in memory whose words are little-endian and begin at a multiple of eight bytes, and whose it is.
    pub fn find(&self, bytes: &[u8], mut give: impl FnMut(Range<usize>, usize)) {
        let mut run = 0;
        let words = bytes.as_chunks::<8>().0;
        for (at, word) in words.iter().enumerate() {
            let word = i64::from_le_bytes(*word);
            run = if word.unsigned_abs() >> DIGIT_LOG2_MAX == 0 { run + 1 } else { 0 };
            for group in self.groups.iter().filter(|group| run >= group.digits.count as usize) {
                let start = at + 1 - group.digits.count as usize;
                if let Some(whose) = words.get(start..=at).and_then(|words| group.find(words)) {
                    give(start * 8..(at + 1) * 8, whose);
                }
            }
        }
    }
}

impl Group {
    fn find(&self, words: &[[u8; 8]]) -> Option<usize> {
        // Zeros, of which memory is full.
        if let [.., [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]] = words {
            return None;
        }
        let top = words.iter().rev().zip(&self.weights);
        let part: f64 = top.map(|(word, weight)| as_part(i64::from_le_bytes(*word)) * weight).sum();
        let part = part - part.floor();
        let first = self.parts.partition_point(|(known, ..)| *known < part - TOLERANCE);
        let near = self.parts.iter().skip(first).take_while(|(known, ..)| *known <= part + TOLERANCE);
        near.filter(|(_, scalar, _)| self.is_multiple(&(value(words, self.digits) - scalar)))
            .map(|(.., whose)| *whose)
            .next()
    }

    fn is_multiple(&self, difference: &BigInt) -> bool {
        difference % &self.order == BigInt::ZERO
    }
}

/// A digit as a double, which is exact up to 53 bits.
fn as_part(digit: i64) -> f64 {
    digit.to_f64().unwrap_or(0.0)
}

/// The number that digits make up.
fn value(words: &[[u8; 8]], digits: Digits) -> BigInt {
    let words = words.iter().rev().map(|word| BigInt::from(i64::from_le_bytes(*word)));
    words.fold(BigInt::ZERO, |sum, digit| (sum << digits.bits) + digit)
}

fn group(digits: Digits, order: BigUint, scalars: &[(BigUint, usize)]) -> Group {
    let unit = f64::from(PART_BITS).exp2();
    let share = |number: &BigUint| ((number << PART_BITS) / &order).to_f64().unwrap_or(0.0) / unit;
    let weight = |at| share(&(BigUint::from(1_u8) << (digits.bits * u64::from(digits.count - 1 - at))));
    let weights = (0..digits.count.min(TOP_DIGITS)).map(weight).collect();
    let both =
        scalars.iter().flat_map(|(scalar, whose)| [(scalar.clone(), *whose), (&order - scalar, *whose)]);
    let mut parts: Vec<_> =
        both.map(|(scalar, whose)| (share(&scalar), BigInt::from(scalar), whose)).collect();
    parts.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    Group { digits, order: BigInt::from(order), weights, parts }
}

/// The scalar of a key below the order, the order, and the digits that the JDK writes it in.
fn scalar_of(material: &Material) -> Option<(BigUint, BigUint, Digits)> {
    let component = |name| material.components.iter().find(|one| one.name == name);
    let name = material.public_ids.iter().find(|id| id.name == "curve").map(|id| id.value.as_str());
    match material.kind {
        Kind::EcPrivateKey => {
            let curve = Curve::by_name(name?)?;
            let order = curve.numbers().order.clone();
            Some((BigUint::from_bytes_be(component("d")?.value.bytes()) % &order, order, of(curve)?))
        }
        Kind::EdwardsPrivateKey => {
            let scalar = component("scalar")?;
            let is_448 = scalar.value.len() > 32;
            let (order, digits) = if is_448 { (goldilocks_order(), CURVE448) } else { (order(), CURVE25519) };
            Some((BigUint::from_bytes_le(scalar.value.bytes()) % &order, order, digits))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(scalar: &BigUint, order: &BigUint, digits: Digits) {
        let all = written(scalar, order, digits);
        let (scalar, order) = (BigInt::from(scalar.clone()), BigInt::from(order.clone()));
        let mut multiples = Vec::new();
        for one in &all {
            assert_eq!(one.len(), digits.count as usize * 8);
            let words = one.as_chunks::<8>().0;
            let (last, others) = words.split_last().expect("digits");
            let half = 1_i64 << (digits.bits - 1);
            assert!(others.iter().all(|word| (-half..half).contains(&i64::from_le_bytes(*word))));
            assert!(i64::from_le_bytes(*last).abs() <= 4 * half);
            let difference = value(words, digits) - &scalar;
            assert_eq!(&difference % &order, BigInt::ZERO);
            multiples.push(difference / &order);
        }
        assert!(multiples.contains(&BigInt::ZERO) && multiples.is_sorted());
        assert_eq!(multiples.first().map(|first| -first), multiples.last().cloned());
    }

    #[test]
    fn digits_are_those_of_the_jdk() {
        // By hand: 2^25 is the least number that is carried, and -1 of the next digit is 2^26 less.
        let digits = Digits { bits: 26, count: 3 };
        assert_eq!(
            carried(BigInt::from(1_u64 << 25), digits),
            [-(1_i64 << 25), 1, 0].map(i64::to_le_bytes).concat()
        );
        assert_eq!(
            carried(BigInt::from((1_u64 << 25) - 1), digits),
            [(1_i64 << 25) - 1, 0, 0].map(i64::to_le_bytes).concat()
        );
        assert_eq!(carried(BigInt::from(-5), digits), [-5_i64, 0, 0].map(i64::to_le_bytes).concat());
        let room = |digits: Digits| digits.bits * u64::from(digits.count);
        for curve in Curve::ALL {
            let Some(digits) = of(curve) else { continue };
            assert!(room(digits) > curve.numbers().order.bits() && digits.bits < 32);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn every_way_is_the_scalar_and_multiples_of_the_order(bytes: [u8; 66]) {
            for curve in Curve::ALL {
                let Some(digits) = of(curve) else { continue };
                let order = &curve.numbers().order;
                check(&(BigUint::from_bytes_be(&bytes) % order), order, digits);
            }
        }
    }

    /// A key on a curve, as the encoded detectors report it.
    fn key(curve: Curve, scalar: &BigUint) -> Material {
        let mut d = scalar.to_bytes_be();
        d.splice(..0, vec![0; curve.size() - d.len()]);
        crate::encoded::named_ec(curve.name(), &d, &[4; 3], "test")
    }

    /// Adds a multiple of the order digit by digit, as is done before anything is carried.
    fn added(words: &[u8], order: &BigUint, digits: Digits, times: i64) -> Vec<u8> {
        let mut order = BigInt::from(order.clone());
        let mut out = Vec::new();
        for word in words.as_chunks::<8>().0 {
            let digit = &order & BigInt::from((1 << digits.bits) - 1);
            order >>= digits.bits;
            out.extend((i64::from_le_bytes(*word) + times * digit.to_i64().expect("a digit")).to_le_bytes());
        }
        out
    }

    #[test]
    fn array_whose_lower_digits_were_not_carried_is_found() {
        let (curve, digits) = (Curve::P521, Digits { bits: 28, count: 19 });
        let scalar = BigUint::from_bytes_be(&[0x5a; 65]);
        let one = written(&scalar, &curve.numbers().order, digits).swap_remove(3);
        let mut words: Vec<i64> = one.as_chunks().0.iter().map(|word| i64::from_le_bytes(*word)).collect();
        for at in 0..10 {
            let much = 0x1f7 + at as i64;
            words[at] += much << digits.bits;
            words[at + 1] -= much;
        }
        let memory: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).chain([0; 24]).collect();
        let key = key(curve, &scalar);
        let mut found = Vec::new();
        Arrays::of(std::iter::once((1, &key))).find(&memory, |range, _| found.push(range));
        assert_eq!(found, vec![0..one.len()]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn array_of_a_scalar_is_found_however_it_was_carried(bytes: [u8; 66], other: [u8; 66], gap in 0_usize..3, times in -3_i64..4) {
            for curve in Curve::ALL {
                let Some(digits) = of(curve) else { continue };
                let order = &curve.numbers().order;
                let scalar = BigUint::from_bytes_be(&bytes) % order;
                let others = written(&(BigUint::from_bytes_be(&other) % order), order, digits);
                let keys = [key(curve, &scalar)];
                let arrays = Arrays::of(keys.iter().enumerate().map(|(at, key)| (at + 7, key)));
                for one in written(&scalar, order, digits) {
                    let one = added(&one, order, digits, times);
                    let mut memory = others.concat();
                    let at = memory.len() + gap * 8;
                    memory.extend(vec![0xff; gap * 8]);
                    memory.extend(&one);
                    memory.extend(others.concat());
                    let mut found = Vec::new();
                    arrays.find(&memory, |range, whose| found.push((range, whose)));
                    prop_assert_eq!(found, vec![(at..at + one.len(), 7)]);
                }
            }
        }
    }
}
