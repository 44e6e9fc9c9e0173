//! The parameter sets of FIPS 203 and FIPS 204, and the keys that follow from seeds.

use ml_dsa::{ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams};
#[expect(deprecated, reason = "the expanded form is what stands in memory")]
use ml_kem::ExpandedKeyEncoding as _;
use ml_kem::{DecapsulationKey, MlKem512, MlKem768, MlKem1024};
use sha3::{Digest as _, Sha3_256, Sha3_512};
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};
use zeroize::Zeroizing;

/// Bytes of a polynomial of ML-KEM in twelve bits a coefficient.
pub(super) const PACKED_BYTES: usize = 384;

/// A parameter set of ML-KEM (FIPS 203, section 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kem {
    /// ML-KEM-512.
    K512,
    /// ML-KEM-768.
    K768,
    /// ML-KEM-1024.
    K1024,
}

impl Kem {
    /// Every set.
    pub(crate) const ALL: [Self; 3] = [Self::K512, Self::K768, Self::K1024];

    /// The name of the standard.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::K512 => "ML-KEM-512",
            Self::K768 => "ML-KEM-768",
            Self::K1024 => "ML-KEM-1024",
        }
    }

    /// Content of the OBJECT IDENTIFIER 2.16.840.1.101.3.4.4.1 to .3 (RFC 9935, section 3).
    pub(crate) fn oid(self) -> [u8; 9] {
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, self.rank() - 1]
    }

    /// k, the number of polynomials of a vector.
    pub(super) fn rank(self) -> u8 {
        match self {
            Self::K512 => 2,
            Self::K768 => 3,
            Self::K1024 => 4,
        }
    }

    /// Bytes of s or t.
    pub(super) fn vector_bytes(self) -> usize {
        PACKED_BYTES * usize::from(self.rank())
    }

    /// Bytes of an encapsulation key: t and rho.
    pub(super) fn public_bytes(self) -> usize {
        self.vector_bytes() + 32
    }

    /// Bytes of an expanded decapsulation key.
    pub(crate) fn key_bytes(self) -> usize {
        2 * self.vector_bytes() + 96
    }

    /// Whether `key` is a decapsulation key: it holds the digest of the encapsulation key
    /// (FIPS 203, algorithm 16).
    pub(crate) fn is_key(self, key: &[u8]) -> bool {
        let public = key.get(self.vector_bytes()..self.vector_bytes() + self.public_bytes());
        let digest = key.get(key.len().saturating_sub(64)..key.len().saturating_sub(32));
        let fits =
            public.zip(digest).is_some_and(|(public, digest)| Sha3_256::digest(public).as_slice() == digest);
        fits && key.len() == self.key_bytes()
    }

    /// rho out of the seed d (FIPS 203, algorithm 13).
    pub(super) fn rho(self, d: &[u8]) -> [u8; 32] {
        let both = Zeroizing::new(<[u8; 64]>::from(
            Sha3_512::new().chain_update(d).chain_update([self.rank()]).finalize(),
        ));
        both.first_chunk().copied().unwrap_or_default()
    }

    /// The first polynomial of s, before its transform, out of the seed d (FIPS 203, algorithms
    /// 8 and 13).
    pub(super) fn first_polynomial(self, d: &[u8]) -> super::ring::Small {
        let both = Zeroizing::new(<[u8; 64]>::from(
            Sha3_512::new().chain_update(d).chain_update([self.rank()]).finalize(),
        ));
        let sigma = both.get(32..).unwrap_or_default();
        let bits = if self == Self::K512 { 3 } else { 2 };
        let noise = Zeroizing::new(shake::<192>([sigma, &[0]].into_iter()));
        let bit = |at: usize| noise.get(at / 8).map_or(0, |byte| byte >> (at % 8) & 1).cast_signed();
        let sum = |from: usize| (from..from + bits).map(bit).sum::<i8>();
        let mut out = Zeroizing::new([0; super::ring::DEGREE]);
        for (index, value) in out.iter_mut().enumerate() {
            let at = 2 * bits * index;
            *value = sum(at) - sum(at + bits);
        }
        out
    }

    /// The expanded decapsulation key that follows from d and z.
    #[expect(deprecated, reason = "the expanded form is what stands in memory")]
    pub(crate) fn expand(self, d: &[u8; 32], z: &[u8; 32]) -> Zeroizing<Vec<u8>> {
        let mut seed = ml_kem::Seed::default();
        let (low, high) = seed.split_at_mut(32);
        low.copy_from_slice(d);
        high.copy_from_slice(z);
        Zeroizing::new(match self {
            Self::K512 => DecapsulationKey::<MlKem512>::from_seed(seed).to_expanded_bytes().to_vec(),
            Self::K768 => DecapsulationKey::<MlKem768>::from_seed(seed).to_expanded_bytes().to_vec(),
            Self::K1024 => DecapsulationKey::<MlKem1024>::from_seed(seed).to_expanded_bytes().to_vec(),
        })
    }

    /// The parts of an expanded decapsulation key: s, the encapsulation key, and z.
    pub(super) fn parts(self, key: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
        let (vector, rest) = key.split_at_checked(self.vector_bytes())?;
        let (public, rest) = rest.split_at_checked(self.public_bytes())?;
        Some((vector, public, rest.get(32..64)?))
    }
}

