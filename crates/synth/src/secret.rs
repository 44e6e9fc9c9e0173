//! What is planted: secrets, their values, and the ways they stand in memory.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a value is to its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Part of the secret.
    Component,
    /// Gives the secret away at once: schedules, Montgomery constants.
    Derived,
    /// Public.
    Public,
}

/// One value of a secret.
#[derive(Clone, Debug)]
pub struct Value {
    /// Name: `p`, `d`, `key`, `schedule-encrypt`, `text`.
    pub name: &'static str,
    /// Whether it must go.
    pub role: Role,
    /// Numbers big-endian, texts as ASCII.
    pub bytes: Vec<u8>,
}

/// A secret that was made.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Names it in the truth: `rsa-2048-limbs`, `token-github`.
    pub id: String,
    /// What it is, in the words that reports use: `rsa-private-key`, `aes-key`, `token`.
    pub kind: &'static str,
    /// Strength in bits; for texts 8 x length.
    pub bits: usize,
    /// Its values.
    pub values: Vec<Value>,
}

/// When a tool must find and remove a planting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Arithmetic, structure or a name proves it: always.
    Proven,
    /// Nothing but its randomness gives it away: policy `strict`.
    Strict,
}

/// Where a planting goes. A place that a layout does not have becomes the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a heap, at an address with this remainder modulo 16.
    Heap(u64),
    /// Over the border of two segments with neighbouring addresses whose bytes lie far apart in the file.
    Border,
    /// The last bytes of a segment: what would follow was not dumped.
    SegmentEnd,
    /// The first bytes of a segment: what went before was not dumped.
    SegmentStart,
    /// Between two structures of the file.
    Gap,
    /// After the last structure of the file.
    Trailing,
    /// A vector register of 16, 32 or 64 bytes of a thread.
    Vector,
    /// The environment: `NAME=value`.
    Environment,
    /// An argument of the command line.
    Argument,
}

impl Place {
    /// Name in the truth.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heap(_) => "heap",
            Self::Border => "border",
            Self::SegmentEnd => "segment-end",
            Self::SegmentStart => "segment-start",
            Self::Gap => "gap",
            Self::Trailing => "trailing",
            Self::Vector => "vector-register",
            Self::Environment => "environment",
            Self::Argument => "argument",
        }
    }
}

/// One occurrence to be planted.
#[derive(Clone, Debug)]
pub struct Planting {
    /// Index of its secret in the keyring.
    pub secret: usize,
    /// Name of the value, or `whole` for an encoding of all of it.
    pub component: &'static str,
    /// How it is written: `le`, `be`, `int-array`, `der`, `pem utf-16`, `encrypt`.
    pub form: String,
    /// The bytes in memory.
    pub bytes: Vec<u8>,
    /// Which of the bytes are secret: the rest is framing that may stay (PEM lines, names, moduli).
    pub secret_ranges: Vec<Range<usize>>,
    /// How many of the bytes hold eight bytes of the component: what counts as a fragment of it.
    pub fragment: usize,
    /// Where it goes.
    pub place: Place,
    /// When it must be found.
    pub expectation: Expectation,
}
