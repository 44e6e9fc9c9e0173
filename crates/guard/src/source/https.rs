//! Keys over HTTPS, fetched and refreshed in the background.

mod client;
mod keeper;

pub use client::{FetchError, Place, Roots};
pub use keeper::{Clock, Refresh, Refresher, RemoteKeys};