/// The decapsulation key of ML-KEM-512 that follows from a seed.
pub(crate) fn expand_512(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    Kem::K512.expand(seed, seed)
}

/// A parameter set of ML-DSA (FIPS 204, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dsa {
    /// ML-DSA-44.
    D44,
    /// ML-DSA-65.
    D65,
    /// ML-DSA-87.
    D87,
}

/// Bytes of a private key before its vectors: rho, K and tr (FIPS 204, algorithm 24).
pub(super) const HEAD_BYTES: usize = 128;

impl Dsa {
    /// Every set.
    pub(crate) const ALL: [Self; 3] = [Self::D44, Self::D65, Self::D87];

    /// The name of the standard.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::D44 => "ML-DSA-44",
            Self::D65 => "ML-DSA-65",
            Self::D87 => "ML-DSA-87",
        }
    }

    /// Content of the OBJECT IDENTIFIER 2.16.840.1.101.3.4.3.17 to .19 (RFC 9881, section 2).
    pub(crate) fn oid(self) -> [u8; 9] {
        let last = match self {
            Self::D44 => 17,
            Self::D65 => 18,
            Self::D87 => 19,
        };
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, last]
    }

    /// k and l, the numbers of polynomials of s2 and s1.
    pub(super) fn ranks(self) -> (u8, u8) {
        match self {
            Self::D44 => (4, 4),
            Self::D65 => (6, 5),
            Self::D87 => (8, 7),
        }
    }

    /// Bits in which a coefficient of s1 and s2 is packed.
    pub(super) fn bits(self) -> Bits {
        match self {
            Self::D44 | Self::D87 => Bits::Three,
            Self::D65 => Bits::Four,
        }
    }

    /// Polynomials of s1 and s2 together.
    pub(super) fn polynomials(self) -> usize {
        let (k, l) = self.ranks();
        usize::from(k) + usize::from(l)
    }

    /// Bytes of s1 and s2.
    pub(super) fn vector_bytes(self) -> usize {
        self.polynomials() * self.bits().polynomial_bytes()
    }

    /// Bytes of a private key. t0 has 13 bits a coefficient.
    pub(crate) fn key_bytes(self) -> usize {
        HEAD_BYTES + self.vector_bytes() + usize::from(self.ranks().0) * 416
    }

    /// Bits of a public key, by which the sets are told apart in reports.
    pub(super) fn public_bits(self) -> usize {
        // rho, and t1 in ten bits a coefficient (FIPS 204, algorithm 22).
        8 * (32 + usize::from(self.ranks().0) * 320)
    }

    /// rho out of the seed (FIPS 204, algorithm 6).
    pub(super) fn rho(self, seed: &[u8]) -> [u8; 32] {
        let (k, l) = self.ranks();
        shake([seed, &[k, l]].into_iter())
    }

    /// The expanded private key that follows from a seed, and its public key.
    pub(crate) fn expand(self, seed: &[u8; 32]) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
        let seed = ml_dsa::Seed::from(*seed);
        match self {
            Self::D44 => both(&ExpandedSigningKey::<MlDsa44>::from_seed(&seed)),
            Self::D65 => both(&ExpandedSigningKey::<MlDsa65>::from_seed(&seed)),
            Self::D87 => both(&ExpandedSigningKey::<MlDsa87>::from_seed(&seed)),
        }
    }

    /// The public key of an expanded private key, if it is one: its tr is the digest of the
    /// public key, which follows from rho, s1 and s2.
    pub(crate) fn public(self, key: &[u8]) -> Option<Vec<u8>> {
        let vectors = key.get(HEAD_BYTES..HEAD_BYTES + self.vector_bytes())?;
        let is_small = self.bits().read(vectors).all(|value| value <= self.bits().largest());
        let fits = is_small && key.len() == self.key_bytes();
        let public = match self {
            _ if !fits => None,
            Self::D44 => public::<MlDsa44>(key),
            Self::D65 => public::<MlDsa65>(key),
            Self::D87 => public::<MlDsa87>(key),
        }?;
        (Some(shake::<64>([public.as_slice()].into_iter()).as_slice()) == key.get(64..HEAD_BYTES))
            .then_some(public)
    }
}

