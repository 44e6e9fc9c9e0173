//! Large numbers: conversions and the few theorems that prove a key.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{CheckedSub as _, One, Zero};

/// A number of 64-bit limbs, least significant first.
pub(super) fn from_limbs(limbs: &[u64]) -> BigUint {
    let bytes: Vec<u8> = limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    BigUint::from_bytes_le(&bytes)
}

/// Low 64 bits.
pub(super) fn low_word(number: &BigUint) -> u64 {
    number.iter_u64_digits().next().unwrap_or(0)
}

/// 1 / odd modulo 2^64, by Newton's iteration.
pub(super) fn inverse_word(odd: u64) -> u64 {
    let mut inverse = odd.wrapping_mul(3) ^ 2;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    inverse
}

/// Strong probable prime to the bases 2, 3, 5 and 7. A random composite of this size
/// passes one of them less than once in 2^100 (Damgård, Landrock, Pomerance 1993), and
/// numbers here must satisfy an exact relation besides.
pub(crate) fn is_probable_prime(number: &BigUint) -> bool {
    const BASES: [u32; 4] = [2, 3, 5, 7];
    if number.bits() < 16 || number.is_even() {
        return false;
    }
    let minus_one = number - 1u32;
    let twos = minus_one.trailing_zeros().unwrap_or(0);
    let odd = &minus_one >> twos;
    BASES.iter().all(|base| {
        let mut power = BigUint::from(*base).modpow(&odd, number);
        if power.is_one() || power == minus_one {
            return true;
        }
        for _ in 1..twos {
            power = &power * &power % number;
            if power == minus_one {
                return true;
            }
        }
        false
    })
}

/// Factors a modulus with the help of its private exponent (RFC 8017 exponents;
/// method of NIST SP 800-56B, appendix C). Deterministic; `None` if `d` does not fit.
pub(super) fn factor(n: &BigUint, e: &BigUint, d: &BigUint) -> Option<(BigUint, BigUint)> {
    if n.is_even() || n <= &BigUint::one() || d.is_zero() || e.is_zero() {
        return None;
    }
    let order = e * d - 1u32;
    let twos = order.trailing_zeros().filter(|twos| *twos > 0)?;
    let odd = &order >> twos;
    let minus_one = n - 1u32;
    for base in [2u32, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53] {
        let mut power = BigUint::from(base).modpow(&odd, n);
        for _ in 0..twos {
            if power.is_one() || power == minus_one {
                break;
            }
            let square = &power * &power % n;
            if square.is_one() {
                let p = (&power - 1u32).gcd(n);
                let q = n / &p;
                return Some(if p > q { (p, q) } else { (q, p) });
            }
            power = square;
        }
        if !power.is_one() && power != minus_one {
            // 2^(e d - 1) is not 1: not a private exponent of this modulus.
            return None;
        }
    }
    None
}

/// Splits a modulus of two primes by its private exponent without a power: g e d = g + k (n - s) for the greatest common
/// divisor g of both orders, where s = p + q - 1, so that k and then s follow by division. A number that agrees with the
/// exponent in its upper half alone, as one read a byte beside it, fails there.
pub(super) fn split(n: &BigUint, e: &BigUint, d: &BigUint) -> Option<(BigUint, BigUint)> {
    /// Greatest common divisors of both orders that are tried.
    const COMMON_MAX: u32 = 256;
    let product = e * d;
    let mut multiple = BigUint::zero();
    for g in 1..=COMMON_MAX {
        multiple += &product;
        let k = (&multiple + n - 1u32) / n;
        let (s, rest) = (&k * n - &multiple + g).div_rem(&k);
        let sum = s + 1u32;
        if !rest.is_zero() || sum.bits() > n.bits() - n.bits() / 4 {
            continue;
        }
        let Some(square) = (&sum * &sum).checked_sub(&(n * 4u32)) else { continue };
        let p = (&sum + square.sqrt()) >> 1u32;
        let q = &sum - &p;
        if &p * &q == *n && !q.is_one() {
            return Some((p, q));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_word_inverts_every_odd_word() {
        for odd in [1u64, 3, 5, 0xffff_ffff_ffff_ffff, 0x1234_5678_9abc_def1] {
            assert_eq!(odd.wrapping_mul(inverse_word(odd)), 1);
        }
    }

    #[test]
    fn primes_and_composites_are_told_apart() {
        // 2^521 - 1 and 2^607 - 1 are Mersenne primes; 2^523 - 1 is not prime.
        for (exponent, expected) in [(521u32, true), (607, true), (523, false), (517, false)] {
            let number = (BigUint::one() << exponent) - 1u32;
            assert_eq!(is_probable_prime(&number), expected, "2^{exponent} - 1");
        }
        assert!(!is_probable_prime(&BigUint::from(561u32 * 1105)));
    }

    #[test]
    fn private_exponent_factors_and_another_number_does_not() {
        let p = (BigUint::one() << 521u32) - 1u32;
        let q = (BigUint::one() << 607u32) - 1u32;
        let n = &p * &q;
        let e = BigUint::from(65537u32);
        let lambda = (&p - 1u32).lcm(&(&q - 1u32));
        let d = e.modinv(&lambda).unwrap();
        assert_eq!(factor(&n, &e, &d), Some((q, p)));
        assert_eq!(split(&n, &e, &d), factor(&n, &e, &d));
        assert_eq!(split(&(&n >> 8u32), &e, &(&d >> 8u32)), None);
        assert_eq!(factor(&n, &e, &(d + 2u32)), None);
    }
}
