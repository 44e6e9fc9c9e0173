//! Where keys come from.

mod address;
mod archive;
mod file;
#[cfg(feature = "https")]
mod https;

pub use address::{holds_user, shown_address};
pub use archive::{ARCHIVE_SCHEMA, Archive, ArchiveError};
pub use file::{FileError, open_regular, read_keys};
#[cfg(feature = "https")]
pub use https::{Clock, FetchError, Place, Refresh, Refresher, RemoteKeys, Roots, fetch};
