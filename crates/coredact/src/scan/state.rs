//! What a scan has searched already, noted as it goes, so that a scan that is interrupted goes on where it was and
//! a later one passes over files that have not changed.
//!
//! The state holds numbers of files, lengths, times and counts: no name, no content, no fingerprint. Of an object it holds
//! digests of its name and of what the server calls its content (the ETag). It counts for one
//! program with one set of rules and options; under any other everything is searched anew, for a key that was not
//! seen then may be seen now.

use anyhow::Result;
use coredact_engine::writer::Journal;
use coredact_store::Listed;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What every line of a state begins with.
const NAME: &str = "coredact-scan-state";

/// Version of the lines.
const VERSION: u64 = 1;

/// Nanoseconds for which a file may change again without its times telling: ticks of the kernel's clock are 10 ms
/// at most. A file system that keeps whole seconds has no nanoseconds.
const TICK_NANOSECONDS: i128 = 100_000_000;
const SECOND_NANOSECONDS: i128 = 2_000_000_000;

/// Which file, in which state of its life: device, inode, length, times of content and inode in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: i128,
    changed: i128,
}

impl Stamp {
    /// Of a regular file; others cannot be read twice.
    pub(super) fn of(path: &Path) -> Option<Self> {
        std::fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| Self::from(&metadata))
    }

    /// Of an object: the halves of its name's digest stand for device and inode, that of its ETag for the time of the inode.
    /// An ETag that differs tells of every change; without one the time does, in seconds.
    pub(super) fn of_object(listed: &Listed) -> Self {
        let [one, other, ..] = words(listed.name.as_bytes());
        let modified = i128::from(listed.entry.modified);
        let changed = listed.entry.etag.as_ref().map_or(modified, |etag| {
            let [_, _, high, low] = words(etag.as_bytes());
            // Negative: no time of a change.
            -1 - i128::from(high >> 1) - (i128::from(low) << 63)
        });
        Self { file: (one, other), length: listed.entry.length, modified, changed }
    }

    /// True if the file was changed so shortly before `now` that it may be changed again unseen.
    fn is_fresh(&self, now: i128) -> bool {
        let is_coarse = self.changed % 1_000_000_000 == 0;
        let tick = if is_coarse { SECOND_NANOSECONDS } else { TICK_NANOSECONDS };
        now.saturating_sub(self.changed.max(self.modified)) < tick
    }
}

/// SHA-256 of some bytes, in words.
fn words(bytes: &[u8]) -> [u64; 4] {
    let digest = Sha256::digest(bytes);
    let mut words =
        digest.chunks_exact(8).map(|word| word.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)));
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        let time = |seconds: i64, nanoseconds: i64| {
            i128::from(seconds).saturating_mul(1_000_000_000).saturating_add(i128::from(nanoseconds))
        };
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) members: u64,
    pub(super) secrets: u64,
    pub(super) unread: u64,
}

/// The state of a scan.
pub(super) struct State {
    journal: Journal,
    own: Stamp,
    searched: BTreeMap<(u64, u64), (Stamp, Tally)>,
    /// True if what was noted was noted under other rules.
    pub(super) is_outdated: bool,
}

impl State {
    /// Opens a state, or begins one. `settings` are the digest of all that decides what is found.
    ///
    /// # Errors
    /// If the file is none, or another scan uses it.
    pub(super) fn open(path: &Path, settings: &str) -> Result<Self> {
        let (mut searched, mut is_current, mut is_any) = (BTreeMap::new(), false, false);
        let journal = Journal::open(path, |line| {
            let Ok(value) = serde_json::from_str::<Value>(line) else { return false };
            if let Some(version) = value.get(NAME) {
                // A new head makes what stands before it void.
                is_current = version == VERSION && value.get("settings") == Some(&json!(settings));
                is_any = true;
                searched.clear();
            } else if let Some((stamp, tally)) = entry(&value).filter(|_| is_any) {
                if is_current {
                    searched.insert(stamp.file, (stamp, tally));
                }
            } else {
                return false;
            }
            true
        })?;
        let own = Stamp::from(&journal.metadata()?);
        let mut state = Self { journal, own, searched, is_outdated: is_any && !is_current };
        if !is_current {
            state.journal.add(&json!({ NAME: VERSION, "settings": settings }).to_string())?;
        }
        Ok(state)
    }

    /// What was found in a file that has not changed since.
    pub(super) fn known(&self, stamp: &Stamp) -> Option<Tally> {
        self.searched.get(&stamp.file).filter(|(known, _)| known == stamp).map(|(_, tally)| *tally)
    }

    /// True if the file is this state itself, which grows while it is read.
    pub(super) fn is_own(&self, stamp: &Stamp) -> bool {
        stamp.file == self.own.file
    }

    /// Notes what was found in a file that was searched at `now`, in nanoseconds since 1970.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn note(&mut self, stamp: &Stamp, tally: Tally, now: i128) -> Result<()> {
        if stamp.is_fresh(now) {
            return Ok(());
        }
        let Stamp { file: (device, inode), length, modified, changed } = *stamp;
        let Tally { members, secrets, unread } = tally;
        let times = [modified, changed].map(|time| time.to_string());
        let line = json!([device, inode, length, times, members, secrets, unread]);
        Ok(self.journal.add(&line.to_string())?)
    }
}

/// A line about a file.
fn entry(value: &Value) -> Option<(Stamp, Tally)> {
    let number = |index: usize| value.get(index)?.as_u64();
    let time = |index: usize| value.get(3)?.get(index)?.as_str()?.parse().ok();
    let stamp =
        Stamp { file: (number(0)?, number(1)?), length: number(2)?, modified: time(0)?, changed: time(1)? };
    Some((stamp, Tally { members: number(4)?, secrets: number(5)?, unread: number(6)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(inode: u64, changed: i128) -> Stamp {
        Stamp { file: (7, inode), length: 9, modified: 5, changed }
    }

    const TALLY: Tally = Tally { members: 3, secrets: 2, unread: 1 };
    const NOW: i128 = 1_800_000_000_000_000_000;

    #[test]
    fn what_was_searched_is_known_until_it_or_the_settings_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let mut state = State::open(&path, "one").unwrap();
        state.note(&stamp(1, 10), TALLY, NOW).unwrap();
        // Changed a moment ago: it may change again unseen.
        state.note(&stamp(2, NOW - 1), TALLY, NOW).unwrap();
        drop(state);
        let state = State::open(&path, "one").unwrap();
        assert_eq!(state.known(&stamp(1, 10)), Some(TALLY));
        assert_eq!((state.known(&stamp(1, 11)), state.known(&stamp(2, NOW - 1))), (None, None));
        assert!(!state.is_outdated && state.is_own(&Stamp::of(&path).unwrap()));
        drop(state);
        let state = State::open(&path, "two").unwrap();
        assert!(state.is_outdated && state.known(&stamp(1, 10)).is_none());
        drop(state);
        assert!(State::open(&path, "one").unwrap().known(&stamp(1, 10)).is_none(), "void is void");
    }

    #[test]
    fn a_file_that_is_no_state_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        #[expect(clippy::disallowed_methods, reason = "a file of the user")]
        std::fs::write(&path, "[1,2,3]\n").unwrap();
        assert!(State::open(&path, "one").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"[1,2,3]\n");
    }
}
