//! Compressed streams that stand in memory: gzip, zlib, zstd.

use super::decode::Sink;
use crate::fault::Named;
use crate::limits::{CHUNK_BYTES, OVERLAP_BYTES, STREAM_BYTES_MAX};
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// Bytes that a stream must give before it is believed to be one.
const TRIAL_BYTES: usize = 64;

/// Largest window of a zstd stream that is followed, as a power of two: 8 MiB, what RFC 8878 recommends
/// that every decoder supports.
const ZSTD_WINDOW_LOG2: u32 = 23;

/// What was inflated.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inflated {
    /// Streams that gave something.
    pub(super) streams: u64,
    /// Bytes that they gave.
    pub(super) bytes: u64,
    /// Streams that were left before their end because of a limit.
    pub(super) cut_short: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Gzip,
    Zlib,
    Zstd,
}

/// Finds and inflates streams.
pub(super) struct Inflater<'a> {
    dump: Named<'a>,
    budget: &'a AtomicU64,
    trial: Decompress,
    /// What was inflated so far.
    pub(super) inflated: Inflated,
}

impl<'a> Inflater<'a> {
    /// `budget` is how many bytes may still be inflated by all.
    pub(super) fn new(dump: Named<'a>, budget: &'a AtomicU64) -> Self {
        Self { dump, budget, trial: Decompress::new(true), inflated: Inflated::default() }
    }

    /// Inflates every stream that begins in the first `own` bytes of `bytes`, which stand at `start`.
    pub(super) fn all(&mut self, start: u64, bytes: &[u8], own: usize, sink: Sink<'_>) {
        let beginnings = bytes.get(..own).unwrap_or(bytes);
        for at in memchr::memchr3_iter(0x1f, 0x78, 0x28, beginnings) {
            let Some(rest) = bytes.get(at..) else { continue };
            let Some(kind) = kind(rest) else { continue };
            if kind == Kind::Zlib && !self.is_plausible(rest) {
                continue;
            }
            let source = Source { dump: self.dump, at: start.saturating_add(at as u64) };
            let source = BufReader::with_capacity(16 << 10, source);
            match kind {
                Kind::Gzip => self.follow(flate2::bufread::GzDecoder::new(source), at, sink),
                Kind::Zlib => self.follow(flate2::bufread::ZlibDecoder::new(source), at, sink),
                Kind::Zstd => {
                    let decoder = zstd::stream::read::Decoder::with_buffer(source);
                    let Ok(mut decoder) = decoder else { continue };
                    if decoder.window_log_max(ZSTD_WINDOW_LOG2).is_ok() {
                        self.follow(decoder, at, sink);
                    }
                }
            }
        }
    }

    /// Tries the first bytes with what is at hand: two bytes in 16384 of anything look like zlib.
    fn is_plausible(&mut self, rest: &[u8]) -> bool {
        self.trial.reset(true);
        let mut out = Zeroizing::new([0; TRIAL_BYTES]);
        match self.trial.decompress(rest, out.as_mut_slice(), FlushDecompress::None) {
            Ok(Status::StreamEnd) => self.trial.total_out() >= 8,
            Ok(Status::Ok | Status::BufError) => self.trial.total_out() >= TRIAL_BYTES as u64,
            Err(_) => false,
        }
    }

    fn follow(&mut self, mut stream: impl Read, at: usize, sink: Sink<'_>) {
        let mut window = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let (mut held, mut given) = (0, 0_u64);
        while let Some(free) = window.get_mut(held..) {
            // Damage ends a stream; what came before it counts.
            let read = stream.read(free).unwrap_or(0);
            held += read;
            given = given.saturating_add(read as u64);
            if read == 0 || held == CHUNK_BYTES {
                sink(at, "compression", window.get(..held).unwrap_or_default());
                let kept = held.saturating_sub(OVERLAP_BYTES);
                window.copy_within(kept..held, 0);
                held -= kept;
            }
            if read == 0 {
                break;
            }
            let spent = |budget: u64| Some(budget.saturating_sub(read as u64));
            let left = self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).unwrap_or(0);
            if given > STREAM_BYTES_MAX || left == 0 {
                self.inflated.cut_short += 1;
                sink(at, "compression", window.get(..held).unwrap_or_default());
                break;
            }
        }
        self.inflated.streams += u64::from(given > 0);
        self.inflated.bytes = self.inflated.bytes.saturating_add(given);
    }
}

/// What stream begins here: gzip (RFC 1952) with deflate and no reserved flag, zlib (RFC 1950) with a window
/// of 32 KiB and no dictionary, zstd (RFC 8878).
fn kind(bytes: &[u8]) -> Option<Kind> {
    match *bytes {
        [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0 => Some(Kind::Gzip),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Some(Kind::Zlib),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Kind::Zstd),
        _ => None,
    }
}

/// The dump from an offset on.
struct Source<'a> {
    dump: Named<'a>,
    at: u64,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.dump.length().saturating_sub(self.at);
        let taken = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let Some(buffer) = buffer.get_mut(..taken) else { return Ok(0) };
        self.dump.bytes.read_exact_at(self.at, buffer)?;
        self.at = self.at.saturating_add(taken as u64);
        Ok(taken)
    }
}
