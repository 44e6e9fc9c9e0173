//! Bounds on the work that objects of a hostile dump may cause.

/// Objects that one call of [`scan`](super::scan) keeps at most of each kind: a megabyte of slices has 40,000.
pub const SEEN_MAX: usize = 1 << 15;

/// Arrays of one dump whose holders are sought at most.
pub const ARRAYS_MAX: usize = 1 << 18;

/// References to arrays that one call of [`Holders::scan`](super::Holders::scan) keeps at most.
pub const HELD_MAX: usize = 1 << 14;
