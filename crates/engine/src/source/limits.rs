//! What an input may demand of this process.

/// Bytes of one block, the unit of reading, digests and the zero map: 1 MiB.
pub const BLOCK_BYTES: usize = 1 << 20;

/// [`BLOCK_BYTES`] as a length in a file.
pub(crate) const BLOCK_LENGTH: u64 = 1 << 20;

/// Longest input: 4 TiB. Its digests take 160 MiB; a sparse file may claim more.
pub const INPUT_BYTES_MAX: u64 = 4 << 40;

/// Questions asked about the holes of a file, two for each run of data: what is behind is read.
pub(crate) const HOLE_SEEKS_MAX: usize = 1 << 19;

/// How long a named pipe is waited for until somebody opens it for writing, in seconds.
pub const FIFO_WAIT_SECONDS: u64 = 5;

/// Blocks kept for readers that want parts of them: 16 MiB in all.
pub const CACHE_BLOCKS: usize = 16;
