//! Why a compressed stream could not be read to its end.

use super::Compression;
use std::io;

/// A fault of a compressed stream. A decoder returns it inside an
/// [`io::Error`]; [`Error::of`] takes it out again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file ends inside a frame.
    #[error("{compression} stream is cut off at compressed offset {offset}: fetch the complete file")]
    Truncated {
        /// Format of the stream.
        compression: Compression,
        /// Compressed bytes that were there.
        offset: u64,
    },
    /// The decoder refuses the bytes, or something else follows the last frame.
    #[error(
        "{compression} stream is damaged, or followed by something else, near compressed offset {offset}"
    )]
    Damaged {
        /// Format of the stream.
        compression: Compression,
        /// Compressed bytes consumed before the fault was seen.
        offset: u64,
        /// What the decoder says.
        source: io::Error,
    },
    /// The frame asks for more memory than [`DecodeLimits`](super::DecodeLimits) allows.
    #[error(
        "{compression} frame near compressed offset {offset} needs more memory than allowed: decompress it first"
    )]
    Memory {
        /// Format of the stream.
        compression: Compression,
        /// Compressed bytes consumed before the fault was seen.
        offset: u64,
    },
    /// The stream decompresses to more than [`DecodeLimits`](super::DecodeLimits) allows.
    #[error(
        "{compression} stream expands beyond the limit at compressed offset {offset}, \
         decompressed length {expanded}: if it is no bomb, allow more with --max-expanded"
    )]
    Expansion {
        /// Format of the stream.
        compression: Compression,
        /// Compressed bytes consumed so far.
        offset: u64,
        /// Decompressed bytes so far.
        expanded: u64,
    },
    /// A dump that is packed page by page or in records would be longer than
    /// [`DecodeLimits`](super::DecodeLimits) allows.
    #[error(
        "{format} expands to {expanded} bytes, which is beyond the limit: if it is no bomb, allow more with \
         --max-expanded"
    )]
    TooLong {
        /// `kdump`, `AVML dump`.
        format: &'static str,
        /// Bytes of its plain form, or so many of them.
        expanded: u64,
    },
    /// A part of a dump that is packed page by page or in records cannot be unpacked.
    #[error("{format} is damaged at offset {offset:#x}: {problem}")]
    Unsound {
        /// `kdump`, `AVML dump`.
        format: &'static str,
        /// Where the part stands in the packed file.
        offset: u64,
        /// What cannot be.
        problem: String,
    },
}

impl Error {
    /// The container's fault inside an error of a decoder, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::Truncated { .. } => io::ErrorKind::UnexpectedEof,
            Error::Memory { .. } => io::ErrorKind::OutOfMemory,
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
