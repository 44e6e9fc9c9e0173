//! A file and what is packed in it: archives in archives, compressed files in them, down to what is scanned.
//!
//! A member that is stored as it is is read where it lies. What is compressed is expanded into memory if it is
//! short, else into an encrypted spool without a name: no secret comes to rest in the clear. Everything that an
//! archive may demand is bounded for the file as a whole, whatever is nested in it, and what a bound cuts off is said.

mod expand;
mod item;
pub mod limits;
#[cfg(test)]
mod tests;
mod unpacker;

pub use item::Item;
pub use unpacker::{Unpacking, unpack};
