//! Keys that have leaked: refused from now on, whatever any key set says.

mod document;
mod list;
mod memory;
mod signed;
mod watch;

pub use document::RevocationError;
pub use list::{Revocation, Revocations};
pub use signed::{PAYLOAD_TYPE, SignedList};
pub use watch::{RevocationFile, Watch};
