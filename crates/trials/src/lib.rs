//! Whole-pipeline trials on real processes.
#![forbid(unsafe_code)]

pub mod oracles;
