//! From a proven key to everything that must go with it.

use super::ring::{self, Ring, Small};
use super::set::{Bits, Dsa, HEAD_BYTES, Kem, PACKED_BYTES};
use crate::material::{Certainty, Component, Kind, Material, Notation, PublicId, Role};
use crate::public;
use zeroize::Zeroizing;

/// Name of the detector in reports.
const DETECTOR: &str = "lattice-keys";

/// A parameter set of either standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// FIPS 203.
    Kem(Kem),
    /// FIPS 204.
    Dsa(Dsa),
}

impl Set {
    /// The set that this object identifier names (content bytes).
    pub(crate) fn by_oid(oid: &[u8]) -> Option<Self> {
        let kem = Kem::ALL.into_iter().find(|set| set.oid() == oid).map(Self::Kem);
        kem.or_else(|| Dsa::ALL.into_iter().find(|set| set.oid() == oid).map(Self::Dsa))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Kem(set) => set.name(),
            Self::Dsa(set) => set.name(),
        }
    }

    fn oid(self) -> [u8; 9] {
        match self {
            Self::Kem(set) => set.oid(),
            Self::Dsa(set) => set.oid(),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Kem(_) => Kind::MlKemPrivateKey,
            Self::Dsa(_) => Kind::MlDsaPrivateKey,
        }
    }

    /// The ring of its polynomials.
    pub(super) fn ring(self) -> &'static Ring {
        match self {
            Self::Kem(_) => &ring::KEM,
            Self::Dsa(_) => &ring::DSA,
        }
    }
}

/// A key that is known whole.
pub(crate) struct Key {
    /// Its parameter set.
    pub(crate) set: Set,
    /// The expanded private key as the standard encodes it.
    pub(crate) expanded: Zeroizing<Vec<u8>>,
    /// The public key.
    pub(crate) public: Vec<u8>,
    /// d or xi, from which all but z follows.
    pub(crate) seed: Option<Zeroizing<[u8; 32]>>,
    /// Whether z is known.
    pub(crate) has_z: bool,
}

impl Key {
    /// The key that follows from a seed; z is what an ML-KEM key keeps beside it.
    pub(crate) fn from_seed(set: Set, seed: &[u8; 32], z: Option<&[u8; 32]>) -> Option<Self> {
        let (expanded, public) = match set {
            Set::Kem(kem) => {
                let expanded = kem.expand(seed, z.unwrap_or(&[0; 32]));
                let public = kem.parts(&expanded)?.1.to_vec();
                (expanded, public)
            }
            Set::Dsa(dsa) => dsa.expand(seed),
        };
        Some(Self { set, expanded, public, seed: Some(Zeroizing::new(*seed)), has_z: z.is_some() })
    }

    /// An expanded key, if the digest in it fits.
    pub(crate) fn from_expanded(set: Set, key: &[u8]) -> Option<Self> {
        let public = match set {
            Set::Kem(kem) if kem.is_key(key) => kem.parts(key)?.1.to_vec(),
            Set::Kem(_) => return None,
            Set::Dsa(dsa) => dsa.public(key)?,
        };
        Some(Self { set, expanded: Zeroizing::new(key.to_vec()), public, seed: None, has_z: true })
    }

    /// The secret polynomials in the order of the encoding, each with its packed form, its
    /// transform, and the name of its vector.
    pub(super) fn polynomials(&self) -> Vec<(&'static str, Vec<u8>, Small)> {
        let name = |index: usize| match self.set {
            Set::Kem(_) => "s",
            Set::Dsa(dsa) if index < usize::from(dsa.ranks().1) => "s1",
            Set::Dsa(_) => "s2",
        };
        let packed: Vec<&[u8]> = match self.set {
            Set::Kem(kem) => {
                self.expanded.get(..kem.vector_bytes()).unwrap_or_default().chunks(PACKED_BYTES).collect()
            }
            Set::Dsa(dsa) => {
                let vectors = self.expanded.get(HEAD_BYTES..HEAD_BYTES + dsa.vector_bytes());
                vectors.unwrap_or_default().chunks(dsa.bits().polynomial_bytes()).collect()
            }
        };
        let read = |packed: &[u8]| match self.set {
            Set::Kem(_) => ring::KEM.secret(&unpack(packed)),
            Set::Dsa(dsa) => dsa.bits().unpack(packed),
        };
        let all = packed.into_iter().enumerate();
        all.filter_map(|(index, packed)| Some((name(index), packed.to_vec(), read(packed)?))).collect()
    }

