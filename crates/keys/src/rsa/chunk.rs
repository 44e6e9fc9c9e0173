//! The bytes kept from a dump for the arithmetic: short runs of randomness whole,
//! of long ones the surroundings of their edges.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::limits::{
    BULK_EDGE_BYTES, CHUNK_BYTES_MAX, CHUNK_RANDOM_BYTES_MIN, EDGE_GAP_BYTES, JOIN_BYTES, MARGIN_BYTES,
    STORED_BYTES_MAX,
};
use super::quality::{self, Quality};

/// Bytes around one or more neighbouring runs.
pub(super) struct Chunk {
    /// Position of the first byte in the dump's numbering.
    pub(super) position: u64,
    /// The bytes, wiped when dropped.
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// Where runs start, relative to `bytes`, rising.
    pub(super) starts: Vec<usize>,
    /// Where runs end, relative to `bytes`, rising.
    pub(super) ends: Vec<usize>,
    /// A run longer than [`CHUNK_BYTES_MAX`] reaches into it: only its edges are tried.
    pub(super) bulk: bool,
    /// The runs themselves, clipped to `bytes`.
    pub(super) runs: Vec<Range<usize>>,
    /// What the bytes from each offset on may be part of.
    pub(super) quality: Vec<Quality>,
    /// How many bytes before each offset lie in no run.
    pub(super) plain: Vec<u32>,
}

impl Chunk {
    /// Makes the tables.
    fn judge(&mut self) {
        let misaligned = usize::try_from(self.position % 8).unwrap_or(0);
        self.quality = quality::qualities(&self.bytes, misaligned);
        self.plain = Vec::with_capacity(self.bytes.len() + 1);
        let mut runs = self.runs.iter().peekable();
        let mut count = 0;
        for at in 0..=self.bytes.len() {
            self.plain.push(count);
            while runs.next_if(|run| run.end <= at).is_some() {}
            count += u32::from(runs.peek().is_none_or(|run| at < run.start));
        }
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
    /// Keyed by how long the runs are and by position: what comes last goes first
    /// when room is short. The set that remains does not depend on the order of arrival.
    chunks: BTreeMap<(Rank, u64), Chunk>,
    bytes: usize,
    /// Chunks seen, those of overlapping windows twice.
    seen: u64,
    /// The first key that had no room. Nothing from there on is kept, so that the
    /// rest is the same in whatever order it came.
    full_at: Option<(Rank, u64)>,
}

/// Longest chunk that counts as a number or a few.
const SHORT_BYTES_MAX: usize = CHUNK_BYTES_MAX / 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// At most [`SHORT_BYTES_MAX`].
    Short,
    /// At most [`CHUNK_BYTES_MAX`], or longer but of many runs.
    Middle,
    /// A piece of bulk random data.
    Bulk,
}

impl Store {
    /// Keeps what `runs` (rising, not overlapping) of a window deserve. Returns the
    /// bytes of bulk data that nothing will look at.
    pub(super) fn collect(&mut self, window: &[u8], position: u64, runs: &[Range<usize>]) -> u64 {
        let mut skipped = 0;
        let mut rest = runs;
        while let Some(first) = rest.first() {
            let mut end = first.end;
            let mut count = 1;
            for run in rest.iter().skip(1) {
                if run.start > end.saturating_add(JOIN_BYTES) {
                    break;
                }
                end = run.end.max(end);
                count += 1;
            }
            let (group, later) = rest.split_at(count);
            rest = later;
            skipped += self.group(window, position, group);
        }
        skipped
    }

    /// Adds everything of another store.
    pub(super) fn merge(&mut self, other: Self) {
        self.seen += other.seen;
        if let Some(key) = other.full_at {
            self.close(key);
        }
        for ((rank, _), chunk) in other.chunks {
            self.insert(rank, chunk);
        }
    }

    /// Chunks that had no room, about: those seen twice count as well.
    pub(super) fn dropped(&self) -> u64 {
        if self.full_at.is_some() { self.seen.saturating_sub(self.chunks.len() as u64) } else { 0 }
    }

    /// Drops this key and everything after it, for good.
    fn close(&mut self, key: (Rank, u64)) {
        let key = self.full_at.map_or(key, |old| old.min(key));
        self.full_at = Some(key);
        let gone = self.chunks.split_off(&key);
        self.bytes -= gone.values().map(|chunk| chunk.bytes.len()).sum::<usize>();
    }

