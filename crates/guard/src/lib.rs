//! Token verification where a key is good for its own issuer only.
//!
//! A verifier is built from issuers, not from a pool of keys. Each key belongs to the issuer that published it, and no function
//! finds a key by its name (`kid`) alone: a key that leaked, or that is for consumers, cannot sign for anybody else.
//!
//! ```
//! use coredact_guard::{Issuer, KeySet, Now, Request, Trust, Verdict, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let key_set = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! # let token = "eyJhbGciOiJub25lIn0.e30.";
//! let mail = Issuer::new("https://login.example").audience("api://mail");
//! let verifier = Verifier::new(Trust::new().issuer(mail, KeySet::from_jwks(key_set)?)?);
//!
//! match verifier.verify(&Request::bearer(token), Now::from_clock()) {
//!     Verdict::Accepted(accepted) => println!("hello {:?}", accepted.facts.subject()),
//!     Verdict::Refused(refused) => eprintln!("{}: {refused}", refused.reason),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Verifier`] is the core: no file, no connection, no clock, no task. What is around it feeds it keys and writes down what it
//! decided.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod algorithm;
pub mod audit;
mod binding;
mod claims;
mod controls;
pub mod events;
mod explain;
mod guard;
mod issuer;
mod json;
mod key;
#[cfg(feature = "layer")]
mod layer;
pub mod ledger;
pub mod limits;
pub mod log;
#[cfg(feature = "oracles")]
pub mod oracles;
mod reason;
pub mod revoke;
pub mod source;
mod time;
mod token;
mod trust;
mod verdict;
mod verify;

pub use algorithm::Algorithm;
pub use binding::{Dpop, Nonces, Replays, UsedProofs};
pub use controls::Controls;
pub use explain::{Explanation, Outcome, Step};
pub use guard::Guard;
pub use issuer::{Binding, Issuer, PastCertificate, Profile, Tenants};
pub use key::{
    Key, KeyFault, KeySet, KeySetError, Lifetime, Published, RefusedKey, Thumbprint, ThumbprintError,
};
#[cfg(feature = "layer")]
pub use layer::{ClientCertificate, GuardLayer, Guarded};
pub use ledger::Ledger;
pub use reason::{Check, Reason};
pub use revoke::{Revocation, Revocations};
pub use time::{Now, rfc3339};
pub use trust::{Trust, TrustError};
pub use verdict::{Accepted, Bound, Facts, KeyFacts, Refused, Verdict, shown};
pub use verify::{Request, Verifier};
