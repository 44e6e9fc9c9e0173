//! Private keys of ML-KEM (FIPS 203) and ML-DSA (FIPS 204), found by arithmetic.
//!
//! | what stands in memory | proof |
//! |---|---|
//! | an expanded decapsulation key | its polynomials, and H(ek) in it |
//! | polynomials of s in the transformed domain: packed, `uint16_t`, `int16_t` | the inverse transform is tiny: one of 2^1000 |
//! | an expanded signing key | tr is the digest of the public key that follows from rho, s1 and s2 |
//! | polynomials of s1, s2 in the transformed domain: `uint32_t`, `int32_t` | the inverse transform is tiny |
//! | a seed (d or xi) | the rho that follows from it stands elsewhere in the dump |
//! | s1, s2 as they were drawn | they are those of a proven key; else only suspected, or structured |
//!
//! The transform of a public vector is not tiny: public keys alone are never reported.
//!
//! [`Harvest::collect`] sees every byte; its screens look at a few words every half
//! polynomial, and at packed coefficients in random runs alone. [`Harvest::conclude`] proves
//! seeds by the random bytes that were gathered for elliptic curves, and puts together what
//! belongs to one key.

mod encoding;
mod harvest;
mod limits;
mod material;
mod ring;
mod screen;
mod seeds;
mod set;

#[cfg(test)]
mod tests;

pub(crate) use encoding::private_key;
pub use harvest::{Coverage, Found, Harvest};
pub(crate) use set::expand_512;
