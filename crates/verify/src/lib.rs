//! Independent judge of a scrubbed dump.
#![forbid(unsafe_code)]