    /// The chunks in order of position, each content once.
    pub(super) fn into_chunks(self) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = self.chunks.into_values().collect();
        chunks.sort_by_key(|chunk| (chunk.position, usize::MAX - chunk.bytes.len()));
        let mut end = 0u64;
        chunks.retain(|chunk| {
            let chunk_end = chunk.position.saturating_add(chunk.bytes.len() as u64);
            let fresh = chunk_end > end;
            end = end.max(chunk_end);
            fresh
        });
        chunks.iter_mut().for_each(Chunk::judge);
        chunks
    }

    fn group(&mut self, window: &[u8], position: u64, group: &[Range<usize>]) -> u64 {
        let random: usize = group.iter().map(ExactSizeIterator::len).sum();
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return 0 };
        if random < CHUNK_RANDOM_BYTES_MIN {
            return 0;
        }
        let span =
            first.start.saturating_sub(MARGIN_BYTES)..last.end.saturating_add(MARGIN_BYTES).min(window.len());
        let place = Place { window, position, edges: edges(group) };
        if span.len() <= CHUNK_BYTES_MAX {
            self.keep(&place, span);
            return 0;
        }
        let mut marks: Vec<usize> = place.edges.iter().flat_map(|run| [run.start, run.end]).collect();
        marks.sort_unstable();
        let mut kept = 0;
        let mut piece: Option<Range<usize>> = None;
        for mark in marks {
            let around =
                mark.saturating_sub(BULK_EDGE_BYTES).max(span.start)..(mark + BULK_EDGE_BYTES).min(span.end);
            piece = Some(match piece.take() {
                Some(open) if around.start <= open.end => open.start..around.end,
                Some(done) => {
                    kept += done.len();
                    self.keep(&place, done);
                    around
                }
                None => around,
            });
        }
        if let Some(done) = piece {
            kept += done.len();
            self.keep(&place, done);
        }
        span.len().saturating_sub(kept) as u64
    }

    /// Keeps those parts of a span that numbers can lie in.
    fn keep(&mut self, place: &Place<'_>, span: Range<usize>) {
        let Some(bytes) = place.window.get(span.clone()) else { return };
        for part in quality::stretches(bytes, place.misaligned(span.start)) {
            let from = (span.start + part.start).saturating_sub(MARGIN_BYTES).max(span.start);
            let to = (span.start + part.end).saturating_add(MARGIN_BYTES).min(span.end);
            if let Some((rank, chunk)) = place.chunk(from..to) {
                self.seen += 1;
                self.insert(rank, chunk);
            }
        }
    }

    fn insert(&mut self, rank: Rank, chunk: Chunk) {
        let key = (rank, chunk.position);
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
}

/// A group of runs where it stands.
struct Place<'a> {
    window: &'a [u8],
    position: u64,
    /// The runs, without the holes that chance makes.
    edges: Vec<Range<usize>>,
}

impl Place<'_> {
    /// The address of an offset modulo 8.
    fn misaligned(&self, offset: usize) -> usize {
        usize::try_from(self.position.wrapping_add(offset as u64) % 8).unwrap_or(0)
    }

    /// The bytes of a span with what is known about them.
    fn chunk(&self, span: Range<usize>) -> Option<(Rank, Chunk)> {
        let bytes = self.window.get(span.clone())?;
        let first = self.edges.partition_point(|run| run.end < span.start);
        let near: Vec<&Range<usize>> =
            self.edges.iter().skip(first).take_while(|run| run.start <= span.end).collect();
        let bulk = near.iter().any(|run| run.len() > CHUNK_BYTES_MAX);
        let rank = match bytes.len() {
            _ if bulk => Rank::Bulk,
            0..=SHORT_BYTES_MAX => Rank::Short,
            _ => Rank::Middle,
        };
        let inside =
            |edge: &usize| (span.start..=span.end).contains(edge).then(|| edge.saturating_sub(span.start));
        let clip =
            |run: &&Range<usize>| run.start.saturating_sub(span.start)..run.end.min(span.end) - span.start;
        let chunk = Chunk {
            position: self.position.saturating_add(span.start as u64),
            bytes: Zeroizing::new(bytes.to_vec()),
            starts: near.iter().filter_map(|run| inside(&run.start)).collect(),
            ends: near.iter().filter_map(|run| inside(&run.end)).collect(),
            bulk,
            runs: near.iter().map(clip).collect(),
            quality: Vec::new(),
            plain: Vec::new(),
        };
        Some((rank, chunk))
    }
}

/// The runs of a group, joined over the holes that chance makes.
fn edges(group: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for run in group {
        match out.last_mut() {
            Some(last) if run.start < last.end + EDGE_GAP_BYTES => last.end = run.end.max(last.end),
            _ => out.push(run.clone()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_le_bytes()[7]
        };
        (0..length).map(|_| next()).collect()
    }

    fn collected(window: &[u8], position: u64, runs: &[Range<usize>]) -> (Vec<(u64, usize)>, u64) {
        let mut store = Store::default();
        let skipped = store.collect(window, position, runs);
        (store.into_chunks().iter().map(|c| (c.position, c.bytes.len())).collect(), skipped)
    }

    #[test]
    fn near_runs_are_kept_together_and_far_ones_apart() {
        let window = noise(4096);
        let (chunks, skipped) = collected(&window, 1000, &[100..164, 180..244, 1000..1064, 2000..2010]);
        assert_eq!(chunks, [(1068, 208), (1968, 128)]);
        assert_eq!(skipped, 0);
    }

    #[test]
    fn bulk_random_data_is_kept_at_its_edges_and_counted() {
        let window = noise(1 << 20);
        let (chunks, skipped) = collected(&window, 0, &[4096..500_000, 500_008..900_000]);
        assert_eq!(chunks, [(4064, 1232), (498_800, 2408), (898_800, 1232)]);
        assert_eq!(skipped, (900_032 - 4064) - (1232 + 2408 + 1232));
    }

    #[test]
    fn what_is_kept_does_not_depend_on_the_order_of_arrival() {
        let window = noise(1 << 20);
        let runs: Vec<Range<usize>> =
            (0..120).map(|i| i * 8192 + 64..i * 8192 + 64 + 1000 + 50 * i).collect();
        let mut forward = Store::default();
        let mut backward = Store::default();
        for i in 0..60u64 {
            forward.collect(&window, i << 20, &runs);
        }
        for i in (0..60u64).rev() {
            let mut part = Store::default();
            part.collect(&window, i << 20, &runs);
            backward.merge(part);
        }
        assert!(forward.dropped() > 0, "the test must exceed the limit");
        let keys = |store: &Store| store.chunks.keys().copied().collect::<Vec<_>>();
        assert_eq!(keys(&forward), keys(&backward));
        assert_eq!(forward.dropped(), backward.dropped());
    }
}
