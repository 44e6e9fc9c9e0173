//! Packs of git (gitformat-pack(5)), versions 2 and 3: each object whole, differences put together with their bases.
//!
//! An object is where the one before it ends, so a stream that is damaged ends the walk. Objects that were put together are
//! kept for a while, since those that differ from them mostly follow at once.

mod delta;
mod object;
mod recent;
#[cfg(test)]
mod tests;

use super::fields::block;
use super::limits::{
    DELTA_BYTES_MAX, DELTAS_MAX, HELD_BYTES_MAX, PACK_BYTES_MAX, PACK_RATIO_MAX, WAITING_MAX,
};
use super::member::{Content, Entry, Held, Member, Packing};
use crate::cursor::to_u64;
use crate::read::ReadAt;
use object::{Header, Id, Kind, expand, header, id};
use recent::Recent;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// How a pack begins, and the versions that there are.
const MAGIC: &[u8] = b"PACK\0\0\0";
const VERSIONS: [u8; 2] = [2, 3];

/// Length of the header: magic, version, number of objects.
const HEADER_BYTES: u64 = 12;

/// Longest trailer: SHA-256.
const TRAILER_BYTES_MAX: u64 = 32;

pub(super) fn is_pack(head: &[u8]) -> bool {
    head.strip_prefix(MAGIC).and_then(<[u8]>::first).is_some_and(|version| VERSIONS.contains(version))
}

/// A walk through a pack.
pub(super) struct Pack<'a> {
    source: &'a dyn ReadAt,
    at: Option<u64>,
    /// Objects that are still to come; nothing before the header was read.
    objects: Option<u32>,
    /// Bytes that may still be expanded.
    left: u64,
    recent: Recent,
    /// Where the objects begin that are known by their names.
    ids: BTreeMap<Id, u64>,
    /// Differences to objects that were not there yet, by the names of those.
    waiting: BTreeMap<Id, Vec<Difference>>,
    /// How many those are.
    waiting_count: usize,
    /// Differences whose base came behind them.
    ready: Vec<Difference>,
}

/// A difference, and the bytes of the pack that hold it.
type Difference = (Header, Range<u64>);

