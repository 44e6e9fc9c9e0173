//! Encoded private keys, whole or cut off: DER, PEM, OpenSSH, JWK and the rest.
//!
//! Three entries: [`scan_binary`] for raw memory, [`scan_text`] for runs of
//! printable characters, [`moduli`] and [`moduli_text`] for RSA public moduli
//! with which the prime search can prove what it finds.
//!
//! Memory keeps keys in pieces: a window ends, a freed buffer loses its first
//! sixteen bytes to the allocator, its tail to the next owner. So every parser
//! here reads as far as the structure holds and reports what is there; a value
//! that is complete becomes a named component, one that is cut becomes a
//! component called `fragment`.
//!
//! Public data (certificates, requests, public keys, signatures) is made of the
//! same pieces and must never be reported. What tells them apart is stated at
//! each parser.

mod bare;
mod base64;
mod binary;
mod build;
mod certificate;
pub(crate) mod curve;
pub(crate) mod der;
mod encrypted;
mod fragment;
mod java;
mod jwk;
mod kerberos;
mod known;
mod known_table;
mod limits;
mod microsoft;
mod minisign;
mod moduli;
mod openpgp;
mod openssh;
mod pem;
mod pkcs1;
mod pkcs8;
mod ppk;
mod sec1;
mod sexp;
mod sexp_text;
mod text;
mod tor;
mod xml;

pub use binary::scan_binary;
pub(crate) use build::{finite_field, named_byte_curve, named_ec};
pub use certificate::certificates;
pub use fragment::is_cut;
pub use known::published;
pub use moduli::{Modulus, moduli, moduli_text, public_keys, public_keys_text};
pub use text::{scan_text, scan_text_and_public};
