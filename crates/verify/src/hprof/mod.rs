//! The clean dump as others see it: a heap of Java with classes, instances, arrays and references.
//!
//! Tags are those of OpenJDK's `heapDumper.cpp` and of ART's `hprof.cc`.

mod read;
mod stream;
mod structure;
mod walk;

pub(crate) use read::Dump;
pub(crate) use structure::{parsed, structure};
