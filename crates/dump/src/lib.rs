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

mod address;
mod annotation;
pub mod archive;
pub mod bundle;
pub mod container;
mod cursor;
pub mod elf;
mod error;
pub mod goheap;
pub mod hprof;
pub mod image;
mod limits;
pub mod macho;
mod memory;
pub mod minidump;
mod partition;
pub mod physical;
mod raw;
pub mod read;
mod spaces;
mod stacks;
mod stream;
mod strings;
pub mod text;
mod weave;

pub use error::Error;
pub use image::{
    Access, AddressMap, Content, Image, Machine, Mark, Member, Missing, Origin, Part, Piece, Protected,
    Protection, Space, Weave,
};
pub use raw::{RAW, raw, raw_parts};
pub use read::{ReadAt, Section};
