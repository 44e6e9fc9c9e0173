//! The values from which a private key follows, whatever a library keeps of it.

use super::orders;
use crate::process::output;
use crate::secret::Component;
use anyhow::{Context, Result, ensure};
use num_bigint::BigUint;
use num_traits::One;
use sha2::{Digest, Sha512};
use std::process::Command;

/// A private number of a curve: as it is, in Montgomery's form, negated, inverted, and with the order added
/// once or twice, as ladders of constant length have it.
pub(super) fn weierstrass(d: &BigUint, order: &str) -> Result<Vec<Component>> {
    let n = hexadecimal(order)?;
    let size = usize::try_from(n.bits().div_ceil(8))?;
    let mut components = vec![Component::bytes("d", &padded(d, size))];
    let mut add =
        |name: &str, number: &BigUint| components.push(Component::bytes(name, &padded(number, size)));
    add("n-d", &(&n - d % &n));
    add("d+n", &(d + &n));
    add("d+2n", &(d + &n + &n));
    add("1/d", &d.modinv(&n).context("invert the private number")?);
    // SM2 signs with it; elsewhere nobody has it.
    add("1/(1+d)", &(d + 1_u8).modinv(&n).unwrap_or_default());
    for (name, width) in [("dR mod n", 64), ("dR mod n, 32-bit limbs", 32)] {
        let radix = BigUint::one() << (width * n.bits().div_ceil(width));
        add(name, &(d * &radix % &n));
        add(&name.replace('R', "R^2"), &(d * &radix * &radix % &n));
    }
    components.dedup_by(|one, other| one.bytes == other.bytes);
    Ok(components)
}

/// A seed with its hash, scalar and prefix (RFC 8032, 5.1.5).
pub(super) fn ed25519(seed: &[u8]) -> Result<Vec<Component>> {
    ensure!(seed.len() == 32, "read a seed of {} bytes", seed.len());
    let hash = Sha512::digest(seed);
    let (scalar, prefix) = hash.split_at(32);
    edwards(seed, scalar, prefix, &clamped(scalar, 0xf8, 0x7f, 0x40)?, orders::ED25519)
}

/// A seed with its hash, scalar and prefix (RFC 8032, 5.2.5).
pub(super) fn ed448(seed: &[u8]) -> Result<Vec<Component>> {
    ensure!(seed.len() == 57, "read a seed of {} bytes", seed.len());
    let mut command = Command::new("openssl");
    let hash = output(command.args(["dgst", "-shake256", "-xoflen", "114", "-binary"]), seed)?;
    let (scalar, prefix) = hash.split_at_checked(57).context("read openssl's hash")?;
    let mut used = clamped(&scalar[..56], 0xfc, 0xff, 0x80)?;
    used.push(0);
    edwards(seed, scalar, prefix, &used, orders::ED448)
}

/// The components of an Edwards key; its numbers are least significant byte first.
fn edwards(seed: &[u8], hash: &[u8], prefix: &[u8], scalar: &[u8], order: &str) -> Result<Vec<Component>> {
    let n = hexadecimal(order)?;
    let number = BigUint::from_bytes_le(scalar);
    let size = usize::try_from(n.bits().div_ceil(8))?;
    let radix = BigUint::one() << (64 * n.bits().div_ceil(64));
    Ok(vec![
        Component::bytes("seed", &reversed(seed)),
        Component::bytes("prefix", &reversed(prefix)),
        Component::bytes("hash", &reversed(hash)),
        Component::bytes("scalar", &reversed(scalar)),
        Component::bytes("scalar mod n", &padded(&(&number % &n), size)),
        Component::bytes("scalar R mod n", &padded(&(&number * radix % &n), size)),
    ])
}

/// A key of RFC 7748: as it is, and as it is used.
pub(super) fn montgomery(key: &[u8], low: u8, high: u8, set: u8) -> Result<Vec<Component>> {
    ensure!(matches!(key.len(), 32 | 56), "read a key of {} bytes", key.len());
    let used = clamped(key, low, high, set)?;
    Ok(vec![Component::bytes("key", &reversed(key)), Component::bytes("scalar", &reversed(&used))])
}

/// A number with its first byte masked by `low`, its last by `high`, and bit `set` set in the last.
fn clamped(number: &[u8], low: u8, high: u8, set: u8) -> Result<Vec<u8>> {
    let mut out = number.to_vec();
    *out.first_mut().context("clamp a number")? &= low;
    let last = out.last_mut().context("clamp a number")?;
    *last = *last & high | set;
    Ok(out)
}

/// A key with both pads and the states after them, from which tags can be made.
pub(super) fn hmac(key: &[u8]) -> Result<Vec<Component>> {
    ensure!((16..=64).contains(&key.len()), "read a key of {} bytes", key.len());
    let mut components = vec![Component::bytes("key", key)];
    for (name, byte) in [("inner pad", 0x36), ("outer pad", 0x5c)] {
        let pad: Vec<u8> = key.iter().map(|letter| letter ^ byte).collect();
        components.push(Component::bytes(name, &pad));
        let mut block = [byte; 64];
        block[..pad.len()].copy_from_slice(&pad);
        let mut state = SHA256_START;
        sha2::block_api::compress256(&mut state, &[block]);
        let state: Vec<u8> = state.iter().flat_map(|word| word.to_be_bytes()).collect();
        components.push(Component::bytes(&format!("state after the {name}"), &state));
    }
    Ok(components)
}

