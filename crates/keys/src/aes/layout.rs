//! How programs lay a schedule out in memory.

use super::expansion::{Expansion, Size};
use super::sbox::{inverse_mix_column, mix_column};
use zeroize::Zeroizing;

/// One of the eight ways to write a schedule. Which program uses which:
///
/// | layout | seen in |
/// |---|---|
/// | `encrypt` | FIPS 197; code for AES-NI and ARMv8 (OpenSSL, BoringSSL, Go, Linux, RustCrypto); tables read little-endian (mbedTLS, nettle) |
/// | `encrypt-swapped` | tables read big-endian on little-endian machines (OpenSSL's C code, Go's portable code, pycryptodome, wolfSSL, Java) |
/// | `decrypt` | the equivalent inverse cipher of FIPS 197 section 5.3.5 in the order of use; all of the above |
/// | `decrypt-ascending` | the same, first round key of encryption first |
/// | `encrypt-reversed` | the plain inverse cipher of section 5.3 in the order of use |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Round keys last to first.
    pub(super) descending: bool,
    /// `InvMixColumns` is applied to all round keys but the outer two.
    pub(super) inverse: bool,
    /// Each word last byte first.
    pub(super) swapped: bool,
}

impl Layout {
    /// Every layout.
    pub(super) const ALL: [Self; 8] = [
        Self::new(false, false, false),
        Self::new(false, false, true),
        Self::new(false, true, false),
        Self::new(false, true, true),
        Self::new(true, false, false),
        Self::new(true, false, true),
        Self::new(true, true, false),
        Self::new(true, true, true),
    ];

    const fn new(descending: bool, inverse: bool, swapped: bool) -> Self {
        Self { descending, inverse, swapped }
    }

    /// The name in reports.
    pub(super) fn name(self) -> &'static str {
        match (self.inverse, self.descending, self.swapped) {
            (false, false, false) => "encrypt",
            (false, false, true) => "encrypt-swapped",
            (false, true, false) => "encrypt-reversed",
            (false, true, true) => "encrypt-reversed-swapped",
            (true, true, false) => "decrypt",
            (true, true, true) => "decrypt-swapped",
            (true, false, false) => "decrypt-ascending",
            (true, false, true) => "decrypt-ascending-swapped",
        }
    }

    /// Where a word of the expansion stands, in bytes from the start.
    pub(super) fn place(self, size: Size, index: usize) -> usize {
        let round = if self.descending { size.rounds() - index / 4 } else { index / 4 };
        16 * round + 4 * (index % 4)
    }

    /// How a word of the expansion is written.
    pub(super) fn write(self, size: Size, index: usize, word: u32) -> [u8; 4] {
        let word = if self.mixes(size, index) { inverse_mix_column(word) } else { word };
        if self.swapped { word.to_le_bytes() } else { word.to_be_bytes() }
    }

    /// The word of the expansion that is written so.
    pub(super) fn read(self, size: Size, index: usize, bytes: [u8; 4]) -> u32 {
        let word = if self.swapped { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
        if self.mixes(size, index) { mix_column(word) } else { word }
    }

    /// The whole schedule as it stands in memory.
    pub(super) fn bytes(self, expansion: &Expansion) -> Zeroizing<Vec<u8>> {
        let size = expansion.size;
        let mut bytes = Zeroizing::new(vec![0; 4 * size.words()]);
        for (index, word) in expansion.words().iter().enumerate() {
            let place = self.place(size, index);
            bytes[place..place + 4].copy_from_slice(&self.write(size, index, *word));
        }
        bytes
    }

    fn mixes(self, size: Size, index: usize) -> bool {
        self.inverse && (1..size.rounds()).contains(&(index / 4))
    }
}
