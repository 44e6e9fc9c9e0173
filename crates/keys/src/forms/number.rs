//! Binary forms of numbers and byte strings: word orders and digit sizes.

use super::{Maker, TEXT_FORM_BYTES_MAX};
use num_bigint::BigUint;

/// Little-endian, turned left by one to seven bits: what is left of shifts by any amount, as primality tests, ladders,
/// divisions and inversions make them of long numbers (GMP, libtommath, Go, V8), for whole bytes change no byte.
pub(super) fn shifted(big_endian: &[u8], maker: &mut Maker) {
    if big_endian.len() < DIGITS_BYTES_MIN {
        return;
    }
    for bits in 1..8 {
        let mut low = 0;
        let mut little: Vec<u8> = Vec::with_capacity(big_endian.len() + 1);
        for byte in big_endian.iter().rev() {
            little.push(byte << bits | low);
            low = byte >> (8 - bits);
        }
        little.push(low);
        maker.add(format!("le shifted by {bits}"), without_top_zeros(little), (1, 1), false);
    }
}

/// A little-endian number without the zeros above it. They say nothing, and one who takes eight bytes there for eight
/// of the number, as the verifier does, looks for six with two zeros before them, which were not swept for.
fn without_top_zeros(mut little: Vec<u8>) -> Vec<u8> {
    let significant = little.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    little.truncate(significant);
    little
}

/// Words of 4 bytes, the most significant first, each little-endian, turned left by one to 31 bits: Java's `BigInteger`
/// as inversions and divisions leave it. Turned by whole bytes, too, the bytes of each word are others.
pub(super) fn shifted_words(big_endian: &[u8], maker: &mut Maker) {
    if big_endian.len() < DIGITS_BYTES_MIN {
        return;
    }
    // A word of zeros before the first takes what is turned out of it.
    let mut padded = vec![0; 8 - big_endian.len() % 4];
    padded.extend(big_endian);
    let words: Vec<u32> = padded.as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
    for bits in 1..32 {
        let rest = words.iter().skip(1).chain(std::iter::once(&0));
        let turned = words.iter().zip(rest).map(|(word, next)| word << bits | next >> (32 - bits));
        // The first word is often hardly one: see `without_top_zeros`.
        let turned: Vec<u8> = turned.skip_while(|word| *word < 1 << 24).flat_map(u32::to_le_bytes).collect();
        maker.add(format!("int-array shifted by {bits}"), turned, (1, 1), false);
    }
}

/// What Java leaves of bytes that it writes in hexadecimal by way of a `BigInteger`, as its programs do for want of another:
/// the digits of 60 bits, and the number turned right by one after the other.
pub(super) fn as_java_number(value: &[u8], maker: &mut Maker) {
    if !(DIGITS_BYTES_MIN..=super::DERIVED_TEXT_BYTES_MAX).contains(&value.len()) {
        return;
    }
    let digits = to_digits(value, JAVA_HEXADECIMAL_BITS, 8);
    maker.add(
        format!("digits {JAVA_HEXADECIMAL_BITS}/64 in int-arrays"),
        in_int_arrays(&digits),
        (1, 1),
        false,
    );
    maker.add(format!("digits {JAVA_HEXADECIMAL_BITS}/64"), without_top_zeros(digits), (1, 1), false);
    shifted_words(value, maker);
}

/// What is left of a number that was written in decimal: its digits in words of nine, least significant first (CPython,
/// `long_to_decimal_string_internal` in `longobject.c`), or of eighteen in a `long[]` or an `int[]` each, and the number without
/// its last eighteen, 36, ... digits (`smallToString` of OpenJDK's `BigInteger.java`).
pub(super) fn as_decimal(big_endian: &[u8], maker: &mut Maker) {
    if !(DIGITS_BYTES_MIN..=DECIMAL_BYTES_MAX).contains(&big_endian.len()) {
        return;
    }
    let number = BigUint::from_bytes_be(big_endian);
    let nines = base_digits(&number, 1_000_000_000);
    let nines: Vec<u8> = nines.iter().flat_map(|digit| digit.to_le_bytes().into_iter().take(4)).collect();
    maker.add("decimal digits 9/32".to_owned(), without_top_zeros(nines), (1, 1), false);
    let eighteens: Vec<u8> =
        base_digits(&number, EIGHTEEN_DIGITS).iter().flat_map(|digit| digit.to_le_bytes()).collect();
    maker.add("decimal digits 18/64 in int-arrays".to_owned(), in_int_arrays(&eighteens), (1, 1), false);
    maker.add("decimal digits 18/64".to_owned(), without_top_zeros(eighteens), (1, 1), false);
    let mut rest = number / EIGHTEEN_DIGITS;
    let mut turn = 1;
    while rest.bits() >= 8 * DIGITS_BYTES_MIN as u64 / 2 {
        let words = rest.to_u32_digits().into_iter().rev();
        maker.add(
            format!("int-array over 10^{}", 18 * turn),
            words.flat_map(u32::to_le_bytes).collect(),
            (1, 1),
            false,
        );
        rest /= EIGHTEEN_DIGITS;
        turn += 1;
    }
}

