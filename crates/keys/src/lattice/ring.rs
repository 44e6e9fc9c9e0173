//! The number-theoretic transforms of FIPS 203, section 4.3, and FIPS 204, section 7.5, and
//! the one relation on which the search rests: the transform of a secret is the transform of
//! a polynomial with tiny coefficients.

use std::sync::LazyLock;
use zeroize::Zeroizing;

/// Coefficients of a polynomial.
pub(super) const DEGREE: usize = 256;

/// A polynomial, every coefficient in `0..q`.
pub(super) type Polynomial = Zeroizing<[u32; DEGREE]>;

/// Small coefficients, as the signed numbers that they are.
pub(super) type Small = Zeroizing<[i8; DEGREE]>;

/// A ring of polynomials modulo X^256 + 1 and q, with its transform.
pub(super) struct Ring {
    /// The modulus.
    pub(super) q: u32,
    /// Powers of the root of unity in the order of the butterflies, from index 1 on.
    zetas: Vec<u32>,
    /// Length of the shortest butterfly: 2 where the transform stops at linear factors.
    shortest: usize,
    /// Inverses of what the coefficients are multiplied with after the butterflies: the
    /// number of layers' product, with the Montgomery radix of the libraries, and by it.
    factors: [u32; 3],
    /// Largest absolute value of a coefficient of a secret.
    bound: u32,
    /// How many coefficients of a secret may be zero.
    zeros: std::ops::RangeInclusive<usize>,
    /// Sums of transformed coefficients that a secret can have, sorted.
    sums: Vec<u32>,
    /// Their low ten bits: most sums are passed over without a search.
    filter: [u64; 16],
}

/// ML-KEM. A coefficient is zero with probability 5/16 or 3/8 (FIPS 203, algorithm 8).
pub(super) static KEM: LazyLock<Ring> = LazyLock::new(|| Ring::new(3329, 17, 128, 1 << 16, 3, 35..=150));

/// ML-DSA. A coefficient is zero with probability 1/5 or 1/9 (FIPS 204, algorithm 15); the
/// challenge, which is public, has 196 zeros and more.
pub(super) static DSA: LazyLock<Ring> =
    LazyLock::new(|| Ring::new(8_380_417, 1753, 256, 1 << 32, 4, 3..=110));

impl Ring {
    fn new(
        q: u32,
        root: u32,
        count: u32,
        radix: u64,
        bound: u32,
        zeros: std::ops::RangeInclusive<usize>,
    ) -> Self {
        let bits = count.trailing_zeros();
        let zetas = (0..count).map(|index| power(root, index.reverse_bits() >> (32 - bits), q)).collect();
        let radix = residue(radix % u64::from(q));
        let inverse = |value: u32| power(value, q - 2, q);
        let scales = [count, product(count, radix, q), product(count, inverse(radix), q)];
        let near = |scale: u32| {
            (0..=bound).flat_map(move |value| {
                let value = product(value, scale, q);
                [value, (q - value) % q]
            })
        };
        let mut sums: Vec<u32> = scales.into_iter().flat_map(near).collect();
        sums.sort_unstable();
        sums.dedup();
        let mut filter = [0; 16];
        for sum in &sums {
            let (word, bit) = slot(*sum);
            if let Some(word) = filter.get_mut(word) {
                *word |= bit;
            }
        }
        let shortest = DEGREE / zetas_len(count);
        Self { q, zetas, shortest, factors: scales.map(inverse), bound, zeros, sums, filter }
    }

    /// Transformed coefficients whose sum is a multiple of one coefficient of the polynomial:
    /// every `shortest`-th, since the transform of ML-KEM leaves even and odd ones apart.
    pub(super) fn step(&self) -> usize {
        self.shortest
    }

    /// Absolute value that most transformed coefficients exceed, and that small numbers, sizes
    /// and characters do not.
    pub(super) fn large(&self) -> u32 {
        if self.q < 1 << 16 { 256 } else { 1 << 16 }
    }

    /// Whether transformed coefficients with this sum may belong to a secret: a sum is the
    /// first coefficient of the polynomial times a known number.
    pub(super) fn may_be_sum(&self, sum: i64) -> bool {
        let sum = residue(sum.rem_euclid(i64::from(self.q)).unsigned_abs());
        let (word, bit) = slot(sum);
        self.filter.get(word).is_some_and(|word| word & bit != 0) && self.sums.binary_search(&sum).is_ok()
    }

