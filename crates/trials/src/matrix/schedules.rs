//! Round keys of ciphers other than AES: what libraries keep in place of the key.

use crate::secret::Component;

/// Permuted choice 1 of DES (FIPS 46-3, appendix 1): bits of the key, counted from 1.
const CHOICE_1: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44,
    36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20,
    12, 4,
];
/// Permuted choice 2 of DES (FIPS 46-3, appendix 1).
const CHOICE_2: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37,
    47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
/// Rotations of DES (FIPS 46-3, appendix 1).
const ROTATIONS: [usize; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

/// The sixteen round keys of 48 bits of one DES key, each as eight groups of six bits.
fn des_rounds(key: &[u8]) -> Vec<[u8; 8]> {
    let bit = |at: u8| {
        let at = usize::from(at) - 1;
        key[at / 8] >> (7 - at % 8) & 1
    };
    let mut halves: Vec<u8> = CHOICE_1.iter().map(|at| bit(*at)).collect();
    let mut rounds = Vec::new();
    for rotation in ROTATIONS {
        halves[..28].rotate_left(rotation);
        halves[28..].rotate_left(rotation);
        let chosen: Vec<u8> = CHOICE_2.iter().map(|at| halves[usize::from(*at) - 1]).collect();
        let mut groups = [0; 8];
        for (group, bits) in groups.iter_mut().zip(chosen.chunks(6)) {
            *group = bits.iter().fold(0, |sum, bit| sum << 1 | bit);
        }
        rounds.push(groups);
    }
    rounds
}

/// The schedules of triple DES as libraries keep them: for each of three keys, forward and backward, two words
/// a round with the groups of odd and of even boxes, or eight bytes a round.
pub(super) fn des3(key: &[u8]) -> Vec<Component> {
    let mut components = Vec::new();
    for (number, part) in (1..).zip(key.chunks_exact(8)) {
        let mut rounds = des_rounds(part);
        for direction in ["encrypt", "decrypt"] {
            let mut add = |layout: &str, round: &dyn Fn(&[u8; 8]) -> [u32; 2]| {
                let words = rounds.iter().flat_map(|groups| round(groups).map(u32::to_be_bytes)).flatten();
                let bytes: Vec<u8> = words.collect();
                components
                    .push(Component::bytes(&format!("DES schedule {number}, {direction}, {layout}"), &bytes));
            };
            let word = |groups: [u8; 4]| u32::from_be_bytes(groups);
            add("odd and even boxes", &|g| [word([g[0], g[2], g[4], g[6]]), word([g[1], g[3], g[5], g[7]])]);
            add("even and odd boxes", &|g| [word([g[1], g[3], g[5], g[7]]), word([g[0], g[2], g[4], g[6]])]);
            add("boxes in order", &|g| [word([g[0], g[1], g[2], g[3]]), word([g[4], g[5], g[6], g[7]])]);
            add("OpenSSL", &|g| openssl_round(g));
            rounds.reverse();
        }
    }
    components
}

/// A round key in OpenSSL's order (`des_key_schedule`): bits of a group reversed, as its E-box is read from the
/// other end, and both words rotated.
fn openssl_round(groups: &[u8; 8]) -> [u32; 2] {
    let turned = groups.map(|group| u32::from(group.reverse_bits() >> 2));
    let odd = turned[0] | turned[2] << 8 | turned[4] << 16 | turned[6] << 24;
    let even = turned[1] | turned[3] << 8 | turned[5] << 16 | turned[7] << 24;
    [odd.rotate_left(2), even.rotate_left(6)]
}

/// The subkeys of Camellia that are the key itself, rotated (RFC 3713, 2.2): KL and KR by their amounts, whole
/// and in halves that fall apart.
pub(super) fn camellia(key: &[u8]) -> Vec<Component> {
    let mut components = Vec::new();
    for (name, half) in ["KL", "KR"].iter().zip(key.chunks_exact(16)) {
        let number = u128::from_be_bytes(half.try_into().unwrap_or_default());
        for amount in [0, 15, 30, 45, 60, 77, 94, 111] {
            let rotated = number.rotate_left(amount).to_be_bytes();
            components.push(Component::bytes(&format!("{name} <<< {amount}"), &rotated));
        }
    }
    components
}

/// The round keys of SM4, forward and backward (GB/T 32907-2016, 7.3).
pub(super) fn sm4(key: &[u8]) -> Vec<Component> {
    let sbox = sm4_box();
    const FAMILY: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];
    let mut words: Vec<u32> = key
        .as_chunks::<4>()
        .0
        .iter()
        .zip(FAMILY)
        .map(|(word, fixed)| u32::from_be_bytes(*word) ^ fixed)
        .collect();
    for round in 0_u8..32 {
        let constant = [0_u8, 1, 2, 3].map(|byte| (4 * round + byte).wrapping_mul(7));
        let at = usize::from(round);
        let mixed = words[at + 1] ^ words[at + 2] ^ words[at + 3] ^ u32::from_be_bytes(constant);
        let mixed = u32::from_be_bytes(mixed.to_be_bytes().map(|byte| sbox[usize::from(byte)]));
        words.push(words[at] ^ mixed ^ mixed.rotate_left(13) ^ mixed.rotate_left(23));
    }
    let forward: Vec<u8> = words[4..].iter().flat_map(|word| word.to_be_bytes()).collect();
    let backward: Vec<u8> = words[4..].iter().rev().flat_map(|word| word.to_be_bytes()).collect();
    vec![Component::bytes("round keys", &forward), Component::bytes("round keys, last first", &backward)]
}

