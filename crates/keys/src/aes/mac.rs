//! What authentication makes of an AES key: the hash key of GCM with the tables made of it, and the subkeys of CMAC
//! and OCB. None of them tells the key, but each forges messages under it.

use crate::{Component, Notation, Role};
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};

/// Powers of the hash key that libraries keep: four (CLMUL), eight (AVX), sixteen (AVX-512) in OpenSSL's
/// `ghash-x86_64.pl` and `aes-gcm-avx512.pl`; BoringSSL, AWS-LC, ring, Go and Linux have the same code.
const POWERS: usize = 16;

/// Doublings of the encrypted zeros that libraries keep: K1 and K2 of CMAC (NIST SP 800-38B section 6.1) are the
/// first two, and `L_$`, `L_0` and five more of OCB (RFC 7253 section 4.1; OpenSSL, `OCB128_CONTEXT`).
const DOUBLINGS: usize = 7;

/// x^128 = x^7 + x^2 + x + 1 with the bits of GCM, where the first is the highest (NIST SP 800-38D section 6.3).
const GCM_REDUCTION: u128 = 0xe1 << 120;

/// The same with the bits turned around (RFC 8452 section 3).
const TURNED_REDUCTION: u128 = 0xc200_0000_0000_0000_0000_0000_0000_0001;

/// The components that follow from a key of 16, 24 or 32 bytes.
pub(super) fn components(key: &[u8]) -> Vec<Component> {
    let Some(zeros) = encrypted_zeros(key) else { return Vec::new() };
    let hash_key = u128::from_be_bytes(zeros);
    let powers: Vec<u128> =
        std::iter::successors(Some(hash_key), |power| Some(product(*power, hash_key))).take(POWERS).collect();
    let turned: Vec<u128> = powers.iter().map(|power| turned(*power)).collect();
    let halves = powers.iter().chain(&turned).map(|value| (value >> 64) ^ (value & u128::from(u64::MAX)));
    // A sum of halves is one word of 64 bits.
    let sums = halves.flat_map(|sum| sum.to_be_bytes().into_iter().skip(8)).collect();
    let doublings = std::iter::successors(Some(double(hash_key)), |value| Some(double(*value)));
    let join = |values: Vec<u128>| values.into_iter().flat_map(u128::to_be_bytes).collect::<Vec<u8>>();
    [
        ("ghash_powers", join(powers)),
        ("ghash_powers_turned", join(turned)),
        ("ghash_sums", sums),
        ("ghash_table", join(table(hash_key))),
        ("mac_subkeys", join(doublings.take(DOUBLINGS).collect())),
    ]
    .map(|(name, value)| Component::new(name, Role::Derived, Notation::Bytes, value))
    .into()
}

/// H of GCM and L of CMAC.
fn encrypted_zeros(key: &[u8]) -> Option<[u8; 16]> {
    let mut block = Block::default();
    match key.len() {
        16 => Aes128::new_from_slice(key).ok()?.encrypt_block(&mut block),
        24 => Aes192::new_from_slice(key).ok()?.encrypt_block(&mut block),
        32 => Aes256::new_from_slice(key).ok()?.encrypt_block(&mut block),
        _ => return None,
    }
    Some(block.into())
}

/// Shoup's table of four bits but for its zero: all sums of H, H x, H x^2 and H x^3 (OpenSSL, `gcm_init_4bit`; mbedTLS,
/// `gcm_gen_table`; Go, `productTable`).
fn table(hash_key: u128) -> Vec<u128> {
    let bits: Vec<u128> =
        std::iter::successors(Some(hash_key), |value| Some(times_x(*value))).take(4).collect();
    let sum = |index: usize| {
        let chosen = bits.iter().enumerate().filter(|(bit, _)| index >> (3 - bit) & 1 == 1);
        chosen.fold(0, |sum, (_, value)| sum ^ value)
    };
    (1..16).map(sum).collect()
}

/// The product of GCM's field.
fn product(one: u128, other: u128) -> u128 {
    let mut shifted = other;
    let mut sum = 0;
    for bit in (0..128).rev() {
        if one >> bit & 1 == 1 {
            sum ^= shifted;
        }
        shifted = times_x(shifted);
    }
    sum
}

fn times_x(value: u128) -> u128 {
    (value >> 1) ^ if value & 1 == 1 { GCM_REDUCTION } else { 0 }
}

/// As code with carry-less multiplication keeps it: `mulX` of RFC 8452, appendix A.
fn turned(value: u128) -> u128 {
    (value << 1) ^ if value >> 127 == 1 { TURNED_REDUCTION } else { 0 }
}

/// `dbl` of CMAC: times x with the first bit the highest power.
fn double(value: u128) -> u128 {
    (value << 1) ^ if value >> 127 == 1 { 0x87 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &[u8], name: &str) -> Vec<u8> {
        let all = components(key);
        all.into_iter().find(|one| one.name == name).unwrap().value.bytes().to_vec()
    }

    fn number(text: &str) -> u128 {
        u128::from_str_radix(text, 16).unwrap()
    }

    #[test]
    fn hash_key_and_its_powers_are_those_of_the_gcm_specification() {
        // McGrew and Viega, test cases 1 and 3.
        let zero = number("66e94bd4ef8a2c3b884cfa59ca342b2e");
        assert!(value(&[0; 16], "ghash_powers").starts_with(&zero.to_be_bytes()));
        let key = number("feffe9928665731c6d6a8f9467308308").to_be_bytes();
        let powers = value(&key, "ghash_powers");
        let hash_key = number("b83b533708bf535d0aa6e52980d53b78");
        assert!(powers.starts_with(&hash_key.to_be_bytes()));
        // Test case 2: GHASH of one block C and the length is (C H + length) H.
        let (block, length) = (number("0388dace60b6a392f328c2b971b2fe78"), 128);
        assert_eq!(product(product(block, zero) ^ length, zero), number("f38cbb1ad69223dcc3457ae5b6b0f885"));
        assert_eq!(powers[16..32], product(hash_key, hash_key).to_be_bytes());
    }

    #[test]
    fn turned_hash_key_is_that_of_rfc_8452_appendix_a() {
        let given = number("9c98c04df9387ded828175a92ba652d8").swap_bytes();
        assert_eq!(turned(given), number("3931819bf271fada0503eb52574ca572").swap_bytes());
    }

    #[test]
    fn subkeys_are_those_of_sp_800_38b_appendix_d() {
        let key = number("2b7e151628aed2a6abf7158809cf4f3c").to_be_bytes();
        let subkeys = value(&key, "mac_subkeys");
        assert_eq!(subkeys[..16], number("fbeed618357133667c85e08f7236a8de").to_be_bytes());
        assert_eq!(subkeys[16..32], number("f7ddac306ae266ccf90bc11ee46d513b").to_be_bytes());
    }

    #[test]
    fn table_has_every_sum_of_four_shifts() {
        let hash_key = number("b83b533708bf535d0aa6e52980d53b78");
        let table = table(hash_key);
        assert_eq!((table.len(), table[7]), (15, hash_key));
        assert_eq!(table[3], times_x(hash_key));
        assert_eq!(table[8], hash_key ^ times_x(times_x(times_x(hash_key))));
    }
}