#[expect(deprecated, reason = "the expanded form is what stands in memory")]
fn both<P: MlDsaParams>(key: &ExpandedSigningKey<P>) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
    (Zeroizing::new(key.to_expanded().to_vec()), key.verifying_key().encode().to_vec())
}

#[expect(deprecated, reason = "the expanded form is what stands in memory; its ranges have been checked")]
fn public<P: MlDsaParams>(key: &[u8]) -> Option<Vec<u8>> {
    let key = ml_dsa::ExpandedSigningKeyBytes::<P>::try_from(key).ok()?;
    Some(ExpandedSigningKey::<P>::from_expanded(&key).verifying_key().encode().to_vec())
}

/// SHAKE256 (FIPS 202).
pub(crate) fn shake<'a, const N: usize>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; N] {
    let mut hash = Shake256::default();
    parts.for_each(|part| hash.update(part));
    let mut out = [0; N];
    hash.finalize_xof().read(&mut out);
    out
}

/// How a coefficient of a secret vector is packed: its bound less the coefficient (FIPS 204,
/// algorithm 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Bits {
    /// Coefficients from -2 to 2.
    Three,
    /// Coefficients from -4 to 4.
    Four,
}

impl Bits {
    /// Both ways.
    pub(super) const ALL: [Self; 2] = [Self::Three, Self::Four];

    /// Largest packed value.
    pub(super) fn largest(self) -> u8 {
        match self {
            Self::Three => 4,
            Self::Four => 8,
        }
    }

    /// Bytes of a polynomial.
    pub(super) fn polynomial_bytes(self) -> usize {
        match self {
            Self::Three => 96,
            Self::Four => 128,
        }
    }

    /// Bytes that hold a whole number of coefficients.
    pub(super) fn group_bytes(self) -> usize {
        match self {
            Self::Three => 3,
            Self::Four => 1,
        }
    }

    /// The packed values of whole groups.
    pub(super) fn read(self, bytes: &[u8]) -> impl Iterator<Item = u8> + '_ {
        let (fields, width) = match self {
            Self::Three => (8, 3),
            Self::Four => (2, 4),
        };
        bytes.chunks_exact(self.group_bytes()).flat_map(move |group| {
            let word = group.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
            (0..fields)
                .map(move |field| u8::try_from(word >> (field * width) & ((1 << width) - 1)).unwrap_or(0))
        })
    }

    /// A polynomial packed in this way.
    pub(super) fn unpack(self, bytes: &[u8]) -> Option<super::ring::Small> {
        let mut out = Zeroizing::new([0_i8; super::ring::DEGREE]);
        if bytes.len() != self.polynomial_bytes() {
            return None;
        }
        for (to, value) in out.iter_mut().zip(self.read(bytes)) {
            *to = i8::try_from(self.largest() / 2).ok()? - i8::try_from(value).ok()?;
        }
        Some(out)
    }

    /// The packed form of a polynomial.
    pub(super) fn pack(self, small: &super::ring::Small) -> Vec<u8> {
        let largest = i8::try_from(self.largest() / 2).unwrap_or(0);
        let values = small.iter().map(|value| u32::from((largest - value).unsigned_abs()));
        let values: Zeroizing<Vec<u32>> = Zeroizing::new(values.collect());
        let (fields, width) = if self == Self::Three { (8, 3) } else { (2, 4) };
        let group = |group: &[u32]| {
            let word = group.iter().rev().fold(0, |word, value| word << width | value);
            word.to_le_bytes().into_iter().take(self.group_bytes())
        };
        values.chunks(fields).flat_map(group).collect()
    }
}
