//! What a file that holds others may demand of this process.

/// Archives and compressed files inside each other that are opened, the file itself among them: a container image
/// is a tar of compressed tars, with ZIPs of ZIPs in it.
pub const DEPTH_MAX: usize = 12;

/// Members of all archives in one file together: ten times the files of a Linux source tree.
pub const MEMBERS_MAX: u64 = 1 << 20;

/// Longest expanded member that is held in memory, in bytes: 4 MiB. Longer ones go through a spool.
pub const HELD_BYTES_MAX: usize = 4 << 20;

/// Reasons for not reading that one archive lists; the rest is counted.
pub const FAULTS_MAX: usize = 256;

/// Bytes of holes of a sparse member that count as one byte of content: they are not read.
pub const HOLE_BYTES_PER_BYTE: u64 = 1 << 10;
