//! Opening a text, and fitting cuts to it.

use coredact_dump::Origin;
use coredact_dump::text::{self, Fill, Kind};
use std::ops::Range;

/// Opens bytes as a text of every kind: whatever they are, no panic; what they say lies in the file; and with every cut
/// filled they are a text of that kind still.
///
/// # Panics
/// If a promise is broken.
pub fn text_open(bytes: &[u8]) {
    let file = bytes.to_vec();
    let length = bytes.len() as u64;
    let detected = Kind::detect(bytes);
    for kind in Kind::ALL {
        let Ok(image) = text::open(&file, kind) else { continue };
        assert_eq!((image.file_length, image.format), (length, kind.name()));
        for space in &image.spaces {
            let Origin::Said(said) = &space.origin else { continue };
            for range in said.file_ranges(0..said.length()) {
                assert!(range.start < range.end && range.end <= length, "{range:?} leaves the file");
            }
            let mut shown = vec![0; usize::try_from(said.length()).unwrap_or(0).min(1 << 20)];
            assert!(said.read(&file, 0, &mut shown).is_ok(), "what is said is not there");
        }
        for mark in &image.marked {
            assert!(mark.range.start < mark.range.end && mark.range.end <= length, "{:?}", mark.range);
        }
        let cuts = cuts(bytes);
        let Ok(fitted) = text::fit(&file, kind, &cuts) else {
            panic!("{detected:?}: not fitted as {}", kind.name())
        };
        let mut filled = file.clone();
        let mut end = 0;
        for part in fitted {
            assert!(part.range.start >= end && part.range.start < part.range.end && part.range.end <= length);
            end = part.range.end;
            let with = match part.fill {
                Fill::Characters => b'#',
                Fill::Zeros => b'0',
                Fill::Ones => b'1',
            };
            let place = index(part.range.start)..index(part.range.end);
            filled.get_mut(place).into_iter().flatten().for_each(|byte| *byte = with);
        }
        assert!(text::open(&filled, kind).is_ok(), "no {} any more", kind.name());
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Cuts whose lengths and distances are those that the bytes say.
fn cuts(bytes: &[u8]) -> Vec<Range<u64>> {
    let mut out = Vec::new();
    let mut at = 0;
    for pair in bytes.chunks(2) {
        let [skip, length] = pair else { break };
        let start = at + u64::from(skip % 32);
        let end = (start + 1 + u64::from(length % 24)).min(bytes.len() as u64);
        if start >= end {
            break;
        }
        out.push(start..end);
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_opened(text in "[\\[\\]{}\":, 0-9a-fx\\\\un\n.|<>=A-Z\u{e9}\u{20ac}-]{0,200}") {
            text_open(text.as_bytes());
        }

        #[test]
        fn any_string_of_json_is_opened(text in ".{0,80}", numbers: Vec<i64>) {
            text_open(serde_json::json!({ "payload": text, "numbers": numbers }).to_string().as_bytes());
        }

        #[test]
        fn any_bytes_are_opened(bytes: Vec<u8>) {
            text_open(&bytes);
        }
    }
}