/// 10^18, the most that `digitsPerLong` of OpenJDK's `BigInteger.java` has for radix 10.
const EIGHTEEN_DIGITS: u64 = 1_000_000_000_000_000_000;

/// Longest number in bytes that Java writes down in this way: 80 words of 32 bits (`SCHOENHAGE_BASE_CONVERSION_THRESHOLD`, the
/// same file: 20 in some versions). Longer ones are halved first.
const DECIMAL_BYTES_MAX: usize = 320;

/// Digits to a base, least significant first.
fn base_digits(number: &BigUint, base: u64) -> Vec<u64> {
    let mut rest = number.clone();
    let mut out = Vec::new();
    while rest.bits() > 0 {
        out.push((&rest % base).iter_u64_digits().next().unwrap_or(0));
        rest /= base;
    }
    out
}

/// Bits of fifteen hexadecimal digits, the most that fit into a `long` (`digitsPerLong` of OpenJDK's `BigInteger.java`).
const JAVA_HEXADECIMAL_BITS: usize = 60;

/// Little-endian words of 8 bytes as `int[]` of two, the upper half first.
fn in_int_arrays(words: &[u8]) -> Vec<u8> {
    let halves = |[low @ .., e, f, g, h]: [u8; 8]| [e, f, g, h].into_iter().chain(low);
    without_top_zeros(words.as_chunks().0.iter().copied().flat_map(halves).collect())
}

/// Words of 8 bytes, each one more or one less than it is in the number: single words that a division has carried into
/// or borrowed from, which Crypto++ leaves on the stack.
pub(super) fn carried_words(big_endian: &[u8], maker: &mut Maker) {
    if big_endian.len() < DIGITS_BYTES_MIN {
        return;
    }
    let mut little: Vec<u8> = big_endian.iter().rev().copied().collect();
    little.resize(big_endian.len().next_multiple_of(8), 0);
    for (name, carry) in [("words plus one", 1), ("words minus one", u64::MAX)] {
        let words = little.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word).wrapping_add(carry));
        let words = without_top_zeros(words.flat_map(u64::to_le_bytes).collect());
        maker.add(name.to_owned(), words, (1, 1), false);
    }
}

/// Words of 4 bytes in 8, in both byte orders: V8's arrays of small integers, which hold schedules and blocks of keys
/// as JavaScript computes them. The zeros stand before each word there, and behind it elsewhere.
pub(super) fn spread(value: &[u8], maker: &mut Maker) {
    if value.len() < SPREAD_BYTES_MIN || !value.len().is_multiple_of(4) {
        return;
    }
    for swapped in [true, false] {
        let word = |word: &[u8]| -> Vec<u8> {
            let mut word = word.to_vec();
            if swapped {
                word.reverse();
            }
            word.extend([0; 4]);
            word
        };
        let name = if swapped { "be 4-byte words in 8" } else { "4-byte words in 8" };
        maker.add_spread(name, value.chunks(4).flat_map(word).collect());
    }
}

/// Each byte in a word of its own with its sign, as Java's `short[]` and `int[]` hold what was a `byte[]`.
pub(super) fn widened(value: &[u8], maker: &mut Maker) {
    if !(DIGITS_BYTES_MIN..=TEXT_FORM_BYTES_MAX).contains(&value.len()) {
        return;
    }
    let signed = |byte: &u8| i32::from(byte.cast_signed()).to_le_bytes();
    for (name, width) in [("bytes in short-array", 2), ("bytes in int-array", 4)] {
        let words = value.iter().flat_map(|byte| signed(byte).into_iter().take(width)).collect();
        maker.add(name.to_owned(), words, (width, 1), false);
    }
}

/// Least length in bytes of what is written in words of half use: a key of AES.
const SPREAD_BYTES_MIN: usize = 16;

/// Digit sizes in bits and the word, in bits, that holds one: CPython 30 and
/// 15; libtommath 28 and 60; the radixes 25 to 31 and 51 to 63 that curve and
/// bignum code uses so that carries fit (IFMA 52, fiat 51/56/58, Java 26 to 28
/// in `long`, wolfSSL's `sp` 57, V8 and .NET full words).
fn digit_sizes() -> impl Iterator<Item = (usize, usize)> {
    let small = (25..=31).flat_map(|bits| [(bits, 32), (bits, 64)]);
    std::iter::once((15, 16)).chain(small).chain((51..=63).map(|bits| (bits, 64)))
}

