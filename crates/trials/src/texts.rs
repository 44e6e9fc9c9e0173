//! What a text writes down in numbers and escapes, read by a reader that shares nothing with coredact.

/// All bytes that a text writes down in hexadecimal words of either byte order, in lists of small numbers and in escapes,
/// laid end to end.
#[must_use]
pub fn said(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut column, mut wide) = (Vec::new(), Vec::new());
    let (mut forward, mut backward) = (Vec::new(), Vec::new());
    for line in text.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let body = line.split_once(":\t").or_else(|| line.split_once(": ")).map_or(&*line, |(_, body)| body);
        let before = forward.len();
        for token in body.split(|character: char| !character.is_ascii_alphanumeric()) {
            let digits = token.strip_prefix("0x").unwrap_or(token);
            let padded = if token.len() > digits.len() && digits.len() > 8 {
                format!("{digits:0>16}")
            } else {
                digits.to_owned()
            };
            let Some(mut bytes) = bytes_of(&padded) else { continue };
            forward.extend(&bytes);
            bytes.reverse();
            backward.extend(&bytes);
        }
        if forward.len() == before {
            flush(&mut forward, &mut backward, &mut out);
        }
        let numbers =
            body.split(|character: char| !character.is_ascii_digit()).filter(|token| !token.is_empty());
        let numbers: Vec<u64> = numbers.filter_map(|token| token.parse().ok()).collect();
        // Large numbers are words, small ones bytes; those of a list may stand on a line each.
        column.extend(numbers.iter().filter_map(|number| u8::try_from(*number).ok()));
        wide.extend(
            numbers
                .iter()
                .filter(|number| **number > u64::from(u32::MAX))
                .flat_map(|number| number.to_le_bytes()),
        );
        if numbers.len() != 1 {
            out.append(&mut column);
            out.extend([0; 16]);
        }
        out.extend(unescaped(line.as_bytes()));
        out.extend([0; 16]);
    }
    flush(&mut forward, &mut backward, &mut out);
    flush(&mut column, &mut wide, &mut out);
    out
}

fn flush(forward: &mut Vec<u8>, backward: &mut Vec<u8>, out: &mut Vec<u8>) {
    for bytes in [forward, backward] {
        out.append(bytes);
        out.extend([0; 16]);
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if !matches!(digits.len(), 2 | 4 | 8 | 16) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// A text with the escapes of C and JSON undone, characters beyond Latin-1 left out.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let octal = behind.iter().take(3).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
        let number = |at: usize, count: usize, radix: u32| {
            let digits = std::str::from_utf8(behind.get(at..at + count)?).ok()?;
            u32::from_str_radix(digits, radix).ok().map(|value| (value.to_le_bytes()[0], 1 + at + count))
        };
        let escape = match behind.first() {
            _ if *first != b'\\' => None,
            Some(b'u') => number(1, 4, 16),
            Some(b'x') => number(1, 2, 16),
            Some(b'0'..=b'7') => number(0, octal, 8),
            Some(other) => Some((*other, 2)),
            None => None,
        };
        let (byte, length) = escape.unwrap_or((*first, 1));
        out.push(byte);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}
