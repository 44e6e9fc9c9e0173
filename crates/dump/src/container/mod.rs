//! Containers around a dump: compression streams, read and written.
//!
//! A core often rests compressed (`systemd-coredump` writes `.zst`). A decoder
//! yields every frame or member of the file or an [`Error`] that names the
//! compressed offset: a file that ends early, trails into something else or
//! expands without end is never taken for a short dump.

mod compression;
mod decode;
mod encode;
mod error;
mod foreign;
pub mod limits;
mod lz4;

pub use compression::Compression;
pub use encode::Encoder;
pub use error::Error;
pub use foreign::{Foreign, HEAD_BYTES};
pub use limits::DecodeLimits;

#[cfg(test)]
mod tests;
