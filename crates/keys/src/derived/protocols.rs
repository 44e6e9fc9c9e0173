//! Derivations from one secret alone, in protocols other than TLS.

use super::keyed::{Hash, Keyed, Output};
use aes::cipher::consts::U16;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use blake2::Blake2s256;
use hmac::{Mac, SimpleHmac};
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// A derivation: its secrets, and what follows from one.
pub(super) struct Protocol {
    /// Name of the detector.
    pub(super) detector: &'static str,
    /// Lengths of its secrets in bytes.
    pub(super) lengths: &'static [usize],
    /// What is looked for, at little cost.
    pub(super) outputs: fn(&[u8]) -> Vec<Output>,
    /// All that follows from a secret that was proven.
    pub(super) all: fn(&[u8]) -> Vec<Output>,
}

/// Every protocol whose secrets are proven so.
pub(super) static PROTOCOLS: [Protocol; 4] = [
    Protocol {
        detector: "kerberos-aes-sha1-key",
        lengths: &[16, 32],
        outputs: kerberos_sha1,
        all: kerberos_sha1,
    },
    Protocol {
        detector: "kerberos-aes-sha2-key",
        lengths: &[16, 32],
        outputs: |key| kerberos_sha2(key, &USAGES_LIKELY, &[ENCRYPTION]),
        all: |key| kerberos_sha2(key, &usages(), &PARTS),
    },
    Protocol { detector: "noise-chaining-key", lengths: &[32], outputs: noise, all: noise },
    Protocol { detector: "hkdf-secret", lengths: &[32, 48], outputs: hkdf, all: hkdf },
];

/// What the keys of Kerberos are derived for (RFC 3961, section 5.3): encryption, its integrity, checksums.
const PARTS: [u8; 3] = [ENCRYPTION, 0x55, 0x99];
const ENCRYPTION: u8 = 0xaa;

/// Largest key usage of RFC 4120, section 7.5.1, and of RFC 4121, section 2.
const USAGE_MAX: u32 = 25;

/// Usages that an exchange cannot do without: ticket, replies, request and its authenticator, GSS-API tokens.
const USAGES_LIKELY: [u32; 8] = [2, 3, 8, 11, 12, 22, 23, 24];

fn usages() -> Vec<u32> {
    (1..=USAGE_MAX).collect()
}

/// DK of RFC 3961, section 5.1, with AES (RFC 3962, section 6), for every usage.
fn kerberos_sha1(key: &[u8]) -> Vec<Output> {
    if let Ok(cipher) = Aes128::new_from_slice(key) {
        return derived_from(&cipher, key.len());
    }
    Aes256::new_from_slice(key).map(|cipher| derived_from(&cipher, key.len())).unwrap_or_default()
}

fn derived_from(cipher: &impl BlockCipherEncrypt<BlockSize = U16>, length: usize) -> Vec<Output> {
    let derive = |constant: &[u8; 16]| {
        let mut block = Block::from(*constant);
        let mut derived = Output::new(Vec::with_capacity(length));
        while derived.len() < length {
            cipher.encrypt_block(&mut block);
            derived.extend_from_slice(&block);
        }
        derived
    };
    CONSTANTS.iter().map(derive).collect()
}

/// Usage and part of every derived key, folded to a block.
static CONSTANTS: LazyLock<Vec<[u8; 16]>> = LazyLock::new(|| {
    let of_usage = |usage: u32| PARTS.map(|part| folded(&[&usage.to_be_bytes()[..], &[part]].concat()));
    usages().into_iter().flat_map(of_usage).collect()
});

