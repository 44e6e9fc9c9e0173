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
    /// Base-2 logarithm of the largest zstd window in bytes.
    pub zstd_window_log_max: u32,
    /// Memory of the xz decoder in bytes.
    pub xz_memory_bytes_max: u64,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            expanded_bytes_max: EXPANDED_BYTES_MAX,
            ratio_free_bytes: RATIO_FREE_BYTES,
            ratio_max: RATIO_MAX,
            zstd_window_log_max: ZSTD_WINDOW_LOG_MAX,
            xz_memory_bytes_max: XZ_MEMORY_BYTES_MAX,
        }
    }
}
