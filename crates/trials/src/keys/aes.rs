//! AES-256 keys and the schedules that give them away.

use crate::process::output;
use crate::random;
use crate::secret::{Component, Kind, Secret};
use anyhow::{Result, ensure};
use std::process::Command;

/// A fresh AES-256 key.
#[derive(Debug)]
pub struct AesKey {
    key: Component,
}

impl AesKey {
    /// Makes a key.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn fresh() -> Result<Self> {
        Ok(Self { key: Component::bytes("key", &random::bytes(32)?) })
    }

    /// A key that is known from elsewhere: 16 or 32 bytes.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self { key: Component::bytes("key", key) }
    }

    /// The key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.key.bytes
    }

    /// The key with both schedules.
    #[must_use]
    pub fn secret(&self, name: &str) -> Secret {
        let (forward, inverse) = schedules(self.bytes());
        let components = vec![
            self.key.clone(),
            Component::bytes("schedule", &forward),
            Component::bytes("inverse-schedule", &inverse),
        ];
        Secret { name: name.to_owned(), kind: Kind::Aes, components }
    }

    /// Checks with openssl that `sealed` is `block` under this key.
    ///
    /// # Errors
    /// If it is not, or openssl cannot be run.
    pub fn prove(&self, block: &[u8], sealed: &[u8]) -> Result<()> {
        let key = crate::folder::hex(self.bytes());
        let cipher = format!("-aes-{}-ecb", 8 * self.bytes().len());
        let expected = output(Command::new("openssl").args(["enc", &cipher, "-nopad", "-K", &key]), block)?;
        ensure!(expected == sealed, "the process did not encrypt with the key that was given to it");
        Ok(())
    }
}

/// Round keys of encryption, and of decryption by the equivalent inverse
/// cipher in the order of their use (FIPS 197, 5.2 and 5.3.5).
#[must_use]
pub fn schedules(key: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let sbox = sbox();
    let words = key.len() / 4;
    let rounds = words + 6;
    let mut schedule: Vec<[u8; 4]> = key.as_chunks::<4>().0.to_vec();
    let mut constant = 1;
    for at in words..4 * (rounds + 1) {
        let mut word = schedule[at - 1];
        if at % words == 0 {
            word.rotate_left(1);
            word = word.map(|byte| sbox[usize::from(byte)]);
            word[0] ^= constant;
            constant = times(constant, 2);
        } else if words > 6 && at % words == 4 {
            word = word.map(|byte| sbox[usize::from(byte)]);
        }
        let before = schedule[at - words];
        schedule.push([0, 1, 2, 3].map(|byte| word[byte] ^ before[byte]));
    }
    let forward: Vec<u8> = schedule.concat();
    let mut inverse = Vec::new();
    for round in (0..=rounds).rev() {
        for word in &schedule[4 * round..4 * round + 4] {
            let inner = round != 0 && round != rounds;
            inverse.extend(if inner { inverse_mix(*word) } else { *word });
        }
    }
    (forward, inverse)
}

/// InvMixColumns of one column (FIPS 197, 5.3.3).
fn inverse_mix(column: [u8; 4]) -> [u8; 4] {
    [0, 1, 2, 3].map(|row| (0..4).fold(0, |sum, at| sum ^ times(column[(row + at) % 4], [14, 11, 13, 9][at])))
}

/// Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.
fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        a = if a & 0x80 == 0 { a << 1 } else { (a << 1) ^ 0x1b };
        b >>= 1;
    }
    product
}

/// The substitution table, from its definition (FIPS 197, 5.1.1).
fn sbox() -> [u8; 256] {
    let mut table = [0; 256];
    for (byte, out) in (0..=u8::MAX).zip(&mut table) {
        let inverse = (0..254).fold(1, |power, _| times(power, byte));
        *out = [1, 2, 3, 4].iter().fold(inverse ^ 0x63, |sum, &turn| sum ^ inverse.rotate_left(turn));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 197, appendix A.3, last words of the schedule.
    #[test]
    fn schedule_is_that_of_the_standard() {
        let key: Vec<u8> = [
            0x603d_eb10_u32,
            0x15ca_71be,
            0x2b73_aef0,
            0x857d_7781,
            0x1f35_2c07,
            0x3b61_08d7,
            0x2d98_10a3,
            0x0914_dff4,
        ]
        .iter()
        .flat_map(|word| word.to_be_bytes())
        .collect();
        let (forward, inverse) = schedules(&key);
        assert_eq!(forward.len(), 240);
        assert_eq!(&forward[236..], 0x706c_631e_u32.to_be_bytes());
        assert_eq!(&inverse[..16], &forward[224..]);
        assert_eq!(&inverse[224..], &key[..16]);
    }

    #[test]
    fn fresh_key_is_proven_by_openssl_and_another_is_not() {
        use ::aes::cipher::{BlockCipherEncrypt, KeyInit};
        let key = AesKey::fresh().unwrap();
        let mut block = ::aes::Block::try_from(&b"sixteen byte blk"[..]).unwrap();
        ::aes::Aes256::new_from_slice(key.bytes()).unwrap().encrypt_block(&mut block);
        key.prove(b"sixteen byte blk", &block).unwrap();
        assert!(AesKey::fresh().unwrap().prove(b"sixteen byte blk", &block).is_err());
    }
}
