//! Kinds of keys, and what a holder's truth says of them.

use super::{numbers, orders, schedules};
use crate::keys::{AesKey, RsaKey, element};
use crate::secret::{Component, Kind, Secret};
use anyhow::{Context, Result, bail};
use num_bigint::BigUint;
use std::collections::BTreeMap;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyKind {
    /// Name in the table and in a holder's command: `p256`.
    pub name: &'static str,
    /// What it is mathematically.
    pub family: Family,
}

/// Keys that are judged alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// RSA; the truth has `p` and `q`.
    Rsa,
    /// A number `d` below the order of a curve in Weierstrass form.
    Weierstrass,
    /// `seed` of Ed25519.
    Ed25519,
    /// `seed` of Ed448.
    Ed448,
    /// `key` of X25519.
    X25519,
    /// `key` of X448.
    X448,
    /// `x` of DSA, DH or ElGamal.
    FiniteField,
    /// `key` of AES.
    Aes,
    /// `key` of any other cipher.
    Cipher,
    /// `key` of HMAC with SHA-256, of 64 bytes at most.
    Hmac,
    /// `dk` of ML-KEM-768, and `seed` if the library keeps it.
    MlKem,
    /// `sk` of ML-DSA-65, and `seed` if the library keeps it.
    MlDsa,
}

/// Every kind, in the order of the table.
pub const KINDS: &[KeyKind] = &[
    kind("rsa-2048", Family::Rsa),
    kind("p256", Family::Weierstrass),
    kind("p384", Family::Weierstrass),
    kind("p521", Family::Weierstrass),
    kind("secp256k1", Family::Weierstrass),
    kind("brainpoolP256r1", Family::Weierstrass),
    kind("sm2", Family::Weierstrass),
    kind("ed25519", Family::Ed25519),
    kind("ed448", Family::Ed448),
    kind("x25519", Family::X25519),
    kind("x448", Family::X448),
    kind("dsa", Family::FiniteField),
    kind("dh", Family::FiniteField),
    kind("ml-kem-768", Family::MlKem),
    kind("ml-dsa-65", Family::MlDsa),
    kind("aes-128-gcm", Family::Aes),
    kind("aes-256-gcm", Family::Aes),
    kind("aes-256-cbc", Family::Aes),
    kind("chacha20-poly1305", Family::Cipher),
    kind("des3", Family::Cipher),
    kind("camellia", Family::Cipher),
    kind("aria", Family::Cipher),
    kind("sm4", Family::Cipher),
    kind("blowfish", Family::Cipher),
    kind("twofish", Family::Cipher),
    kind("cast5", Family::Cipher),
    kind("seed", Family::Cipher),
    kind("rc4", Family::Cipher),
    kind("hmac-sha256", Family::Hmac),
];

const fn kind(name: &'static str, family: Family) -> KeyKind {
    KeyKind { name, family }
}

/// The kind of a name.
///
/// # Errors
/// If there is none; lists the names.
pub fn named(name: &str) -> Result<&'static KeyKind> {
    let names = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(" ");
    KINDS
        .iter()
        .find(|kind| kind.name == name)
        .with_context(|| format!("find kind {name:?} among {}", names()))
}

