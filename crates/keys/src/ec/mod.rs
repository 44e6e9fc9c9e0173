//! Elliptic-curve private keys that stand in memory as bare numbers, found by
//! arithmetic: a number whose public key stands in the dump as well is a private key.
//!
//! The engine hands over the bytes of writable memory that look random
//! ([`Harvest::collect`]) and public keys that it decoded from text
//! ([`Harvest::add_public`]). First the curves in sight are told, by their equations: of a
//! curve of which no point is there, no key is tried. Then short stretches of
//! randomness are read as scalars, in every layout of the libraries; their
//! public keys are computed in batches, and all of them are looked up at once, at every
//! offset of all random bytes, in every layout of a coordinate. So no encoding, no
//! object identifier and no certificate is needed.
//!
//! | read | as | proven by |
//! |---|---|---|
//! | 32 to 72 bytes, where a point of the curve lies in the dump | k on P-256, P-384, P-521, secp256k1, brainpoolP256r1, P384r1, P512r1, SM2: limbs, big-endian, k R mod n, `int[]`, digits of 30 and 60 bits | x of k G: big-endian, limbs, x R mod p, `int[]`, digits of 30 and 60 bits, Jacobian |
//! | 32 bytes | X25519 key | its u |
//! | 32 bytes | Ed25519 seed, expanded scalar, scalar mod L | its encoded point |
//! | 56 bytes that stand alone | X448 key, Ed448 scalar | its u, its encoded point |
//! | 57 bytes that stand alone | Ed448 seed | its encoded point |
//!
//! A match of all bytes of a coordinate is the proof: chance makes one in 2^250 tries.
//!
//! Numbers that stand alone are read first, then those that start or end a stretch, then
//! those inside one. [`Coverage`] counts what the bounds on the arithmetic left out.

mod bp512;
mod chunk;
mod comb;
mod curve;
mod edwards;
mod equation;
mod goldilocks;
mod harvest;
mod job;
mod layout;
mod limits;
mod lookup;
mod material;
mod share;
mod sight;
mod signed;

#[cfg(test)]
mod tests;

pub use chunk::{Place, Stretch};
pub(crate) use curve::public_p256;
pub use harvest::{Coverage, Found, Harvest};
pub use limits::ASSEMBLED_POSITION;
pub(crate) use lookup::Lookup;
pub use material::enrich;
pub(crate) use share::{Number, Text};
pub use signed::Arrays;
