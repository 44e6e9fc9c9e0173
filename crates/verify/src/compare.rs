//! Both dumps, byte by byte, once: what is outside the plan is unchanged, what is inside is fill. The same
//! pass computes both digests, one thread for each dump.

use crate::answer::{Numbers as _, answer, question};
use crate::fault::{Fault, Named, pieces};
use crate::fill;
use crate::limits::CHUNK_BYTES;
use crate::notice;
use coredact_record::{Answer, Cut, Plan};
use sha2::{Digest as _, Sha256};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;

/// Buffers that travel between the two threads.
const BUFFERS: usize = 4;

/// Bytes that are not as they should be.
#[derive(Debug, Default)]
struct Tally {
    bytes: u64,
    first: Option<u64>,
}

impl Tally {
    fn add(&mut self, bytes: u64, at: u64) {
        if bytes > 0 {
            self.bytes = self.bytes.saturating_add(bytes);
            self.first.get_or_insert(at);
        }
    }
}

/// What the pass saw.
#[derive(Debug)]
pub(crate) struct Compared {
    /// SHA-256 of the original.
    pub(crate) original_sha256: [u8; 32],
    /// SHA-256 of the clean dump.
    pub(crate) clean_sha256: [u8; 32],
    changed_outside: Tally,
    not_fill: Tally,
    bytes: u64,
    bytes_inside: u64,
}

/// Reads both dumps in step. The plan is valid.
pub(crate) fn compare(
    original: Named<'_>,
    clean: Named<'_>,
    plan: &Plan,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<Compared, Fault> {
    let length = plan.input_length;
    let mut pass = Pass::new(plan);
    let (filled, received) = sync_channel(BUFFERS);
    let (returned, empty) = sync_channel(BUFFERS);
    let original_sha256 = std::thread::scope(|scope| {
        let read = move || read_and_digest(original, length, &filled, &empty);
        let Ok(reader) = Builder::new().spawn_scoped(scope, read) else {
            return read_here(original, clean, length, &mut pass, advance);
        };
        let outcome = pass.follow(clean, length, &received, &returned, advance);
        // The reader ends when nobody takes its buffers any more.
        drop((received, returned));
        let digest = reader.join().map_err(|_| Fault::Thread)?;
        outcome?;
        digest
    })?;
    let Pass { clean_digest, changed_outside, not_fill, bytes_inside, .. } = pass;
    Ok(Compared {
        original_sha256,
        clean_sha256: clean_digest.finalize().into(),
        changed_outside,
        not_fill,
        bytes: length,
        bytes_inside,
    })
}

/// Reads and digests both dumps on this thread, for want of another one.
fn read_here(
    original: Named<'_>,
    clean: Named<'_>,
    length: u64,
    pass: &mut Pass<'_>,
    advance: &(dyn Fn(u64) + Sync),
) -> Result<[u8; 32], Fault> {
    let mut digest = Sha256::new();
    let (mut before, mut after) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    for (start, taken) in pieces(length, CHUNK_BYTES) {
        before.resize(taken, 0);
        after.resize(taken, 0);
        original.read(start, &mut before)?;
        digest.update(&before);
        clean.read(start, &mut after)?;
        pass.clean_digest.update(&after);
        pass.piece(start, &before, &after);
        advance(taken as u64);
    }
    Ok(digest.finalize().into())
}

/// Reads the original in pieces, digests them, and hands them on.
fn read_and_digest(
    original: Named<'_>,
    length: u64,
    filled: &SyncSender<Vec<u8>>,
    empty: &Receiver<Vec<u8>>,
) -> Result<[u8; 32], Fault> {
    let mut digest = Sha256::new();
    for (start, taken) in pieces(length, CHUNK_BYTES) {
        let mut buffer = empty.try_recv().unwrap_or_default();
        buffer.resize(taken, 0);
        original.read(start, &mut buffer)?;
        digest.update(&buffer);
        // An error means that the other side has met a fault of its own, which it reports.
        if filled.send(buffer).is_err() {
            return Err(Fault::Thread);
        }
    }
    Ok(digest.finalize().into())
}

struct Pass<'a> {
    cuts: &'a [Cut],
    /// What the notice writes beside them.
    writes: Vec<(u64, Vec<u8>)>,
    clean_digest: Sha256,
    changed_outside: Tally,
    not_fill: Tally,
    bytes_inside: u64,
}

