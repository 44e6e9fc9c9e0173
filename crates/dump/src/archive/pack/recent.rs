//! Objects that were put together last.

use super::Object;
use crate::archive::limits::RECENT_BYTES_MAX;
use std::collections::{BTreeMap, VecDeque};

/// Objects by where they begin, the last ones that fit.
#[derive(Default)]
pub(super) struct Recent {
    objects: BTreeMap<u64, Object>,
    order: VecDeque<u64>,
    bytes: usize,
}

impl Recent {
    /// The object that begins at `at`, if it is still there.
    pub(super) fn get(&self, at: u64) -> Option<Object> {
        self.objects.get(&at).cloned()
    }

    /// Keeps an object, and lets the oldest go until all fit.
    pub(super) fn put(&mut self, at: u64, object: Object) {
        let length = object.1.len();
        if self.objects.insert(at, object).is_some() {
            return;
        }
        self.order.push_back(at);
        self.bytes = self.bytes.saturating_add(length);
        while self.bytes > RECENT_BYTES_MAX {
            let Some(object) = self.order.pop_front().and_then(|oldest| self.objects.remove(&oldest)) else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(object.1.len());
        }
    }
}
