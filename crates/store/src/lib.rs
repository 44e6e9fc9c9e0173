//! Objects of S3, Google Cloud Storage and Azure Blob Storage.
//!
//! The process that parses dumps must have no network. So objects are fetched and
//! stored by another one, the *fetcher*: coredact starts itself again before it
//! reads anything, hands the fetcher the places that the command line names,
//! and keeps a socket to it. [`Store`] is that end of the socket; [`serve()`] is
//! the other. The fetcher alone holds the credentials of the cloud and a runtime
//! for the network; it parses no byte of a dump, and gives and takes nothing but
//! the objects of those places, whatever it is asked for.
#![forbid(unsafe_code)]

mod client;
mod control;
mod error;
mod launch;
pub mod limits;
mod place;
mod serve;
mod wire;

pub use client::{Listed, Listing, Object, Store, Upload};
pub use error::{Action, Error, Kind};
pub use launch::{Adopted, MARK, adopt, start};
pub use place::{BadPlace, Place, Scheme};
pub use serve::{Places, serve};
pub use wire::Entry;
