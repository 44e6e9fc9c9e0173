//! Names for secrets by which two reports can be compared and no secret be found.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// Domain separation: no other use of these hashes gives the same value.
const DOMAIN: &[u8] = b"coredact fingerprint v1";

/// How much guessing a secret resists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// At least 128 bits of randomness: keys. A plain hash of it gives nothing away.
    Random,
    /// Anything that somebody could list or guess: passwords, texts, short values. Hashed under a key only.
    Guessable,
}

/// Makes fingerprints.
///
/// - `fp1:` and the first 16 bytes, in hexadecimal, of
///   SHA-256(`coredact fingerprint v1` NUL kind NUL value), for [`Strength::Random`]. The same everywhere.
/// - `fpk1:` and the first 16 bytes of HMAC-SHA-256(key, the same text), for [`Strength::Guessable`].
///   The same under one key: within a report, or across reports whose maker was given the key.
pub struct Fingerprinter {
    key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter")
    }
}

/// The system gave no random bytes for a fresh key.
#[derive(Debug, thiserror::Error)]
#[error("make a key for fingerprints")]
pub struct NoRandomness(#[source] getrandom::Error);

impl Fingerprinter {
    /// Uses the given key, or makes a fresh one that is forgotten with this value.
    ///
    /// With a fresh key the `fpk1:` fingerprints, and nothing else of a report, differ from run to run.
    ///
    /// # Errors
    /// If there is no key and the system gives no random bytes.
    pub fn new(key: Option<[u8; 32]>) -> Result<Self, NoRandomness> {
        let mut held = Zeroizing::new([0; 32]);
        match key.map(Zeroizing::new) {
            Some(given) => held.copy_from_slice(given.as_slice()),
            None => getrandom::fill(held.as_mut_slice()).map_err(NoRandomness)?,
        }
        Ok(Self { key: held })
    }

    /// The fingerprint of a secret of a kind (`rsa-private-key`, `token`).
    #[must_use]
    pub fn fingerprint(&self, kind: &str, strength: Strength, value: &[u8]) -> String {
        // HMAC takes a key of any length (RFC 2104, section 2), so `new_from_slice` fails for none.
        match (strength, Hmac::<Sha256>::new_from_slice(self.key.as_slice())) {
            (Strength::Guessable, Ok(mut mac)) => {
                for part in [DOMAIN, b"\0", kind.as_bytes(), b"\0", value] {
                    mac.update(part);
                }
                text("fpk1:", &mac.finalize().into_bytes())
            }
            (Strength::Random, _) => {
                let mut hash = Sha256::new();
                for part in [DOMAIN, b"\0", kind.as_bytes(), b"\0", value] {
                    hash.update(part);
                }
                text("fp1:", &hash.finalize())
            }
            (Strength::Guessable, Err(_)) => "fpk1:".to_owned(),
        }
    }
}

fn text(prefix: &str, hash: &[u8]) -> String {
    let short = hash.get(..16).unwrap_or(hash);
    format!("{prefix}{}", crate::hex::encode(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf 'coredact fingerprint v1\0aes-key\0secret' | sha256sum
    const FP: &str = "fp1:88f5c81dfbc31663a481c172a4cb4f07";
    // printf 'coredact fingerprint v1\0token\0hunter2' | openssl dgst -sha256 -mac hmac -macopt hexkey:0707..07
    const FPK: &str = "fpk1:0a9e091d52d03802b9c360509884931a";

    #[test]
    fn fingerprints_are_what_openssl_computes() {
        let maker = Fingerprinter::new(Some([7; 32])).unwrap();
        assert_eq!(maker.fingerprint("aes-key", Strength::Random, b"secret"), FP);
        assert_eq!(maker.fingerprint("token", Strength::Guessable, b"hunter2"), FPK);
    }

    #[test]
    fn guessable_secrets_differ_between_reports_and_random_ones_do_not() {
        let (a, b) = (Fingerprinter::new(None).unwrap(), Fingerprinter::new(None).unwrap());
        let of = |maker: &Fingerprinter, strength| maker.fingerprint("token", strength, b"x");
        assert_ne!(of(&a, Strength::Guessable), of(&b, Strength::Guessable));
        assert_eq!(of(&a, Strength::Guessable), of(&a, Strength::Guessable));
        assert_eq!(of(&a, Strength::Random), of(&b, Strength::Random));
    }

    #[test]
    fn kind_is_part_of_the_fingerprint() {
        let maker = Fingerprinter::new(None).unwrap();
        let of = |kind| maker.fingerprint(kind, Strength::Random, b"x");
        assert_ne!(of("aes-key"), of("symmetric-key"));
    }
}
