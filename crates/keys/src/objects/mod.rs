//! Objects in memory that say of the bytes they point to that these are a key, where the bytes alone cannot.
//!
//! | object | what it says |
//! |---|---|
//! | `BIGNUM` of OpenSSL | flags of private numbers |
//! | `CK_ATTRIBUTE` of PKCS#11 (NSS) | value of a secret key, private number of an RSA key |
//! | `struct rsa_private_key` of nettle | six numbers of GMP, of which c q = 1 modulo p |
//! | `SecretKeySpec` of Java, or any object with the same two fields | an array of random bytes beside the name of a cipher or MAC |
//! | slice of Go | a string beside it, or its key in a map, that names a cipher, a MAC or a secret |
//! | `bytes` of CPython | the name under which a dictionary or an object keeps it, or the type of that object |
//!
//! [`scan()`] sees only words. What objects point to is asked of a [`Memory`]: [`judge`] follows a [`Hint`]; arrays of
//! bytes of Java and CPython do not know who holds them, so their [`Holders`] are looked for in a pass of its own.
//! What was proven in another way needs no object; an object never makes a finding weaker.
//!
//! A number of GMP or a slice alone says how long something is, not what it is for, and is no hint.

mod go;
mod holders;
mod java;
pub mod limits;
mod memory;
mod names;
mod nettle;
mod openssl;
mod pkcs11;
mod python;
mod python_class;
mod scan;
#[cfg(test)]
mod tests;
mod verdict;

pub use holders::{Answer, Held, Holders};
pub use memory::Memory;
pub use scan::{Array, Runtime, Seen, scan};
pub use verdict::{Place, Verdict, judge};

/// What kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// `BIGNUM` of OpenSSL with `BN_FLG_CONSTTIME` or `BN_FLG_SECURE`: a private number.
    Bignum,
    /// `CK_ATTRIBUTE` of PKCS#11 with the value of a secret key (`CKA_VALUE`).
    KeyValue,
    /// The same with a private number of an RSA key (`CKA_PRIVATE_EXPONENT` to `CKA_COEFFICIENT`).
    KeyNumber,
    /// `struct rsa_private_key` of nettle: the hint's address is its own.
    NettleRsa,
    /// A slice of Go with a text that names it.
    GoSlice,
    /// An object of Java that holds a key and the name of its cipher.
    JavaKey,
    /// An entry of a dictionary of CPython.
    PythonEntry,
    /// An object of CPython of a type that holds keys.
    PythonObject,
}

/// An object and what it points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Address of the bytes.
    pub address: u64,
    /// Their number.
    pub length: usize,
    /// What says that they are a key.
    pub object: Object,
    /// The text by which it says so.
    pub text: Option<Text>,
}

/// Text somewhere in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// Address of the first character.
    pub address: u64,
    /// Number of characters.
    pub length: usize,
    /// Bytes of a character: 1, or 2 for UTF-16.
    pub width: usize,
}
