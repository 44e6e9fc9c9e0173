//! What must hold for any bytes at all: the bodies of the fuzz targets in `fuzz/`, and of short
//! seeded runs among the tests.
//!
//! An oracle takes bytes and panics if the code under it breaks a promise; that the code does not
//! panic by itself is the first of the promises.

mod aes;
mod archive;
mod arithmetic;
mod container;
pub mod damage;
mod elf;
mod encoded;
mod goheap;
mod hprof;
mod image;
mod judge;
mod known;
mod lime;
mod macho;
mod minidump;
mod nested;
mod objects;
mod paging;
mod physical;
pub mod pipeline;
mod published;
mod report;
mod rsa;
mod seal;
mod text;
mod tokens;
mod wallet;

pub use aes::{aes_planted, aes_prove};
pub use archive::{archive_walk, bundle_open};
pub use arithmetic::{derived_secrets, dlog_collect, lattice};
pub use container::{container_decode, container_round_trip};
pub use elf::elf_open;
pub use encoded::{encoded_binary, encoded_text};
pub use goheap::goheap_open;
pub use hprof::hprof_open;
pub use image::shows_what_was_planted;
pub use judge::{verify_alone, verify_report};
pub use known::known_index;
pub use lime::lime_open;
pub use macho::macho_open;
pub use minidump::minidump_open;
pub use nested::nested;
pub use objects::objects;
pub use paging::page_tables;
pub use physical::physical_open;
pub use pipeline::{Outcome, Tamper, outcome, scrub_then_verify};
pub use published::{inventory, public_key};
pub use report::report_from_json;
pub use rsa::rsa_collect;
pub use seal::seal_verify;
pub use text::text_open;
pub use tokens::tokens;
pub use wallet::wallet;

use coredact_keys::Hit;

/// What every hit of every detector promises: a range in the window, a component that the material
/// has or an encoding of all of it, values that are not empty.
fn check_hits(window: &[u8], hits: &[Hit]) {
    for hit in hits {
        let range = &hit.range;
        assert!(range.start < range.end && range.end <= window.len(), "range {range:?} of {}", window.len());
        assert!(!hit.form.is_empty() && !hit.component.is_empty() && !hit.material.detector.is_empty());
        for component in &hit.material.components {
            assert!(!component.value.is_empty(), "{} of {} is empty", component.name, hit.material.detector);
        }
    }
}

/// A run of text as detectors are shown it: printable ASCII, tabs and line breaks.
fn text_of(bytes: &[u8]) -> Vec<u8> {
    let printable = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    bytes.iter().map(|byte| if printable(*byte) { *byte } else { b'\n' }).collect()
}