/// Why an object is not put together.
enum Refusal {
    /// Its base is not there yet, or not at all.
    Base(Id),
    /// Something else.
    Why(&'static str),
}

/// An object: what it is called in git, and its bytes.
type Object = (&'static str, Arc<Vec<u8>>);

impl<'a> Pack<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            source,
            at: Some(HEADER_BYTES),
            objects: None,
            left: source.length().saturating_mul(PACK_RATIO_MAX).max(PACK_BYTES_MAX),
            recent: Recent::default(),
            ids: BTreeMap::new(),
            waiting: BTreeMap::new(),
            waiting_count: 0,
            ready: Vec::new(),
        }
    }

    fn step(&mut self) -> io::Result<Option<Entry>> {
        if self.objects.is_none() {
            let count = block::<12>(self.source, 0)?.and_then(|header| header.last_chunk::<4>().copied());
            self.objects = Some(count.map_or(u32::MAX, u32::from_be_bytes));
        }
        while let Some(at) = self.at {
            if let Some(entry) = self.next_object(at)? {
                return Ok(Some(entry));
            }
        }
        self.next_waiting()
    }

    /// The object at `at`; nothing if it waits for its base, or there is none.
    fn next_object(&mut self, at: u64) -> io::Result<Option<Entry>> {
        let length = self.source.length();
        self.at = None;
        let damaged = |why: &str| {
            let why = format!("git pack, offset {at:#x}: {why}; what follows is searched as it stands");
            Ok(Some(Entry::damaged(at.min(length)..length, why)))
        };
        if self.objects == Some(0) {
            let is_end = at.saturating_add(TRAILER_BYTES_MAX) >= length;
            return if is_end { Ok(None) } else { damaged("something follows the last object") };
        }
        let Some(header) = header(self.source, at)? else { return damaged("there is no object") };
        let name = match header.kind {
            Kind::Whole(kind) => kind,
            Kind::Offset(_) | Kind::Named(_) => DIFFERENCE,
        };
        if self.spend(header.length).is_none() {
            return damaged("its objects expand beyond the limit");
        }
        let is_whole = matches!(header.kind, Kind::Whole(_));
        let is_held = header.length <= if is_whole { HELD_BYTES_MAX } else { DELTA_BYTES_MAX };
        let expanded = match expand(self.source, &header, name, is_held) {
            Ok(expanded) => expanded,
            Err(error) => {
                return match error.kind() {
                    io::ErrorKind::InvalidInput
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof => damaged(&format!("an object is damaged: {error}")),
                    _ => Err(error),
                };
            }
        };
        self.objects = self.objects.map(|objects| objects.saturating_sub(1));
        self.at = Some(expanded.end);
        let range = at..expanded.end;
        let Kind::Whole(kind) = header.kind else {
            return Ok(self.difference(header, range, is_held.then_some(expanded.bytes)));
        };
        self.know(expanded.id, at);
        if is_held {
            return Ok(Some(self.member(at, (kind, Arc::new(expanded.bytes)), expanded.id, range)));
        }
        let content =
            Content::Packed { packing: Packing::Zlib, length: header.length, crc32: expanded.crc32 };
        // The header goes with it: it is no stream's.
        let range = header.start..expanded.end;
        Ok(Some(Entry::Member(Member { name: called(kind, &expanded.id), content, range })))
    }

    /// A difference; nothing if its base is not there yet.
    fn difference(&mut self, header: Header, range: Range<u64>, delta: Option<Vec<u8>>) -> Option<Entry> {
        let made = match delta {
            Some(delta) => self.base(header.kind).and_then(|base| self.apply(&base, &delta)),
            None => Err(Refusal::Why(TOO_LONG)),
        };
        match made {
            Ok(object) => {
                let id = id(object.0, &object.1);
                self.know(id, range.start);
                Some(self.member(range.start, object, id, range))
            }
            Err(Refusal::Base(_)) if self.waiting_count >= WAITING_MAX => {
                Some(refused(&range, "too many objects stand before what they differ from"))
            }
            Err(Refusal::Base(base)) => {
                self.waiting_count = self.waiting_count.saturating_add(1);
                self.waiting.entry(base).or_default().push((header, range));
                None
            }
            Err(Refusal::Why(why)) => Some(refused(&range, why)),
        }
    }

    /// One of those whose base came behind them, or a fault for each whose base never came.
    fn next_waiting(&mut self) -> io::Result<Option<Entry>> {
        while let Some((header, range)) = self.ready.pop() {
            if self.spend(header.length).is_none() {
                return Ok(Some(refused(&range, OVER_LIMIT)));
            }
            let delta = expand(self.source, &header, DIFFERENCE, true)?.bytes;
            if let Some(entry) = self.difference(header, range, Some(delta)) {
                return Ok(Some(entry));
            }
        }
        let Some(mut lost) = self.waiting.first_entry() else { return Ok(None) };
        let base = *lost.key();
        let difference = lost.get_mut().pop();
        if lost.get().is_empty() {
            lost.remove();
        }
        Ok(difference.map(|(_, range)| {
            refused(&range, &format!("it differs from {}, which is not in this pack", hex(&base)))
        }))
    }

    /// Notes where an object begins, and who has waited for it.
    fn know(&mut self, id: Id, at: u64) {
        self.ids.insert(id, at);
        if let Some(mut ready) = self.waiting.remove(&id) {
            self.waiting_count = self.waiting_count.saturating_sub(ready.len());
            self.ready.append(&mut ready);
        }
    }

    fn apply(&mut self, base: &Object, delta: &[u8]) -> Result<Object, Refusal> {
        let made =
            delta::apply(&base.1, delta, self.left.min(DELTA_BYTES_MAX)).ok_or(Refusal::Why(NO_DELTA))?;
        self.spend(to_u64(made.len())).ok_or(Refusal::Why(OVER_LIMIT))?;
        Ok((base.0, Arc::new(made)))
    }

    /// The object that a difference is made from.
    fn base(&mut self, kind: Kind) -> Result<Object, Refusal> {
        let at = match kind {
            Kind::Offset(at) => at,
            Kind::Named(id) => self.ids.get(&id).copied().ok_or(Refusal::Base(id))?,
            Kind::Whole(_) => return Err(Refusal::Why(NO_DELTA)),
        };
        self.object(at)
    }

    /// The object that begins at `at`, put together from as many differences as it takes.
    fn object(&mut self, mut at: u64) -> Result<Object, Refusal> {
        let mut steps = Vec::new();
        let mut made = loop {
            if let Some(object) = self.recent.get(at) {
                break object;
            }
            let read = header(self.source, at).ok().flatten();
            let header = read.filter(|_| at >= HEADER_BYTES).ok_or(Refusal::Why(NO_BASE))?;
            if header.length > DELTA_BYTES_MAX {
                return Err(Refusal::Why(TOO_LONG));
            }
            self.spend(header.length).ok_or(Refusal::Why(OVER_LIMIT))?;
            let base = match header.kind {
                Kind::Whole(kind) => {
                    let expanded = expand(self.source, &header, kind, true);
                    let object = (kind, Arc::new(expanded.map_err(|_| Refusal::Why(NO_BASE))?.bytes));
                    self.recent.put(at, object.clone());
                    break object;
                }
                Kind::Offset(base) => base,
                Kind::Named(id) => self.ids.get(&id).copied().ok_or(Refusal::Base(id))?,
            };
            steps.push((at, header));
            if steps.len() > DELTAS_MAX {
                return Err(Refusal::Why("it takes too many differences"));
            }
            at = base;
        };
        for (at, header) in steps.into_iter().rev() {
            let delta = expand(self.source, &header, DIFFERENCE, true).map_err(|_| Refusal::Why(NO_BASE))?;
            made = self.apply(&made, &delta.bytes)?;
            self.recent.put(at, made.clone());
        }
        Ok(made)
    }

    fn member(&mut self, at: u64, object: Object, id: Id, range: Range<u64>) -> Entry {
        let (kind, bytes) = object;
        self.recent.put(at, (kind, Arc::clone(&bytes)));
        Entry::Member(Member { name: called(kind, &id), content: Content::Held(Held::new(bytes)), range })
    }

    fn spend(&mut self, bytes: u64) -> Option<()> {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }
}

/// What the stream of a difference is called; no object is.
const DIFFERENCE: &str = "difference";

/// Why differences are not put together.
const TOO_LONG: &str = "it is a difference of, or from, more than 64 MiB";
const OVER_LIMIT: &str = "the objects of this pack expand beyond the limit";
const NO_DELTA: &str = "it is no difference to the object that it names";
const NO_BASE: &str = "the object that it differs from is damaged";

fn refused(range: &Range<u64>, why: &str) -> Entry {
    Entry::damaged(range.clone(), format!("git pack, object at offset {:#x}: {why}", range.start))
}

fn called(kind: &str, id: &Id) -> String {
    format!("{kind} {}", hex(id))
}

fn hex(id: &Id) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Iterator for Pack<'_> {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.at = None;
            self.ready.clear();
            self.waiting.clear();
        }
        step.transpose()
    }
}
