//! Passes over bytes at memory speed. The only crate with `unsafe`: vector
//! kernels, each with a readable scalar definition beside it.

pub mod schedule;