    /// The secret of which `transformed` is the transform, times nothing, the Montgomery radix
    /// or its inverse. Chance makes one out of other numbers once in 2^1000 times.
    pub(super) fn secret(&self, transformed: &[i32]) -> Option<Small> {
        let mut values: Polynomial = Zeroizing::new([0; DEGREE]);
        if transformed.len() != DEGREE {
            return None;
        }
        for (to, from) in values.iter_mut().zip(transformed) {
            *to = from.rem_euclid(i32::try_from(self.q).ok()?).unsigned_abs();
        }
        self.inverse(&mut values);
        self.factors.iter().find_map(|factor| self.small(&values, *factor))
    }

    fn small(&self, values: &Polynomial, factor: u32) -> Option<Small> {
        let mut out: Small = Zeroizing::new([0; DEGREE]);
        for (to, from) in out.iter_mut().zip(values.iter()) {
            let value = product(*from, factor, self.q);
            *to = if value <= self.bound {
                i8::try_from(value).ok()?
            } else {
                i8::try_from(self.q - value)
                    .ok()
                    .filter(|value| i64::from(*value) <= i64::from(self.bound))?
                    .checked_neg()?
            };
        }
        looks_secret(&out[..], &self.zeros).then_some(out)
    }

    /// The butterflies of the inverse transform, without the factor at their end.
    fn inverse(&self, values: &mut Polynomial) {
        let mut zetas = self.zetas.iter().skip(1).rev();
        let mut length = self.shortest;
        while length < DEGREE {
            for block in values.chunks_exact_mut(2 * length) {
                let zeta = zetas.next().copied().unwrap_or(1);
                let (low, high) = block.split_at_mut(length);
                for (low, high) in low.iter_mut().zip(high) {
                    let sum = (*low + *high) % self.q;
                    *high = product(zeta, *high + self.q - *low, self.q);
                    *low = sum;
                }
            }
            length *= 2;
        }
    }

    /// The transform of a secret.
    pub(super) fn transform(&self, small: &Small) -> Polynomial {
        let mut values: Polynomial = Zeroizing::new([0; DEGREE]);
        for (to, from) in values.iter_mut().zip(small.iter()) {
            *to = residue(i64::from(*from).rem_euclid(i64::from(self.q)).unsigned_abs());
        }
        let mut zetas = self.zetas.iter().skip(1);
        let mut length = DEGREE / 2;
        while length >= self.shortest {
            for block in values.chunks_exact_mut(2 * length) {
                let zeta = zetas.next().copied().unwrap_or(1);
                let (low, high) = block.split_at_mut(length);
                for (low, high) in low.iter_mut().zip(high) {
                    let turned = product(zeta, *high, self.q);
                    *high = (*low + self.q - turned) % self.q;
                    *low = (*low + turned) % self.q;
                }
            }
            length /= 2;
        }
        values
    }
}

/// Whether small coefficients may come from the sampling of a secret: none is rare, signs are
/// balanced. Constants, ramps and the sparse challenge of a signature are none.
fn looks_secret(small: &[i8], zeros: &std::ops::RangeInclusive<usize>) -> bool {
    let count = |wanted: fn(&i8) -> bool| small.iter().filter(|value| wanted(value)).count();
    zeros.contains(&count(|value| *value == 0))
        && count(|value| *value > 0) >= 40
        && count(|value| *value < 0) >= 40
}

fn zetas_len(count: u32) -> usize {
    usize::try_from(count).unwrap_or(DEGREE)
}

fn slot(sum: u32) -> (usize, u64) {
    (usize::try_from((sum >> 6) & 15).unwrap_or(0), 1 << (sum & 63))
}

/// A value below a modulus of 32 bits.
fn residue(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

fn product(one: u32, two: u32, q: u32) -> u32 {
    residue(u64::from(one) * u64::from(two) % u64::from(q))
}

fn power(base: u32, mut exponent: u32, q: u32) -> u32 {
    let (mut out, mut square) = (1, base % q);
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = product(out, square, q);
        }
        square = product(square, square, q);
        exponent >>= 1;
    }
    out
}
