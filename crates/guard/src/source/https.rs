//! Keys over HTTPS, fetched and refreshed in the background.

mod client;
mod keeper;

pub use client::{FetchError, Place, Roots};
pub use keeper::{Clock, Refresh, Refresher, RemoteKeys};

use crate::key::KeySet;

/// Fetches the keys of an issuer once, for tools that look and go.
///
/// # Errors
/// As of every fetch.
pub async fn fetch(remote: &RemoteKeys, roots: &Roots) -> Result<KeySet, FetchError> {
    client::Client::new(roots)?.keys(&remote.issuer, &remote.place).await
}
