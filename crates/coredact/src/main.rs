//! The command line of coredact.
#![forbid(unsafe_code)]
fn main() {}
