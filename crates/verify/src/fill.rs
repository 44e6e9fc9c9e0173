//! What stands in removed bytes, from its definition in `coredact_record::fill`: the text
//! `[MARKER#NUMBER]` from the cut's first byte on, repeated, cut short at its end; `0` for the marker `ZEROS`, `1` for
//! the marker `ONES`.

use coredact_record::Cut;

/// Bytes that are compared at once.
const BLOCK_BYTES: usize = 4096;

/// The text that a cut's fill repeats.
pub(crate) fn pattern(marker: &str, finding: u32) -> Vec<u8> {
    match marker {
        "ZEROS" => vec![b'0'],
        "ONES" => vec![b'1'],
        _ => format!("[{marker}#{finding}]").into_bytes(),
    }
}

/// How many of `bytes`, which lie `phase` bytes behind the start of `cut`, are not its fill.
pub(crate) fn differing(cut: &Cut, phase: u64, bytes: &[u8]) -> u64 {
    let pattern = pattern(&cut.marker, cut.finding);
    // The remainder is below the pattern's length.
    let phase = usize::try_from(phase % pattern.len() as u64).unwrap_or(0);
    let long = bytes.len().min(BLOCK_BYTES) + pattern.len();
    let tile: Vec<u8> = pattern.iter().copied().cycle().skip(phase).take(long).collect();
    let mut wrong = 0;
    let mut at = 0;
    for block in bytes.chunks(BLOCK_BYTES) {
        let fill = tile.iter().skip(at % pattern.len());
        if tile.get(at % pattern.len()..).is_none_or(|tile| !tile.starts_with(block)) {
            wrong += block.iter().zip(fill).filter(|(byte, fill)| byte != fill).count() as u64;
        }
        at += block.len();
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(finding: u32) -> Cut {
        Cut { file_offset: 7, length: 1 << 20, finding, marker: "AES".into() }
    }

    #[test]
    fn fill_is_the_repeated_marker_from_the_start_of_the_cut() {
        assert_eq!(differing(&cut(3), 0, b"[AES#3][AES#3][A"), 0);
        assert_eq!(differing(&cut(3), 2, b"ES#3][AE"), 0);
        assert_eq!(differing(&cut(3), 0, b"[AES#4][AES#3]"), 1);
        assert_eq!(differing(&cut(3), 1, b"[AES#3]"), 7);
        assert_eq!(differing(&cut(3), 0, b""), 0);
        let digits = |marker: &str| Cut { marker: marker.into(), ..cut(3) };
        assert_eq!(differing(&digits("ZEROS"), 5, b"000"), 0);
        assert_eq!(differing(&digits("ONES"), 5, b"1121"), 1);
    }

    proptest! {
        #[test]
        fn every_wrong_byte_is_counted(finding: u32, phase in 0usize..5000, length in 1usize..12_000, wrong in 0usize..12_000) {
            let text = format!("[AES#{finding}]");
            let mut bytes: Vec<u8> =
                (0..length).map(|i| text.as_bytes()[(phase + i) % text.len()]).collect();
            prop_assert_eq!(differing(&cut(finding), phase as u64, &bytes), 0);
            bytes[wrong % length] ^= 1;
            prop_assert_eq!(differing(&cut(finding), phase as u64, &bytes), 1);
        }
    }
}
