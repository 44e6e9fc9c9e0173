//! Public keys, and the names by which their owners know them.
//!
//! The names of a key follow from the key alone, so whoever holds the private half can be told the names under which
//! the public half is published, offline.

mod key;
mod names;

pub use key::PublicKey;
pub(crate) use names::{ec, hex, named, octets, other, rsa, ssh_fingerprint, url};
