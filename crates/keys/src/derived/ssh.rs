//! The keys of an SSH connection (RFC 4253, section 7.2): from the shared secret and the hash of the exchange.

use super::candidate::Candidate;
use super::index::confirm;
use super::keyed::Output;
use super::limits::{SSH_NEAREST, SSH_PAIRS_MAX};
use super::search::{Coverage, Found, Lookup, place};
use super::secret;
use rayon::prelude::*;
use sha2::{Digest, Sha256, Sha512};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Letters of the keys: two initial vectors, two encryption keys, two integrity keys.
const LETTERS: [u8; 6] = *b"ABCDEF";

/// Letters of the encryption keys.
const ENCRYPTION: [u8; 2] = *b"CD";

/// The hash of an exchange.
#[derive(Clone, Copy)]
enum Exchange {
    /// SHA-256 over 32 bytes: curve25519 (RFC 8731), P-256, and the hybrid of X25519 with ML-KEM.
    Short,
    /// SHA-512 over 64 bytes: the hybrid of X25519 with NTRU Prime.
    Long,
}

impl Exchange {
    const ALL: [Self; 2] = [Self::Short, Self::Long];

    /// Bytes of a digest and of a shared secret.
    fn size(self) -> usize {
        match self {
            Self::Short => 32,
            Self::Long => 64,
        }
    }

    fn hash(self, parts: &[&[u8]]) -> Output {
        fn digest<D: Digest>(parts: &[&[u8]]) -> Output {
            let mut digest = D::new();
            parts.iter().for_each(|part| digest.update(part));
            Zeroizing::new(digest.finalize().to_vec())
        }
        match self {
            Self::Short => digest::<Sha256>(parts),
            Self::Long => digest::<Sha512>(parts),
        }
    }

    /// How the shared secret goes into the hash: as a number (from either order of its bytes, for libraries keep it
    /// as their own) or as a string.
    fn encodings(self, shared: &[u8]) -> Vec<Output> {
        let reversed: Output = Zeroizing::new(shared.iter().rev().copied().collect());
        match self {
            Self::Short => vec![number(shared), number(&reversed), string(shared)],
            Self::Long => vec![string(shared)],
        }
    }

    /// A key of the session that the exchange begins: its hash is the session's identifier.
    fn key(self, shared: &[u8], hash: &[u8], letter: u8) -> Output {
        self.hash(&[shared, hash, &[letter], hash])
    }

    /// All keys, each as long as two digests.
    fn keys(self, shared: &[u8], hash: &[u8]) -> Vec<Output> {
        let long = |letter: u8| {
            let mut key = self.key(shared, hash, letter);
            let more = self.hash(&[shared, hash, &key]);
            key.extend_from_slice(&more);
            key
        };
        LETTERS.into_iter().map(long).collect()
    }
}

/// A shared secret and the hash that goes with it.
struct Pair<'a> {
    exchange: Exchange,
    shared: Candidate<'a>,
    encoded: Output,
    hash: &'a [u8],
}

impl<'a> Lookup<'a> {
    /// Shared secrets by the encryption keys that were proven elsewhere.
    pub(super) fn ssh(&self, coverage: &mut Coverage, found: &mut Vec<Found>) {
        // Without such a key there is nothing to compare with: a program keeps no other copy of one.
        if self.known.is_empty() {
            return;
        }
        let mut once = BTreeSet::new();
        for exchange in Exchange::ALL {
            let mut all = self.candidates(exchange.size(), SSH_PAIRS_MAX, coverage);
            all.retain(|one| one.rank < 2);
            let pairs = all.len().saturating_mul(all.len());
            let nearest = SSH_PAIRS_MAX.checked_div(all.len()).unwrap_or(0).min(all.len()).min(SSH_NEAREST);
            coverage.pairs_skipped += pairs.saturating_sub(nearest.saturating_mul(all.len())) as u64;
            all.sort_by_key(|one| one.position);
            let leads: Vec<(Pair<'a>, Output)> = (0..all.len())
                .into_par_iter()
                .flat_map_iter(|at| self.leads_at(exchange, &all, at, nearest))
                .collect();
            let outputs: Vec<&[u8]> = leads.iter().map(|(_, output)| output.as_slice()).collect();
            for number in confirm(self.stretches, self.known, &outputs).into_keys() {
                let Some((pair, _)) = leads.get(number) else { continue };
                if once.insert(pair.shared.bytes) {
                    found.push(pair.found());
                }
            }
        }
    }

    /// The encryption keys of one shared secret with the hashes near it that may be among the known ones.
    fn leads_at(
        &self,
        exchange: Exchange,
        all: &[Candidate<'a>],
        at: usize,
        nearest: usize,
    ) -> Vec<(Pair<'a>, Output)> {
        let Some(shared) = all.get(at).copied() else { return Vec::new() };
        let first = at.saturating_sub(nearest / 2).min(all.len().saturating_sub(nearest + 1));
        let mut out = Vec::new();
        for hash in all.iter().skip(first).take(nearest + 1) {
            for encoded in exchange.encodings(shared.bytes) {
                for letter in ENCRYPTION {
                    let mut output = exchange.key(&encoded, hash.bytes, letter);
                    // The shortest key is one of AES-128.
                    output.truncate(16);
                    if self.filter.may_hold(&output) {
                        let encoded = encoded.clone();
                        out.push((Pair { exchange, shared, encoded, hash: hash.bytes }, output));
                    }
                }
            }
        }
        out
    }
}

impl Pair<'_> {
    fn found(&self) -> Found {
        let keys = self.exchange.keys(&self.encoded, self.hash).into_iter();
        let derived = keys.map(|key| ("session_key", key.to_vec())).collect();
        let at = place(self.shared.position, self.shared.bytes.len(), "secret", "raw");
        Found {
            material: secret::material("ssh-shared-secret", self.shared.bytes, derived),
            places: vec![at],
        }
    }
}

/// The encoding of a positive number, big-endian (RFC 4251, section 5, "mpint").
fn number(value: &[u8]) -> Output {
    let zeros = value.iter().take_while(|byte| **byte == 0).count();
    let value = value.get(zeros..).unwrap_or_default();
    let signed = value.first().is_some_and(|first| *first >= 0x80);
    let mut bytes = Output::default();
    bytes.extend(signed.then_some(0));
    bytes.extend_from_slice(value);
    string(&bytes)
}

/// The encoding of a string.
fn string(value: &[u8]) -> Output {
    let length = u32::try_from(value.len()).unwrap_or(0).to_be_bytes();
    Zeroizing::new([&length, value].concat())
}

/// The first encryption key of a connection, for tests.
#[cfg(test)]
pub(super) fn planted(shared: &[u8], hash: &[u8], as_string: bool) -> Output {
    let exchange = if shared.len() == 64 { Exchange::Long } else { Exchange::Short };
    let encoded = if as_string { string(shared) } else { number(shared) };
    exchange.key(&encoded, hash, b'C')
}
