//! Clients of the clouds, as the environment describes them.

use super::Stopped;
use crate::limits::{RETRIES_MAX, RETRY_SECONDS_MAX};
use crate::place::{Place, Scheme};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{ObjectStore, RetryConfig};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// One client for each bucket.
#[derive(Default)]
pub(super) struct Clouds {
    clients: Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>,
}

impl Clouds {
    /// The client of a place's bucket.
    pub(super) fn of(&self, place: &Place) -> Result<Arc<dyn ObjectStore>, Stopped> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = place.of_key("");
        if let Some(client) = clients.get(&bucket) {
            return Ok(Arc::clone(client));
        }
        let client = client(place)?;
        clients.insert(bucket, Arc::clone(&client));
        Ok(client)
    }
}

/// Makes a client from the variables that `object_store` documents: `AWS_*`, `GOOGLE_*`, `AZURE_*`.
fn client(place: &Place) -> object_store::Result<Arc<dyn ObjectStore>> {
    let retry = RetryConfig {
        max_retries: RETRIES_MAX,
        retry_timeout: Duration::from_secs(RETRY_SECONDS_MAX),
        ..RetryConfig::default()
    };
    let bucket = place.bucket.as_str();
    Ok(match place.scheme {
        Scheme::S3 => {
            Arc::new(AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build()?)
        }
        Scheme::Gs => Arc::new(
            GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry).build()?,
        ),
        Scheme::Az => {
            Arc::new(MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retry).build()?)
        }
    })
}
