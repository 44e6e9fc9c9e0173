//! Encrypted PEM of OpenSSL's traditional form: `Proc-Type: 4,ENCRYPTED`, `DEK-Info: AES-256-CBC,IV`.
//!
//! The key is `EVP_BytesToKey` with MD5 and one iteration over the password and the first eight bytes of the IV
//! (`PEM_do_header` in OpenSSL's `crypto/pem/pem_lib.c`).

use super::limits::CIPHERTEXT_BYTES_MAX;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// Blocks that are hashed for one try.
pub(super) const COST: u64 = 2;

/// Bytes of salt: `PKCS5_SALT_LEN`.
const SALT_BYTES: usize = 8;

/// Ciphers by the names of their headers, and bytes of their keys and blocks.
const CIPHERS: [(&str, Cipher, usize, usize); 4] = [
    ("DES-EDE3-CBC", Cipher::TripleDes, 24, 8),
    ("AES-128-CBC", Cipher::Aes128, 16, 16),
    ("AES-192-CBC", Cipher::Aes192, 24, 16),
    ("AES-256-CBC", Cipher::Aes256, 32, 16),
];

#[derive(Clone, Copy, Debug)]
enum Cipher {
    TripleDes,
    Aes128,
    Aes192,
    Aes256,
}

/// A key, and how a password opens it.
#[derive(Debug)]
pub struct Legacy {
    cipher: Cipher,
    key_bytes: usize,
    iv: Vec<u8>,
    ciphertext: Vec<u8>,
}

impl Legacy {
    /// Reads the value of the header.
    pub(super) fn read(info: &[u8], ciphertext: &[u8]) -> Option<Self> {
        let (name, iv) = std::str::from_utf8(info).ok()?.trim().split_once(',')?;
        let (_, cipher, key_bytes, block) = *CIPHERS.iter().find(|(known, ..)| *known == name)?;
        let digit = |at: usize| iv.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let iv: Vec<u8> = (0..iv.len()).step_by(2).map(digit).collect::<Option<_>>()?;
        let fits = iv.len() == block && ciphertext.len().is_multiple_of(block) && !ciphertext.is_empty();
        (fits && ciphertext.len() <= CIPHERTEXT_BYTES_MAX).then(|| Self {
            cipher,
            key_bytes,
            iv,
            ciphertext: ciphertext.to_vec(),
        })
    }

    /// What the word makes of it, if the padding fits.
    pub(super) fn open(&self, word: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.key(word);
        match self.cipher {
            Cipher::TripleDes => self.decrypt::<des::TdesEde3>(&key),
            Cipher::Aes128 => self.decrypt::<aes::Aes128>(&key),
            Cipher::Aes192 => self.decrypt::<aes::Aes192>(&key),
            Cipher::Aes256 => self.decrypt::<aes::Aes256>(&key),
        }
    }

    fn decrypt<C>(&self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>>
    where
        C: BlockCipherDecrypt + KeyInit,
    {
        // The tag of a SEQUENCE is the first byte of what a key decrypts to; one block tells most words off.
        let mut first = cbc::cipher::Block::<C>::try_from(self.ciphertext.get(..self.iv.len())?).ok()?;
        C::new_from_slice(key).ok()?.decrypt_block(&mut first);
        if first.first()? ^ self.iv.first()? != 0x30 {
            return None;
        }
        let mut plain = Zeroizing::new(self.ciphertext.clone());
        let mode = cbc::Decryptor::<C>::new_from_slices(key, &self.iv).ok()?;
        let length = mode.decrypt_padded::<Pkcs7>(&mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }

    /// `EVP_BytesToKey`: each block hashes the one before it, the password and the salt.
    fn key(&self, word: &[u8]) -> Zeroizing<Vec<u8>> {
        let salt = self.iv.get(..SALT_BYTES).unwrap_or_default();
        let mut key = Zeroizing::new(Vec::with_capacity(48));
        let mut block: Zeroizing<Vec<u8>> = Zeroizing::default();
        while key.len() < self.key_bytes {
            let hash = Md5::new().chain_update(&*block).chain_update(word).chain_update(salt);
            block = Zeroizing::new(hash.finalize().to_vec());
            key.extend_from_slice(&block);
        }
        key.truncate(self.key_bytes);
        key
    }
}