/// The S-box of SM4: inversion in GF(2^8) modulo x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1 between two affine maps
/// (Liu, Ji, Hu, Ding, Lv: Analysis of the SMS4 block cipher, 2007).
fn sm4_box() -> [u8; 256] {
    let times = |mut a: u8, mut b: u8| {
        let mut product = 0;
        while b != 0 {
            if b & 1 != 0 {
                product ^= a;
            }
            a = if a & 0x80 == 0 { a << 1 } else { (a << 1) ^ 0xf5 };
            b >>= 1;
        }
        product
    };
    // Row i of the matrix is 0xa7 turned left by i; the constant is 0xd3.
    let affine = |byte: u8| {
        let row = |at: u32| u8::from((0xa7_u8.rotate_left(at) & byte).count_ones() % 2 == 1) << at;
        (0..8).fold(0xd3, |sum: u8, at| sum ^ row(at))
    };
    let mut table = [0; 256];
    for (byte, out) in (0..=u8::MAX).zip(&mut table) {
        let inner = affine(byte);
        *out = affine((0..254).fold(1, |power, _| times(power, inner)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::hex;

    /// GB/T 32907-2016, appendix A.1: the first and last round keys.
    #[test]
    fn round_keys_of_sm4_are_those_of_the_standard() {
        let key = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
        let components = sm4(&key);
        assert!(hex(&components[0].bytes).starts_with("f12186f941662b61"));
        assert!(hex(&components[1].bytes).starts_with("9124a012"));
    }

    /// The first round key of the key 133457799BBCDFF1 is 000110 110000 001011 101111 111111 000111 000001 110010
    /// (J. Orlin Grabbe, The DES algorithm illustrated).
    #[test]
    fn first_round_key_of_des_is_that_of_the_worked_example() {
        let rounds = des_rounds(&0x1334_5779_9bbc_dff1_u64.to_be_bytes());
        assert_eq!(
            rounds[0],
            [0b000_110, 0b110_000, 0b001_011, 0b101_111, 0b111_111, 0b000_111, 0b000_001, 0b110_010]
        );
        assert_eq!(des3(&[7; 24]).len(), 24);
    }

    #[test]
    fn camellia_has_both_halves_rotated() {
        let components = camellia(&[0x80; 32]);
        assert_eq!(components.len(), 16);
        assert_eq!(components[1].bytes[..2], [0x40, 0x40]);
    }
}
