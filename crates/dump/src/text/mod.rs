//! Crash artefacts that are text: heap snapshots of V8, error logs of HotSpot, crash reports, debuggers' output, exported
//! journals, any text.
//!
//! A text is searched as it stands, and so is what it says: words and dumps of memory in hexadecimal, lists of numbers,
//! strings with escapes are read back into the bytes that they write down ([`Said`]). What is removed is fitted to the
//! text ([`fit`]): no quote, escape, line break or character of several bytes is broken.

mod buffer;
mod digits;
mod escape;
mod fit;
mod journal;
mod json;
mod kind;
mod line;
mod marks;
mod open;
mod regions;
mod said;
mod sayer;
#[cfg(test)]
mod tests;
mod units;

pub use fit::{Fill, Fitted, fit};
pub use kind::Kind;
pub use open::open;
pub use said::{Said, Tie};
