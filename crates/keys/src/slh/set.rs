//! The parameter sets of FIPS 205, section 11.

/// The hash family of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// SHA-256 and SHA-512.
    Sha2,
    /// SHAKE256.
    Shake,
}

/// A parameter set, as far as a key depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Set {
    /// The name of the standard.
    pub(super) name: &'static str,
    /// Its hashes.
    pub(super) family: Family,
    /// Bytes of each of the four parts.
    pub(super) n: usize,
    /// Layer of the topmost tree: d - 1.
    pub(super) layer: u8,
    /// Height of a tree: h'.
    pub(super) height: u8,
    /// Last byte of the OBJECT IDENTIFIER 2.16.840.1.101.3.4.3.20 to .31 (RFC 9909, section 3).
    pub(super) oid: u8,
}

impl Set {
    /// Every set, the cheap ones first.
    pub(super) const ALL: [Self; 12] = [
        set("SLH-DSA-SHA2-128f", Family::Sha2, 16, 21, 3, 21),
        set("SLH-DSA-SHA2-192f", Family::Sha2, 24, 21, 3, 23),
        set("SLH-DSA-SHA2-256f", Family::Sha2, 32, 16, 4, 25),
        set("SLH-DSA-SHAKE-128f", Family::Shake, 16, 21, 3, 27),
        set("SLH-DSA-SHAKE-192f", Family::Shake, 24, 21, 3, 29),
        set("SLH-DSA-SHAKE-256f", Family::Shake, 32, 16, 4, 31),
        set("SLH-DSA-SHA2-128s", Family::Sha2, 16, 6, 9, 20),
        set("SLH-DSA-SHA2-192s", Family::Sha2, 24, 6, 9, 22),
        set("SLH-DSA-SHA2-256s", Family::Sha2, 32, 7, 8, 24),
        set("SLH-DSA-SHAKE-128s", Family::Shake, 16, 6, 9, 26),
        set("SLH-DSA-SHAKE-192s", Family::Shake, 24, 6, 9, 28),
        set("SLH-DSA-SHAKE-256s", Family::Shake, 32, 7, 8, 30),
    ];

    /// Chains of a one-time key: 2 n digits and three of their sum.
    pub(super) fn chains(self) -> u32 {
        u32::try_from(2 * self.n + 3).unwrap_or(0)
    }

    /// Hashes that the root takes, about.
    pub(super) fn cost(self) -> u64 {
        u64::from(16 * self.chains()) << self.height
    }

    /// Content of the OBJECT IDENTIFIER.
    pub(super) fn oid(self) -> [u8; 9] {
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, self.oid]
    }
}

const fn set(name: &'static str, family: Family, n: usize, layer: u8, height: u8, oid: u8) -> Set {
    Set { name, family, n, layer, height, oid }
}
