//! Private keys of DSA, Diffie-Hellman and ElGamal that stand in memory as bare numbers: x,
//! where y = g^x mod p stands in the dump as well.
//!
//! | group | how it is told | proof |
//! |---|---|---|
//! | DSA and X9.42: p, q and g of its own | numbers p and q with p = 1 mod q, then all numbers whose q-th power is 1 | x below q with g^x = y, both among them |
//! | RFC 2409, RFC 3526, RFC 7919: a safe prime and g = 2 | a constant of the group anywhere in the dump | y at any offset of its random bytes |
//! | libgcrypt's for `ElGamal`: p of which half is a product of large primes, and the least g that is no square | p is prime and (p - 1) / 2 has no small factor | the same |
//! | any other safe prime that stands in the dump, and g = 2, 3, 5 or a number beside it | p and (p - 1) / 2 are prime | the same |
//!
//! Numbers are read as limbs with the least significant first (OpenSSL, libgcrypt, GMP, mbedTLS), big-endian (encodings), as
//! Java's `int[]`, and as the digits of `CPython` and libtommath, where an allocator or an encoding would put
//! them. Powers of one base come from a table made once; all bounds are counts.

mod groups;
mod limits;
mod numbers;
mod other;
mod power;
mod search;

#[cfg(test)]
mod tests;

pub(crate) use groups::modp_1024;
pub use search::{Coverage, Harvest};
