//! Where the bytes of a memory dump lie: formats and containers become an
//! [`image::Image`] whose spaces own every byte of the file exactly once.
//!
//! The input is hostile. Nothing here panics, allocates without a named limit
//! or loops on a count that the file alone controls.
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod container;
pub mod image;
pub mod read;

pub use image::{Access, Image, Machine, Origin, Piece, Protected, Protection, Space};
pub use read::ReadAt;