    /// The material.
    pub(crate) fn material(&self, detector: Option<&str>) -> Material {
        let mut out = blank(self.set.kind(), detector);
        out.bits = match self.set {
            Set::Kem(kem) => 256 * u32::from(kem.rank()),
            Set::Dsa(dsa) => u32::try_from(dsa.public_bits()).unwrap_or(0),
        };
        out.public_ids.push(PublicId { name: "algorithm", value: self.set.name().to_owned() });
        out.public_ids.extend(public::other(&self.set.oid(), &self.public));
        push(&mut out, "public", Role::Public, &self.public);
        for (name, packed, small) in self.polynomials() {
            push(&mut out, name, Role::Secret, &packed);
            add_words(&mut out, self.set.ring(), &small);
        }
        match self.set {
            Set::Kem(kem) => {
                if let Some((_, _, z)) = kem.parts(&self.expanded).filter(|_| self.has_z) {
                    push(&mut out, "z", Role::Secret, z);
                }
            }
            Set::Dsa(dsa) => {
                push(&mut out, "K", Role::Secret, self.expanded.get(32..64).unwrap_or_default());
                let t0 = self.expanded.get(HEAD_BYTES + dsa.vector_bytes()..).unwrap_or_default();
                push(&mut out, "t0", Role::Derived, t0);
            }
        }
        if let Some(seed) = &self.seed {
            let name = if out.kind == Kind::MlKemPrivateKey { "d" } else { "seed" };
            push(&mut out, name, Role::Secret, &seed[..]);
        }
        out
    }
}

/// Secret polynomials of which nothing else is known.
pub(super) fn lone(kind: Kind, polynomials: &[Small], certainty: Certainty) -> Material {
    let mut out = blank(kind, None);
    out.certainty = certainty;
    out.bits = u32::try_from(polynomials.len() * ring::DEGREE).unwrap_or(u32::MAX);
    for small in polynomials {
        if kind == Kind::MlKemPrivateKey {
            push(&mut out, "s", Role::Secret, &pack(&ring::KEM.transform(small)));
            add_words(&mut out, &ring::KEM, small);
        } else {
            let is_narrow = small.iter().all(|value| value.abs() <= 2);
            let bits = if is_narrow { Bits::Three } else { Bits::Four };
            push(&mut out, "s", Role::Secret, &bits.pack(small));
            add_words(&mut out, &ring::DSA, small);
        }
    }
    out
}

/// Bytes that are a secret in a form that says nothing of the rest.
pub(super) fn raw(kind: Kind, bytes: &[u8], certainty: Certainty) -> Material {
    let mut out = blank(kind, None);
    out.certainty = certainty;
    out.bits = u32::try_from(bytes.len() * 8).unwrap_or(u32::MAX);
    push(&mut out, "s", Role::Secret, bytes);
    out
}

/// The transform in the words of the libraries.
fn add_words(out: &mut Material, ring: &Ring, small: &Small) {
    let values = ring.transform(small);
    let bytes: Vec<u8> = if ring.q < 1 << 16 {
        values.iter().flat_map(|value| value.to_le_bytes().into_iter().take(2)).collect()
    } else {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    };
    push(out, "s_ntt", Role::Derived, &bytes);
}

/// Twelve bits a coefficient.
fn pack(values: &[u32; ring::DEGREE]) -> Vec<u8> {
    let (pairs, _) = values.as_chunks::<2>();
    pairs.iter().flat_map(|[low, high]| (low | high << 12).to_le_bytes().into_iter().take(3)).collect()
}

fn unpack(packed: &[u8]) -> Zeroizing<Vec<i32>> {
    let (groups, _) = packed.as_chunks::<3>();
    Zeroizing::new(groups.iter().flat_map(|group| super::screen::pair(*group)).collect())
}

fn blank(kind: Kind, detector: Option<&str>) -> Material {
    Material {
        kind,
        bits: 0,
        certainty: Certainty::Proven,
        detector: detector.unwrap_or(DETECTOR).to_owned(),
        components: Vec::new(),
        public_ids: Vec::new(),
        publicly_known: None,
    }
}

fn push(out: &mut Material, name: &'static str, role: Role, value: &[u8]) {
    out.components.push(Component::new(name, role, Notation::Bytes, value.to_vec()));
}
