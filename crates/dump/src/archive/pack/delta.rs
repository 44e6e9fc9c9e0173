//! Differences between objects of git (gitformat-pack(5), "Deltified representation").

/// Puts an object together from its base and the difference; `None` if the difference is none, or says another length
/// than `most` allows.
pub(super) fn apply(base: &[u8], delta: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut rest = delta;
    let (base_length, length) = (size(&mut rest)?, size(&mut rest)?);
    if usize::try_from(base_length).ok()? != base.len() || length > most {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    let mut out = Vec::with_capacity(length.min(FIRST_BYTES));
    while let Some((order, behind)) = rest.split_first() {
        rest = behind;
        let part = match order {
            0 => return None,
            order if order & COPY != 0 => {
                let start = usize::try_from(number(&mut rest, *order & 15, 4)?).ok()?;
                let count = match number(&mut rest, order >> 4 & 7, 3)? {
                    0 => WHOLE_COPY_BYTES,
                    count => usize::try_from(count).ok()?,
                };
                base.get(start..start.checked_add(count)?)?
            }
            count => {
                let (new, behind) = rest.split_at_checked(usize::from(*count))?;
                rest = behind;
                new
            }
        };
        if out.len().checked_add(part.len())? > length {
            return None;
        }
        out.extend_from_slice(part);
    }
    (out.len() == length).then_some(out)
}

/// The bit of an order that copies from the base.
const COPY: u8 = 0x80;

/// What a copy of length zero stands for.
const WHOLE_COPY_BYTES: usize = 0x1_0000;

/// Room that is made before a byte is there; more comes as it is needed.
const FIRST_BYTES: usize = 1 << 20;

/// A length: seven bits to a byte, least significant first.
fn size(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A number of which only the bytes are there whose bits are set, least significant first.
fn number(rest: &mut &[u8], bits: u8, bytes: u32) -> Option<u32> {
    let mut value = 0_u32;
    for index in (0..bytes).filter(|index| bits >> index & 1 == 1) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u32::from(*byte).checked_shl(index.checked_mul(8)?)?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn copies_and_new_bytes_make_the_object() {
        let base = b"the quick brown fox";
        // Lengths 19 and 14; copy 4 bytes from 0; 6 new ones; copy 4 from 15.
        let delta = [&[19, 14, 0x90, 4, 6][..], b"slow b", &[0x91, 15, 4]].concat();
        assert_eq!(apply(base, &delta, 14).as_deref(), Some(&b"the slow b fox"[..]));
        assert_eq!(apply(base, &delta, 13), None, "longer than allowed");
        for cut in 0..delta.len() {
            assert_eq!(apply(base, &delta[..cut], 14), None, "cut off at {cut}");
        }
        assert_eq!(apply(&base[1..], &delta, 14), None, "another base");
        assert_eq!(apply(base, &[19, 1, 0], 14), None, "a reserved order");
        assert_eq!(apply(base, &[19, 2, 0x91, 18, 2], 14), None, "beyond the base");
        let long = vec![7; 0x1_0001];
        assert_eq!(apply(&long, &[0x81, 0x80, 4, 0x80, 0x80, 4, 0x80], 1 << 20), Some(vec![7; 0x1_0000]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(
            base in prop::collection::vec(any::<u8>(), 0..40),
            delta in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let delta = [&[u8::try_from(base.len()).unwrap(), 60][..], &delta].concat();
            if let Some(object) = apply(&base, &delta, 60) {
                prop_assert_eq!(object.len(), 60);
            }
        }
    }
}
