//! A value that must not survive.

use std::fmt;
use zeroize::Zeroize as _;

/// How a value may be written, and so which forms of it are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Notation {
    /// A number, or what may be one: bytes of a key with a public half.
    Number,
    /// Bytes.
    Binary,
    /// Characters.
    Text,
}

/// A value of a secret, from the original.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Secret {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// Set for each byte that is not the secret's: of a pointer that a place takes in, or public. Empty if there is none.
    pub(super) foreign: Vec<u8>,
    /// Number of the finding that it belongs to.
    pub(super) finding: u32,
    /// What it is.
    pub(super) notation: Notation,
}

impl Secret {
    pub(super) fn binary(finding: u32, bytes: Vec<u8>) -> Self {
        Self { bytes, foreign: Vec::new(), finding, notation: Notation::Binary }
    }

    /// Taken for a number if there is enough of it, else for bytes.
    pub(super) fn number(finding: u32, bytes: Vec<u8>) -> Self {
        let notation = if bytes.len() >= 24 { Notation::Number } else { Notation::Binary };
        Self { bytes, foreign: Vec::new(), finding, notation }
    }

    /// The same, with bytes that are not its own.
    pub(super) fn with_foreign(mut self, foreign: Vec<u8>) -> Self {
        self.foreign = foreign;
        self
    }

    pub(super) fn text(finding: u32, bytes: Vec<u8>) -> Self {
        Self { bytes, foreign: Vec::new(), finding, notation: Notation::Text }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes of finding {})", self.bytes.len(), self.finding)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}
