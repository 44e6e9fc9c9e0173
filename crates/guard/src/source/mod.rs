//! Where keys come from.

mod archive;
mod file;
#[cfg(feature = "https")]
mod https;

pub use archive::{ARCHIVE_SCHEMA, Archive, ArchiveError};
pub use file::{FileError, open_regular, read_keys};
#[cfg(feature = "https")]
pub use https::{Clock, FetchError, Place, Refresh, Refresher, RemoteKeys, Roots, fetch};
