//! Detect, close, plan, write.
#![forbid(unsafe_code)]

pub mod copy;
pub mod source;
pub mod spool;
pub mod writer;
