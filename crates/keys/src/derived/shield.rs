//! OpenSSH's shielded private keys (`sshkey_shield_private` in sshkey.c since 8.1): while an agent or a server does
//! not use a key it keeps it encrypted under a hash of 16 KiB of random bytes, and both lie in memory.
//!
//! SHA-512 of these bytes, the prekey, is the key and the first counter of AES-256-CTR. The plain text starts with
//! the name of the key's type behind its length, so what the cipher text starts with is known.

use super::limits::{PREKEYS_MAX, SEALED_BYTES_MAX};
use crate::ec::Stretch;
use crate::{Component, Hit, Notation, Role, encoded};
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes256, Block};
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// `SSHKEY_SHIELD_PREKEY_LEN` of sshkey.c.
const PREKEY: usize = 16 * 1024;

/// Bytes by which the ends of a prekey and of the random run that it is may differ.
const SLACK: usize = 24;

/// Bytes of the cipher's key, of the counter, and of a block.
const KEY: usize = 32;
const BLOCK: usize = 16;

/// What the plain text starts with: the length of a type's name and its start. Eleven bytes are 88 bits.
const TYPES: [&[u8; START]; 10] = [
    b"\0\0\0\x0bssh-ed2",
    b"\0\0\0\x07ssh-rsa",
    b"\0\0\0\x13ecdsa-s",
    b"\0\0\0\x07ssh-dss",
    b"\0\0\0\x1ask-ssh-",
    b"\0\0\0\x22sk-ecds",
    // The same with a certificate.
    b"\0\0\0\x20ssh-ed2",
    b"\0\0\0\x1cssh-rsa",
    b"\0\0\0\x28ecdsa-s",
    b"\0\0\0\x23sk-ssh-",
];

/// Bytes of a known start.
const START: usize = 11;

/// Key and counter of a shield.
type Shield = Zeroizing<[u8; KEY + BLOCK]>;

/// The prekeys of a dump: merging those of all windows gives the same in any order.
#[derive(Default)]
pub struct Prekeys {
    /// By position.
    shields: BTreeMap<u64, Shield>,
    dropped: u64,
}

impl fmt::Debug for Prekeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prekeys({})", self.shields.len())
    }
}

/// A shield that was opened.
pub(super) struct Opened {
    /// Position and length of the sealed key.
    pub(super) sealed: (u64, usize),
    /// Position and length of the prekey.
    pub(super) prekey: (u64, usize),
    /// The keys in it.
    pub(super) hits: Vec<Hit>,
}

impl Prekeys {
    /// Takes the runs of a window that have the length of a prekey.
    pub fn collect(&mut self, window: &[u8], position: u64, runs: &[Range<usize>]) {
        for run in runs.iter().filter(|run| run.len().abs_diff(PREKEY) <= SLACK) {
            for start in run.start.saturating_sub(SLACK)..=run.start + SLACK {
                let position = position.wrapping_add(start as u64);
                let is_whole = start + PREKEY <= run.end + SLACK;
                // An allocator puts it there.
                if !position.is_multiple_of(BLOCK as u64) || !is_whole {
                    continue;
                }
                let Some(prekey) = window.get(start..start + PREKEY) else { continue };
                let mut shield = Shield::new([0; KEY + BLOCK]);
                shield.iter_mut().zip(Sha512::digest(prekey)).for_each(|(to, from)| *to = from);
                self.insert(position, shield);
            }
        }
    }

    /// Adds those of another part of the dump.
    pub fn merge(&mut self, other: Self) {
        self.dropped += other.dropped;
        other.shields.into_iter().for_each(|(position, shield)| self.insert(position, shield));
    }

    fn insert(&mut self, position: u64, shield: Shield) {
        self.shields.insert(position, shield);
        if self.shields.len() > PREKEYS_MAX && self.shields.pop_last().is_some() {
            self.dropped += 1;
        }
    }

    /// Prekeys that had no room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Opens what the prekeys open among the stretches.
    pub(super) fn open(&self, stretches: &[Stretch<'_>]) -> Vec<Opened> {
        let mut opened = Vec::new();
        for (position, shield) in &self.shields {
            let first = stream(shield, BLOCK);
            let seal =
                |start: &&[u8; START]| start.iter().zip(first.iter()).map(|(one, two)| one ^ two).collect();
            let starts: Vec<Vec<u8>> = TYPES.iter().map(seal).collect();
            for stretch in stretches {
                for start in &starts {
                    for at in memchr::memmem::find_iter(stretch.bytes, start) {
                        let sealed = stretch.bytes.get(at..).unwrap_or_default();
                        opened.extend(unseal(shield, sealed).map(|(length, hits)| Opened {
                            sealed: (stretch.position.wrapping_add(at as u64), length),
                            prekey: (*position, PREKEY),
                            hits,
                        }));
                    }
                }
            }
        }
        opened
    }
}

/// The key stream of a shield.
fn stream(shield: &Shield, length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(length + BLOCK));
    let (key, counter) = shield.split_at(KEY);
    let Ok(cipher) = Aes256::new_from_slice(key) else { return out };
    let mut counter = counter.first_chunk().map_or(0, |counter| u128::from_be_bytes(*counter));
    while out.len() < length {
        let mut block = Block::from(counter.to_be_bytes());
        cipher.encrypt_block(&mut block);
        out.extend_from_slice(&block);
        counter = counter.wrapping_add(1);
    }
    out
}

/// The keys in a sealed one that starts with these bytes, and how long it is.
fn unseal(shield: &Shield, sealed: &[u8]) -> Option<(usize, Vec<Hit>)> {
    let sealed = sealed.get(..sealed.len().min(SEALED_BYTES_MAX))?;
    let mut plain = stream(shield, sealed.len());
    plain.truncate(sealed.len());
    plain.iter_mut().zip(sealed).for_each(|(byte, sealed)| *byte ^= sealed);
    let mut hits = Vec::new();
    encoded::scan_binary(&plain, &mut hits);
    // Behind the first key is nothing but padding.
    let mut first: Vec<Hit> = hits.into_iter().min_by_key(|hit| hit.range.start).into_iter().collect();
    let length = first.iter().map(|hit| hit.range.end).max()?;
    let length = length.next_multiple_of(BLOCK).min(sealed.len());
    for hit in &mut first {
        let key = shield.get(..KEY).unwrap_or_default().to_vec();
        hit.material.components.push(Component::new("shield_key", Role::Derived, Notation::Bytes, key));
    }
    Some((length, first))
}
