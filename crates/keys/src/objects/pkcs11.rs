//! `CK_ATTRIBUTE` of PKCS#11.

use super::{Hint, Object};

/// `CKA_VALUE` (PKCS#11 3.0, `pkcs11t.h`).
const CKA_VALUE: u64 = 0x11;

/// `CKA_PRIVATE_EXPONENT`, `CKA_PRIME_1`, `CKA_PRIME_2`, `CKA_EXPONENT_1`, `CKA_EXPONENT_2`, `CKA_COEFFICIENT`.
const CKA_PRIVATE_NUMBERS: std::ops::RangeInclusive<u64> = 0x123..=0x128;

/// Lengths of the numbers of an RSA key, in bytes.
const NUMBER_BYTES: std::ops::RangeInclusive<usize> = 32..=1024;

/// True for the type of an attribute that holds a key.
pub(super) fn may_begin(word: u64) -> bool {
    word == CKA_VALUE || CKA_PRIVATE_NUMBERS.contains(&word)
}

/// `pValue` and `ulValueLen`. Certificates, whose value has the same type, are longer than keys.
pub(super) fn attribute(kind: u64, address: u64, length: u64) -> Option<Hint> {
    let length = usize::try_from(length).ok()?;
    let (fits, object) = if kind == CKA_VALUE {
        (super::scan::KEY_BYTES.contains(&length), Object::KeyValue)
    } else {
        (NUMBER_BYTES.contains(&length), Object::KeyNumber)
    };
    (address != 0 && fits).then_some(Hint { address, length, object, text: None })
}
