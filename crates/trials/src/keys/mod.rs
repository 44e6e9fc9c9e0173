//! Fresh secrets, made when the test runs and forgotten when it ends.

mod aes;
mod rsa;
mod settings;
mod tls;

pub use aes::{AesKey, schedules};
pub use rsa::RsaKey;
pub(crate) use rsa::element;
pub use settings::Settings;
pub use tls::{session_secrets, traffic_key};
