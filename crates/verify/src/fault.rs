//! Why a question could not be answered: every fault becomes a failed answer.

use crate::bytes::Bytes;

/// A question that could not be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Bytes could not be read.
    #[error("could not read {length} bytes of the {which} dump at file offset {offset:#x}: {source}")]
    Read {
        /// `original` or `clean`.
        which: &'static str,
        /// Where.
        offset: u64,
        /// How many bytes.
        length: usize,
        /// Why.
        source: std::io::Error,
    },
    /// The input asks for more than the judge does.
    #[error("limit reached: {0}")]
    Limit(String),
    /// A thread of the judge ended without a result.
    #[error("a thread of the verifier broke off")]
    Thread,
    /// The dump cannot be parsed.
    #[error("could not parse the {which} dump: {what}")]
    Parse {
        /// `original` or `clean`.
        which: &'static str,
        /// What is wrong.
        what: String,
    },
}

/// A dump with the name that messages give it.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    /// `original` or `clean`.
    pub(crate) which: &'static str,
    /// Its bytes.
    pub(crate) bytes: &'a dyn Bytes,
}

impl<'a> Named<'a> {
    pub(crate) fn original(bytes: &'a dyn Bytes) -> Self {
        Self { which: "original", bytes }
    }

    pub(crate) fn clean(bytes: &'a dyn Bytes) -> Self {
        Self { which: "clean", bytes }
    }

    pub(crate) fn length(self) -> u64 {
        self.bytes.length()
    }

    pub(crate) fn read(self, offset: u64, buffer: &mut [u8]) -> Result<(), Fault> {
        self.bytes.read_exact_at(offset, buffer).map_err(|source| Fault::Read {
            which: self.which,
            offset,
            length: buffer.len(),
            source,
        })
    }

    /// Reads `length` bytes into fresh memory; the caller has bounded `length`.
    pub(crate) fn take(self, offset: u64, length: u64) -> Result<Vec<u8>, Fault> {
        let inside = offset.checked_add(length).is_some_and(|end| end <= self.length());
        let length = usize::try_from(length).ok().filter(|_| inside).ok_or_else(|| Fault::Parse {
            which: self.which,
            what: format!("{length} bytes at file offset {offset:#x} lie outside the file"),
        })?;
        let mut bytes = vec![0; length];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }
}

/// The pieces in which a dump of `length` bytes is read: start and length in bytes.
pub(crate) fn pieces(length: u64, piece_bytes: usize) -> impl Iterator<Item = (u64, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let left = length.checked_sub(start).filter(|left| *left > 0)?;
        let taken = usize::try_from(left).map_or(piece_bytes, |left| left.min(piece_bytes));
        let piece = (start, taken);
        start = start.saturating_add(taken as u64);
        Some(piece)
    })
}
