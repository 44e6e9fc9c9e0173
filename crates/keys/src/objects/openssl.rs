//! `BIGNUM` of OpenSSL.

use super::memory::may_point_to_object;
use super::{Hint, Object};

/// `BN_FLG_MALLOCED`, `BN_FLG_STATIC_DATA`, `BN_FLG_CONSTTIME`, `BN_FLG_SECURE`, `BN_FLG_FIXED_TOP` (`openssl/bn.h`,
/// `crypto/bn.h`), in the upper half of the word that holds `neg` below.
const FLAGS: u64 = 0x0001_000f;

/// `BN_FLG_CONSTTIME` and `BN_FLG_SECURE`.
const PRIVATE_FLAGS: u64 = 0x0c;

/// Limbs of a number: more than two, as the shortest private number has, and no more than a modulus of 16384 bits has.
pub(super) const LIMBS: std::ops::RangeInclusive<usize> = 3..=256;

/// True for the last word of a private number: `neg` and flags.
pub(super) fn may_end(word: u64) -> bool {
    word >> 32 & PRIVATE_FLAGS != 0 && word & !(FLAGS << 32 | 1) == 0
}

/// `d`, and `top` below `dmax`.
pub(super) fn bignum(address: u64, limbs: u64) -> Option<Hint> {
    let (top, most) = (limbs & 0xffff_ffff, limbs >> 32);
    let top = usize::try_from(top).ok().filter(|top| LIMBS.contains(top))?;
    let fits = most >= top as u64 && most <= *LIMBS.end() as u64;
    (fits && may_point_to_object(address)).then_some(Hint {
        address,
        length: top * 8,
        object: Object::Bignum,
        text: None,
    })
}
