//! Orders of the groups whose private numbers are judged.

/// A curve's name and the order of its base point in hexadecimal.
///
/// FIPS 186-5 and SP 800-186 (P-256, P-384, P-521), SEC 2 (secp256k1), RFC 5639 (brainpool),
/// GM/T 0003.5 (SM2); printed by `openssl ecparam -param_enc explicit -text -name NAME`.
pub(super) const ORDERS: &[(&str, &str)] = &[
    ("p256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    (
        "p384",
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    ),
    (
        "p521",
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d0\
         3bb5c9b8899c47aebb6fb71e91386409",
    ),
    ("secp256k1", "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
    ("brainpoolP256r1", "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"),
    ("sm2", "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
];

/// The order of edwards25519 (RFC 8032, 5.1) and that of edwards448 (5.2).
pub(super) const ED25519: &str = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";
/// As [`ED25519`].
pub(super) const ED448: &str = "3fffffffffffffffffffffffffffffffffffffffffffffffffffffff7cca23e9c44edb49aed63690216cc2728dc58f552378c292\
                                ab5844f3";
