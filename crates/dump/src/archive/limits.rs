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

/// Longest object of a git pack that is held as it is, in bytes: 4 MiB. A longer one is expanded where it is scanned.
pub const HELD_BYTES_MAX: u64 = 4 << 20;

/// Longest object of a git pack that is put together from a difference, and longest that one is made from, in bytes: 64 MiB. git
/// itself writes files over `core.bigFileThreshold`, 512 MiB, whole.
pub const DELTA_BYTES_MAX: u64 = 64 << 20;

/// Differences between an object and the whole one that it goes back to: as many as `git pack-objects --depth` allows.
pub const DELTAS_MAX: usize = 4095;

/// Objects of a git pack that stand before what they differ from: git writes none so.
pub const WAITING_MAX: usize = 1 << 20;

/// Bytes of objects that were put together last and are kept for those that differ from them: 32 MiB.
pub const RECENT_BYTES_MAX: usize = 32 << 20;

/// Bytes that a git pack may expand to for the search for where its objects end, all differences counted: 16 GiB, or a thousand
/// times its own length.
pub const PACK_BYTES_MAX: u64 = 16 << 30;

/// See [`PACK_BYTES_MAX`].
pub const PACK_RATIO_MAX: u64 = 1000;
