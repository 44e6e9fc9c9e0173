//! One fetch: metadata if need be, then the key set.

use crate::json;
use crate::key::{KeySet, KeySetError};
use crate::limits::KEY_SET_BYTES_MAX;
use crate::source::{holds_user, shown_address};
use reqwest::redirect;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::sync::Arc;
use std::time::Duration;

/// Where an issuer's keys are published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A key set.
    KeySet(String),
    /// Metadata (OpenID Connect Discovery, RFC 8414) that must name this issuer, and names the key set.
    Metadata(String),
}

/// Which certificate authorities are trusted.
#[derive(Clone, Debug, Default)]
pub enum Roots {
    /// Those of the system.
    #[default]
    System,
    /// Those of this PEM text alone.
    Pem(String),
}

/// Why keys were not fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is not `https://`.
    #[error("fetch keys over HTTPS; the address is {0:?}")]
    NotHttps(String),
    /// The address has a user or a password in it.
    #[error("fetch keys with a user or a password in the address (@): {0:?}")]
    User(String),
    /// No root certificates, or unreadable ones.
    #[error("read root certificates for HTTPS")]
    Roots,
    /// The client could not be set up; not expected to happen.
    #[error("set up a client for HTTPS")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection, no answer in time, or no trust.
    #[error("fetch keys from {0:?}")]
    Transport(String, #[source] reqwest::Error),
    /// Another status than 200. Redirects are not followed.
    #[error("fetch keys: the server answered with status {0}")]
    Status(u16),
    /// The answer is larger than 4 MiB.
    #[error("fetch a key set within limits")]
    TooLarge,
    /// The metadata is no JSON object, or has no `jwks_uri`.
    #[error("read metadata: it is no JSON object with a jwks_uri")]
    Metadata,
    /// The metadata is of another issuer (RFC 8414, section 3.3).
    #[error("accept metadata of another issuer: {0:?}")]
    OtherIssuer(String),
    /// The answer is no key set.
    #[error("take the fetched keys")]
    KeySet(#[source] KeySetError),
    /// Not one key of the set can be taken: the last good set is better.
    #[error("take any key of the fetched set")]
    NoKeys,
    /// The issuer is not trusted any more.
    #[error("give an issuer its keys")]
    Trust(#[source] crate::TrustError),
}

/// A client for keys: HTTPS only, no redirects, no cookies, short patience.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

impl Client {
    pub(super) fn new(roots: &Roots) -> Result<Self, FetchError> {
        let setup = |error: rustls::Error| FetchError::Setup(Box::new(error));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().map_err(setup)?;
        let tls = builder.with_root_certificates(store(roots)?).with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .connect_timeout(PATIENCE)
            .timeout(PATIENCE)
            .build();
        client.map(Self).map_err(|error| FetchError::Setup(Box::new(error)))
    }

    /// Fetches the keys of an issuer.
    pub(super) async fn keys(&self, issuer: &str, place: &Place) -> Result<KeySet, FetchError> {
        let url = match place {
            Place::KeySet(url) => url.clone(),
            Place::Metadata(url) => self.key_set_of(issuer, url).await?,
        };
        let set = KeySet::from_jwks(&self.get(&url).await?).map_err(FetchError::KeySet)?;
        if set.keys.is_empty() { Err(FetchError::NoKeys) } else { Ok(set) }
    }

    async fn key_set_of(&self, issuer: &str, url: &str) -> Result<String, FetchError> {
        let members = json::object(&self.get(url).await?).map_err(|_| FetchError::Metadata)?;
        let text =
            |name: &str| members.get(name).and_then(serde_json::Value::as_str).ok_or(FetchError::Metadata);
        let named = text("issuer")?;
        if named != issuer {
            return Err(FetchError::OtherIssuer(crate::shown(named)));
        }
        text("jwks_uri").map(str::to_owned)
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        if !url.starts_with("https://") {
            return Err(FetchError::NotHttps(shown_address(url)));
        }
        if holds_user(url) {
            return Err(FetchError::User(shown_address(url)));
        }
        let fault = |error: reqwest::Error| FetchError::Transport(shown_address(url), error.without_url());
        let mut answer = self.0.get(url).header("accept", "application/json").send().await.map_err(fault)?;
        if answer.status().as_u16() != 200 {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(fault)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > KEY_SET_BYTES_MAX {
                return Err(FetchError::TooLarge);
            }
        }
        Ok(bytes)
    }
}

fn store(roots: &Roots) -> Result<rustls::RootCertStore, FetchError> {
    let mut store = rustls::RootCertStore::empty();
    match roots {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
        }
        Roots::Pem(text) => {
            for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let certificate = certificate.map_err(|_| FetchError::Roots)?;
                store.add(certificate).map_err(|_| FetchError::Roots)?;
            }
        }
    }
    if store.is_empty() { Err(FetchError::Roots) } else { Ok(store) }
}

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
