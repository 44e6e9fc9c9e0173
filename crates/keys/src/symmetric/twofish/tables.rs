//! The permutations and the matrix of the cipher, and both undone.

/// Columns of the matrix, and bytes of a word.
pub(super) const COLUMNS: usize = 4;

/// The four tables of four bits each, of which q0 and q1 are made (section 4.3.5 of the description).
const NIBBLES: [[[u8; 16]; 4]; 2] = [
    [
        [8, 1, 7, 13, 6, 15, 3, 2, 0, 11, 5, 9, 14, 12, 10, 4],
        [14, 12, 11, 8, 1, 2, 3, 5, 15, 4, 10, 6, 7, 0, 9, 13],
        [11, 10, 5, 14, 6, 13, 9, 0, 12, 8, 15, 3, 2, 4, 7, 1],
        [13, 7, 15, 4, 1, 2, 6, 14, 9, 11, 3, 0, 8, 5, 12, 10],
    ],
    [
        [2, 8, 11, 13, 15, 7, 6, 14, 3, 1, 9, 4, 0, 10, 12, 5],
        [1, 14, 2, 11, 4, 12, 3, 7, 6, 13, 10, 5, 15, 9, 0, 8],
        [4, 12, 7, 5, 1, 6, 9, 10, 0, 14, 13, 8, 2, 11, 3, 15],
        [11, 9, 5, 1, 12, 3, 13, 14, 6, 4, 7, 15, 2, 0, 8, 10],
    ],
];

/// q0 and q1.
static Q: [[u8; 256]; 2] = [permutation(&NIBBLES[0]), permutation(&NIBBLES[1])];

/// q0 and q1 undone.
static Q_UNDONE: [[u8; 256]; 2] = [undone(&Q[0]), undone(&Q[1])];

/// Which permutation a byte of each column goes through, from the first of a key of 256 bits to the last (section 4.3.2,
/// figure 2). Shorter keys begin one or two later.
pub(super) const ORDER: [[usize; 5]; COLUMNS] =
    [[1, 1, 0, 0, 1], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1], [1, 0, 1, 1, 0]];

/// The matrix MDS, by rows (section 4.3.2).
const MATRIX: [[u8; COLUMNS]; COLUMNS] =
    [[0x01, 0xef, 0x5b, 0x5b], [0x5b, 0xef, 0xef, 0x01], [0xef, 0x5b, 0x01, 0xef], [0xef, 0x01, 0xef, 0x5b]];

/// Its inverse in the same field.
const MATRIX_UNDONE: [[u8; COLUMNS]; COLUMNS] =
    [[0xbb, 0xc4, 0xed, 0x89], [0x1b, 0xed, 0xbf, 0x7b], [0xf2, 0x89, 0x7b, 0x89], [0x32, 0xbb, 0x1b, 0xf2]];

/// The matrix RS of the code word, by rows (section 4.3).
const CODE: [[u8; 8]; COLUMNS] = [
    [0x01, 0xa4, 0x55, 0x87, 0x5a, 0x58, 0xdb, 0x9e],
    [0xa4, 0x56, 0x82, 0xf3, 0x1e, 0xc6, 0x68, 0xe5],
    [0x02, 0xa1, 0xfc, 0xc1, 0x47, 0xae, 0x3d, 0x19],
    [0xa4, 0x55, 0x87, 0x5a, 0x58, 0xdb, 0x9e, 0x03],
];

/// v(x) of the field of MDS, and w(x) of that of RS (section 4.3), without the leading bit.
const FIELD: u8 = 0x69;
const CODE_FIELD: u8 = 0x4d;

static MIXED: [[u32; 256]; COLUMNS] = products(&MATRIX);
static UNMIXED: [[u32; 256]; COLUMNS] = products(&MATRIX_UNDONE);

/// A byte through q0 or q1.
pub(super) fn q(which: usize, byte: u8) -> u8 {
    Q[which][usize::from(byte)]
}

