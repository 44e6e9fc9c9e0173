//! AES keys by their schedules: FIPS 197 expands a key to 176, 208 or 240 bytes
//! of which any part two key lengths long, and less, determines all the rest.
//!
//! A kernel elsewhere finds where three words in a row obey the linear part of
//! the expansion; [`prove`] finds the S-box steps beside them, undoes the
//! expansion, and compares the whole of it with the window. What is left then
//! is no guess: the shortest part that is accepted has 128 bits more than it
//! needs to determine the key.
//!
//! Covered are all three key lengths, encryption schedules and those of the
//! equivalent inverse cipher, round keys first to last and last to first, words
//! in the order of FIPS 197 and byte-swapped, at any alignment, cut at either
//! end or damaged. [`damaged`] finds those with bits flipped all over, [`bitsliced`] those of bit-sliced
//! code with words of 64 bits, [`permuted`] encryption schedules of vector-permuted code. Not covered are
//! round keys that do not lie side by side
//! (Java's `int[][]`).

mod bitsliced;
mod expansion;
mod known;
mod layout;
mod mac;
mod material;
mod permuted;
mod planted;
mod prove;
mod sbox;

pub use bitsliced::bitsliced;
pub use material::{is_xts_pair, material, material_for_key};
pub use permuted::permuted;
pub use planted::{Missed, Planted, planted, self_test};
pub use prove::{Relation, Schedule, damaged, prove, prove_each};
