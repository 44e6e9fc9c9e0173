//! What a detector proves: a secret, its components, and where it was seen.

use std::fmt;
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes that must not leave the process. Wiped when dropped.
///
/// There is deliberately no `Clone`, `Display` or `Serialize`; `Debug` shows
/// the length alone.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of secret bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret bytes, for arithmetic and search only.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for a secret of no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A second owned copy, made on purpose and by name.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::new(self.0.to_vec())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// What a secret is, in the field's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// RSA private key (RFC 8017).
    RsaPrivateKey,
    /// AES key (FIPS 197), one key of an XTS pair included.
    AesKey,
    /// Elliptic-curve private key over a named curve (SEC 1).
    EcPrivateKey,
    /// Ed25519 or Ed448 private key (RFC 8032).
    EdwardsPrivateKey,
    /// X25519 or X448 private key (RFC 7748).
    MontgomeryPrivateKey,
    /// DSA or Diffie-Hellman private key.
    FiniteFieldPrivateKey,
    /// ML-KEM decapsulation key (FIPS 203), or secret polynomials of one.
    MlKemPrivateKey,
    /// ML-DSA signing key (FIPS 204), or secret polynomials of one.
    MlDsaPrivateKey,
    /// SLH-DSA signing key (FIPS 205).
    SlhDsaPrivateKey,
    /// A private key in an encoding whose algorithm is not named above.
    OtherPrivateKey,
    /// A private key encrypted under a password: reported, not a secret by itself.
    EncryptedPrivateKey,
    /// A piece of an encoded private key whose rest is missing.
    PrivateKeyFragment,
    /// A symmetric key in an encoding that names it (JWK `oct`).
    SymmetricKey,
    /// A token: JWT, API key, session cookie.
    Token,
    /// A password or other credential named as such where it stands.
    Credential,
    /// A secret of its owner's index, recognised by its fingerprints alone.
    KnownSecret,
    /// Unexplained randomness (policy strict).
    Randomness,
    /// The sixteen bytes that `AT_RANDOM` points to, and the guards made of them.
    ProcessGuard,
}

impl Kind {
    /// The name used in reports, stable across versions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaPrivateKey => "rsa-private-key",
            Self::AesKey => "aes-key",
            Self::EcPrivateKey => "ec-private-key",
            Self::EdwardsPrivateKey => "edwards-private-key",
            Self::MontgomeryPrivateKey => "montgomery-private-key",
            Self::FiniteFieldPrivateKey => "finite-field-private-key",
            Self::MlKemPrivateKey => "ml-kem-private-key",
            Self::MlDsaPrivateKey => "ml-dsa-private-key",
            Self::SlhDsaPrivateKey => "slh-dsa-private-key",
            Self::OtherPrivateKey => "private-key",
            Self::EncryptedPrivateKey => "encrypted-private-key",
            Self::PrivateKeyFragment => "private-key-fragment",
            Self::SymmetricKey => "symmetric-key",
            Self::Token => "token",
            Self::Credential => "credential",
            Self::KnownSecret => "known-secret",
            Self::Randomness => "randomness",
            Self::ProcessGuard => "process-guard",
        }
    }

    /// The word that the fill repeats: at most six ASCII letters.
    #[must_use]
    pub fn marker(self) -> &'static str {
        match self {
            Self::RsaPrivateKey => "RSA",
            Self::AesKey => "AES",
            Self::EcPrivateKey => "EC",
            Self::EdwardsPrivateKey => "EDDSA",
            Self::MontgomeryPrivateKey => "ECDH",
            Self::FiniteFieldPrivateKey => "DSA",
            Self::MlKemPrivateKey => "MLKEM",
            Self::MlDsaPrivateKey => "MLDSA",
            Self::SlhDsaPrivateKey => "SLHDSA",
            Self::OtherPrivateKey | Self::EncryptedPrivateKey | Self::PrivateKeyFragment => "KEY",
            Self::SymmetricKey => "SYM",
            Self::Token => "TOKEN",
            Self::Credential => "CRED",
            Self::KnownSecret => "KNOWN",
            Self::Randomness => "RANDOM",
            Self::ProcessGuard => "GUARD",
        }
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Arithmetic leaves no other explanation.
    Proven,
    /// The structure parses or the checksum fits.
    Structured,
    /// A rule matched, or a name beside it says that it is secret.
    Matched,
    /// It looks random and nothing explains it.
    Suspected,
}

/// What a component is to its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Part of the secret itself; every fragment of it must go.
    Secret,
    /// A value from which the secret follows (schedules, Montgomery constants).
    Derived,
    /// Public; names the key, is never removed.
    Public,
}

/// How a component may be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notation {
    /// An unsigned integer; the value is big-endian without leading zeros.
    Number,
    /// A string of bytes whose order matters (AES keys, schedules, seeds).
    Bytes,
    /// Text; the value is UTF-8.
    Text,
    /// Words of eight bytes that each hold a signed digit of about half as many bits, as they stand in memory.
    Digits,
}

/// One value of a secret: p, d, a round-key schedule, a token's text.
#[derive(Debug)]
pub struct Component {
    /// Standard name: `p`, `q`, `d`, `dp`, `dq`, `qinv`, `rr_p`, `key`, `schedule`, `text`.
    pub name: &'static str,
    /// Whether it must go.
    pub role: Role,
    /// How it may be written.
    pub notation: Notation,
    /// The value; see [`Notation`] for its order.
    pub value: Secret,
}

impl Component {
    /// Builds a component.
    #[must_use]
    pub fn new(name: &'static str, role: Role, notation: Notation, value: Vec<u8>) -> Self {
        Self { name, role, notation, value: Secret::new(value) }
    }
}

/// A public name of a key, by which its owner recognises it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicId {
    /// Which name: `spki-sha256`, `jwk-thumbprint`, `modulus-bits`, `subject`, `key-id`.
    pub name: &'static str,
    /// Its value as text, never secret.
    pub value: String,
}

/// A secret with everything known of it.
#[derive(Debug)]
pub struct Material {
    /// What it is.
    pub kind: Kind,
    /// Strength in bits: modulus length for RSA, key length for AES, 8 x length for texts.
    pub bits: u32,
    /// How sure that is.
    pub certainty: Certainty,
    /// Which detector says so: `rsa-primes`, `aes-schedule`, `pem`, a rule's id.
    pub detector: String,
    /// The values that must go, and those that name it.
    pub components: Vec<Component>,
    /// Public names of the key.
    pub public_ids: Vec<PublicId>,
    /// Set if this is a publicly known key or constant: where it is published.
    pub publicly_known: Option<String>,
}

impl Material {
    /// What the owner of a known secret calls it.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let label = |id: &&PublicId| self.kind == Kind::KnownSecret && id.name == "label";
        self.public_ids.iter().find(label).map(|id| id.value.as_str())
    }
}

/// A place in a window where (part of) a secret stands.
#[derive(Debug)]
pub struct Hit {
    /// The bytes to remove, relative to the window.
    pub range: Range<usize>,
    /// Which component stands there, or `whole` for an encoding of all of it.
    pub component: &'static str,
    /// How it is written: `le`, `be`, `der`, `pem`, `schedule-encrypt`, `ascii`.
    pub form: &'static str,
    /// The secret.
    pub material: Material,
}
