//! Small items are examined side by side, and told in the order in which they came.

use super::state::Stamp;
use anyhow::Result;
use coredact_engine::unpack::Item;
use coredact_record::Report;
use rayon::prelude::*;
use std::path::PathBuf;

/// An item of fewer bytes leaves threads without work if it is examined alone: one window of the search.
pub(super) const SMALL_BYTES: u64 = 1 << 20;

/// Items of one batch: each may hold two open files, of the 1024 that a process usually has.
const ITEMS_MAX: usize = 128;

/// Bytes of one batch: what its items hold in memory.
const BYTES_MAX: u64 = 32 << 20;

/// What happens to files, in order.
pub(super) enum Step {
    /// A file, or a member of one, to be examined.
    Item(Item),
    /// A file that could not be read to its end.
    Failed(anyhow::Error),
    /// All of a file has come.
    End(Option<Noted>),
}

/// A file or object that is worth noting, and its stamp from before it was opened.
pub(super) enum Noted {
    /// A file, which is asked once more whether it has changed.
    File(PathBuf, Stamp),
    /// An object: the server was asked for its bytes under this very stamp.
    Object(Stamp),
}

/// What became of a step.
pub(super) enum Outcome {
    /// An item with its name: it was examined, or why not. `true` if it is a member.
    Item(Box<Result<Report>>, bool),
    /// As it came.
    Failed(anyhow::Error),
    /// As it came.
    End(Option<Noted>),
}

/// Steps that wait.
#[derive(Default)]
pub(super) struct Batch {
    steps: Vec<Step>,
    items: usize,
    bytes: u64,
}

impl Batch {
    /// Adds a step; true if there is enough to do now.
    pub(super) fn push(&mut self, step: Step) -> bool {
        if let Step::Item(item) = &step {
            self.items += 1;
            self.bytes = self.bytes.saturating_add(item.bytes());
        }
        self.steps.push(step);
        self.items >= ITEMS_MAX || self.bytes >= BYTES_MAX || self.steps.len() >= 2 * ITEMS_MAX
    }

    /// Examines what there is, on all threads, and gives what became of it in order. Nothing is left.
    pub(super) fn work(&mut self, examine: impl Fn(Item) -> Result<Report> + Sync) -> Vec<Outcome> {
        let steps = std::mem::take(self).steps;
        let outcome = |step| match step {
            Step::Item(item) => {
                let is_member = item.is_member;
                Outcome::Item(Box::new(examine(item)), is_member)
            }
            Step::Failed(error) => Outcome::Failed(error),
            Step::End(file) => Outcome::End(file),
        };
        steps.into_par_iter().map(outcome).collect()
    }

    /// Bytes that wait.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}
