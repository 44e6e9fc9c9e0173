//! Symmetric keys other than AES, by what a key schedule makes of them, and AES where no cheaper search finds it.
//!
//! A cipher expands its key to round keys that stand side by side in memory, longer than the key
//! and bound to it by arithmetic. [`scan`] looks for such arithmetic where bytes look random, or
//! where a constant of the cipher stands beside the key:
//!
//! | cipher | proven by | layouts |
//! |---|---|---|
//! | ChaCha20, Salsa20 | its constant in the state, 128 bits, beside a random key; each word of both repeated | 16 words of 32 bits; registers of code with vectors |
//! | AES | its expansion, see [`crate::aes::permuted`] | vector-permuted code, encryption |
//! | SM4 | the recurrence of the round keys (GB/T 32907) | 32 words, first to last and last to first |
//! | DES, triple DES | all 16 round keys select their bits from one 56-bit key (FIPS 46-3) | any in which each byte holds the six bits of one S-box |
//! | Camellia | two halves of the schedule are one number turned (RFC 3713); sums of round keys where NTT's code absorbs two | words of 32 and 64 bits, encryption; decryption unless absorbed |
//! | ARIA | an equation of four round keys (RFC 5794) | bytes, words of 32 and numbers of 128 bits, encryption |
//! | Blowfish | the last step of the key setup, and all others undone to the key | round keys before or behind the tables |
//! | Twofish | the round keys undone to the key, of which all follow (Schneier and others) | 40 words |
//! | SEED | the same (RFC 4269) | 32 words, first to last and last to first |
//! | CAST-128 | masking keys beside rotations, undone to the key (RFC 2144) | rotations behind, before and between, bytes and words |
//! | Serpent | the recurrence behind the S-boxes (Anderson, Biham, Knudsen) | 132 words |
//! | RC4 | the key near it, which made the state that it began with; without, suspected only: a permutation of all bytes without order | bytes and words of 32 bits |
//!
//! Only short stretches of randomness are looked at whole, of long ones the ends: a schedule is
//! short, and lies in a structure or an object of its own.

mod aria;
mod blowfish;
mod camellia;
mod cast;
mod chacha;
mod des;
mod evidence;
mod known;
mod limits;
mod rc4;
mod scan;
mod seed;
mod serpent;
mod sm4;
mod twofish;
mod vectors;

#[cfg(test)]
mod tests;

pub(crate) use evidence::looks_random;
pub use rc4::prove_states;
pub use scan::scan;
