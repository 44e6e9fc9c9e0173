//! Trial division, cheap enough for every window: one dot product answers for
//! several small primes at once.

use std::sync::LazyLock;

/// A product of small primes with the powers of 2^32 modulo it.
struct Wheel {
    product: u64,
    primes: Vec<u64>,
    /// 2^(32 i) mod product.
    powers: Vec<u64>,
}

/// Primes up to here are tried. Deeper costs more than it saves: what passes is
/// paired by one multiplication, not tested for primality.
const PRIMES_BELOW: u64 = 600;

/// Products stay below this, so that 128 terms of 32 by 30 bits fit 128 bits with room.
const PRODUCT_MAX: u64 = 1 << 30;

/// Longest number, in 32-bit words.
const WORDS_MAX: usize = 2 * 136;

static WHEELS: LazyLock<Vec<Wheel>> = LazyLock::new(|| {
    let mut wheels: Vec<Wheel> = Vec::new();
    let is_prime = |n: u64| (2..n).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    for prime in (3..PRIMES_BELOW).filter(|n| is_prime(*n)) {
        match wheels.last_mut() {
            Some(wheel) if wheel.product * prime < PRODUCT_MAX => {
                wheel.product *= prime;
                wheel.primes.push(prime);
            }
            _ => wheels.push(Wheel { product: prime, primes: vec![prime], powers: Vec::new() }),
        }
    }
    for wheel in &mut wheels {
        let product = wheel.product;
        wheel.powers = std::iter::successors(Some(1 % product), |power| Some((power << 32) % product))
            .take(WORDS_MAX)
            .collect();
    }
    wheels
});

/// True if an odd prime below [`PRIMES_BELOW`] divides the number (64-bit limbs,
/// least significant first, at most [`WORDS_MAX`] / 2 of them).
pub(crate) fn has_small_factor(limbs: &[u64]) -> bool {
    WHEELS.iter().any(|wheel| {
        let mut sum = 0u128;
        for (limb, powers) in limbs.iter().zip(wheel.powers.chunks_exact(2)) {
            if let [low, high] = powers {
                sum += u128::from((limb & 0xffff_ffff) * low) + u128::from((limb >> 32) * high);
            }
        }
        let rest = fold(sum, wheel.product);
        wheel.primes.iter().any(|prime| rest.is_multiple_of(*prime))
    })
}

/// `sum` modulo `product`, without a 128-bit division.
fn fold(sum: u128, product: u64) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "split into halves")]
    let (high, low) = ((sum >> 64) as u64, sum as u64);
    let step = |rest: u64, word: u64| ((rest << 32) | word) % product;
    step(step(high % product, low >> 32), low & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_division_of_large_numbers(limbs in proptest::collection::vec(any::<u64>(), 1..128)) {
            let number = BigUint::new(limbs.iter().flat_map(|l| [(l & 0xffff_ffff) as u32, (l >> 32) as u32]).collect());
            let primes = (3u32..600).filter(|n| (2..*n).all(|d| n % d != 0));
            let expected = primes.into_iter().any(|p| (&number % p) == BigUint::ZERO);
            prop_assert_eq!(has_small_factor(&limbs), expected);
        }
    }
}
