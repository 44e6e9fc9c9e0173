//! What is in a core: every planted byte, and every structure.

use crate::secret::{Expectation, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// A run of file bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// First byte in the file.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
}

/// One occurrence of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Id of the secret.
    pub secret: String,
    /// What the secret is, in the words of reports.
    pub kind: String,
    /// Name of the value, or `whole`.
    pub component: String,
    /// How it is written.
    pub form: String,
    /// What it lies in: `heap`, `border`, `vector-register`.
    pub place: String,
    /// When it must be found and removed.
    pub expectation: Expectation,
    /// The file bytes that hold it, in the order of its bytes.
    pub pieces: Vec<Piece>,
    /// Its bytes.
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
    /// Which of the bytes are secret; none for a value that is public and only makes a proof possible.
    pub secret_ranges: Vec<Range<usize>>,
    /// How many of the bytes hold eight bytes of the component: what counts as a fragment of it.
    pub fragment: usize,
}

impl Planted {
    /// The file bytes that are secret.
    #[must_use]
    pub fn secret_pieces(&self) -> Vec<Piece> {
        let mut out = Vec::new();
        for range in &self.secret_ranges {
            let (mut start, end) = (range.start as u64, range.end as u64);
            let mut before = 0;
            for piece in &self.pieces {
                let (low, high) = (start.max(before), end.min(before + piece.length));
                if low < high {
                    out.push(Piece { file_offset: piece.file_offset + low - before, length: high - low });
                    start = high;
                }
                before += piece.length;
            }
        }
        out
    }
}

/// One value of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthValue {
    /// What it is to the secret.
    pub role: Role,
    /// Numbers big-endian, texts as they are.
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
}

/// A secret that is in the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthSecret {
    /// Names it.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// Strength in bits.
    pub bits: usize,
    /// Its values by name.
    pub values: BTreeMap<String, TruthValue>,
}

/// A memory segment of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthSegment {
    /// First address.
    pub address: u64,
    /// Bytes in memory.
    pub memory_bytes: u64,
    /// First byte in the file.
    pub file_offset: u64,
    /// Bytes in the file.
    pub file_bytes: u64,
    /// `p_flags`.
    pub flags: u32,
}

/// A structure of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// What it is.
    pub name: &'static str,
    /// First byte in the file.
    pub file_offset: u64,
    /// Length in bytes.
    pub length: u64,
}

impl Structure {
    pub(crate) fn new(name: &'static str, file_offset: u64, length: u64) -> Self {
        Self { name, file_offset, length }
    }
}

/// A little-endian number that readers of the file go by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in `elf.h`, or what it is in.
    pub name: &'static str,
    /// First byte in the file.
    pub file_offset: u64,
    /// Length in bytes.
    pub width: u64,
}

impl Field {
    pub(crate) fn new(name: &'static str, file_offset: u64, width: u64) -> Self {
        Self { name, file_offset, width }
    }
}

/// Everything known of a core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Seed of the recipe.
    pub seed: u64,
    /// Length of the file in bytes.
    pub file_length: u64,
    /// Ids of the threads, in note order.
    pub threads: Vec<u32>,
    /// Paths of the modules that a debugger lists.
    pub modules: Vec<String>,
    /// Memory, by address.
    pub segments: Vec<TruthSegment>,
    /// Notes: name and where the descriptor lies.
    pub notes: Vec<(String, Piece)>,
    /// The secrets.
    pub secrets: Vec<TruthSecret>,
    /// Their occurrences.
    pub planted: Vec<Planted>,
    /// Structures of the file, for mutators.
    #[serde(skip)]
    pub structures: Vec<Structure>,
    /// Numbers that readers go by, for mutators.
    #[serde(skip)]
    pub fields: Vec<Field>,
}

/// Bytes as hexadecimal text.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        pairs.map(|pair| byte(pair).ok_or_else(|| D::Error::custom("no hexadecimal text"))).collect()
    }
}
