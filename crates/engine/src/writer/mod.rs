//! The only module that opens files for writing.
//!
//! Nothing exists under an output's name before it is complete, synced and
//! verified. [`Writer`] writes to a file without a name (`O_TMPFILE`) in the
//! output's folder; [`Writer::finish`] turns it into a [`Draft`], which can be
//! read back; [`Draft::publish`] gives it the name, in one step. A kill, a
//! full disk or a drop at any point before leaves nothing.
//!
//! Where a file system has no unnamed files, a hidden one named
//! `.coredact-<random>.part` (mode 0600) stands in. It is removed when the
//! draft is dropped; a kill leaves it behind, never under the output's name,
//! and the next run that writes into the folder removes it.
//!
//! An output named `-` is the standard output: its file is never named, and
//! [`Draft::publish`] copies it there, so that no byte leaves before it is verified.
//!
//! A dump is released together with documents about it, by [`Publication`]:
//! the dump gets its name last, because a report without its dump is harmless
//! and a dump without its report is not.

mod abandoned;
mod draft;
mod error;
pub mod journal;
mod publication;
mod target;
#[cfg(test)]
mod tests;
pub(crate) mod unnamed;
#[expect(clippy::module_inception, reason = "the module is named after its main noun")]
mod writer;

pub use draft::{ChildFile, Draft};
pub use error::Error;
pub use journal::Journal;
pub use publication::{Publication, publish_document};
pub use target::STANDARD_OUTPUT;
pub use writer::Writer;
