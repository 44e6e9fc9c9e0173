//! What somebody who has the core can take from it. Every claim is tested: the
//! RSA key must sign so that the public key accepts it, the AES key must encrypt
//! a block as the process did, the token must have the right digest.

use super::child::{MESSAGE, PROBE};
use crate::session::Session;
use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use anyhow::Result;
use coredact_engine::examine::{Options, examine};
use coredact_engine::ledger::Entry;
use coredact_engine::open;
use coredact_engine::tokens::Rules;
use coredact_record::Policy;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// What was taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Loot {
    rsa: bool,
    aes: bool,
    token: bool,
}

impl Loot {
    /// How much there is to take.
    pub(super) const ALL: usize = 3;

    /// How much was taken.
    pub(super) fn taken(self) -> usize {
        [self.rsa, self.aes, self.token].into_iter().filter(|taken| *taken).count()
    }

    /// The result in words.
    pub(super) fn tell(self) -> String {
        let line = |taken, yes: &str, no: &str| if taken { yes.to_owned() } else { no.to_owned() };
        [
            line(
                self.rsa,
                "RSA-2048: taken. A message forged with it is accepted by the public key.\n",
                "RSA-2048: not found.\n",
            ),
            line(
                self.aes,
                "AES-256:  taken. It encrypts a block exactly as the process did.\n",
                "AES-256:  not found.\n",
            ),
            line(
                self.token,
                "token:    taken. Its SHA-256 is that of the token that was in use.\n",
                "token:    not found.\n",
            ),
        ]
        .concat()
    }
}

/// Attacks a core, given what its process said in public.
pub(super) fn attack(session: &Session, core: &Path, public: &BTreeMap<String, String>) -> Result<Loot> {
    let rules = Rules::builtin()?;
    let options = Options {
        known: &[],
        policy: Policy::Proven,
        inventory: None,
        rules: &rules,
        remove_public: false,
        close: false,
    };
    let source = session.open(core, std::env::temp_dir())?;
    let image = open::any(&source)?;
    let found = examine(&source, &image, &options, &session.talk.progress())?;
    let fact = |name: &str| public.get(name).map(String::as_str).unwrap_or_default();
    Ok(Loot {
        rsa: found.entries.iter().any(|entry| forges(entry, fact("modulus"))),
        aes: found.entries.iter().any(|entry| encrypts(entry, fact("block"))),
        token: found.entries.iter().any(|entry| is_token(entry, fact("token"))),
    })
}

/// The value of a component of a secret.
fn component<'a>(entry: &'a Entry, name: &str) -> Option<&'a [u8]> {
    entry.material.components.iter().find(|one| one.name == name).map(|one| one.value.bytes())
}

/// True if the two primes of a finding sign for the given modulus.
fn forges(entry: &Entry, modulus: &str) -> bool {
    let number = |name| component(entry, name).map(BigUint::from_bytes_be);
    let (Some(p), Some(q)) = (number("p"), number("q")) else { return false };
    let exponent = BigUint::from(65_537_u32);
    let Some(expected) = BigUint::parse_bytes(modulus.as_bytes(), 16) else { return false };
    let Ok(key) = RsaPrivateKey::from_p_q(p, q, exponent.clone()) else { return false };
    let Ok(public) = RsaPublicKey::new(expected, exponent) else { return false };
    let digest = Sha256::digest(MESSAGE);
    let scheme = Pkcs1v15Sign::new_unprefixed;
    key.sign(scheme(), &digest).is_ok_and(|signature| public.verify(scheme(), &digest, &signature).is_ok())
}

/// True if the key of a finding encrypts the probe as the process did.
fn encrypts(entry: &Entry, block: &str) -> bool {
    let Some(key) = component(entry, "key").and_then(|key| <[u8; 32]>::try_from(key).ok()) else {
        return false;
    };
    let mut probe = Array::from(PROBE);
    Aes256::new(&Array::from(key)).encrypt_block(&mut probe);
    coredact_engine::scrub::hex(&probe) == block
}

fn is_token(entry: &Entry, digest: &str) -> bool {
    component(entry, "text").is_some_and(|text| coredact_engine::scrub::hex(&Sha256::digest(text)) == digest)
}
