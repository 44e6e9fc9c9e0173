//! Encodings inside encodings, and compressed streams.

use super::{check_hits, text_of};
use coredact_engine::nested::{self, Wanted};
use coredact_keys::tokens::Rules;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::sync::OnceLock;

/// Longest input: streams may expand a thousand times.
const INPUT: usize = 16 << 10;

/// Looks for keys and tokens inside encodings of the input, and of the input packed: hits lie in it, and what is packed is
/// shown as it was.
///
/// # Panics
/// If a promise is broken.
pub fn nested(bytes: &[u8]) {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules = RULES.get_or_init(|| match Rules::builtin() {
        Ok(rules) => rules,
        Err(error) => panic!("the built-in rules are not valid: {error}"),
    });
    let bytes = &bytes[..bytes.len().min(INPUT)];
    let wanted = Wanted { rules, known: &[] };
    let text = text_of(bytes);
    let mut hits = Vec::new();
    nested::encoded_text(&text, wanted, &mut hits);
    check_hits(&text, &hits);
    nested::encoded_streams(bytes, &mut |range, _| assert!(range.end <= bytes.len()));

    let packed = pack(bytes);
    for window in [bytes, &packed] {
        hits.clear();
        nested::compressed(window, wanted, &mut hits);
        check_hits(window, &hits);
        nested::streams(window, |stream| assert!(stream.range.end <= window.len()));
    }
    // Shorter expansions are not looked at.
    if bytes.len() >= 64 {
        let mut is_shown = false;
        nested::streams(&packed, |stream| is_shown |= stream.range.start == 0 && *stream.plain == *bytes);
        assert!(is_shown, "a packed document was not expanded");
    }
}

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    match writer.write_all(bytes).and_then(|()| writer.finish()) {
        Ok(packed) => packed,
        Err(error) => panic!("a vector is full: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_keep_the_promises_of_encodings(bytes in proptest::collection::vec(any::<u8>(), 0..1024)) {
            nested(&bytes);
        }

        #[test]
        fn any_text_keeps_the_promises_of_encodings(text in "[A-Za-z0-9+/=_ \n\"{}:-]{0,600}") {
            nested(text.as_bytes());
        }
    }
}
