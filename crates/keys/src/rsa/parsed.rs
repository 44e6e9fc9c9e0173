//! Keys out of encodings: what was parsed, completed and checked.

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;

use super::material::{closure, unproven};
use super::number::factor;
use crate::material::{Material, Role};

/// The integers of an encoded private key (RFC 8017 RSAPrivateKey, JWK, SSH, CNG),
/// big-endian; empty where the encoding had none or it could not be read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parsed<'a> {
    /// Modulus.
    pub n: &'a [u8],
    /// Public exponent.
    pub e: &'a [u8],
    /// Private exponent.
    pub d: &'a [u8],
    /// First prime.
    pub p: &'a [u8],
    /// Second prime.
    pub q: &'a [u8],
    /// d modulo p - 1.
    pub dp: &'a [u8],
    /// d modulo q - 1.
    pub dq: &'a [u8],
    /// 1 / q modulo p.
    pub qinv: &'a [u8],
    /// Third and later primes of a multi-prime key.
    pub others: &'a [&'a [u8]],
}

/// Completes a parsed key: the primes from their product, from the private exponent,
/// or from one of them; then everything else, proven. If the numbers do not add up,
/// they are given back as they were parsed, `Structured`. `None` without any private number.
#[must_use]
pub fn components_from_parsed(parsed: &Parsed<'_>) -> Option<Material> {
    let number = |bytes: &[u8]| Some(BigUint::from_bytes_be(bytes)).filter(|number| number.bits() > 1);
    let (n, e) = (number(parsed.n), number(parsed.e));
    let mut primes: Vec<BigUint> = [parsed.p, parsed.q].iter().filter_map(|bytes| number(bytes)).collect();
    primes.extend(parsed.others.iter().filter_map(|bytes| number(bytes)));
    let n = n.or_else(|| (primes.len() >= 2).then(|| primes.iter().product()))?;
    let exponents = [(&parsed.dp, "dp"), (&parsed.dq, "dq"), (&parsed.d, "d")];
    let known = complete(&n, e.as_ref(), &primes, exponents.iter().filter_map(|(bytes, _)| number(bytes)));
    if let Some(material) = known.and_then(|primes| closure(&primes, &n, e.as_ref(), "rsa-parsed")) {
        return Some(material);
    }
    let secrets = [
        ("d", parsed.d),
        ("p", parsed.p),
        ("q", parsed.q),
        ("dp", parsed.dp),
        ("dq", parsed.dq),
        ("qinv", parsed.qinv),
    ];
    let mut parts: Vec<(&'static str, Role, BigUint)> =
        secrets.into_iter().filter_map(|(name, bytes)| Some((name, Role::Secret, number(bytes)?))).collect();
    parts.extend(
        parsed
            .others
            .iter()
            .zip(["r3", "r4", "r5", "r6"])
            .filter_map(|(bytes, name)| Some((name, Role::Secret, number(bytes)?))),
    );
    if parts.is_empty() {
        return None;
    }
    parts.push(("n", Role::Public, n.clone()));
    parts.extend(e.clone().map(|e| ("e", Role::Public, e)));
    Some(unproven(&parts, &n, e.as_ref()))
}

/// All primes of `n`, if what was parsed determines them.
fn complete(
    n: &BigUint,
    e: Option<&BigUint>,
    primes: &[BigUint],
    mut exponents: impl Iterator<Item = BigUint>,
) -> Option<Vec<BigUint>> {
    if primes.iter().product::<BigUint>() == *n {
        return Some(primes.to_vec());
    }
    let divides = |prime: &&BigUint| prime.bits() >= 64 && *prime < n && (n % *prime) == BigUint::ZERO;
    if let Some(p) = primes.iter().find(divides) {
        return Some(vec![p.clone(), n / p]);
    }
    if n.is_even() || n.bits() > super::limits::MODULUS_BITS_MAX {
        return None;
    }
    let e = e.filter(|e| e.bits() <= 64)?;
    exponents.find_map(|exponent| {
        if exponent > *n {
            return None;
        }
        if let Some((p, q)) = factor(n, e, &exponent) {
            return Some(vec![p, q]);
        }
        let two = BigUint::from(2u32);
        let p = (two.modpow(&(&exponent * e), n) + n - two).gcd(n);
        (!p.is_one() && p != *n).then(|| vec![p.clone(), n / &p])
    })
}
