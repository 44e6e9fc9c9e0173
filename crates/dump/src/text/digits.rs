//! Numbers as they are written.

/// The value of a number in hexadecimal, `0x` before it or not; none if it is none or has more than 64 bits.
pub(super) fn hexadecimal(text: &[u8]) -> Option<u64> {
    let digits = text.strip_prefix(b"0x").unwrap_or(text);
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}

/// The value of a number in decimal as 64 bits, in two's complement if it is negative; none if it has more.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    let (digits, is_negative) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })?;
    if !is_negative {
        return Some(value);
    }
    (value <= 1 << 63).then(|| value.wrapping_neg())
}

/// Bytes of the narrowest integer that holds all of some numbers, given as [`decimal`] gives them, those that are
/// `negative` as such: 1, 2, 4 or 8.
pub(super) fn width(numbers: &[(u64, bool)]) -> u8 {
    let fits = |bits: u32| {
        numbers.iter().all(|(value, negative)| {
            let shift = bits.saturating_sub(u32::from(*negative));
            let magnitude = if *negative { !*value } else { *value };
            magnitude.checked_shr(shift).unwrap_or(0) == 0
        })
    };
    [(8, 1), (16, 2), (32, 4)].into_iter().find(|(bits, _)| fits(*bits)).map_or(8, |(_, bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read() {
        assert_eq!(hexadecimal(b"0xff"), Some(255));
        assert_eq!(hexadecimal(b"ffffffffffffffff"), Some(u64::MAX));
        assert_eq!(hexadecimal(b"0x1ffffffffffffffff"), None);
        assert_eq!(hexadecimal(b"0xg"), None);
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(decimal(b"18446744073709551616"), None);
        assert_eq!(decimal(b"-2"), Some(u64::MAX - 1));
        assert_eq!(decimal(b"-"), None);
    }

    #[test]
    fn the_narrowest_integer_is_taken() {
        let check = |numbers: &[i64], expected: u8| {
            let numbers: Vec<(u64, bool)> = numbers.iter().map(|n| (n.cast_unsigned(), *n < 0)).collect();
            assert_eq!(width(&numbers), expected, "{numbers:?}");
        };
        check(&[0, 255], 1);
        check(&[-128, 127], 1);
        check(&[-129], 2);
        check(&[256], 2);
        check(&[65_536], 4);
        check(&[-1, i64::from(u32::MAX)], 4);
        check(&[1 << 40], 8);
    }
}