/// The byte that q0 or q1 makes this one of.
pub(super) fn q_undone(which: usize, byte: u8) -> u8 {
    Q_UNDONE[which][usize::from(byte)]
}

/// A byte of one column through the matrix.
pub(super) fn mixed_byte(column: usize, byte: u8) -> u32 {
    MIXED[column][usize::from(byte)]
}

/// Four bytes, the first lowest, through the matrix.
pub(super) fn mixed(bytes: [u8; COLUMNS]) -> u32 {
    bytes.iter().enumerate().fold(0, |sum, (column, byte)| sum ^ mixed_byte(column, *byte))
}

/// The four bytes of which the matrix makes a word.
#[inline]
pub(super) fn unmixed(word: u32) -> [u8; COLUMNS] {
    let [a, b, c, d] = word.to_le_bytes().map(usize::from);
    (UNMIXED[0][a] ^ UNMIXED[1][b] ^ UNMIXED[2][c] ^ UNMIXED[3][d]).to_le_bytes()
}

/// The word of the code word that eight bytes of the key make.
pub(super) fn code(part: &[u8; 8]) -> [u8; 4] {
    CODE.map(|row| row.iter().zip(part).fold(0, |sum, (a, b)| sum ^ product(*a, *b, CODE_FIELD)))
}

const fn product(mut a: u8, mut b: u8, field: u8) -> u8 {
    let mut sum = 0;
    while a > 0 {
        if a & 1 == 1 {
            sum ^= b;
        }
        a >>= 1;
        b = (b << 1) ^ if b >= 0x80 { field } else { 0 };
    }
    sum
}

const fn products(matrix: &[[u8; COLUMNS]; COLUMNS]) -> [[u32; 256]; COLUMNS] {
    let mut out = [[0; 256]; COLUMNS];
    let mut column = 0;
    while column < COLUMNS {
        let mut byte = 0_u8;
        loop {
            let mut bytes = [0; COLUMNS];
            let mut row = 0;
            while row < COLUMNS {
                bytes[row] = product(matrix[row][column], byte, FIELD);
                row += 1;
            }
            out[column][byte as usize] = u32::from_le_bytes(bytes);
            if byte == u8::MAX {
                break;
            }
            byte += 1;
        }
        column += 1;
    }
    out
}

const fn permutation(nibbles: &[[u8; 16]; 4]) -> [u8; 256] {
    const fn mix(a: u8, b: u8) -> (usize, usize) {
        ((a ^ b) as usize, ((a ^ (b >> 1 | b << 3) ^ a << 3) & 15) as usize)
    }
    let mut out = [0; 256];
    let mut byte = 0_u8;
    loop {
        let (a, b) = mix(byte >> 4, byte & 15);
        let (a, b) = mix(nibbles[0][a], nibbles[1][b]);
        out[byte as usize] = nibbles[3][b] << 4 | nibbles[2][a];
        if byte == u8::MAX {
            return out;
        }
        byte += 1;
    }
}

const fn undone(permutation: &[u8; 256]) -> [u8; 256] {
    let mut out = [0; 256];
    let mut byte = 0_u8;
    loop {
        out[permutation[byte as usize] as usize] = byte;
        if byte == u8::MAX {
            return out;
        }
        byte += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_is_what_was() {
        for byte in 0..=255 {
            assert!([0, 1].iter().all(|which| q_undone(*which, q(*which, byte)) == byte));
            let bytes = [byte, byte ^ 0x5a, byte.wrapping_mul(7), byte.rotate_left(3)];
            assert_eq!(unmixed(mixed(bytes)), bytes);
        }
        // The first entries of the permutations in the appendix of the description.
        assert_eq!([q(0, 0), q(0, 1), q(1, 0), q(1, 1)], [0xa9, 0x67, 0x75, 0xf3]);
    }
}
