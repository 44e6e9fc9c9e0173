//! The clean dump as others see it: a heap of Go with objects, frames, segments of variables, and pointers between them.
//!
//! Kinds and parts of records are those of Go's `runtime/heapdump.go`.

mod read;
mod stream;
mod structure;
mod walk;

pub(crate) use read::Dump;
pub(crate) use structure::{parsed, structure};
