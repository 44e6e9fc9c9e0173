//! The curves and algorithms that encodings name.

/// A named elliptic curve with its object identifier.
#[derive(Debug)]
pub(crate) struct Curve {
    /// The name used in reports; the JOSE name where RFC 7518 gives one.
    pub name: &'static str,
    /// Content of the OBJECT IDENTIFIER.
    pub oid: &'static [u8],
    /// Length of a scalar in bytes.
    pub size: usize,
    /// Length of the field in bits.
    pub bits: u32,
    /// The name in SSH key types (RFC 5656), or none.
    pub ssh: &'static str,
}

/// Every curve recognised. Identifiers as `openssl ecparam -name NAME -outform DER` prints them.
pub(crate) const CURVES: &[Curve] = &[
    Curve { name: "P-256", oid: b"\x2a\x86\x48\xce\x3d\x03\x01\x07", size: 32, bits: 256, ssh: "nistp256" },
    Curve { name: "P-384", oid: b"\x2b\x81\x04\x00\x22", size: 48, bits: 384, ssh: "nistp384" },
    Curve { name: "P-521", oid: b"\x2b\x81\x04\x00\x23", size: 66, bits: 521, ssh: "nistp521" },
    Curve { name: "secp256k1", oid: b"\x2b\x81\x04\x00\x0a", size: 32, bits: 256, ssh: "" },
    Curve { name: "P-224", oid: b"\x2b\x81\x04\x00\x21", size: 28, bits: 224, ssh: "" },
    Curve { name: "P-192", oid: b"\x2a\x86\x48\xce\x3d\x03\x01\x01", size: 24, bits: 192, ssh: "" },
    Curve { name: "secp192k1", oid: b"\x2b\x81\x04\x00\x1f", size: 24, bits: 192, ssh: "" },
    Curve { name: "secp224k1", oid: b"\x2b\x81\x04\x00\x20", size: 29, bits: 224, ssh: "" },
    Curve {
        name: "brainpoolP256r1",
        oid: b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07",
        size: 32,
        bits: 256,
        ssh: "",
    },
    Curve {
        name: "brainpoolP384r1",
        oid: b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b",
        size: 48,
        bits: 384,
        ssh: "",
    },
    Curve {
        name: "brainpoolP512r1",
        oid: b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d",
        size: 64,
        bits: 512,
        ssh: "",
    },
    Curve { name: "SM2", oid: b"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", size: 32, bits: 256, ssh: "" },
];

/// The curve with this object identifier (content bytes).
pub(crate) fn by_oid(oid: &[u8]) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| curve.oid == oid)
}

/// The curve of this name: the JOSE name or the one in SSH key types.
pub(crate) fn by_name(name: &[u8]) -> Option<&'static Curve> {
    CURVES
        .iter()
        .find(|curve| curve.name.as_bytes() == name || (!name.is_empty() && curve.ssh.as_bytes() == name))
}

/// A curve of RFC 8032 or RFC 7748, whose private key is a string of bytes.
#[derive(Debug)]
pub(crate) struct ByteCurve {
    /// The JOSE name (RFC 8037).
    pub name: &'static str,
    /// Content of the OBJECT IDENTIFIER (RFC 8410).
    pub oid: &'static [u8],
    /// Length of a private key in bytes.
    pub size: usize,
    /// True for a key that signs.
    pub signs: bool,
}

/// The four curves of RFC 8410.
pub(crate) const BYTE_CURVES: &[ByteCurve] = &[
    ByteCurve { name: "Ed25519", oid: b"\x2b\x65\x70", size: 32, signs: true },
    ByteCurve { name: "X25519", oid: b"\x2b\x65\x6e", size: 32, signs: false },
    ByteCurve { name: "Ed448", oid: b"\x2b\x65\x71", size: 57, signs: true },
    ByteCurve { name: "X448", oid: b"\x2b\x65\x6f", size: 56, signs: false },
];

/// `rsaEncryption` (RFC 8017).
pub(crate) const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// `id-RSASSA-PSS` (RFC 8017).
pub(crate) const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
/// `id-RSAES-OAEP` (RFC 8017).
pub(crate) const RSA_OAEP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07";
/// `id-ecPublicKey` (RFC 5480).
pub(crate) const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// `id-ecDH` (RFC 5480).
pub(crate) const EC_DH: &[u8] = b"\x2b\x81\x04\x01\x0c";
/// `id-dsa` (RFC 3279).
pub(crate) const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
/// `dhKeyAgreement` (PKCS #3).
pub(crate) const DH: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01";
/// `dhpublicnumber` (RFC 3279, X9.42).
pub(crate) const DH_X942: &[u8] = b"\x2a\x86\x48\xce\x3e\x02\x01";
