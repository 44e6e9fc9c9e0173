//! What the world publishes of keys: certificates, key sets, SSH and OpenPGP keys, exports of clouds.
//!
//! [`read`] takes the bytes of one document, whatever it is, and gives every public key in it with what the document
//! says of it. Nothing is trusted: no signature is checked, because the question is not whether a key may be believed
//! but who published it. A document that holds no key gives none; what is cut off is read as far as it goes.

mod certificate;
mod entry;
mod json;
mod limits;
mod openpgp;
mod ssh;
mod text;

pub use entry::{Entry, Published, rfc3339};

use limits::DEPTH_MAX;

/// Appends everything that a document publishes. The same key is given as often as it stands there.
pub fn read(bytes: &[u8], out: &mut Vec<Entry>) {
    nested(bytes, DEPTH_MAX, out);
}

/// Reads a document inside `DEPTH_MAX - depth` others.
fn nested(bytes: &[u8], depth: usize, out: &mut Vec<Entry>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) {
        json::read(&value, depth, out);
        return;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        text::read(text, depth, out);
        return;
    }
    let before = out.len();
    certificate::read_all(bytes, out);
    if out.len() == before {
        openpgp::read(bytes, out);
    }
    if out.len() == before {
        out.extend(Entry::bare(bytes));
    }
}

#[cfg(test)]
mod tests;
