//! The groups that protocols name.

use num_bigint::BigUint;
use num_traits::{One as _, Zero as _};
use std::sync::LazyLock;

/// Bits of the digits that stand between the ones of a prime (RFC 2412, appendix E).
const ONES: usize = 64;

/// A group of a safe prime and the generator 2.
#[derive(Debug)]
pub(super) struct Group {
    /// `modp2048`, `ffdhe3072`.
    pub(super) name: String,
    /// The prime.
    pub(super) prime: BigUint,
    /// 64 bits of it that no other has.
    pub(super) mark: u64,
}

/// Every group.
pub(super) static GROUPS: LazyLock<Vec<Group>> =
    LazyLock::new(|| Family::ALL.into_iter().flat_map(Family::groups).collect());

/// A family of primes out of the digits of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    /// RFC 2409, section 6 and RFC 3526: digits of pi.
    Modp,
    /// RFC 7919, appendix A: digits of e.
    Ffdhe,
}

impl Family {
    /// Both.
    const ALL: [Self; 2] = [Self::Modp, Self::Ffdhe];

    /// Length in bits, and the number that makes the prime a safe one.
    fn members(self) -> &'static [(usize, u32)] {
        match self {
            Self::Modp => &[
                (768, 149_686),
                (1024, 129_093),
                (1536, 741_804),
                (2048, 124_476),
                (3072, 1_690_314),
                (4096, 240_904),
                (6144, 929_484),
                (8192, 4_743_158),
            ],
            Self::Ffdhe => &[
                (2048, 560_316),
                (3072, 2_625_351),
                (4096, 5_736_041),
                (6144, 15_705_020),
                (8192, 10_965_728),
            ],
        }
    }

    fn groups(self) -> impl Iterator<Item = Group> {
        let name = if self == Self::Modp { "modp" } else { "ffdhe" };
        let group = move |(bits, addend): &(usize, u32)| {
            let prime = self.prime(*bits, *addend);
            // Behind 64 ones, the same in all, come the first digits that tell a prime apart.
            let mark = (&prime >> ONES).iter_u64_digits().next().unwrap_or(0);
            Group { name: format!("{name}{bits}"), prime, mark }
        };
        self.members().iter().map(group)
    }

    /// 2^n - 2^(n-64) - 1 + 2^64 (floor(2^(n-130) c) + a), where c is the constant.
    fn prime(self, bits: usize, addend: u32) -> BigUint {
        let one = BigUint::one();
        let digits = match self {
            Self::Modp => pi(bits - 130),
            Self::Ffdhe => e(bits - 130),
        };
        (&one << bits) - (&one << (bits - ONES)) - &one + ((digits + addend) << ONES)
    }
}

/// The second Oakley group (RFC 2409, section 6.2).
pub(crate) fn modp_1024() -> BigUint {
    Family::Modp.prime(1024, 129_093)
}

/// Bits by which sums are computed more exactly than they are needed: rounding loses less.
const GUARD_BITS: usize = 64;

/// floor(2^n e), the sum of 1/k!.
fn e(bits: usize) -> BigUint {
    let (mut term, mut sum) = (BigUint::one() << (bits + GUARD_BITS), BigUint::zero());
    for k in 1_u32.. {
        if term.is_zero() {
            break;
        }
        sum += &term;
        term /= k;
    }
    sum >> GUARD_BITS
}

/// floor(2^n pi), by Machin's formula: 16 arctan(1/5) - 4 arctan(1/239).
fn pi(bits: usize) -> BigUint {
    let unit = BigUint::one() << (bits + GUARD_BITS);
    (arctan(&unit, 5) * 16_u32 - arctan(&unit, 239) * 4_u32) >> GUARD_BITS
}

/// `unit` times arctan(1/x).
fn arctan(unit: &BigUint, x: u32) -> BigUint {
    let mut power = unit / x;
    let (mut plus, mut minus) = (power.clone(), BigUint::zero());
    for index in 1_u32.. {
        power /= x * x;
        if power.is_zero() {
            break;
        }
        let term = &power / (2 * index + 1);
        *(if index % 2 == 0 { &mut plus } else { &mut minus }) += term;
    }
    plus - minus
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    /// Safe primes are so rare that a wrong digit or addend would not give one.
    #[test]
    fn primes_are_safe_and_bear_marks_of_their_own() {
        let marks: std::collections::BTreeSet<u64> = GROUPS.iter().map(|group| group.mark).collect();
        assert_eq!((GROUPS.len(), marks.len()), (13, 13));
        for Group { name, prime, .. } in GROUPS.iter().filter(|group| group.prime.bits() <= 2048) {
            let half: BigUint = (prime - 1_u32) >> 1;
            for number in [prime, &half] {
                assert!(BigUint::from(2_u32).modpow(&(number - 1_u32), number).is_one(), "{name}");
            }
        }
    }
}
