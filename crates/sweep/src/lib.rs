//! Passes over bytes at memory speed. The only crate with `unsafe`: vector
//! kernels, each with a readable scalar definition beside it.
//!
//! A pass answers one question about a window of bytes and knows nothing of
//! dumps, keys or files:
//!
//! - [`zero`]: is every byte zero?
//! - [`random`]: which bytes look random?
//! - [`text`]: where does text stand, in ASCII and UTF-16?
//! - [`needle`]: where do fragments of known byte strings stand?
//! - [`schedule`]: where may an AES key schedule lie?

mod bits;
mod chunk;
mod limits;
pub mod needle;
pub mod random;
pub mod schedule;
pub mod text;
pub mod zero;
