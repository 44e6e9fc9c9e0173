//! The bytes kept from a dump for the arithmetic: short stretches of randomness whole,
//! of long ones their ends.

use super::limits::{
    BULK_EDGE_BYTES, CHUNK_BYTES_MAX, JOIN_BYTES, MARGIN_BYTES, RANDOM_BYTES_MIN, SHORT_BYTES_MAX,
    STORED_BYTES_MAX,
};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// Where a component was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Position of the first byte, in the numbering of [`super::Harvest::collect`].
    pub position: u64,
    /// Length in bytes.
    pub length: usize,
    /// Which component: `d`, `seed`, `scalar`, `key`.
    pub component: &'static str,
    /// How it is laid out: `le`, `be`, `montgomery`, `int-array`, `digits 30/32`.
    pub form: &'static str,
}

/// Bytes of writable memory that look random, with what stands beside them.
#[derive(Clone, Copy)]
pub struct Stretch<'a> {
    /// Position of the first byte, in the numbering of [`super::Harvest::collect`].
    pub position: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Those that look random: rising ranges that do not overlap.
    pub runs: &'a [Range<usize>],
}

impl fmt::Debug for Stretch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stretch({} bytes at {})", self.bytes.len(), self.position)
    }
}

/// Bytes around one or more neighbouring runs.
pub(super) struct Chunk {
    /// Position of the first byte in the dump's numbering.
    pub(super) position: u64,
    /// The bytes, wiped when dropped.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Length of the stretch that it shows, or shows the ends of.
    pub(super) stretch: usize,
    /// The runs, clipped to `bytes`.
    runs: Vec<Range<usize>>,
}

impl Chunk {
    /// How many bytes of a range lie in no run.
    pub(super) fn plain_bytes(&self, range: Range<usize>) -> usize {
        let first = self.runs.partition_point(|run| run.end <= range.start);
        let runs = self.runs.iter().skip(first).take_while(|run| run.start < range.end);
        let covered: usize = runs.map(|run| run.end.min(range.end) - run.start.max(range.start)).sum();
        range.len() - covered
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunk({} bytes at {})", self.bytes.len(), self.position)
    }
}

/// Chunks of a dump, within [`STORED_BYTES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Store {
    /// By whether the chunk belongs to bulk data, is long or short, and by position: what
    /// comes last goes first when room is short.
    chunks: BTreeMap<(u8, u64), Chunk>,
    bytes: usize,
    /// The first key that had no room. Nothing from there on is kept, so that the rest is
    /// the same in whatever order it came.
    full_at: Option<(u8, u64)>,
    /// Chunks seen, those of overlapping windows twice.
    seen: u64,
}

impl Store {
    /// Keeps what `runs` (rising, not overlapping) of a window deserve. Returns the bytes
    /// of bulk data that nothing will look at.
    pub(super) fn collect(&mut self, window: &[u8], position: u64, runs: &[Range<usize>]) -> u64 {
        let mut skipped = 0;
        let near = |one: &Range<usize>, next: &Range<usize>| next.start <= one.end.saturating_add(JOIN_BYTES);
        for group in runs.chunk_by(near) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let random: usize = group.iter().map(ExactSizeIterator::len).sum();
            if random < RANDOM_BYTES_MIN {
                continue;
            }
            let start = first.start.saturating_sub(MARGIN_BYTES);
            let end = last.end.saturating_add(MARGIN_BYTES).min(window.len());
            let stretch = last.end - first.start;
            if stretch <= CHUNK_BYTES_MAX {
                let rank = u8::from(stretch > SHORT_BYTES_MAX);
                self.keep(window, position, group, start..end, rank);
            } else {
                self.keep(window, position, group, start..first.start + BULK_EDGE_BYTES, 2);
                self.keep(window, position, group, last.end.saturating_sub(BULK_EDGE_BYTES)..end, 2);
                skipped += stretch.saturating_sub(2 * BULK_EDGE_BYTES) as u64;
            }
        }
        skipped
    }

    /// Adds everything of another store.
    pub(super) fn merge(&mut self, other: Self) {
        self.seen += other.seen;
        if let Some(key) = other.full_at {
            self.close(key);
        }
        for (key, chunk) in other.chunks {
            self.insert(key, chunk);
        }
    }

    /// Chunks that had no room, about: those seen twice count as well.
    pub(super) fn dropped(&self) -> u64 {
        if self.full_at.is_some() { self.seen.saturating_sub(self.chunks.len() as u64) } else { 0 }
    }

    /// What is kept, short stretches first, then in order of position.
    pub(super) fn stretches(&self) -> impl Iterator<Item = Stretch<'_>> {
        self.chunks.values().map(|chunk| Stretch {
            position: chunk.position,
            bytes: &chunk.bytes,
            runs: &chunk.runs,
        })
    }

    /// The chunks, in the same order as [`Self::into_chunks`] gives them.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Chunk> {
        self.chunks.values()
    }

    /// The chunks, short ones first, then in order of position.
    pub(super) fn into_chunks(self) -> Vec<Chunk> {
        self.chunks.into_values().collect()
    }

    fn keep(&mut self, window: &[u8], position: u64, group: &[Range<usize>], span: Range<usize>, rank: u8) {
        let Some(bytes) = window.get(span.clone()) else { return };
        self.seen += 1;
        let position = position.saturating_add(span.start as u64);
        let clip = |run: &Range<usize>| {
            let clipped = run.start.max(span.start)..run.end.min(span.end);
            (!clipped.is_empty()).then(|| clipped.start - span.start..clipped.end - span.start)
        };
        let runs = group.iter().filter_map(clip).collect();
        let stretch = group.last().map_or(0, |run| run.end) - group.first().map_or(0, |run| run.start);
        let chunk = Chunk { position, bytes: Zeroizing::new(bytes.to_vec()), stretch, runs };
        self.insert((rank, position), chunk);
    }

    fn insert(&mut self, key: (u8, u64), chunk: Chunk) {
        if self.full_at.is_some_and(|full_at| key >= full_at) {
            return;
        }
        match self.chunks.get(&key) {
            // The end of one window is the start of the next: keep the longer view.
            Some(old) if old.bytes.len() >= chunk.bytes.len() => return,
            _ => {}
        }
        self.bytes += chunk.bytes.len();
        if let Some(old) = self.chunks.insert(key, chunk) {
            self.bytes -= old.bytes.len();
        }
        while self.bytes > STORED_BYTES_MAX {
            let Some(last) = self.chunks.last_key_value().map(|(key, _)| *key) else { return };
            self.close(last);
        }
    }

    /// Drops this key and everything after it, for good.
    fn close(&mut self, key: (u8, u64)) {
        let key = self.full_at.map_or(key, |old| old.min(key));
        self.full_at = Some(key);
        let gone = self.chunks.split_off(&key);
        self.bytes -= gone.values().map(|chunk| chunk.bytes.len()).sum::<usize>();
    }
}
