//! Compressed streams that stand in memory: gzip, zlib, zstd.

use super::decode::Sink;
use crate::fault::Named;
use crate::limits::{CHUNK_BYTES, INFLATED_BYTES_FREE, INFLATION_MAX, OVERLAP_BYTES, STREAM_BYTES_MAX};
use flate2::{Decompress, FlushDecompress, Status};
use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

/// Bytes that a stream must give before it is believed to be one.
const TRIAL_BYTES: usize = 64;

/// Largest window of a zstd stream that is followed, as a power of two: 8 MiB, what RFC 8878 recommends
/// that every decoder supports.
const ZSTD_WINDOW_LOG2: u32 = 23;

/// How many bytes the streams of a dump may be inflated to.
pub(crate) fn budget(dump: Named<'_>) -> AtomicU64 {
    AtomicU64::new(dump.length().saturating_mul(INFLATION_MAX).saturating_add(INFLATED_BYTES_FREE))
}

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
pub(crate) struct Inflater<'a> {
    dump: Named<'a>,
    budget: &'a AtomicU64,
    trial: RefCell<Decompress>,
    inflated: Cell<Inflated>,
}

impl<'a> Inflater<'a> {
    /// `budget` is how many bytes may still be inflated by all, see [`budget`].
    pub(crate) fn new(dump: Named<'a>, budget: &'a AtomicU64) -> Self {
        let trial = RefCell::new(Decompress::new(true));
        Self { dump, budget, trial, inflated: Cell::default() }
    }

    /// What was inflated so far.
    pub(super) fn inflated(&self) -> Inflated {
        self.inflated.get()
    }

    /// Inflates every stream that begins in the first `own` bytes of `bytes`, which stand at `start` of the dump.
    pub(super) fn all(&self, start: u64, bytes: &[u8], own: usize, sink: Sink<'_>) {
        for (at, kind, _) in self.beginnings(bytes, own) {
            let source = Source { dump: self.dump, at: start.saturating_add(at as u64) };
            self.one(kind, BufReader::with_capacity(16 << 10, source), at, sink);
        }
    }

    /// Inflates every stream that begins in `bytes`, which stand nowhere in the dump as they are.
    pub(super) fn within(&self, bytes: &[u8], sink: Sink<'_>) {
        for (at, kind, rest) in self.beginnings(bytes, bytes.len()) {
            self.one(kind, rest, at, sink);
        }
    }

    /// Where streams begin in the first `own` bytes, their kinds, and what is at hand of them.
    fn beginnings<'b>(
        &self,
        bytes: &'b [u8],
        own: usize,
    ) -> impl Iterator<Item = (usize, Kind, &'b [u8])> + use<'_, 'a, 'b> {
        let beginnings = memchr::memchr3_iter(0x1f, 0x78, 0x28, bytes.get(..own).unwrap_or(bytes));
        beginnings.filter_map(move |at| {
            let rest = bytes.get(at..)?;
            let kind = kind(rest)?;
            (kind != Kind::Zlib || self.is_plausible(rest)).then_some((at, kind, rest))
        })
    }

    fn one(&self, kind: Kind, source: impl BufRead, at: usize, sink: Sink<'_>) {
        match kind {
            Kind::Gzip => self.follow(flate2::bufread::GzDecoder::new(source), at, sink),
            Kind::Zlib => self.follow(flate2::bufread::ZlibDecoder::new(source), at, sink),
            Kind::Zstd => {
                let Ok(mut decoder) = zstd::stream::read::Decoder::with_buffer(source) else { return };
                if decoder.window_log_max(ZSTD_WINDOW_LOG2).is_ok() {
                    self.follow(decoder, at, sink);
                }
            }
        }
    }

    /// Tries the first bytes with what is at hand: two bytes in 16384 of anything look like zlib.
    fn is_plausible(&self, rest: &[u8]) -> bool {
        let mut trial = self.trial.borrow_mut();
        trial.reset(true);
        let mut out = Zeroizing::new([0; TRIAL_BYTES]);
        match trial.decompress(rest, out.as_mut_slice(), FlushDecompress::None) {
            Ok(Status::StreamEnd) => trial.total_out() >= 8,
            Ok(Status::Ok | Status::BufError) => trial.total_out() >= TRIAL_BYTES as u64,
            Err(_) => false,
        }
    }

    fn follow(&self, mut stream: impl Read, at: usize, sink: Sink<'_>) {
        let mut window = Zeroizing::new(vec![0; CHUNK_BYTES]);
        let (mut held, mut given, mut cut_short) = (0, 0_u64, 0);
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
                cut_short = 1;
                sink(at, "compression", window.get(..held).unwrap_or_default());
                break;
            }
        }
        let before = self.inflated.get();
        self.inflated.set(Inflated {
            streams: before.streams + u64::from(given > 0),
            bytes: before.bytes.saturating_add(given),
            cut_short: before.cut_short + cut_short,
        });
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
