//! What an archive may demand of this process.

/// Longest name of a member, and longest record that a header puts before one, in bytes: 1 MiB, far above
/// `PATH_MAX` and what backup programs note of a file.
pub const RECORD_BYTES_MAX: u64 = 1 << 20;

/// Runs of data of one sparse member: as many as a core of the most mappings that hosts allow.
pub const SPARSE_RUNS_MAX: usize = 1 << 20;

/// Bytes of a sparse member's map that are read (pax format 1.0).
pub const SPARSE_MAP_BYTES_MAX: u64 = 32 << 20;

/// Longest fields of one part of a multipart body, in bytes: crash reporters write some hundred.
pub const PART_HEADER_BYTES_MAX: u64 = 16 << 10;

/// Longest directory of a ZIP archive that is written anew, in bytes: it is held while the members are written.
pub const DIRECTORY_BYTES_MAX: usize = 64 << 20;
