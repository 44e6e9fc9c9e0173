//! Whole-pipeline trials: real programs with fresh keys, dumped, scrubbed by
//! the real `coredact`, and judged by code that shares nothing with it.
//!
//! The way of a trial: [`keys`] makes secrets, [`holder`] and [`server`] start
//! programs that use them, [`dump`] takes a core, [`coredact`] scrubs it,
//! [`judge`] searches what is left, [`debugger`] compares the stacks, and
//! [`check`] is the one body that does this for every program. [`matrix`] does it for
//! every library and kind of key, and makes a table of it.
#![forbid(unsafe_code)]

pub mod bucket;
pub mod check;
pub mod coredact;
pub mod debugger;
pub mod dump;
pub mod folder;
pub mod goheap;
pub mod guest;
pub mod headerless;
pub mod heap;
pub mod holder;
pub mod inject;
pub mod judge;
pub mod keys;
pub mod macho;
pub mod matrix;
pub mod oracles;
mod paging;
pub mod physical;
pub mod process;
pub mod random;
pub mod representations;
mod results;
pub mod secret;
pub mod server;
pub mod small;
pub mod synthetic;
pub mod texts;
pub mod windows;
pub mod wine;
pub mod wire;

pub use results::say;
