//! HPROF: the heap dumps of Java (`jmap`, `jcmd GC.heap_dump`, `-XX:+HeapDumpOnOutOfMemoryError`) and of Android's ART.
//!
//! Tags and layouts are those of OpenJDK's `src/hotspot/share/services/heapDumper.cpp` and of ART's
//! `runtime/hprof/hprof.cc`. Versions 1.0.1 to 1.0.3, identifiers of 4 and 8 bytes; every number is big-endian.
//!
//! What the program wrote (elements of arrays of primitive types, fields of primitive types, characters of strings of
//! the virtual machine) becomes one space, in which it lies as it lay in the memory of a little-endian machine:
//! aligned, elements in that byte order, zeros where headers and references were. So the detectors see what they see
//! in a core. Everything else (tags, identifiers, lengths, references, layouts of classes) is in no space, and can
//! therefore not be overwritten.

mod class;
mod heap;
mod mark;
mod open;
mod record;
mod tag;

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;

pub use open::open;

/// How such a file begins.
pub const SIGNATURE: [u8; 16] = *b"JAVA PROFILE 1.0";

/// What messages call the format.
const FORMAT: &str = "HPROF";
