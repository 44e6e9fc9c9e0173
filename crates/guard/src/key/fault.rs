//! Why a published key is not taken.

/// Why a key is not taken. The rest of its set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// A member is missing or has the wrong type, or is no strict base64url.
    #[error("a member of the key is missing or malformed")]
    Malformed,
    /// It has private members: whoever reads the set can sign.
    #[error("the private key is published with it: treat the key as leaked")]
    Private,
    /// It is a shared secret (`oct`).
    #[error("it is a shared secret, which no key set may publish")]
    Symmetric,
    /// Its type, curve or algorithm is none that is verified here.
    #[error("its type, curve or algorithm is not supported")]
    Unsupported,
    /// `use` or `key_ops` say that it is not for signatures.
    #[error("it is not for signatures (use, key_ops)")]
    NotForSignatures,
    /// An RSA modulus under 2048 or over 8192 bits.
    #[error("its RSA modulus has not 2048 to 8192 bits")]
    Size,
    /// An even modulus, an even exponent or one under 3, a modulus of the ROCA kind (CVE-2017-15361), or an Ed25519 key of small order.
    #[error("it is weak: anybody may be able to sign in its name")]
    Weak,
    /// The point is not on the curve, or its coordinates have the wrong length.
    #[error("its point is not on its curve")]
    Point,
    /// The certificate in `x5c` cannot be read, is of another key, or is not the one of `x5t`.
    #[error("its certificate (x5c, x5t) is damaged or of another key")]
    Certificate,
    /// It stands in a set that several issuers share, and does not say whose it is (`issuer`).
    #[error("it stands in a set of several issuers and does not say whose it is")]
    IssuerMissing,
    /// Its `issuer` member names another issuer.
    #[error("it says that it belongs to another issuer")]
    IssuerOther,
    /// Its `cloud_instance_name` names another cloud.
    #[error("it says that it belongs to another cloud")]
    CloudOther,
    /// The same key is published by another issuer, and nobody declared that they share it.
    #[error("another issuer publishes the same key, and nobody declared that they share it")]
    TwoIssuers,
}
