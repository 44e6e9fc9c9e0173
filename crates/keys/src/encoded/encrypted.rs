//! Keys encrypted under a password: EncryptedPrivateKeyInfo and PKCS#12.

use super::build;
use super::der;
use crate::locked;
use crate::material::{Hit, Kind, Notation, Role};

/// Object identifiers of password-based encryption, up to the byte that tells
/// the schemes apart: PKCS#5 (RFC 8018) and PKCS#12 (RFC 7292 appendix C).
pub(super) const SCHEMES: [&[u8]; 2] =
    [b"\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01"];

/// The key protector of JKS (Sun, 1.3.6.1.4.1.42.2.17.1.1) and that of JCEKS (PBEWithMD5AndTripleDES,
/// 1.3.6.1.4.1.42.2.19.1), as object identifiers without their headers: both begin alike.
pub(super) const JAVA_SCHEMES: [&[u8]; 2] =
    [b"\x2b\x06\x01\x04\x01\x2a\x02\x11\x01\x01", b"\x2b\x06\x01\x04\x01\x2a\x02\x13\x01"];

/// Reads the octets behind the algorithm whose identifier stands at `at`: its parameters are NULL or a SEQUENCE.
pub(super) fn at_java_scheme(window: &[u8], at: usize) -> Option<Hit> {
    let at = at.checked_sub(2)?;
    let name = der::expect(window, at, der::OBJECT_IDENTIFIER)?;
    let (start, _) = der::enclosing(window, at, der::SEQUENCE)?;
    let algorithm = der::expect(window, start, der::SEQUENCE)?;
    let parameters = der::element(window, name.next()?)?;
    let octets = der::expect(window, algorithm.next()?, der::OCTET_STRING)?;
    if parameters.content.end != algorithm.content.end || octets.declared < 16 || octets.content.is_empty() {
        return None;
    }
    let bytes = octets.bytes(window);
    let form = "java-key-store";
    let material = if octets.complete() {
        build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, form)
    } else {
        build::fragments(Kind::EncryptedPrivateKey, &[bytes], form)
    };
    Some(build::hit(octets.content, form, material))
}

/// Tag of the encrypted content of a PKCS#7 EncryptedData ([0] IMPLICIT).
const ENCRYPTED_CONTENT: u8 = 0x80;

/// Reads the encrypted octets whose algorithm's identifier content starts at
/// `oid`. A PBKDF2 identifier inside PBES2 stands at the same place of a deeper
/// structure, where no octets follow.
pub(super) fn at_scheme(window: &[u8], oid: usize) -> Option<Hit> {
    let header = oid.checked_sub(2)?;
    let name = der::expect(window, header, der::OBJECT_IDENTIFIER)?;
    let (start, _) = der::enclosing(window, header, der::SEQUENCE)?;
    let algorithm = der::expect(window, start, der::SEQUENCE)?;
    let parameters = der::expect(window, name.next()?, der::SEQUENCE)?;
    if parameters.content.end != algorithm.content.end {
        return None;
    }
    let octets = der::element(window, algorithm.next()?)?;
    let form = match octets.tag {
        der::OCTET_STRING => "der-pkcs8-encrypted",
        ENCRYPTED_CONTENT => "pkcs12",
        _ => return None,
    };
    if octets.declared < 16 || octets.content.is_empty() {
        return None;
    }
    let bytes = octets.bytes(window);
    let material = if octets.complete() {
        let mut material = build::bytes(Kind::EncryptedPrivateKey, "ciphertext", bytes, form);
        let identifier = window.get(start..algorithm.content.end).unwrap_or_default();
        build::push(&mut material, locked::ALGORITHM, Role::Public, Notation::Bytes, identifier);
        material
    } else {
        build::fragments(Kind::EncryptedPrivateKey, &[bytes], form)
    };
    Some(build::hit(octets.content, form, material))
}
