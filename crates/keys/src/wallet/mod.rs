//! Keys that people write down as one short text: for age, WireGuard and Bitcoin.
//!
//! The rules of [`crate::tokens`] find the texts; [`read`] takes the key out of one, so that its bytes are looked for
//! too, and [`name`] adds the public name by which its owner knows it. Phrases of BIP 39 are found here, word by word.

mod phrase;
mod written;

pub(crate) use phrase::scan as phrases;
pub use written::{name, read};