/// The initial state of SHA-256 (FIPS 180-4, 5.3.3).
const SHA256_START: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The modulus of ML-KEM (FIPS 203, 2.3).
const KYBER: u32 = 3329;

/// The secret vector of ML-KEM-768 in its encoding and as words, and the value for implicit rejection
/// (FIPS 203, algorithms 13 and 16).
pub(super) fn ml_kem(key: &[u8], seed: Option<&Vec<u8>>) -> Result<Vec<Component>> {
    ensure!(key.len() == 2400, "read a key of {} bytes", key.len());
    let vector = &key[..1152];
    let coefficients: Vec<u32> = vector
        .as_chunks::<3>()
        .0
        .iter()
        .map(|bytes| bytes.map(u32::from))
        .flat_map(|[low, middle, high]| [low | (middle & 15) << 8, middle >> 4 | high << 4])
        .collect();
    let words = |each: &dyn Fn(u32) -> u32| -> Vec<u8> {
        let low = |word: u32| word.to_le_bytes().into_iter().take(2);
        coefficients.iter().flat_map(|&number| low(each(number))).collect()
    };
    let centered = |number: u32| if number > KYBER / 2 { number.wrapping_sub(KYBER) } else { number };
    let mut components = vec![
        Component::bytes("s, encoded", vector),
        Component::bytes("s, 16-bit words", &words(&|number| number)),
        Component::bytes("s, signed words", &words(&centered)),
        Component::bytes("s, Montgomery words", &words(&|number| (number << 16) % KYBER)),
        Component::bytes("s, signed Montgomery words", &words(&|number| centered((number << 16) % KYBER))),
        Component::bytes("z", &key[2368..]),
    ];
    components.extend(seed.into_iter().map(|seed| Component::bytes("seed", seed)));
    Ok(components)
}

/// The secret parts of an ML-DSA-65 key in its encoding (FIPS 204, algorithm 24): K, s1 and s2.
pub(super) fn ml_dsa(key: &[u8], seed: Option<&Vec<u8>>) -> Result<Vec<Component>> {
    ensure!(key.len() == 4032, "read a key of {} bytes", key.len());
    let mut components = vec![
        Component::bytes("K", &key[32..64]),
        Component::bytes("s1 and s2, encoded", &key[128..128 + 1408]),
    ];
    components.extend(seed.into_iter().map(|seed| Component::bytes("seed", seed)));
    Ok(components)
}

fn hexadecimal(digits: &str) -> Result<BigUint> {
    BigUint::parse_bytes(digits.as_bytes(), 16).context("read a number in hexadecimal")
}

fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// A number in `size` bytes at least, most significant first.
fn padded(number: &BigUint, size: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; size.saturating_sub(bytes.len())], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::hex;

    fn of(components: &[Component], name: &str) -> String {
        let found = components.iter().find(|component| component.name == name).unwrap();
        hex(&found.bytes)
    }

    /// RFC 8032, 7.1, test 1: the scalar is that of section 6's `secret_expand`.
    #[test]
    fn ed25519_seed_gives_the_scalar_of_the_public_key() {
        use num_traits::Num;
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed = BigUint::from_str_radix(seed, 16).unwrap().to_bytes_be();
        let components = ed25519(&seed).unwrap();
        assert_eq!(
            of(&components, "scalar"),
            "4fe94d9006f020a5a3c080d96827fffd3c010ac0f12e7a42cb33284f86837c30"
        );
    }

    /// `printf %s MESSAGE | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY` for a message of no bytes
    /// ends with the outer state; RFC 4231 has no intermediate values.
    #[test]
    fn states_after_the_pads_make_the_tag() {
        let components = hmac(&[0x0b; 32]).unwrap();
        let state = |name: &str| -> [u32; 8] {
            let found = components.iter().find(|component| component.name == name).unwrap();
            let words = found.bytes.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word));
            words.collect::<Vec<_>>().try_into().unwrap()
        };
        let finish = |mut state: [u32; 8], message: &[u8]| -> Vec<u8> {
            let mut block = [0; 64];
            block[..message.len()].copy_from_slice(message);
            block[message.len()] = 0x80;
            let bits = u64::try_from(8 * (64 + message.len())).unwrap();
            block[56..].copy_from_slice(&bits.to_be_bytes());
            sha2::block_api::compress256(&mut state, &[block]);
            state.iter().flat_map(|word| word.to_be_bytes()).collect()
        };
        let inner = finish(state("state after the inner pad"), b"");
        let tag = finish(state("state after the outer pad"), &inner);
        let key = format!("hexkey:{}", hex(&[0x0b; 32]));
        let mut command = Command::new("openssl");
        let expected =
            output(command.args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &key, "-binary"]), b"");
        assert_eq!(tag, expected.unwrap());
    }

    #[test]
    fn montgomery_form_is_undone_by_the_radix() {
        let order = orders::ORDERS[0].1;
        let d = BigUint::from(0x1234_5678_9abc_def0_u64);
        let components = weierstrass(&d, order).unwrap();
        let n = hexadecimal(order).unwrap();
        let form = components.iter().find(|component| component.name == "dR mod n").unwrap();
        let inverse = (BigUint::one() << 256_u32).modinv(&n).unwrap();
        assert_eq!(BigUint::from_bytes_be(&form.bytes) * inverse % &n, d);
    }
}
