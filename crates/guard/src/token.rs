//! The compact serialisation (RFC 7515, section 3.1), read strictly.

use crate::json::{self, JsonFault};
use crate::limits::TOKEN_BYTES_MAX;
use crate::reason::Reason;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The three parts of a token, still encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    signed: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits at the dots. Five parts are an encrypted token (RFC 7516).
    pub(crate) fn split(token: &'a str) -> Result<Self, Reason> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Reason::NotCompact);
        };
        match parts.take(3).count() {
            0 => {}
            2 => return Err(Reason::Encrypted),
            _ => return Err(Reason::NotCompact),
        }
        if header.is_empty() || payload.is_empty() {
            return Err(Reason::NotCompact);
        }
        let (signed, _) = token.rsplit_once('.').ok_or(Reason::NotCompact)?;
        Ok(Self { header, payload, signature, signed })
    }

    /// The header's members.
    pub(crate) fn header(&self) -> Result<Map<String, Value>, Reason> {
        json::object(&decode(self.header)?).map_err(|fault| match fault {
            JsonFault::Malformed => Reason::HeaderMalformed,
            JsonFault::Duplicate => Reason::DuplicateMember,
        })
    }

    /// The payload's members.
    pub(crate) fn claims(&self) -> Result<Map<String, Value>, Reason> {
        json::object(&decode(self.payload)?).map_err(|fault| match fault {
            JsonFault::Malformed => Reason::ClaimsMalformed,
            JsonFault::Duplicate => Reason::DuplicateMember,
        })
    }

    /// The signature's bytes.
    pub(crate) fn signature(&self) -> Result<Vec<u8>, Reason> {
        if self.signature.is_empty() {
            return Err(Reason::Unsigned);
        }
        decode(self.signature)
    }

    /// The bytes that are signed.
    pub(crate) fn signed(&self) -> &'a [u8] {
        self.signed.as_bytes()
    }
}

/// Base64 of RFC 7515, section 2: URL-safe, without padding, white space, or stray bits in the last character, so that
/// one token has one spelling.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, Reason> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Reason::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_parts_of_strict_base64_are_a_token() {
        let check =
            |text: &str, reason| assert_eq!(Parts::split(text).map(|_| ()), Err(reason), "{text:.40}");
        check("", Reason::NotCompact);
        check("e30", Reason::NotCompact);
        check("e30.e30", Reason::NotCompact);
        check(".e30.AA", Reason::NotCompact);
        check("e30..AA", Reason::NotCompact);
        check("e30.e30.AA.AA", Reason::NotCompact);
        check("a.b.c.d.e", Reason::Encrypted);
        check("a.b.c.d.e.f", Reason::NotCompact);
        check(&"a".repeat(TOKEN_BYTES_MAX + 1), Reason::TooLarge);
        for text in ["e30=", "e3 0", "e30\n", "e31", "a+b_", "a/b-", "\u{e9}"] {
            assert_eq!(decode(text), Err(Reason::Base64), "{text}");
        }
        assert_eq!(decode("e30"), Ok(b"{}".to_vec()));
    }

    #[test]
    fn a_token_without_signature_is_unsigned() {
        let parts = Parts::split("e30.e30.").expect("three parts");
        assert_eq!(parts.signature(), Err(Reason::Unsigned));
    }
}
