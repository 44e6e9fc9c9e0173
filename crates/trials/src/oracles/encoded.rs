//! Encoded keys.

use super::{check_hits, text_of};
use coredact_keys::encoded;

/// Looks for encoded keys and moduli in raw memory.
pub fn encoded_binary(window: &[u8]) {
    let mut hits = Vec::new();
    encoded::scan_binary(window, &mut hits);
    check_hits(window, &hits);
    encoded::moduli(window, &mut Vec::new());
}

/// Looks for encoded keys and moduli in a run of text.
pub fn encoded_text(bytes: &[u8]) {
    let text = text_of(bytes);
    let mut hits = Vec::new();
    encoded::scan_text(&text, &mut hits);
    check_hits(&text, &hits);
    encoded::moduli_text(&text, &mut Vec::new());
}
