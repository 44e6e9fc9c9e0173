//! What can go wrong between opening a dump and publishing the clean one.

use crate::{copy, source, writer};
use std::io;

/// An error of the engine, worded to fit "failed to ...".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be opened, or has changed.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// The input could not be read, or has changed; see [`source::Error::of`].
    #[error("read the input")]
    Read(#[source] io::Error),
    /// The input is no dump that can be scrubbed.
    #[error("understand the input")]
    NotUnderstood(#[source] coredact_dump::Error),
    /// The input begins like no format that is read.
    #[error(
        "tell what the input is: memory without headers (of a virtual machine, swap, CRIU's pages) is scrubbed with --as raw, a text with --as text"
    )]
    Unknown(#[source] coredact_dump::Error),
    /// The input is packed in a format that is not opened.
    #[error(
        "open the input: it is a {name} file, which coredact does not open; lay the dump open first ({opener})"
    )]
    Unopened {
        /// Name of the format.
        name: &'static str,
        /// What lays it open.
        opener: &'static str,
    },
    /// An archive of a kind whose members are only scanned.
    #[error(
        "scrub the members of an archive of this kind ({name}): coredact scans it and does not write it; take out what is to be clean ({opener}) and scrub that, or pack it as tar"
    )]
    ScannedOnly {
        /// Name of the format.
        name: &'static str,
        /// What takes its members out.
        opener: &'static str,
    },
    /// The headers promise bytes that the file does not hold.
    #[error(
        "read all of the input: its headers promise {missing} more bytes than the file holds ({what}); copy the dump again, or release what is there with --allow-truncated"
    )]
    Truncated {
        /// How many bytes are missing.
        missing: u64,
        /// Structures that are cut off, with their offsets.
        what: String,
    },
    /// The file ends before the first byte of memory and the first thread.
    #[error("find anything that a debugger could use in the input: {what}; copy the dump again")]
    NothingLeft {
        /// Structures that are cut off, with their offsets.
        what: String,
    },
    /// Nobody knows what of a text, or of a member that is no dump, a debugger needs.
    #[error(
        "strip the input to its skeleton: of {what} coredact does not know what is needed for stacks, threads and modules alone; remove keys and all randomness from it with --policy strict"
    )]
    NoSkeleton {
        /// Format of the input, or the member of the bundle with its format.
        what: String,
    },
    /// A member of a bundle cannot be searched as it lies there.
    #[error("open member {member} of the bundle: {why}")]
    Member {
        /// Its name, or that of the archive.
        member: String,
        /// What hides it, and what to do.
        why: String,
    },
    /// A member of a bundle begins as a dump and is none.
    #[error("understand member {member} of the bundle")]
    MemberNotUnderstood {
        /// Its name.
        member: String,
        /// Why not.
        source: coredact_dump::Error,
    },
    /// A ZIP archive cannot be laid out, or written anew.
    #[error(transparent)]
    Zip(#[from] coredact_dump::archive::flat::Error),
    /// A detector failed its self-test.
    #[error("trust this build: its detector {0} did not find the key planted for its self-test")]
    SelfTest(&'static str),
    /// The copy was given up.
    #[error(transparent)]
    Copy(#[from] copy::Error),
    /// The output could not be written or published.
    #[error(transparent)]
    Writer(#[from] writer::Error),
    /// The plan contradicts itself: a fault of coredact.
    #[error("follow the plan")]
    Plan(#[source] coredact_record::PlanError),
    /// The system gave no random bytes.
    #[error(transparent)]
    Randomness(#[from] coredact_record::NoRandomness),
    /// The verdict is passed without the digest of what was judged: a fault of coredact.
    #[error("learn the digest of the verified output")]
    Undigested,
    /// The finished output cannot be read back.
    #[error("read the clean dump back before it is published")]
    ReadBack(#[source] io::Error),
    /// The compressed output does not hold what was verified.
    #[error("compress the output: reading it back gave other bytes")]
    Compressed,
}

impl Error {
    /// Wraps an error of a source, whose cause tells a changed input from a broken medium.
    pub(crate) fn read(error: io::Error) -> Self {
        Self::Read(error)
    }

    /// True if the input changed while it was read.
    #[must_use]
    pub fn is_changed_input(&self) -> bool {
        let inner = match self {
            Self::Source(error) | Self::Copy(copy::Error::Input(error)) => Some(error),
            Self::Read(error) | Self::Copy(copy::Error::Read(error)) => source::Error::of(error),
            _ => None,
        };
        matches!(inner, Some(source::Error::InputChanged { .. }))
    }
}
