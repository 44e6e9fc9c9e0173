//! Detect, close, plan, write: what turns a dump into a clean one.
//!
//! The engine reads a dump through [`coredact_dump`], shows its bytes to the
//! passes of [`coredact_sweep`] and the proofs of [`coredact_keys`], and writes
//! what the plan leaves. It never talks to a terminal, and it publishes nothing
//! that its caller's judge has not passed.
#![forbid(unsafe_code)]

pub mod arrays;
mod bundle;
pub mod close;
pub mod copy;
pub mod detect;
pub mod error;
pub mod examine;
pub mod explain;
mod glue;
pub mod habits;
pub mod hints;
pub mod inventory;
pub mod known;
pub mod ledger;
pub mod lines;
mod live;
pub mod locks;
pub mod marks;
pub mod nested;
mod notice;
pub mod open;
pub mod plan;
pub mod progress;
mod ranges;
pub mod regions;
pub mod report;
pub mod scrub;
pub mod selftest;
pub mod sha256;
pub mod skeleton;
pub mod solve;
pub mod source;
pub mod spool;
mod tails;
mod texts;
pub mod unpack;
pub mod view;
pub mod withheld;
pub mod words;
mod woven;
pub mod writer;

pub use coredact_dump::{Image, ReadAt, container};
pub use coredact_keys::tokens;
pub use error::Error;
