//! Symmetric secrets proven by derivation: a secret and what a protocol derives from it both lie in the dump.
//!
//! Bytes that look random and stand where a secret would are put through the derivations of the protocols, and
//! each output is looked up among all other such bytes and among the keys that were proven already. An output of
//! 16 bytes or more that is there is the proof: chance makes one in 2^80 dumps.
//!
//! | secret | proven by |
//! |---|---|
//! | TLS 1.3 and QUIC secrets (RFC 8446 section 7, RFC 9001 section 5, RFC 9369) | traffic key, header-protection key, finished key, next generation, master secret, resumption key |
//! | TLS 1.3 master and handshake secrets | a traffic secret, with the hash of the handshake near both |
//! | TLS 1.2 master secret (RFC 5246 section 6.3) | the key block, with both randoms side by side |
//! | HMAC keys (RFC 2104) with SHA-1, SHA-256, SHA-384 and SHA-512 | the inner or outer state of the hash |
//! | HMAC keys with any hash whose blocks have 64 or 128 bytes | both blocks of key and pad; or one, with the key or a state of the hash near it |
//! | HMAC keys that sign tokens (RFC 7515), words included | a token in the dump |
//! | Kerberos keys of AES-256 (RFC 3961, RFC 8009) | a key derived for encryption, integrity or checksums |
//! | Kerberos keys of AES-128 | the schedule of a key derived from them, in the same window |
//! | Chaining keys of WireGuard | a transport key |
//! | secrets of HKDF (RFC 5869) | the extraction without salt, the expansion without information |
//! | shared secrets of SSH (RFC 4253 section 7.2) | an encryption key, with the hash of the exchange near both |
//! | ChaCha20 keys without the constant (OpenSSL, BoringSSL) | the first block of the key stream, which keys Poly1305, or any kept one |
//! | OpenSSH's shielded private keys | the 16 KiB that open them |
//!
//! [`Coverage`] counts what the bounds on the work left out.

mod candidate;
mod chacha;
mod index;
mod jws;
mod kerberos;
mod keyed;
mod limits;
mod mac;
mod pads;
mod protocols;
mod search;
mod secret;
mod shield;
mod ssh;
mod tls12;
mod tls13;

#[cfg(test)]
mod tests;

pub use jws::{KEY_BYTES_MAX, KEY_BYTES_MIN, Signed};
pub use kerberos::scan as scan_kerberos;
pub use pads::{Memory, scan as scan_pads};
pub use search::{Coverage, Found, conclude};
pub use shield::Prekeys;
pub(crate) use tls13::finished_key;
