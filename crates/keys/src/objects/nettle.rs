//! `struct rsa_private_key` of nettle (`nettle/rsa.h`): the size of the modulus in bytes, and d, p, q, a = d mod (p - 1),
//! b = d mod (q - 1), c = 1/q mod p, each an `mpz_t` of GMP: room and number of limbs in 32 bits each, and their address.

use super::memory::{Memory, may_point_to_object, whole};
use super::openssl::LIMBS;
use super::verdict::{Place, Verdict};
use super::{Hint, Object};
use crate::Certainty;
use crate::rsa::{Parsed, components_from_parsed};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;
use zeroize::Zeroizing;

/// Numbers of the structure.
const NUMBERS: usize = 6;

/// Bytes of an `mpz_t`.
const NUMBER_BYTES: usize = 16;

/// Bytes of the structure.
const STRUCT_BYTES: usize = 8 + NUMBERS * NUMBER_BYTES;

/// Bytes of the modulus: RSA-512 to RSA-16384.
const MODULUS_BYTES: std::ops::RangeInclusive<u64> = 64..=2048;

/// The number of limbs of an `mpz_t` by its first word, if it is positive and has room for them.
fn limbs(word: u64) -> Option<usize> {
    let (room, number) = (word & 0xffff_ffff, word >> 32);
    (number <= room && room <= 2 * *LIMBS.end() as u64).then_some(usize::try_from(number).ok()?)
}

/// True for a word that may be the size of a modulus.
pub(super) fn may_begin(word: u64) -> bool {
    MODULUS_BYTES.contains(&word)
}

/// The structure that begins at `address` with the word `size`; `at` gives the words behind it.
pub(super) fn private_key(size: u64, address: u64, at: impl Fn(isize) -> Option<u64>) -> Option<Hint> {
    // Limbs of the modulus; no number is longer, and none much shorter than half of it.
    let most = usize::try_from(size.div_ceil(8)).ok()?;
    let is_number = |place: isize| {
        let is_long =
            at(place).and_then(limbs).is_some_and(|limbs| (most.div_ceil(4)..=most).contains(&limbs));
        is_long && at(place + 1).is_some_and(may_point_to_object)
    };
    let is_key = (0..6).all(|number| is_number(1 + 2 * number));
    is_key.then_some(Hint { address, length: STRUCT_BYTES, object: Object::NettleRsa, text: None })
}

/// The key, if c q = 1 modulo p.
pub(super) fn judge(structure: &[u8], memory: &dyn Memory) -> Option<Verdict> {
    let mut values: Vec<Zeroizing<Vec<u8>>> = Vec::new();
    let mut places = Vec::new();
    for (number, component) in ["d", "p", "q", "dp", "dq", "qinv"].into_iter().enumerate() {
        let at = 8 + number * NUMBER_BYTES;
        let length = 8 * limbs(whole(structure, at)?)?;
        let address = whole(structure, at + 8)?;
        let mut value = memory.read(address, length)?;
        value.reverse();
        values.push(value);
        places.push(Place { address, length, component });
    }
    let [d, p, q, dp, dq, qinv] = values.as_slice() else { return None };
    let [prime, other, inverse] = [p, q, qinv].map(|bytes| BigUint::from_bytes_be(bytes));
    if prime.is_even() || other.is_even() || prime.is_one() || !(other * inverse % prime).is_one() {
        return None;
    }
    let parsed = Parsed { d, p, q, dp, dq, qinv, ..Parsed::default() };
    let mut material = components_from_parsed(&parsed)?;
    material.certainty = Certainty::Proven;
    "nettle-rsa-key".clone_into(&mut material.detector);
    Some(Verdict { material, places })
}
