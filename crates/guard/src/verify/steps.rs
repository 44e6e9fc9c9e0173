//! What a verification tells while it goes.

use crate::reason::{Check, Reason};
use std::borrow::Cow;

/// A check that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) detail: Cow<'static, str>,
}

impl Refusal {
    /// A refusal that says what it was about.
    pub(crate) fn about(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

/// Somebody who wants to know each step.
pub(crate) trait Steps {
    /// A check passed.
    fn passed(&mut self, check: Check, detail: impl FnOnce() -> String);
}

/// Nobody: the details are never written.
pub(crate) struct Silent;

impl Steps for Silent {
    fn passed(&mut self, _: Check, _: impl FnOnce() -> String) {}
}
