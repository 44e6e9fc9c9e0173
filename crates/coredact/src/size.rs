//! Sizes as people write them.

/// The bytes that `64G`, `64GiB` or `1048576` mean: letters are powers of 1024.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase();
    let unit = unit.strip_suffix("IB").or(unit.strip_suffix('B')).unwrap_or(&unit);
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("write a number of bytes, or one with K, M, G or T behind it".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "write a whole number, e.g. 200G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "the number is too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("1k", 1024),
            ("64G", 64 << 30),
            ("2TiB", 2 << 40),
            ("7MB", 7 << 20),
            ("9b", 9),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "1.5T", "-1", "12X", "99999999999T"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
