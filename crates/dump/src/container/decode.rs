//! Reading a compressed stream to its end, under limits.

use super::limits::{DecodeLimits, INPUT_BUFFER_BYTES};
use super::{Compression, Error, lz4};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(super) fn decoder(
    compression: Compression,
    input: impl Read + Send + 'static,
    limits: &DecodeLimits,
) -> io::Result<Box<dyn Read + Send>> {
    let progress = Arc::new(Progress::default());
    let input = Counted {
        inner: BufReader::with_capacity(INPUT_BUFFER_BYTES, input),
        progress: Arc::clone(&progress),
    };
    let inner: Box<dyn Read + Send> = match compression {
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(limits.zstd_window_log_max)?;
            Box::new(decoder)
        }
        Compression::Lz4 => Box::new(lz4::Decoder::new(input)),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Compression::Xz => {
            let flags = liblzma::stream::CONCATENATED;
            let stream = liblzma::stream::Stream::new_stream_decoder(limits.xz_memory_bytes_max, flags)?;
            Box::new(liblzma::bufread::XzDecoder::new_stream(input, stream))
        }
    };
    let limits = *limits;
    Ok(Box::new(Guarded { inner, compression, limits, progress, expanded: 0, dense: 0, broken: false }))
}

/// What the decoder took from the file, seen from outside of it.
#[derive(Debug, Default)]
struct Progress {
    /// Compressed bytes consumed.
    consumed: AtomicU64,
    /// The file itself failed: its error is passed on as it is.
    medium_failed: AtomicBool,
}

/// Counts what a decoder consumes, not what a buffer reads ahead.
struct Counted<R> {
    inner: BufReader<R>,
    progress: Arc<Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Decoders do not all retry, so an interrupted read must not reach them.
        while self.inner.buffer().is_empty() {
            match self.inner.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.progress.medium_failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(self.inner.buffer())
    }

    fn consume(&mut self, count: usize) {
        self.inner.consume(count);
        self.progress.consumed.fetch_add(length(count), Ordering::Relaxed);
    }
}

/// Names the faults of a decoder and keeps the limits.
struct Guarded {
    inner: Box<dyn Read + Send>,
    compression: Compression,
    limits: DecodeLimits,
    progress: Arc<Progress>,
    /// Decompressed bytes.
    expanded: u64,
    /// Decompressed bytes that were not in a run of zeros.
    dense: u64,
    /// Some decoders report the end of the stream after an error.
    broken: bool,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.broken {
            return Err(io::Error::other("the stream has failed before"));
        }
        let result = self.inner.read(buffer).map_err(|error| self.explain(error)).and_then(|count| {
            self.account(buffer.get(..count).unwrap_or_default())?;
            Ok(count)
        });
        self.broken = result.is_err();
        result
    }
}

impl Guarded {
    fn account(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (compression, offset) = (self.compression, self.offset());
        if bytes.is_empty() && offset == 0 {
            return Err(Error::Truncated { compression, offset }.into());
        }
        self.expanded = self.expanded.saturating_add(length(bytes.len()));
        if !is_zero(bytes) {
            self.dense = self.dense.saturating_add(length(bytes.len()));
        }
        let DecodeLimits { ratio_free_bytes, ratio_max, sparse_free_bytes, sparse_ratio_max, .. } =
            self.limits;
        let dense_max = ratio_free_bytes.max(offset.saturating_mul(ratio_max));
        let sparse_max = sparse_free_bytes.max(offset.saturating_mul(sparse_ratio_max));
        if self.expanded > self.limits.expanded_bytes_max.min(sparse_max) || self.dense > dense_max {
            return Err(Error::Expansion { compression, offset, expanded: self.expanded }.into());
        }
        Ok(())
    }

    fn explain(&self, error: io::Error) -> io::Error {
        if self.progress.medium_failed.load(Ordering::Relaxed) {
            return error;
        }
        let (compression, offset) = (self.compression, self.offset());
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Error::Truncated { compression, offset }.into()
        } else if wants_memory(&error) {
            Error::Memory { compression, offset }.into()
        } else {
            Error::Damaged { compression, offset, source: error }.into()
        }
    }

    fn offset(&self) -> u64 {
        self.progress.consumed.load(Ordering::Relaxed)
    }
}

/// True if the decoder stopped at its memory limit.
fn wants_memory(error: &io::Error) -> bool {
    use liblzma::stream::Error as Xz;
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Xz>()) {
        Some(xz) => matches!(xz, Xz::MemLimit | Xz::Mem),
        // The crate passes zstd's error on as text alone: `ZSTD_error_frameParameter_windowTooLarge`
        // in `error_private.c`.
        None => error.to_string().contains("requires too much memory"),
    }
}

/// True if every byte is zero. A kilobyte at a time, so that the processor does many at once.
fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(1024).all(|chunk| chunk.iter().fold(0, |sum, &byte| sum | byte) == 0)
}

fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
