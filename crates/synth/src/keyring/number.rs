//! How libraries keep large numbers in memory.

use rsa::BigUint;

/// Big-endian, with leading zeros up to `length` bytes.
pub(super) fn big_endian(value: &BigUint, length: usize) -> Vec<u8> {
    let bytes = value.to_bytes_be();
    let mut out = vec![0; length.saturating_sub(bytes.len())];
    out.extend(bytes);
    out
}

/// Little-endian, with zeros up to `length` bytes: limbs of any size, least significant first, on
/// little-endian processors (OpenSSL, GMP, Go, Rust).
pub(super) fn little_endian(value: &BigUint, length: usize) -> Vec<u8> {
    let mut out = big_endian(value, length);
    out.reverse();
    out
}

/// Limbs of `width` bytes in the processor's order, most significant limb first: Java's
/// `BigInteger.mag` for 4, some CRT exponents for 8.
pub(super) fn limbs_descending(value: &BigUint, length: usize, width: usize) -> Vec<u8> {
    let bytes = big_endian(value, length.next_multiple_of(width));
    bytes.chunks(width).flat_map(|limb| limb.iter().rev().copied()).collect()
}

/// Digits of `bits` bits in words of `width` bytes, least significant first: 30 in 4 for CPython,
/// 28 in 4 and 60 in 8 for libtommath.
pub(super) fn digits(value: &BigUint, length: usize, bits: usize, width: usize) -> Vec<u8> {
    let little = little_endian(value, length);
    let bit = |at: usize| little.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1);
    let mut out = Vec::new();
    for digit in 0..(length * 8).div_ceil(bits) {
        let word = (0..bits).fold(0_u64, |word, at| word | u64::from(bit(digit * bits + at)) << at);
        out.extend(&word.to_le_bytes()[..width]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_is_written_in_each_way() {
        let value = BigUint::parse_bytes(b"0102030405060708090a", 16).unwrap();
        assert_eq!(big_endian(&value, 12), [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(little_endian(&value, 12), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
        assert_eq!(limbs_descending(&value, 12, 4), [2, 1, 0, 0, 6, 5, 4, 3, 10, 9, 8, 7]);
        // python3 -c 'n=0x0102030405060708090a; print([hex(n>>30*i&(1<<30)-1) for i in range(4)])'
        let words: [u32; 4] = [0x0708_090a, 0x0c10_1418, 0x1020, 0];
        let expected: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        assert_eq!(digits(&value, 12, 30, 4), expected);
    }
}
