//! Texts of hostile origin, made fit to show: file names, debugger lines, note names.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Shows control characters as escapes, so that a file name cannot move a terminal's cursor, colour its
/// text or reverse its direction.
///
/// C0 and C1 controls, DEL, line and paragraph separators, and invisible or direction-changing
/// characters (Unicode UAX #9 and the zero-width ones) become `\u{1b}`-like text. Everything else stays.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// True for characters that a reader cannot see or that change how others are shown.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `12,345`: a number with its thousands apart.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3.7 MiB`: a length in bytes for people, one decimal, binary units.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") };
    }
    let mut shift = 10_u32;
    for unit in UNITS {
        let tenths = (u128::from(bytes) * 10 + (1 << (shift - 1))) >> shift;
        if tenths < 10_240 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        shift += 10;
    }
    // 2^64 bytes are 16 EiB, so the last unit always fits.
    format!("{bytes} bytes")
}

/// `0.048 %`: a share in percent, with as many decimals as tell it from nothing and from all.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    if part >= whole {
        return "100 %".to_owned();
    }
    let millionths = u128::from(part) * 1_000_000 / u128::from(whole);
    match millionths {
        0..10 => "under 0.001 %".to_owned(),
        10..100_000 => format!("{}.{:03} %", millionths / 10_000, millionths / 10 % 1000),
        _ => format!("{}.{} %", millionths / 10_000, millionths / 1000 % 10),
    }
}

/// `1 copy`, `3 copies`: a counted noun.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_escaped() {
        assert_eq!(visible("core.812"), "core.812");
        assert_eq!(visible("a\x1b[31mb\r\n"), "a\\u{1b}[31mb\\u{d}\\u{a}");
        assert_eq!(visible("x\u{9b}y\u{202e}z\u{7f}"), "x\\u{9b}y\\u{202e}z\\u{7f}");
        assert_eq!(visible("čaj 茶"), "čaj 茶");
    }

    #[test]
    fn numbers_are_written_for_people() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, expected) in cases {
            assert_eq!(thousands(number), expected);
        }
        let cases =
            [(0, "0 bytes"), (1, "1 byte"), (1024, "1.0 KiB"), (3_879_731, "3.7 MiB"), (4 << 30, "4.0 GiB")];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected);
        }
        assert_eq!(size(u64::MAX), "16.0 EiB");
        assert_eq!(size((1 << 20) - 1), "1.0 MiB");
    }

    #[test]
    fn shares_never_round_to_nothing_or_all() {
        let cases = [
            ((0, 10), "0 %"),
            ((1, 1 << 40), "under 0.001 %"),
            ((48, 100_000), "0.048 %"),
            ((999, 1000), "99.9 %"),
            ((10, 10), "100 %"),
            ((u64::MAX - 1, u64::MAX), "99.9 %"),
        ];
        for ((part, whole), expected) in cases {
            assert_eq!(percent(part, whole), expected);
        }
    }
}
