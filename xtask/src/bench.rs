//! `cargo xtask bench`: speed as a ratio to what everybody has.
