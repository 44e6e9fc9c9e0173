//! What the certificate beside a key (`x5c`) says of it.

use super::{KeyFault, Lifetime};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::{Decode as _, Encode as _};
use serde_json::{Map, Value};
use x509_cert::certificate::{CertificateInner, Raw};

/// The validity of the first certificate of `x5c`, if there is one.
///
/// The chain is not followed: the key is trusted because of where it is published. The certificate can only narrow that.
pub(super) fn lifetime(members: &Map<String, Value>, spki: &[u8]) -> Result<Lifetime, KeyFault> {
    let Some(chain) = members.get("x5c") else { return Ok(Lifetime::default()) };
    let first = chain.as_array().and_then(|chain| chain.first()).and_then(Value::as_str);
    let der = first.and_then(|text| STANDARD.decode(text).ok()).ok_or(KeyFault::Certificate)?;
    named(members, "x5t", digest(&SHA1_FOR_LEGACY_USE_ONLY, &der).as_ref())?;
    named(members, "x5t#S256", digest(&SHA256, &der).as_ref())?;
    // `Raw`: certificates of token services break RFC 5280 in their serial numbers.
    let certificate = CertificateInner::<Raw>::from_der(&der).map_err(|_| KeyFault::Certificate)?;
    let body = certificate.tbs_certificate();
    let own = body.subject_public_key_info().to_der().map_err(|_| KeyFault::Certificate)?;
    if own != spki {
        return Err(KeyFault::Certificate);
    }
    let validity = body.validity();
    Ok(Lifetime {
        not_before: Some(validity.not_before.to_unix_duration().as_secs()),
        not_after: Some(validity.not_after.to_unix_duration().as_secs()),
    })
}

/// `x5t` and its kin, if present, are of this certificate.
fn named(members: &Map<String, Value>, name: &str, hash: &[u8]) -> Result<(), KeyFault> {
    match members.get(name) {
        None => Ok(()),
        Some(text) if text.as_str() == Some(&URL_SAFE_NO_PAD.encode(hash)) => Ok(()),
        Some(_) => Err(KeyFault::Certificate),
    }
}
