//! Public names of an RSA key, by which its owner recognises it.

use crate::material::PublicId;
use crate::public;
use num_bigint::BigUint;

/// Length of the modulus, and with a public exponent the standard names of the key.
pub(super) fn public_ids(n: &BigUint, e: Option<&BigUint>) -> Vec<PublicId> {
    let mut ids = vec![PublicId { name: "modulus-bits", value: n.bits().to_string() }];
    if let Some(e) = e {
        ids.extend(public::rsa(&n.to_bytes_be(), &e.to_bytes_be()));
    }
    ids
}
