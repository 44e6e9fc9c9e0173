//! The key of an onion service of version 3: `hs_ed25519_secret_key` (Tor, `crypto_write_tagged_contents_to_file`).

use super::build;
use crate::material::{Component, Hit, Kind, Notation, Role};

/// The head of the file, filled up to 32 bytes with zeros.
pub(super) const TAG: &[u8] = b"== ed25519v1-secret: type0 ==\0\0\0";

/// The scalar, then the prefix that signatures hash (RFC 8032, section 5.1.5).
pub(super) fn at_tag(window: &[u8], at: usize) -> Option<Hit> {
    let start = at + TAG.len();
    let key = window.get(start..start + 64)?;
    let (scalar, prefix) = key.split_at_checked(32)?;
    // RFC 8032, section 5.1.5: the lowest three bits are clear, and the second highest is set.
    let clamped = scalar.first()? & 7 == 0 && scalar.last()? & 0xc0 == 0x40;
    if !clamped {
        return None;
    }
    let mut material = build::bytes(Kind::EdwardsPrivateKey, "scalar", scalar, "tor");
    material.components.push(Component::new("prefix", Role::Secret, Notation::Bytes, prefix.to_vec()));
    build::push_id(&mut material, "curve", "Ed25519");
    Some(build::hit(start..start + 64, "tor", material))
}
