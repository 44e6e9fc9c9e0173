//! House work: tidy, bench, test set-up.
#![forbid(unsafe_code)]
fn main() {}
