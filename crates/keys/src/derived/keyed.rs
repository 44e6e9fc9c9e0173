//! HMAC under a secret that is used again and again, and the expansion of HKDF.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha384};
use zeroize::Zeroizing;

/// A hash of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
}

impl Hash {
    /// The hashes of TLS 1.3 and 1.2.
    pub(super) const ALL: [Self; 2] = [Self::Sha256, Self::Sha384];

    /// Bytes of a digest, and of a secret of TLS 1.3 that goes with it.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
        }
    }

    /// The digest of nothing.
    pub(super) fn of_nothing(self) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest([]).to_vec(),
            Self::Sha384 => Sha384::digest([]).to_vec(),
        }
    }
}

/// What comes out of a derivation. Wiped when dropped.
pub(super) type Output = Zeroizing<Vec<u8>>;

/// HMAC whose key has been worked in.
pub(super) enum Keyed {
    Sha256(Box<Hmac<Sha256>>),
    Sha384(Box<Hmac<Sha384>>),
}

impl Keyed {
    pub(super) fn new(hash: Hash, key: &[u8]) -> Option<Self> {
        Some(match hash {
            Hash::Sha256 => Self::Sha256(Box::new(Hmac::new_from_slice(key).ok()?)),
            Hash::Sha384 => Self::Sha384(Box::new(Hmac::new_from_slice(key).ok()?)),
        })
    }

    /// The tag of the parts in a row.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> Output {
        match self {
            Self::Sha256(keyed) => tag(keyed.as_ref().clone(), parts),
            Self::Sha384(keyed) => tag(keyed.as_ref().clone(), parts),
        }
    }

    /// HKDF-Expand-Label (RFC 8446 section 7.1) for outputs no longer than the hash.
    pub(super) fn expand_label(&self, label: &str, context: &[u8], length: usize) -> Output {
        let byte = |length: usize| [u8::try_from(length).unwrap_or(0)];
        let parts: [&[u8]; 8] = [
            &[0],
            &byte(length),
            &byte(PREFIX.len() + label.len()),
            PREFIX.as_bytes(),
            label.as_bytes(),
            &byte(context.len()),
            context,
            &[1],
        ];
        let mut output = self.tag(&parts);
        output.truncate(length);
        output
    }
}

/// Before every label of TLS 1.3.
const PREFIX: &str = "tls13 ";

fn tag<M: Mac>(mut mac: M, parts: &[&[u8]]) -> Output {
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}
