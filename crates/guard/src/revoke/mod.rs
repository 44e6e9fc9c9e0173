//! Keys that have leaked: refused from now on, whatever any key set says.

mod list;

pub use list::{Revocation, Revocations};
