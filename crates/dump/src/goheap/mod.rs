//! Heap dumps of Go (`runtime/debug.WriteHeapDump`).
//!
//! Records and their fields are those of Go's `src/runtime/heapdump.go` (`go1.7 heap dump`, which every release since 1.7
//! writes). Little-endian machines with pointers of 4 and 8 bytes.
//!
//! What objects, stack frames and the segments of variables hold becomes one space, each aligned and with zeros where its
//! pointers are: those words that the field list of the record names and that can be addresses. Names (of types, functions
//! and files) are in it too. Everything else (kinds, addresses, lengths, field lists, numbers, pointers) is in no space, and
//! can therefore not be overwritten: who refers to whom stays as it was.

mod heap;
mod open;
mod record;
mod tag;

#[cfg(test)]
pub(crate) mod synthetic;
#[cfg(test)]
mod tests;

pub use open::open;

/// How a dump that is understood begins (`dumphdr` of `heapdump.go`).
pub const SIGNATURE: [u8; 16] = *b"go1.7 heap dump\n";

/// What messages call the format.
const FORMAT: &str = "Go heap dump";

/// Whether a file that begins so is a heap dump of Go, of whatever version.
#[must_use]
pub fn is_heap(head: &[u8]) -> bool {
    let is_named = |digits: usize| head.get(digits..).is_some_and(|rest| rest.starts_with(b" heap dump\n"));
    head.starts_with(b"go1.") && (is_named(5) || is_named(6))
}
