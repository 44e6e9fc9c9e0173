//! Keys in serialized objects of Java (Java Object Serialization Specification, section 6): secret keys of JCEKS, which
//! a password seals, and keys that were written as they are.
//!
//! A JCEKS store (magic `CECECECE`) keeps private keys as JKS does, under another algorithm, and each secret key as an
//! object of `com.sun.crypto.provider.SealedObjectForKeyProtector`: the parameters of `PBEWithMD5AndTripleDES`, then the
//! sealed bytes, both arrays.

use super::build;
use crate::material::{Hit, Kind};
use crate::{Certainty, aes, symmetric};
use memchr::memmem;
use std::ops::Range;

/// Class descriptors (`TC_CLASSDESC`, length and name): what seals, what a key is by itself, and what stands for one.
const CLASSES: [&[u8]; 3] = [
    b"r\x00\x19javax.crypto.SealedObject",
    b"r\x00\x1fjavax.crypto.spec.SecretKeySpec",
    b"r\x00\x14java.security.KeyRep",
];

/// The first array of bytes of a stream: `TC_ARRAY` and the description of its class, with its version and without fields.
pub(super) const FIRST_ARRAY: &[u8] = b"ur\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00xp";

/// A further one: `TC_ARRAY`, `TC_REFERENCE` and the first two bytes of a handle, which count from `007e0000`.
const NEXT_ARRAY: &[u8] = b"uq\x00\x7e";

/// Bytes of the rest of such a handle.
const HANDLE_REST: usize = 2;

/// Bytes between the name of a class and the arrays of its object: descriptions of four fields, and texts.
const REACH: usize = 512;

/// Bytes of a secret key: DES to the longest key of HMAC in use.
const KEY_BYTES: Range<usize> = 16..129;

/// Longest sealed key in bytes.
const SEALED_MAX: usize = 16 << 10;

/// Reads the object whose first array begins at `at`.
pub(super) fn at_array(window: &[u8], at: usize) -> Option<Hit> {
    let before = window.get(at.saturating_sub(REACH)..at)?;
    let last = |(index, class): (usize, &[u8])| Some((memmem::rfind(before, class)?, index));
    let (_, class) = CLASSES.into_iter().enumerate().filter_map(last).max()?;
    let first = array(window, at.checked_add(FIRST_ARRAY.len())?)?;
    if class == 0 { sealed(window, &first) } else { plain(window, before, first) }
}

/// Where the elements of an array stand whose length is at `at`.
fn array(window: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_add(4)?;
    let length = u32::from_be_bytes(window.get(at..start)?.try_into().ok()?);
    Some(start..start.checked_add(usize::try_from(length).ok()?)?)
}

/// The array behind the parameters.
fn sealed(window: &[u8], parameters: &Range<usize>) -> Option<Hit> {
    let header = window.get(parameters.end..)?.strip_prefix(NEXT_ARRAY)?;
    let at = window.len().checked_sub(header.len())?.checked_add(HANDLE_REST)?;
    let octets = array(window, at)?;
    if !(16..SEALED_MAX).contains(&octets.len()) {
        return None;
    }
    let there = octets.start..octets.end.min(window.len());
    let bytes = window.get(there.clone()).filter(|bytes| !bytes.is_empty())?;
    let form = "java-sealed-object";
    let material = if there == octets {
        build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, form)
    } else {
        build::fragments(Kind::EncryptedPrivateKey, &[bytes], form)
    };
    Some(build::hit(there, form, material))
}

/// A key as it is. Private keys of `KeyRep` are longer, and are read as PKCS#8.
fn plain(window: &[u8], before: &[u8], octets: Range<usize>) -> Option<Hit> {
    let bytes = window.get(octets.clone())?;
    if !KEY_BYTES.contains(&bytes.len()) || !symmetric::looks_random(bytes) {
        return None;
    }
    let form = "java-serialized";
    let is_aes = memmem::find(before, b"t\x00\x03AES").is_some();
    let aes = is_aes.then(|| aes::material_for_key(bytes)).flatten();
    let mut material = aes.unwrap_or_else(|| build::bytes(Kind::SymmetricKey, "key", bytes, form));
    material.certainty = Certainty::Structured;
    form.clone_into(&mut material.detector);
    Some(build::hit(octets, form, material))
}
