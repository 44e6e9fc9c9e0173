//! The arithmetic of FIPS 197 that the key schedule needs, computed from its
//! definitions.

/// The S-box of FIPS 197 section 5.1.1: inverse in GF(2^8), then an affine map.
const SBOX: [u8; 256] = sbox();

/// Applies the S-box to each byte of a word.
pub(super) fn sub_word(word: u32) -> u32 {
    u32::from_be_bytes(word.to_be_bytes().map(|byte| SBOX[usize::from(byte)]))
}

/// The round constant of step `round`, 1 to 10, in the first byte of the word
/// (FIPS 197 section 5.2).
pub(super) fn round_constant(round: usize) -> u32 {
    let mut power = 1;
    for _ in 1..round {
        power = double(power);
    }
    u32::from(power) << 24
}

/// `MixColumns` of one column (FIPS 197 section 5.1.3), first byte highest: row
/// 2 3 1 1, all four bytes at once.
pub(super) fn mix_column(word: u32) -> u32 {
    let doubled = ((word & 0x7f7f_7f7f) << 1) ^ ((word >> 7 & 0x0101_0101) * 0x1b);
    doubled ^ (doubled ^ word).rotate_left(8) ^ word.rotate_left(16) ^ word.rotate_left(24)
}

/// `InvMixColumns` of one column (FIPS 197 section 5.3.3). The matrix of
/// `MixColumns` has order 4, so its cube is its inverse.
pub(super) fn inverse_mix_column(word: u32) -> u32 {
    mix_column(mix_column(mix_column(word)))
}

/// Times x modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 section 4.2).
const fn double(byte: u8) -> u8 {
    (byte << 1) ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

const fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right != 0 {
        if right & 1 != 0 {
            product ^= left;
        }
        left = double(left);
        right >>= 1;
    }
    product
}

const fn sbox() -> [u8; 256] {
    let mut table = [0; 256];
    // 3 generates the field, and its inverse is 0xf6: walking both at once meets
    // every byte together with its inverse.
    let (mut byte, mut inverse) = (1u8, 1u8);
    loop {
        table[byte as usize] = affine(inverse);
        byte = multiply(byte, 3);
        inverse = multiply(inverse, 0xf6);
        if byte == 1 {
            break;
        }
    }
    table[0] = affine(0);
    table
}

const fn affine(byte: u8) -> u8 {
    byte ^ byte.rotate_left(1) ^ byte.rotate_left(2) ^ byte.rotate_left(3) ^ byte.rotate_left(4) ^ 0x63
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_s_box_is_that_of_fips_197_figure_7() {
        assert_eq!([0x63, 0x7c, 0x77, 0x7b], [SBOX[0], SBOX[1], SBOX[2], SBOX[3]]);
        assert_eq!([0xed, 0x16], [SBOX[0x53], SBOX[0xff]]);
        let mut seen = SBOX;
        seen.sort_unstable();
        assert!(seen.iter().zip(0..=u8::MAX).all(|(left, right)| *left == right));
    }

    #[test]
    fn round_constants_are_those_of_fips_197_table_5() {
        let constants: Vec<_> = (1..=10).map(|round| round_constant(round) >> 24).collect();
        assert_eq!(constants, [1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x1b, 0x36]);
    }

    #[test]
    fn mixing_is_that_of_fips_197_appendix_b_and_can_be_undone() {
        // Round 1: d4 bf 5d 30 becomes 04 66 81 e5.
        assert_eq!(0x0466_81e5, mix_column(0xd4bf_5d30));
        assert_eq!(0xd4bf_5d30, inverse_mix_column(0x0466_81e5));
    }
}