/// Digits of 64 bits that Java keeps one by one in an `int[]`, the upper half first: remainders of a `BigInteger` that was
/// written with a radix of 8, 16 or 32, and of 2 or 4 (`digitsPerLong` of OpenJDK's `BigInteger.java`).
const JAVA_DIGIT_BITS: [usize; 2] = [JAVA_HEXADECIMAL_BITS, 62];

/// Least length in bytes of a value that is written in digits: shorter ones
/// are no keys.
const DIGITS_BYTES_MIN: usize = 16;

/// Big- and little-endian, and words of 4 and 8 bytes in each mixed order: all that comes of turning the bytes of
/// the whole, of words of 8 and of words of 4 around, one after another. One who knows a number only as it stands
/// in memory and turns it around, as the verifier does, then looks for no order that was not swept for.
pub(super) fn orders(big_endian: &[u8], maker: &mut Maker) {
    let mut little: Vec<u8> = big_endian.iter().rev().copied().collect();
    maker.add("be".to_owned(), big_endian.to_vec(), (1, 1), false);
    maker.add("le".to_owned(), little.clone(), (1, 1), false);
    for width in [4_usize, 8] {
        little.resize(big_endian.len().next_multiple_of(width), 0);
        // Most significant word first, each little-endian: `BigInteger.mag` on x86.
        let mixed = little.chunks(width).rev().flatten().copied().collect();
        let name =
            if width == 4 { "int-array".to_owned() } else { format!("be-order of {width}-byte words") };
        maker.add(name, mixed, (1, 1), false);
        // Least significant word first, each big-endian.
        let mixed = little.chunks(width).flat_map(|word| word.iter().rev().copied()).collect();
        maker.add(format!("le-order of be {width}-byte words"), mixed, (1, 1), false);
        little.truncate(big_endian.len());
    }
    // Words of 8 bytes whose halves are exchanged.
    little.resize(big_endian.len().next_multiple_of(8), 0);
    let halves = |word: &[u8]| word.iter().cycle().skip(word.len() / 2).take(word.len()).copied().collect();
    let mixed = little.chunks(8).flat_map(|word| -> Vec<u8> { halves(word) }).collect();
    maker.add("le-order of halved 8-byte words".to_owned(), mixed, (1, 1), false);
    let mixed = little.rchunks(8).flat_map(|word| word.iter().rev()).copied().collect::<Vec<u8>>();
    let mixed = mixed.chunks(8).flat_map(|word| -> Vec<u8> { halves(word) }).collect();
    maker.add("be-order of halved 8-byte words".to_owned(), mixed, (1, 1), false);
}

/// The number in digits of fewer bits than the words that hold them, least
/// significant first.
pub(super) fn digits(big_endian: &[u8], maker: &mut Maker) {
    if big_endian.len() < DIGITS_BYTES_MIN {
        return;
    }
    for (bits, word_bits) in digit_sizes() {
        // Where most of a word is digit, eight bytes are enough: the verifier asks for no more, and pieces of the same
        // number turned by a few bits show so many.
        let ratio = if 2 * bits > word_bits { (1, 1) } else { (word_bits, bits) };
        let little = to_digits(big_endian, bits, word_bits / 8);
        if word_bits == 64 && JAVA_DIGIT_BITS.contains(&bits) {
            maker.add(format!("digits {bits}/64 in int-arrays"), in_int_arrays(&little), (1, 1), false);
        }
        maker.add(format!("digits {bits}/{word_bits}"), without_top_zeros(little), ratio, false);
    }
}

/// Cuts a big-endian number into little-endian words of `bits` payload bits.
fn to_digits(big_endian: &[u8], bits: usize, word_bytes: usize) -> Vec<u8> {
    let mask = (1_u128 << bits) - 1;
    let mut out = Vec::with_capacity((big_endian.len() * 8).div_ceil(bits) * word_bytes);
    let (mut pool, mut held) = (0_u128, 0_usize);
    for byte in big_endian.iter().rev() {
        pool |= u128::from(*byte) << held;
        held += 8;
        if held >= bits {
            out.extend((pool & mask).to_le_bytes().iter().take(word_bytes));
            pool >>= bits;
            held -= bits;
        }
    }
    if held > 0 {
        out.extend((pool & mask).to_le_bytes().iter().take(word_bytes));
    }
    out
}
