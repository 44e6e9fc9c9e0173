//! Detect, close, plan, write.
#![forbid(unsafe_code)]
