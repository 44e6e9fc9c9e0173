//! Secret keys of minisign and signify: both are written as base64 on the second line of a file.
//!
//! Layouts: minisign(1), "SECRET KEY FORMAT" (`SeckeyStruct` in its `minisign.h`); signify's `struct enckey`.

use super::build;
use super::curve::BYTE_CURVES;
use crate::material::{Certainty, Hit, Kind};
use sha2::{Digest as _, Sha512};

/// minisign: signature and checksum algorithm, without a cipher and under scrypt. signify: under bcrypt.
pub(super) const MAGICS: [&[u8]; 3] = [b"Ed\0\0B2", b"EdScB2", b"EdBK"];

/// Where the number of the key begins in minisign's structure, behind algorithms, salt and cost, and how long what
/// follows it is: the number, seed, public key and checksum.
const MINISIGN: (usize, usize) = (54, 8 + 64 + 32);
/// Where signify's seed begins: behind algorithms, rounds, salt, checksum and number of the key.
const SIGNIFY_SEED: usize = 40;

/// Reads the structure whose magic stands at `at`.
pub(super) fn at_magic(window: &[u8], at: usize) -> Option<Hit> {
    let magic =
        MAGICS.into_iter().find(|magic| window.get(at..).is_some_and(|rest| rest.starts_with(magic)))?;
    let (start, length) = if magic == MAGICS[2] { (SIGNIFY_SEED, 64) } else { MINISIGN };
    let range = at + start..at + start + length;
    let bytes = window.get(range.clone())?;
    let rounds = window.get(at + 4..at + 8)?;
    let is_plain = magic == MAGICS[0] || (magic == MAGICS[2] && rounds == [0; 4]);
    if !is_plain {
        let sealed = super::der::random_looking(bytes);
        let material = || build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, form(magic));
        return sealed.then(|| build::hit(range, form(magic), material()));
    }
    let pair = if magic == MAGICS[2] { bytes } else { bytes.get(8..72)? };
    let (seed, public) = pair.split_at_checked(32)?;
    let curve = BYTE_CURVES.iter().find(|curve| curve.name == "Ed25519")?;
    let mut material = build::byte_curve(curve, seed, Some(public), form(magic));
    if magic == MAGICS[2] {
        // The first eight bytes of SHA-512 of the pair.
        let sum = Sha512::digest(pair);
        if window.get(at + 24..at + 32) != sum.get(..8) {
            return None;
        }
        material.certainty = Certainty::Proven;
    } else if !super::der::random_looking(seed) {
        return None;
    }
    let start = if magic == MAGICS[2] { range.start } else { range.start + 8 };
    Some(build::hit(start..start + 32, form(magic), material))
}

fn form(magic: &[u8]) -> &'static str {
    if magic == MAGICS[2] { "signify" } else { "minisign" }
}
