//! What a compressed file may demand of this process.

/// Longest decompressed dump accepted unless the caller asks for more: 1 TiB.
/// Larger than any core of a process on today's machines with sparse parts.
pub const EXPANDED_BYTES_MAX: u64 = 1 << 40;

/// Decompressed bytes for which no ratio is asked. Cores are sparse and small
/// files of any ratio cost nothing worth refusing.
pub const RATIO_FREE_BYTES: u64 = 4 << 30;

/// Decompressed bytes other than zero runs for each compressed byte, beyond
/// [`RATIO_FREE_BYTES`]. Real cores stay under 500:1 once their zero pages are
/// left out; a zstd run of one repeated byte reaches 32,000:1.
pub const RATIO_MAX: u64 = 2_000;

/// Decompressed bytes, runs of zeros included, for which no ratio is asked: 16 GiB. A sparse core may
/// be far longer than what is in it; a bomb of zeros ends here, after seconds, having filled nothing.
pub const SPARSE_FREE_BYTES: u64 = 16 << 30;

/// Decompressed bytes of any kind for each compressed byte, beyond [`SPARSE_FREE_BYTES`]. A core of
/// which one page in a hundred is not zero stays under 400:1.
pub const SPARSE_RATIO_MAX: u64 = 1_000;

/// Largest zstd window: 2^27 = 128 MiB, `ZSTD_WINDOWLOG_LIMIT_DEFAULT` in
/// `zstd.h`; `zstd --long` stays within it, `--ultra --long=31` does not.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Memory that the xz decoder may use: 128 MiB. `xz -9` needs 65 MiB (table in xz(1)).
pub const XZ_MEMORY_BYTES_MAX: u64 = 128 << 20;

/// Bytes of compressed input read at once.
pub const INPUT_BUFFER_BYTES: usize = 128 << 10;

/// Bytes of a file's head that [`detect`](super::Compression::detect) makes use of.
pub const DETECT_BYTES: usize = 64;

/// Limits of one decoder; `default()` is the constants of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Longest decompressed stream in bytes.
    pub expanded_bytes_max: u64,
    /// Decompressed bytes before the ratio is looked at.
    pub ratio_free_bytes: u64,
    /// Decompressed bytes for each compressed byte; runs of zeros do not count.
    pub ratio_max: u64,
    /// Decompressed bytes before the ratio is looked at that runs of zeros count in.
    pub sparse_free_bytes: u64,
    /// Decompressed bytes for each compressed byte; runs of zeros count.
    pub sparse_ratio_max: u64,
    /// Base-2 logarithm of the largest zstd window in bytes.
    pub zstd_window_log_max: u32,
    /// Memory of the xz decoder in bytes.
    pub xz_memory_bytes_max: u64,
}

impl DecodeLimits {
    /// Streams of up to `bytes`, whatever their ratio: for whoever knows how long they are.
    #[must_use]
    pub fn up_to(bytes: u64) -> Self {
        Self {
            expanded_bytes_max: bytes,
            ratio_free_bytes: bytes,
            sparse_free_bytes: bytes,
            ..Self::default()
        }
    }
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            expanded_bytes_max: EXPANDED_BYTES_MAX,
            ratio_free_bytes: RATIO_FREE_BYTES,
            ratio_max: RATIO_MAX,
            sparse_free_bytes: SPARSE_FREE_BYTES,
            sparse_ratio_max: SPARSE_RATIO_MAX,
            zstd_window_log_max: ZSTD_WINDOW_LOG_MAX,
            xz_memory_bytes_max: XZ_MEMORY_BYTES_MAX,
        }
    }
}
