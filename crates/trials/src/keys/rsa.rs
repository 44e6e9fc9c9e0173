//! RSA keys made by openssl.

use crate::folder::Folder;
use crate::process::output;
use crate::secret::{Component, Kind, Secret};
use anyhow::{Context, Result, ensure};
use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::One;
use sha2::{Digest, Sha256};
use std::process::Command;

/// The start of a signed SHA-256 (RFC 8017, 9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// A fresh RSA key; its files lie in the folder of the trial.
pub struct RsaKey {
    /// n, e, d, p, q, dp, dq, qinv: the order of RFC 8017, A.1.2.
    numbers: [BigUint; 8],
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "RSA key of {} bits", self.numbers[0].bits())
    }
}

impl RsaKey {
    /// Makes `NAME.pem` (PKCS#1, text), `NAME.der` (PKCS#1) and `NAME.crt`, a
    /// certificate for localhost.
    ///
    /// # Errors
    /// If openssl cannot be run.
    pub fn fresh(folder: &Folder, name: &str, bits: u32) -> Result<Self> {
        let pem = output(Command::new("openssl").args(["genrsa", "-traditional", &bits.to_string()]), b"")?;
        let pem = folder.put(&format!("{name}.pem"), pem)?;
        let der = output(
            Command::new("openssl").args(["rsa", "-traditional", "-outform", "DER", "-in"]).arg(&pem),
            b"",
        )?;
        folder.put(&format!("{name}.der"), &der)?;
        let request = ["req", "-x509", "-new", "-sha256", "-days", "2", "-subj", "/CN=localhost", "-key"];
        let certificate = output(Command::new("openssl").args(request).arg(&pem), b"")?;
        folder.put(&format!("{name}.crt"), certificate)?;
        let [_, numbers @ ..] = integers(&der)?;
        Ok(Self { numbers })
    }

    /// n, e, d, p, q, dp, dq, qinv.
    #[must_use]
    pub fn numbers(&self) -> &[BigUint; 8] {
        &self.numbers
    }

    /// The key of two primes and the exponent that goes with them.
    ///
    /// # Errors
    /// If they make no key.
    pub fn of(p: &BigUint, q: &BigUint, e: &BigUint) -> Result<Self> {
        let one = BigUint::one();
        let phi = (p - &one) * (q - &one);
        let d = e.modinv(&phi).context("find the private exponent")?;
        let inverse = q.modinv(p).context("find the coefficient")?;
        let (dp, dq) = (&d % (p - &one), &d % (q - &one));
        Ok(Self { numbers: [p * q, e.clone(), d, p.clone(), q.clone(), dp, dq, inverse] })
    }

    /// The key of the nine numbers of an `RSAPrivateKey` in DER (RFC 8017, A.1.2).
    ///
    /// # Errors
    /// If it is none.
    pub fn of_der(der: &[u8]) -> Result<Self> {
        let [_, numbers @ ..] = integers(der)?;
        Ok(Self { numbers })
    }

    /// Checks a PKCS#1 1.5 signature with SHA-256 over `message`.
    ///
    /// # Errors
    /// If it is not one by this key.
    pub fn prove(&self, message: &[u8], signature: &[u8]) -> Result<()> {
        let [modulus, exponent, ..] = &self.numbers;
        let size = usize::try_from(modulus.bits().div_ceil(8))?;
        let opened = BigUint::from_bytes_be(signature).modpow(exponent, modulus).to_bytes_be();
        let tail = [&SHA256_INFO[..], &Sha256::digest(message)].concat();
        let padding = vec![0xff; size.saturating_sub(tail.len() + 3)];
        let expected = [&[1], &padding[..], &[0], &tail].concat();
        ensure!(opened == expected, "the process did not sign with the key that was given to it");
        Ok(())
    }

    /// Every value that gives the key away.
    #[must_use]
    pub fn secret(&self, name: &str) -> Secret {
        let [n, e, d, p, q, dp, dq, qinv] = &self.numbers;
        let mut components: Vec<Component> =
            [("d", d), ("p", p), ("q", q), ("dp", dp), ("dq", dq), ("qinv", qinv)]
                .iter()
                .map(|(name, number)| Component::bytes(name, &number.to_bytes_be()))
                .collect();
        let mut add = |name: &str, number: Option<BigUint>| {
            let bytes = number.unwrap_or_default().to_bytes_be();
            components.push(Component::bytes(name, &bytes));
        };
        let one = BigUint::one();
        let phi = (p - &one) * (q - &one);
        let lambda = (p - &one).lcm(&(q - &one));
        add("d mod phi", e.modinv(&phi));
        add("d mod lambda", e.modinv(&lambda));
        add("1/p mod q", p.modinv(q));
        let radix = |prime: &BigUint| &one << (64 * prime.bits().div_ceil(64));
        add("qinv R mod p", Some(qinv * radix(p) % p));
        for (name, prime) in [("p", p), ("q", q)] {
            let r = radix(prime);
            add(&format!("R mod {name}"), Some(&r % prime));
            add(&format!("R^2 mod {name}"), Some(&r * &r % prime));
            add(&format!("R^3 mod {name}"), Some(&r * &r * &r % prime));
            let word = &one << 64_u32;
            add(&format!("-1/{name} mod 2^64"), prime.modinv(&word).map(|inverse| word - inverse));
        }
        let known = n.to_bytes_be();
        components.retain(|component| component.bytes.len() >= 8 && component.bytes != known);
        Secret { name: name.to_owned(), kind: Kind::Rsa, components }
    }
}

/// The nine numbers of an `RSAPrivateKey` in DER.
fn integers(der: &[u8]) -> Result<[BigUint; 9]> {
    let (_, mut body) = element(der, 0x30)?;
    let mut numbers = Vec::new();
    while !body.is_empty() {
        let (rest, number) = element(body, 0x02)?;
        numbers.push(BigUint::from_bytes_be(number));
        body = rest;
    }
    numbers.try_into().ok().context("find nine numbers in openssl's key")
}

/// One DER element of `tag`: what follows it, and its contents.
pub(crate) fn element(der: &[u8], tag: u8) -> Result<(&[u8], &[u8])> {
    let read = || {
        let (&[first, length], rest) = der.split_first_chunk()?;
        let (length, rest) = if length < 0x80 {
            (usize::from(length), rest)
        } else {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, &digit| sum << 8 | usize::from(digit)), rest)
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        (first == tag).then_some((rest, contents))
    };
    read().context("read openssl's key")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_key_is_proven_by_its_signature_and_by_no_other() {
        let folder = Folder::new().unwrap();
        let key = RsaKey::fresh(&folder, "key", 1024).unwrap();
        let [n, _, _, p, q, ..] = &key.numbers;
        assert_eq!(&(p * q), n);
        let sign = ["dgst", "-sha256", "-sign"];
        let signature =
            output(Command::new("openssl").args(sign).arg(folder.at("key.pem")), b"message").unwrap();
        key.prove(b"message", &signature).unwrap();
        assert!(key.prove(b"another", &signature).is_err());
        assert!(key.secret("key").components.len() >= 14);
        let again = RsaKey::of(p, q, &key.numbers[1]).unwrap();
        assert_eq!(again.secret("key").components.len(), key.secret("key").components.len());
    }
}
