//! The curves y^2 = x^3 + a x + b over a prime field. All point arithmetic is that of
//! the `RustCrypto` crates; here are only names, sizes and changes of representation.

use super::bp512::BrainpoolP512r1;
use super::comb::{self, Value};
use super::equation::{self, Number, Points};
use num_bigint::BigUint;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use zeroize::Zeroizing;

/// A curve whose keys are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Curve {
    P256,
    Secp256k1,
    P384,
    P521,
    BrainpoolP256,
    BrainpoolP384,
    BrainpoolP512,
    Sm2,
}

/// Calls a function that is generic over the curve.
macro_rules! on {
    ($curve:expr, $module:ident::$function:ident, $($argument:expr),*) => {
        match $curve {
            Curve::P256 => $module::$function::<p256::NistP256>($($argument),*),
            Curve::Secp256k1 => $module::$function::<k256::Secp256k1>($($argument),*),
            Curve::P384 => $module::$function::<p384::NistP384>($($argument),*),
            Curve::P521 => $module::$function::<p521::NistP521>($($argument),*),
            Curve::BrainpoolP256 => $module::$function::<bp256::BrainpoolP256r1>($($argument),*),
            Curve::BrainpoolP384 => $module::$function::<bp384::BrainpoolP384r1>($($argument),*),
            Curve::BrainpoolP512 => $module::$function::<BrainpoolP512r1>($($argument),*),
            Curve::Sm2 => $module::$function::<sm2::Sm2>($($argument),*),
        }
    };
}

/// Prime and order of a curve.
pub(super) struct Numbers {
    /// p, of the field.
    pub(super) prime: BigUint,
    /// n, of the generator.
    pub(super) order: BigUint,
    /// 1 / R modulo n, with R two to the bits of the limbs.
    pub(super) order_unmont: BigUint,
}

impl Curve {
    /// Every curve, those in common use first.
    pub(super) const ALL: [Self; 8] = [
        Self::P256,
        Self::Secp256k1,
        Self::P384,
        Self::P521,
        Self::BrainpoolP256,
        Self::BrainpoolP384,
        Self::BrainpoolP512,
        Self::Sm2,
    ];

    /// The name used in reports; that of the `encoded` detectors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::Secp256k1 => "secp256k1",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::BrainpoolP256 => "brainpoolP256r1",
            Self::BrainpoolP384 => "brainpoolP384r1",
            Self::BrainpoolP512 => "brainpoolP512r1",
            Self::Sm2 => "SM2",
        }
    }

    /// The curve of this name.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.name() == name)
    }

    /// Length of a scalar and of a coordinate, in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256 | Self::Sm2 => 32,
            Self::P384 | Self::BrainpoolP384 => 48,
            Self::BrainpoolP512 => 64,
            Self::P521 => 66,
        }
    }

    /// Length of a number in 64-bit limbs, in bytes.
    pub(super) fn limb_bytes(self) -> usize {
        self.size().next_multiple_of(8)
    }

    /// What one public key costs, in products of limbs up to a constant: the additions
    /// grow with the limbs, what each costs with their square.
    pub(super) fn cost(self) -> u64 {
        let limbs = self.limb_bytes() as u64 / 8;
        limbs * limbs * limbs
    }

    /// The public keys X || Y of big-endian scalars of [`Curve::size`] bytes; nothing for
    /// zero or a scalar beyond the order.
    pub(super) fn publics(self, scalars: &[Value]) -> Vec<Option<Vec<u8>>> {
        let order = &self.numbers().order;
        let is_in_order =
            |scalar: &&Value| scalar.len() == self.size() && BigUint::from_bytes_be(scalar) < *order;
        let valid: Vec<Value> = scalars.iter().filter(is_in_order).cloned().collect();
        let mut publics = on!(self, comb::publics, &valid).into_iter();
        let public = |scalar: &Value| if is_in_order(&scalar) { publics.next().flatten() } else { None };
        scalars.iter().map(public).collect()
    }

    /// The public key 04 || X || Y of one scalar.
    pub(super) fn public(self, scalar: &[u8]) -> Option<Vec<u8>> {
        let point = self.publics(&[Zeroizing::new(scalar.to_vec())]).pop()??;
        Some([&[4], &point[..]].concat())
    }

    /// The points of this curve in a dump; see [`equation::points`].
    pub(super) fn points(
        self,
        numbers: &[Number],
        encodings: &BTreeSet<Vec<u8>>,
        lone: &BTreeSet<Vec<u8>>,
    ) -> Points {
        let bits = u32::try_from(self.limb_bytes() * 8).unwrap_or(0);
        on!(self, equation::points, bits, numbers, encodings, lone)
    }

    /// Prime and order.
    pub(super) fn numbers(self) -> &'static Numbers {
        static ALL: LazyLock<Vec<Numbers>> = LazyLock::new(|| Curve::ALL.map(numbers).into());
        static NONE: LazyLock<Numbers> = LazyLock::new(|| numbers(Curve::P256));
        Self::ALL.iter().position(|curve| *curve == self).and_then(|at| ALL.get(at)).unwrap_or(&NONE)
    }

    /// v R mod `modulus`, little-endian, [`Curve::limb_bytes`] long.
    pub(super) fn montgomery(self, value: &[u8], modulus: &BigUint) -> Vec<u8> {
        let product = (BigUint::from_bytes_be(value) << (self.limb_bytes() * 8)) % modulus;
        let mut limbs = product.to_bytes_le();
        limbs.resize(self.limb_bytes(), 0);
        limbs
    }

    /// Prime and order in hexadecimal: the lines `Prime` and `Order` of
    /// `openssl ecparam -name NAME -param_enc explicit -text -noout`.
    fn constants(self) -> (&'static str, &'static str) {
        match self {
            Self::P256 => (
                "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
            ),
            Self::Secp256k1 => (
                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
                "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
            ),
            Self::P384 => (
                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
                "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
            ),
            Self::P521 => (
                "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
            ),
            Self::BrainpoolP256 => (
                "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
                "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
            ),
            Self::BrainpoolP384 => (
                "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
                "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
            ),
            Self::BrainpoolP512 => (
                "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
                "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
            ),
            Self::Sm2 => (
                "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff",
                "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
            ),
        }
    }
}

/// The encoded point of a scalar on P-256.
pub(crate) fn public_p256(scalar: &[u8]) -> Option<Vec<u8>> {
    Curve::P256.public(scalar)
}

fn numbers(curve: Curve) -> Numbers {
    let (prime, order) = curve.constants();
    let parse = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).unwrap_or_default();
    let order = parse(order);
    let r = (BigUint::from(1_u8) << (curve.limb_bytes() * 8)) % &order;
    // n is prime: 1 / R = R^(n - 2).
    let order_unmont = r.modpow(&(&order - 2_u8), &order);
    Numbers { prime: parse(prime), order, order_unmont }
}