impl KeyKind {
    /// The kinds of coredact's report that name it rightly.
    #[must_use]
    pub fn expected(&self) -> &'static [&'static str] {
        match self.family {
            Family::Rsa => &["rsa-private-key"],
            Family::Weierstrass => &["ec-private-key"],
            Family::Ed25519 | Family::Ed448 => &["edwards-private-key"],
            Family::X25519 | Family::X448 => &["montgomery-private-key"],
            Family::FiniteField => &["finite-field-private-key"],
            Family::Aes => &["aes-key"],
            Family::Cipher | Family::Hmac => &["symmetric-key"],
            Family::MlKem => &["ml-kem-private-key"],
            Family::MlDsa => &["ml-dsa-private-key"],
        }
    }

    /// Reads the truth: lines of a name and hexadecimal digits. `pkcs8` may stand for the private
    /// numbers of every asymmetric kind.
    ///
    /// # Errors
    /// If it is not the truth about such a key.
    pub fn secret(&self, truth: &[u8]) -> Result<Secret> {
        let mut values = values(truth)?;
        if let Some(der) = values.remove("pkcs8") {
            self.open(&der, &mut values)
                .with_context(|| format!("read the PKCS#8 of a {} key", self.name))?;
        }
        let value = |name: &str| values.get(name).with_context(|| format!("find {name} in the truth"));
        let number = |name: &str| Ok::<_, anyhow::Error>(BigUint::from_bytes_be(value(name)?));
        let components = match self.family {
            Family::Rsa => {
                let exponent =
                    values.get("e").map_or(BigUint::from(65537_u32), |e| BigUint::from_bytes_be(e));
                return Ok(RsaKey::of(&number("p")?, &number("q")?, &exponent)?.secret(self.name));
            }
            Family::Aes => return Ok(AesKey::of(value("key")?).secret(self.name)),
            Family::Weierstrass => {
                let order = orders::ORDERS.iter().find(|(curve, _)| *curve == self.name);
                numbers::weierstrass(&number("d")?, order.context("find the curve's order")?.1)?
            }
            Family::Ed25519 => numbers::ed25519(value("seed")?)?,
            Family::Ed448 => numbers::ed448(value("seed")?)?,
            Family::X25519 => numbers::montgomery(value("key")?, 0xf8, 0x7f, 0x40)?,
            Family::X448 => numbers::montgomery(value("key")?, 0xfc, 0xff, 0x80)?,
            Family::FiniteField => vec![Component::bytes("x", &number("x")?.to_bytes_be())],
            Family::Cipher => {
                let key = value("key")?;
                let rounds = match self.name {
                    "des3" => schedules::des3(key),
                    "camellia" => schedules::camellia(key),
                    "sm4" => schedules::sm4(key),
                    _ => Vec::new(),
                };
                [vec![Component::bytes("key", key)], rounds].concat()
            }
            Family::Hmac => numbers::hmac(value("key")?)?,
            Family::MlKem => numbers::ml_kem(value("dk")?, values.get("seed"))?,
            Family::MlDsa => numbers::ml_dsa(value("sk")?, values.get("seed"))?,
        };
        let kind = match self.family {
            Family::Cipher | Family::Hmac | Family::MlKem | Family::MlDsa => Kind::Bare,
            _ => Kind::Curve,
        };
        Ok(Secret { name: self.name.to_owned(), kind, components })
    }

    /// Takes the private numbers out of a PKCS#8 key (RFC 5208, 5; RFC 8410, 7).
    fn open(&self, der: &[u8], values: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
        let (_, body) = element(der, 0x30)?;
        let (rest, _version) = element(body, 0x02)?;
        let (rest, _algorithm) = element(rest, 0x30)?;
        let (_, content) = element(rest, 0x04)?;
        let mut put = |name: &str, bytes: &[u8]| values.insert(name.to_owned(), bytes.to_vec());
        match self.family {
            Family::Rsa => {
                let (_, mut rest) = element(content, 0x30)?;
                for name in ["version", "n", "e", "d", "p", "q"] {
                    let (next, number) = element(rest, 0x02)?;
                    put(name, number);
                    rest = next;
                }
            }
            Family::Weierstrass => {
                let (_, key) = element(content, 0x30)?;
                let (rest, _version) = element(key, 0x02)?;
                put("d", element(rest, 0x04)?.1);
            }
            Family::Ed25519 | Family::Ed448 => drop(put("seed", element(content, 0x04)?.1)),
            Family::X25519 | Family::X448 => drop(put("key", element(content, 0x04)?.1)),
            Family::FiniteField => drop(put("x", element(content, 0x02)?.1)),
            _ => bail!("open a key that PKCS#8 has no place for"),
        }
        Ok(())
    }
}

/// The named values of a truth.
fn values(truth: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let text = std::str::from_utf8(truth).context("read the truth as text")?;
    let mut values = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, digits) = line.trim().split_once(' ').context("read a line of the truth")?;
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).context("read digits")?;
            u8::from_str_radix(pair, 16).with_context(|| format!("read the digits of {name}"))
        });
        values.insert(name.to_owned(), pairs.collect::<Result<Vec<u8>>>()?);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::hex;

    #[test]
    fn every_kind_reads_its_truth_and_no_other() {
        for kind in KINDS {
            let long = hex(&crate::random::bytes(4032).unwrap());
            let truth = match kind.family {
                Family::Rsa => "p 0fb5\nq 0fcd\n".to_owned(),
                Family::MlKem => format!("dk {}\n", &long[..4800]),
                Family::MlDsa => format!("sk {long}\n"),
                Family::Ed448 | Family::X448 => {
                    let size = if kind.family == Family::X448 { 112 } else { 114 };
                    format!("seed {0}\nkey {0}\n", &long[..size])
                }
                _ => format!("d {0}\nseed {0}\nkey {0}\nx {0}\n", &long[..64]),
            };
            let secret = kind.secret(truth.as_bytes()).unwrap();
            assert_eq!(secret.name, kind.name);
            assert!(kind.secret(b"none 00\n").is_err(), "{}", kind.name);
            assert!(kind.secret(b"key 0g\n").is_err(), "{}", kind.name);
        }
    }
}