/// n-fold of RFC 3961, section 5.1, to sixteen bytes: copies of the input, each turned right by thirteen bits more
/// than the one before, one behind the other as far as both lengths go into, and their sum in blocks, in ones'
/// complement.
fn folded(input: &[u8]) -> [u8; 16] {
    let bits = 8 * input.len();
    let bit = |at: usize| input.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    // Of five and sixteen bytes the least common multiple is eighty; of eight, sixteen.
    let copies = 16 / gcd(16, input.len());
    let mut long = Vec::with_capacity(copies * bits);
    for copy in 0..copies {
        let turn = 13 * copy % bits;
        long.extend((0..bits).map(|at| bit((at + bits - turn) % bits)));
    }
    let mut sum = 0_u128;
    for block in long.chunks(128) {
        let value = block.iter().fold(0_u128, |value, bit| value << 1 | u128::from(*bit));
        let (next, carry) = sum.overflowing_add(value);
        sum = next.wrapping_add(u128::from(carry));
    }
    sum.to_be_bytes()
}

fn gcd(one: usize, two: usize) -> usize {
    if two == 0 { one } else { gcd(two, one % two) }
}

/// KDF-HMAC-SHA2 of RFC 8009, section 3, for usages and parts: for encryption the key's length, else half the hash's.
fn kerberos_sha2(key: &[u8], usages: &[u32], parts: &[u8]) -> Vec<Output> {
    let hash = if key.len() == 16 { Hash::Sha256 } else { Hash::Sha384 };
    let Some(keyed) = Keyed::new(hash, key) else { return Vec::new() };
    let parts = |usage: u32| parts.iter().map(move |part| (usage, *part));
    usages
        .iter()
        .flat_map(|usage| parts(*usage))
        .map(|(usage, part)| {
            let length = if part == ENCRYPTION { key.len() } else { hash.size() / 2 };
            let bits = u32::try_from(8 * length).unwrap_or(0);
            let mut output =
                keyed.tag(&[&1_u32.to_be_bytes(), &usage.to_be_bytes(), &[part, 0], &bits.to_be_bytes()]);
            output.truncate(length);
            output
        })
        .collect()
}

/// Both transport keys of WireGuard ("Noise_IKpsk2", section 5.4.5 of its paper): HKDF with BLAKE2s of the chaining
/// key and nothing.
fn noise(chaining: &[u8]) -> Vec<Output> {
    let tag = |key: &[u8], parts: &[&[u8]]| -> Option<Output> {
        let mut mac = SimpleHmac::<Blake2s256>::new_from_slice(key).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
    };
    let keys = tag(chaining, &[]).and_then(|base| {
        let first = tag(&base, &[&[1]])?;
        let second = tag(&base, &[&first, &[2]])?;
        Some(vec![first, second])
    });
    keys.unwrap_or_default()
}

/// HKDF (RFC 5869) where nothing else goes in: the extraction without salt, and the expansion without information.
fn hkdf(secret: &[u8]) -> Vec<Output> {
    let hashes = Hash::ALL.into_iter();
    hashes
        .flat_map(|hash| {
            let extracted = Keyed::new(hash, &[]).map(|keyed| keyed.tag(&[secret]));
            let own = Keyed::new(hash, secret).filter(|_| secret.len() == hash.size());
            let expanded = own.map(|keyed| keyed.tag(&[&[1]]));
            extracted.into_iter().chain(expanded)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    /// RFC 3961, appendix A.1, gives the 128-fold of eight bytes for "kerberos" alone.
    #[test]
    fn folded_kerberos_is_that_of_the_specification() {
        assert_eq!(folded(b"kerberos").to_vec(), bytes("6b65726265726f737b9b5b2b93132b93"));
    }

    /// RFC 8009, appendix A, "Sample results for key derivation", AES-128: usage 2.
    #[test]
    fn keys_of_sha2_are_those_of_the_specification() {
        let base = bytes("3705d96080c17728a0e800eab6e0d23c");
        let keys = kerberos_sha2(&base, &[2], &[0x99, ENCRYPTION, 0x55]);
        assert_eq!(keys[0].to_vec(), bytes("b31a018a48f54776f403e9a396325dc3"));
        assert_eq!(keys[1].to_vec(), bytes("9b197dd1e8c5609d6e67c3e37c62c72e"));
        assert_eq!(keys[2].to_vec(), bytes("9fda0e56ab2d85e1569a688696c26a6c"));
    }
}
