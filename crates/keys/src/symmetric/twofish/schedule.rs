//! What follows from a key.

use super::tables::{COLUMNS, ORDER, code, mixed, mixed_byte, q};

/// Round keys.
pub(super) const WORDS: usize = 40;

/// The function h of section 4.3.2 without its matrix, for one column: a byte, and those of the list that stand in the column,
/// from the first that is worked in.
pub(super) fn substituted(column: usize, byte: u8, list: impl DoubleEndedIterator<Item = u8>) -> u8 {
    // The order is read from its end, since short lists begin late.
    let list: Vec<u8> = list.collect();
    let [.., last] = ORDER[column];
    let start = ORDER[column].len() - 1 - list.len();
    let inner =
        ORDER[column].iter().skip(start).zip(&list).fold(byte, |byte, (which, one)| q(*which, byte) ^ one);
    q(last, inner)
}

/// The round keys of a key of 16, 24 or 32 bytes (section 4.3.3).
pub(super) fn round_keys(key: &[u8]) -> [u32; WORDS] {
    let words: &[[u8; 4]] = key.as_chunks().0;
    let number = |index: u8, half: usize| {
        let column = |column: usize| {
            let list = words.iter().skip(half).step_by(2).rev().map(|word| word[column]);
            substituted(column, index, list)
        };
        mixed([column(0), column(1), column(2), column(3)])
    };
    let mut out = [0; WORDS];
    for (pair, index) in out.as_chunks_mut::<2>().0.iter_mut().zip((0..=u8::MAX).step_by(2)) {
        let (first, second) = (number(index, 0), number(index + 1, 1).rotate_left(8));
        let sum = first.wrapping_add(second);
        *pair = [sum, sum.wrapping_add(second).rotate_left(9)];
    }
    out
}

/// The words of the code word, in the order of the parts of the key that they are made of (section 4.3).
pub(super) fn code_word(key: &[u8]) -> Vec<[u8; 4]> {
    key.as_chunks().0.iter().map(code).collect()
}

/// The four tables that implementations keep: each byte through its permutations and the matrix (section 4.3.4).
pub(super) fn tables(code_word: &[[u8; 4]]) -> [Vec<u32>; COLUMNS] {
    let table = |column: usize| {
        let entry =
            |byte| mixed_byte(column, substituted(column, byte, code_word.iter().map(|word| word[column])));
        (0..=u8::MAX).map(entry).collect()
    };
    [table(0), table(1), table(2), table(3)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_keys_are_those_of_the_description() {
        // "Twofish: A 128-Bit Block Cipher", appendix A.1, intermediate values.
        assert_eq!(round_keys(&[0; 16])[..3], [0x52c5_4dde, 0x11f0_626d, 0x7cac_9d4a]);
        let key: Vec<u8> = [
            0x01_23_45_67_89_ab_cd_ef_u64,
            0xfe_dc_ba_98_76_54_32_10,
            0x00_11_22_33_44_55_66_77,
            0x88_99_aa_bb_cc_dd_ee_ff,
        ]
        .iter()
        .flat_map(|word| word.to_be_bytes())
        .collect();
        let all = round_keys(&key[..24]);
        assert_eq!((all[0], all[39]), (0x3839_4a24, 0x6a1a_d61e));
        assert_eq!(
            code_word(&key[..24]),
            [[0xf2, 0xf6, 0x9f, 0xb8], [0x4b, 0xbc, 0x55, 0xb2], [0x61, 0x10, 0x66, 0x45]]
        );
        let all = round_keys(&key);
        assert_eq!((all[0], all[39]), (0x5ec7_69bf, 0xf0d5_4dcd));
    }
}
