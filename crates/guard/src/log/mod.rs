//! What was decided, and by which key: the log that investigations have missed.
//!
//! One event for each decision, in OCSF with an extension for the signing key, which no schema has. The token is never in
//! it, only its SHA-256.

mod event;
mod security;
mod sink;

pub use event::{Circumstances, event};
pub use security::security_event;
pub use sink::{JsonLines, Sink};
