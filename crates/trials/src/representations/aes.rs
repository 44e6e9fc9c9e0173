//! AES key schedules: whole, cut, damaged, in every order; and keys without a schedule.

use super::Matrix;
use crate::keys::schedules;
use crate::random;
use anyhow::Result;

const KINDS: &[&str] = &["aes-key"];

/// What alone a key without a schedule shows.
const BARE: &[&str] = &["randomness"];

/// Bytes of the parts of a schedule.
const PART_BYTES: usize = 96;

pub(super) fn cases(out: &mut Matrix<'_>) -> Result<()> {
    for bits in [128, 192, 256] {
        let fresh = || -> Result<_> { Ok(schedules(&random::bytes(bits / 8)?)) };
        let name = |what: &str| format!("aes{bits}_{what}");
        out.put(&name("enc_bytes"), KINDS, &[&fresh()?.0])?;
        out.put_at(&name("enc_unaligned5"), KINDS, &[&fresh()?.0], 5)?;
        out.put(&name("enc_swapwords"), KINDS, &[&swapped(&fresh()?.0)])?;
        out.put(&name("dec_only"), KINDS, &[&fresh()?.1])?;
        out.put(&name("dec_only_swapwords"), KINDS, &[&swapped(&fresh()?.1)])?;
        out.put(&name("enc_first96B"), KINDS, &[&fresh()?.0[..PART_BYTES]])?;
        let whole = fresh()?.0;
        out.put(&name("enc_last96B"), KINDS, &[&whole[whole.len() - PART_BYTES..]])?;
        for flips in [1, 5, 12] {
            out.put(&name(&format!("enc_{flips}bitflips")), KINDS, &[&flipped(fresh()?.0, flips)?])?;
        }
        out.put(&name("rawkey_only"), BARE, &[&random::bytes(bits / 8)?])?;
    }
    out.put("aes128_zero_key", KINDS, &[&schedules(&[0; 16]).0])
}

/// The bytes of every word in the other order.
pub(super) fn swapped(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks(4).flat_map(|word| word.iter().rev().copied()).collect()
}

/// With `count` bits flipped, each another one.
fn flipped(mut bytes: Vec<u8>, count: usize) -> Result<Vec<u8>> {
    let mut places = std::collections::BTreeSet::new();
    while places.len() < count {
        let two = random::bytes(2)?;
        places.insert((usize::from(two[0]) << 8 | usize::from(two[1])) % (8 * bytes.len()));
    }
    places.into_iter().for_each(|place| bytes[place / 8] ^= 1 << (place % 8));
    Ok(bytes)
}
