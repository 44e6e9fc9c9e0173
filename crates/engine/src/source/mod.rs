//! The input, read under digests: the released bytes are the scanned bytes.
//!
//! A dump may change while it is read: a core still being written, a file on a
//! share, a bit that flips on the disk below a spool. [`Source`] keeps a digest
//! of each block at its first reading and refuses every later reading that
//! differs, so that what was scanned, what was copied and what was verified
//! are the same bytes.

mod cache;
mod checked;
mod digests;
mod error;
mod fifo;
mod holes;
pub mod limits;
mod open;
#[cfg(test)]
mod tests;

pub use checked::{Container, Packed, Source};
pub(crate) use digests::{Digests, Seen, is_zero};
pub use error::Error;
pub(crate) use holes::Holes;
pub use open::Opening;
