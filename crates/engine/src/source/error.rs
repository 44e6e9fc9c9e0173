//! Why an input cannot be read, or must not be trusted.

use coredact_dump::container;
use std::io;
use std::path::PathBuf;

/// A fault of the input. Reads return it inside an [`io::Error`];
/// [`Error::of`] takes it out again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or asked for its length.
    #[error("open {path}")]
    Open {
        /// The input.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The input is a folder.
    #[error("read {path}: it is a folder; name a file in it")]
    Folder {
        /// The input.
        path: PathBuf,
    },
    /// The input holds no byte.
    #[error("read {path}: it is empty")]
    Empty {
        /// The input.
        path: PathBuf,
    },
    /// The input is a device, a socket or a terminal.
    #[error("read {path}: it is neither a file nor a pipe")]
    NotRegular {
        /// The input.
        path: PathBuf,
    },
    /// Nobody writes to a named pipe.
    #[error(
        "read {path}: it is a named pipe, and nobody opened it for writing within {} seconds; start the writer first",
        super::limits::FIFO_WAIT_SECONDS
    )]
    NoWriter {
        /// The input.
        path: PathBuf,
    },
    /// The input is longer than [`INPUT_BYTES_MAX`](super::limits::INPUT_BYTES_MAX).
    #[error("read {path}: it is longer than {} bytes", super::limits::INPUT_BYTES_MAX)]
    TooLong {
        /// The input.
        path: PathBuf,
    },
    /// The compressed input cannot be decompressed to its end.
    #[error("decompress {path}")]
    Container {
        /// The input.
        path: PathBuf,
        /// Format, offset and next step.
        source: container::Error,
    },
    /// A ZIP archive cannot be laid out.
    #[error("open the bundle {path}")]
    Zip {
        /// The input's name.
        path: PathBuf,
        /// Why not, and what to do.
        source: coredact_dump::archive::flat::Error,
    },
    /// The medium of the input fails.
    #[error("read the input at offset {offset}")]
    Read {
        /// Start of the block that cannot be read, in bytes.
        offset: u64,
        /// What the system says.
        source: io::Error,
    },
    /// The input is not the one that was read before. Nothing may be released.
    #[error(
        "trust the input: it changed at offset {offset} while it was read; stop its writer and run again"
    )]
    InputChanged {
        /// Start of the block that differs, or the length at which the file was opened, in bytes.
        offset: u64,
    },
    /// The encrypted spool cannot be written.
    #[error(
        "spool the input in {folder}: free space there or choose another folder (TMPDIR, or another output)"
    )]
    Spool {
        /// Folder of the spool.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The fault inside an error of a read, if it is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::Read { source, .. } => source.kind(),
            _ => io::ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}
