//! Objects that are named, and all below a name.

use super::batch::{Noted, Step};
use super::run::Run;
use super::state::Stamp;
use crate::objects;
use anyhow::Result;
use coredact_engine::progress::Progress;
use coredact_store::limits::{BYTES_AHEAD, OBJECTS_AHEAD};
use coredact_store::{Listed, Listing, Object, Store};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;

/// Objects whose bytes are on their way, in the order of their listing.
struct Ahead<'a> {
    store: &'a Store,
    /// The name on the command line.
    path: &'a Path,
    listing: Option<Listing>,
    queue: VecDeque<Result<(Listed, Stamp, Object)>>,
    /// Length of those in the queue.
    bytes: u64,
}

impl Ahead<'_> {
    /// Asks for more objects, as many as may be under way. `passes` says which need no reading.
    fn fill(&mut self, mut passes: impl FnMut(&Stamp) -> bool) {
        while self.queue.is_empty() || self.queue.len() < OBJECTS_AHEAD && self.bytes < BYTES_AHEAD {
            let Some(next) = self.listing.as_mut().and_then(Iterator::next) else { break };
            let asked = match next {
                // An empty object holds nothing, so nothing is left unread in it; one that was named is told of.
                Ok(listed) if listed.entry.length == 0 && self.path.to_str() != Some(&listed.name) => {
                    continue;
                }
                Ok(listed) => {
                    let stamp = Stamp::of_object(&listed);
                    if passes(&stamp) {
                        continue;
                    }
                    self.bytes = self.bytes.saturating_add(listed.entry.length);
                    self.store.get(&listed).map(|object| (listed, stamp, object))
                }
                Err(error) => Err(error),
            };
            self.queue.push_back(asked.map_err(anyhow::Error::from));
        }
    }

    fn next(&mut self) -> Option<Result<(Listed, Stamp, Object)>> {
        let next = self.queue.pop_front()?;
        if let Ok((listed, ..)) = &next {
            self.bytes = self.bytes.saturating_sub(listed.entry.length);
        }
        Some(next)
    }
}

impl Run<'_> {
    /// Scans the object of a name, or all below it.
    pub(super) fn objects(&mut self, path: &Path) -> Result<ControlFlow<()>> {
        let store = self.scanner.session.store()?;
        let mut ahead = Ahead { store, path, listing: None, queue: VecDeque::new(), bytes: 0 };
        match store.list(path) {
            Ok(listing) => ahead.listing = Some(listing),
            Err(error) => ahead.queue.push_back(Err(error.into())),
        }
        loop {
            ahead.fill(|stamp| self.passes(stamp));
            let flow = match ahead.next() {
                None => return Ok(ControlFlow::Continue(())),
                Some(Ok((listed, stamp, object))) => self.object(&listed, stamp, object)?,
                Some(Err(error)) => {
                    let flow = self.push(Step::Failed(error))?;
                    if flow.is_break() { flow } else { self.push(Step::End(None))? }
                }
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    fn object(&mut self, listed: &Listed, stamp: Stamp, object: Object) -> Result<ControlFlow<()>> {
        let scanner = self.scanner;
        let progress = scanner.session.talk.progress();
        let advance = |bytes| progress.advance(bytes);
        progress.begin("reading", listed.entry.length);
        let folder = std::env::temp_dir();
        let source = objects::source(listed, object, &scanner.session.opening_as_it_is(folder, &advance));
        progress.end();
        let noted = Some(Noted::Object(stamp));
        let open = |each: super::run::Each<'_>| scanner.unpack_source(Path::new(&listed.name), source?, each);
        self.one(&listed.name, open, noted)
    }
}
