//! OpenPGP keys (RFC 9580): packets of public and of secret keys, of which the public half is read.

use super::entry::{Entry, Published, label};
use super::limits::ENTRIES_MAX;
use crate::encoded::curve;
use crate::public::{PublicKey, hex};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Packet types of RFC 9580, section 5.
const SECRET_KEY: u8 = 5;
const PUBLIC_KEY: u8 = 6;
const SECRET_SUBKEY: u8 = 7;
const USER_ID: u8 = 13;
const PUBLIC_SUBKEY: u8 = 14;

/// Curves of the old EdDSA and ECDH keys that RFC 9580, section 9.2 lists and RFC 8410 names otherwise.
const ED25519_LEGACY: &[u8] = b"\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";
const CURVE25519_LEGACY: &[u8] = b"\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01";

/// Reads packets until one is not understood.
pub(super) fn read(bytes: &[u8], out: &mut Vec<Entry>) {
    let mut rest = bytes;
    let mut first_of_ring = out.len();
    while let Some((kind, body)) = packet(&mut rest) {
        match kind {
            PUBLIC_KEY | SECRET_KEY | PUBLIC_SUBKEY | SECRET_SUBKEY if out.len() < ENTRIES_MAX => {
                if matches!(kind, PUBLIC_KEY | SECRET_KEY) {
                    first_of_ring = out.len();
                }
                out.extend(key(body));
            }
            USER_ID => {
                let name = std::str::from_utf8(body).ok().and_then(label);
                for entry in out.iter_mut().skip(first_of_ring) {
                    entry.published.label = entry.published.label.take().or_else(|| name.clone());
                }
            }
            _ => {}
        }
        // Subkeys come behind the user ids that they belong to.
        let name = out.get(first_of_ring).and_then(|entry| entry.published.label.clone());
        if let Some(last) =
            out.last_mut().filter(|last| last.published.label.is_none() && last.published.kind == KIND)
        {
            last.published.label = name;
        }
    }
}

const KIND: &str = "openpgp-key";

/// One packet from the front of `rest` (RFC 9580, section 4.2): its type and body.
fn packet<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, behind) = rest.split_first()?;
    if tag & 0x80 == 0 {
        return None;
    }
    let (kind, length, behind) = if tag & 0x40 == 0 {
        let size = match tag & 3 {
            0 => 1,
            1 => 2,
            2 => 4,
            _ => return None,
        };
        let (digits, behind) = behind.split_at_checked(size)?;
        (
            tag >> 2 & 15,
            digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit)),
            behind,
        )
    } else {
        let (length, behind) = new_length(behind)?;
        (tag & 63, length, behind)
    };
    let (body, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some((kind, body))
}

/// A length in the new format; partial lengths are for data, never for keys.
fn new_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..192 => Some((usize::from(first), rest)),
        192..224 => {
            let (&second, rest) = rest.split_first()?;
            Some(((usize::from(first) - 192) * 256 + usize::from(second) + 192, rest))
        }
        255 => {
            let (digits, rest) = rest.split_first_chunk::<4>()?;
            Some((usize::try_from(u32::from_be_bytes(*digits)).ok()?, rest))
        }
        _ => None,
    }
}

/// A key packet of version 4 or 6 (RFC 9580, section 5.5.2).
fn key(body: &[u8]) -> Option<Entry> {
    let (&version, rest) = body.split_first()?;
    let (created, rest) = rest.split_first_chunk::<4>()?;
    let (&algorithm, rest) = rest.split_first()?;
    let rest = match version {
        4 => rest,
        // The length of the key material stands before it.
        6 => rest.split_first_chunk::<4>()?.1,
        _ => return None,
    };
    let mut behind = rest;
    let key = material(algorithm, &mut behind)?;
    // The fingerprint is of the public part, which stands first in a secret key too.
    let public = body.get(..body.len() - behind.len())?;
    let created = u64::from(u32::from_be_bytes(*created));
    let published = Published { kind: KIND, not_before: Some(created), ..Published::default() };
    let length = public.len();
    Some(if version == 4 {
        let head = [&[0x99][..], &u16::try_from(length).ok()?.to_be_bytes()].concat();
        let digest = Sha1::new().chain_update(head).chain_update(public).finalize();
        Entry::new(key, published).with("openpgp-v4", hex(&digest).to_uppercase())
    } else {
        let head = [&[0x9b][..], &u32::try_from(length).ok()?.to_be_bytes()].concat();
        let digest = Sha256::new().chain_update(head).chain_update(public).finalize();
        Entry::new(key, published).with("openpgp-v6", hex(&digest).to_uppercase())
    })
}

/// The public numbers of an algorithm (RFC 9580, section 5.5.5), from the front of `rest`.
fn material(algorithm: u8, rest: &mut &[u8]) -> Option<PublicKey> {
    match algorithm {
        1..=3 => {
            let (n, e) = (mpi(rest)?, mpi(rest)?);
            PublicKey::rsa(n, e)
        }
        18 | 19 | 22 => {
            let (&length, behind) = rest.split_first()?;
            let (oid, behind) = behind.split_at_checked(usize::from(length))?;
            *rest = behind;
            let point = mpi(rest)?;
            if algorithm == 18 {
                // Parameters of the key derivation, behind their length.
                let (&length, behind) = rest.split_first()?;
                *rest = behind.get(usize::from(length)..)?;
            }
            match oid {
                // 0x40 marks a point in its native form.
                ED25519_LEGACY => PublicKey::from_octets("Ed25519", point.strip_prefix(&[0x40])?),
                CURVE25519_LEGACY => PublicKey::from_octets("X25519", point.strip_prefix(&[0x40])?),
                _ => PublicKey::from_point(oid, point),
            }
        }
        25..=28 => {
            let name = ["X25519", "X448", "Ed25519", "Ed448"].get(usize::from(algorithm) - 25)?;
            let size = curve::BYTE_CURVES.iter().find(|curve| curve.name == *name)?.size;
            let (octets, behind) = rest.split_at_checked(size)?;
            *rest = behind;
            PublicKey::from_octets(name, octets)
        }
        _ => None,
    }
}

/// A multiprecision integer (RFC 9580, section 3.2).
fn mpi<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (bits, behind) = rest.split_first_chunk::<2>()?;
    let (number, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*bits)).div_ceil(8))?;
    *rest = behind;
    Some(number)
}
