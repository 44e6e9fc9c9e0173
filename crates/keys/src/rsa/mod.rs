//! RSA private keys of 1024 to 8192 bits, found by arithmetic in whatever layout a
//! program keeps them; no DER, no inventory.
//!
//! The engine hands over the bytes that look random ([`Harvest::collect`]) and the
//! moduli that certificates name ([`Harvest::add_modulus`]). Every relation is decided
//! on the low 64 bits first, by one multiplication and one look-up, and then proven on
//! all bits; primality is tested last and rarely:
//!
//! | seen in the dump | relation |
//! |---|---|
//! | p, q, n | p q = n, with n anywhere in the dump or known |
//! | p and q of a known n, at any size | n / p = q modulo 2^64 |
//! | p, dp | e dp = 1 + k (p - 1), k < e; no n and no q needed |
//! | p, k p, p << k, R mod p, R^2 mod p, R^3 mod p, with n known | gcd(n, .) > 1 |
//! | d, with n known | e d / n is nearly a fraction; then d factors n |
//! | d, or p or q, and n, a number that stands alone | n - g e d mod n is short; n / p is prime |
//! | dp and dq, with n known | e^2 dp dq / n is nearly an integer |
//! | -1/p and -1/q modulo 2^64, alone, with n known | their product is 1/n |
//! | dp, with n beside it as a number | gcd(2^(e dp) - 2, n) > 1 |
//!
//! Numbers that fill a run of randomness, as those in allocations of their own do, are
//! compared with everything; those inside longer runs with their neighbours, as far as
//! a fixed amount of work goes. [`Coverage`] counts what was left out by this design
//! (`far`) and what a limit cut off (`skipped`, `dropped`).
//!
//! What is proven comes with its closure ([`material`]): every value from which the
//! key follows, so that none is left behind.

mod bare;
mod chunk;
mod crt;
mod divisors;
mod explained;
mod exponents;
mod harvest;
mod index;
mod keyring;
mod layout;
mod limits;
mod material;
mod moduli;
mod montgomery;
mod number;
mod pairs;
mod parsed;
mod public;
mod quality;
mod quotient;
mod remainders;
mod ring;
mod sequence;
mod sieve;
mod survey;
mod trial;
mod values;

#[cfg(test)]
mod tests;

pub use harvest::{Coverage, Found, Harvest};
pub use keyring::Place;
pub use material::material;
pub(crate) use number::is_probable_prime;
pub use parsed::{Parsed, components_from_parsed};
pub(crate) use quality::code_of;
pub(crate) use ring::Ring;
pub(crate) use sieve::has_small_factor;
