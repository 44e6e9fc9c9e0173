//! How programs lay a large number out in memory, as one idea: words of some
//! width, each carrying some bits of the number, in rising or falling order.

/// One way to lay a number out.
#[derive(Debug)]
pub(super) struct Layout {
    /// Name in reports: order, bits and, if different, width of a word.
    pub(super) name: &'static str,
    /// Width of a word in bytes: 1, 2, 4 or 8. Words are aligned to it.
    pub(super) word: usize,
    /// Bits of the number in one word.
    pub(super) bits: usize,
    /// The most significant word comes first.
    pub(super) falling: bool,
    /// The most significant byte of a word comes first.
    pub(super) big_endian: bool,
    /// Try every word of a chunk, not only those near the edges of its runs.
    /// Affordable for the layout of nearly all libraries, and for words with
    /// spare bits, whose zeros rule out everything else.
    pub(super) anywhere: bool,
}

impl Layout {
    /// Digits that differ from the run's edge at most.
    pub(super) fn slack(&self) -> usize {
        super::limits::EDGE_SLACK_BYTES.div_ceil(self.word)
    }

    /// True if words carry spare bits.
    pub(super) fn is_padded(&self) -> bool {
        self.bits < 8 * self.word
    }

    /// Words needed for a number of `bits` bits.
    pub(super) fn words(&self, bits: usize) -> usize {
        bits.div_ceil(self.bits)
    }

    /// Reads one word.
    #[inline]
    pub(super) fn digit(&self, word: &[u8]) -> u64 {
        let read = match *word {
            [byte] => return u64::from(byte),
            [a, b] => u64::from(u16::from_le_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_le_bytes([a, b, c, d])),
            _ => word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word)),
        };
        if self.big_endian { read.swap_bytes() >> (64 - 8 * self.word) } else { read }
    }
}

const fn full(name: &'static str, word: usize, falling: bool, big_endian: bool) -> Layout {
    Layout { name, word, bits: 8 * word, falling, big_endian, anywhere: word == 8 && !falling && !big_endian }
}

const fn padded(name: &'static str, bits: usize, word: usize) -> Layout {
    Layout { name, word, bits, falling: false, big_endian: false, anywhere: true }
}

/// Every layout looked for. The first is that of OpenSSL, GMP, Go, RustCrypto,
/// ring and nearly everybody else on 64-bit machines.
pub(super) const LAYOUTS: &[Layout] = &[
    full("le", 8, false, false),
    // 32-bit limbs at addresses that are no multiple of eight.
    full("le", 4, false, false),
    // Byte strings: DER, SSH, JWK, Java's `byte[]`, PKCS #11 attributes.
    full("be", 1, true, true),
    // Java's `BigInteger.mag` on a little-endian machine.
    full("be-of-le32", 4, true, false),
    full("be-of-le64", 8, true, false),
    full("le-of-be32", 4, false, true),
    full("le-of-be64", 8, false, true),
    // CPython's `int`.
    padded("le-30-in-32", 30, 4),
    padded("le-15-in-16", 15, 2),
    // libtommath and LibTomCrypt, wolfSSL's fast and single-precision mathematics.
    padded("le-28-in-32", 28, 4),
    padded("le-60-in-64", 60, 8),
    padded("le-57-in-64", 57, 8),
    padded("le-29-in-32", 29, 4),
    padded("le-58-in-64", 58, 8),
    // AVX2 and AVX-512 IFMA kernels, Java's `IntegerPolynomial`, old JavaScript libraries.
    padded("le-52-in-64", 52, 8),
    padded("le-51-in-64", 51, 8),
    padded("le-56-in-64", 56, 8),
    padded("le-26-in-32", 26, 4),
    // BearSSL's `i31`, and the same on 64 bits.
    padded("le-31-in-32", 31, 4),
    padded("le-62-in-64", 62, 8),
    padded("le-63-in-64", 63, 8),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_fits_its_word() {
        for layout in LAYOUTS {
            assert!(layout.bits <= 8 * layout.word && layout.word.is_power_of_two(), "{}", layout.name);
        }
    }

    #[test]
    fn a_word_is_read_in_its_own_byte_order() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(LAYOUTS[0].digit(&bytes), 0x0807_0605_0403_0201);
        assert_eq!(LAYOUTS[6].digit(&bytes), 0x0102_0304_0506_0708);
        assert_eq!(LAYOUTS[5].digit(&bytes[..4]), 0x0102_0304);
        assert_eq!(LAYOUTS[8].digit(&bytes[..2]), 0x0201);
        assert_eq!(LAYOUTS[2].digit(&bytes[..1]), 1);
    }
}
