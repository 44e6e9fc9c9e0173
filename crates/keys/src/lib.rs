//! Key mathematics: what a run of bytes is, proven by arithmetic, structure or
//! checksum; what follows from it; and every way to write it down.
//!
//! Nothing here reads a file, knows a dump format or prints. Every function
//! takes bytes and returns [`material::Material`]; the engine decides what is
//! scanned and where a finding lies.
#![forbid(unsafe_code)]

pub mod aes;
pub mod base64;
pub mod derived;
pub mod dlog;
pub mod ec;
pub mod encoded;
pub mod forms;
pub mod inventory;
pub mod known;
pub mod lattice;
pub mod locked;
pub mod material;
pub mod objects;
pub mod planted;
pub mod public;
pub mod rsa;
pub mod slh;
pub mod symmetric;
pub mod tickets;
pub mod tokens;
pub mod wallet;

pub use material::{Certainty, Component, Hit, Kind, Material, Notation, PublicId, Role, Secret};