impl<'a> Pass<'a> {
    fn new(plan: &'a Plan) -> Self {
        let (changed_outside, not_fill) = (Tally::default(), Tally::default());
        let writes = notice::writes(plan.notice.as_ref(), plan.input_length);
        Self {
            cuts: &plan.cuts,
            writes,
            clean_digest: Sha256::new(),
            changed_outside,
            not_fill,
            bytes_inside: 0,
        }
    }

    fn follow(
        &mut self,
        clean: Named<'_>,
        length: u64,
        received: &Receiver<Vec<u8>>,
        returned: &SyncSender<Vec<u8>>,
        advance: &(dyn Fn(u64) + Sync),
    ) -> Result<(), Fault> {
        let mut buffer = vec![0; CHUNK_BYTES];
        for (start, taken) in pieces(length, CHUNK_BYTES) {
            buffer.resize(taken, 0);
            clean.read(start, &mut buffer)?;
            self.clean_digest.update(&buffer);
            // The reader stops early only with a fault, which its result carries.
            let Ok(original) = received.recv() else { return Ok(()) };
            self.piece(start, &original, &buffer);
            // A full queue means that there are buffers enough.
            drop(returned.try_send(original));
            advance(taken as u64);
        }
        Ok(())
    }

    /// Compares one piece that starts at `start` in both files.
    fn piece(&mut self, start: u64, original: &[u8], clean: &[u8]) {
        let original = notice::written(&self.writes, start, original);
        let end = start.saturating_add(clean.len() as u64);
        let inside = |offset: u64| {
            usize::try_from(offset.saturating_sub(start)).map_or(clean.len(), |at| at.min(clean.len()))
        };
        let done = self.cuts.partition_point(|cut| cut.file_offset.saturating_add(cut.length) <= start);
        self.cuts = self.cuts.get(done..).unwrap_or_default();
        let mut at = 0;
        for cut in self.cuts.iter().take_while(|cut| cut.file_offset < end) {
            let (cut_start, cut_end) =
                (inside(cut.file_offset), inside(cut.file_offset.saturating_add(cut.length)));
            self.outside(start, at, original.get(at..cut_start), clean.get(at..cut_start));
            let bytes = clean.get(cut_start..cut_end).unwrap_or_default();
            let phase = start.saturating_add(cut_start as u64).saturating_sub(cut.file_offset);
            self.bytes_inside = self.bytes_inside.saturating_add(bytes.len() as u64);
            self.not_fill.add(fill::differing(cut, phase, bytes), start.saturating_add(cut_start as u64));
            at = cut_end;
        }
        self.outside(start, at, original.get(at..), clean.get(at..));
    }

    fn outside(&mut self, start: u64, at: usize, original: Option<&[u8]>, clean: Option<&[u8]>) {
        let (original, clean) = (original.unwrap_or_default(), clean.unwrap_or_default());
        if original == clean {
            return;
        }
        let mut differing = original.iter().zip(clean).enumerate().filter(|(_, (a, b))| a != b);
        let first = differing.next().map_or(0, |(index, _)| index);
        let count = 1_u64.saturating_add(differing.count() as u64);
        self.changed_outside.add(count, start.saturating_add((at + first) as u64));
    }
}

impl Compared {
    /// Is every byte outside the plan unchanged?
    pub(crate) fn outside(&self) -> Answer {
        let Self { changed_outside: Tally { bytes, first }, .. } = self;
        let compared = self.bytes.saturating_sub(self.bytes_inside);
        let detail = match first {
            None => format!("{compared} bytes outside the plan were compared, none differs"),
            Some(first) => {
                format!("{bytes} bytes outside the plan differ, the first at file offset {first:#x}")
            }
        };
        answer(question::OUTSIDE, first.is_none(), detail)
            .with("bytes_compared", compared)
            .with("bytes_changed", *bytes)
    }

    /// Is every byte inside the plan fill?
    pub(crate) fn inside(&self) -> Answer {
        let Self { not_fill: Tally { bytes, first }, bytes_inside, .. } = self;
        let detail = match first {
            None => {
                format!("{bytes_inside} bytes inside the plan were compared, each is the fill of its cut")
            }
            Some(first) => {
                format!(
                    "{bytes} bytes inside the plan are no fill, the first in the cut at file offset {first:#x}"
                )
            }
        };
        answer(question::INSIDE, first.is_none(), detail)
            .with("bytes_compared", *bytes_inside)
            .with("bytes_not_fill", *bytes)
    }
}
