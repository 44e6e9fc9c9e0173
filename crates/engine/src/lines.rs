//! Where in a text a secret stands, as editors count: lines from 1, and characters in a line from 1.

use crate::error::Error;
use coredact_dump::text::Kind;
use coredact_dump::{Image, ReadAt};
use coredact_record::{Place, Report};
use std::ops::Range;
use zeroize::Zeroizing;

/// Bytes that are read at once.
const CHUNK_BYTES: u64 = 1 << 20;

/// Adds line and column to the places of a report that lie in texts: files that are one by their kind, and files of no
/// format that hold nothing but characters as far as the last place. Of a bundle, lines are those of the member.
///
/// # Errors
/// If the medium fails.
pub fn number(report: &mut Report, source: &dyn ReadAt, image: &Image) -> Result<(), Error> {
    let mut texts: Vec<Range<u64>> = Vec::new();
    if image.members.is_empty() && is_text(image.format) {
        texts.push(0..image.file_length);
    }
    let members = image.members.iter().filter(|member| is_text(member.image.format));
    texts.extend(members.map(|member| member.range.clone()));
    for text in texts {
        let places = report.findings.iter_mut().flat_map(|finding| &mut finding.places);
        let mut places: Vec<&mut Place> = places.filter(|place| text.contains(&place.file_offset)).collect();
        places.sort_by_key(|place| place.file_offset);
        count(source, &text, &mut places)?;
    }
    Ok(())
}

/// Whether a format is a text, or none.
fn is_text(format: &str) -> bool {
    format == "raw" || Kind::ALL.iter().any(|kind| kind.name() == format)
}

/// Counts lines and characters up to the last of the places, which are sorted.
fn count(source: &dyn ReadAt, text: &Range<u64>, places: &mut [&mut Place]) -> Result<(), Error> {
    let (mut at, mut line, mut column) = (text.start, 1_u64, 1_u64);
    let mut rest = places.iter_mut().peekable();
    let mut buffer = Zeroizing::new(Vec::new());
    while rest.peek().is_some() && at < text.end {
        buffer.resize(usize::try_from((text.end - at).min(CHUNK_BYTES)).unwrap_or(0), 0);
        source.read_exact_at(at, &mut buffer).map_err(Error::read)?;
        for byte in buffer.iter() {
            while let Some(place) = rest.next_if(|place| place.file_offset == at) {
                (place.line, place.column) = (Some(line), Some(column));
            }
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                b'\t' | b'\r' | 0x08 | 0x0b | 0x0c | 0x1b => column += 1,
                // Memory has no lines.
                0..0x20 | 0x7f => {
                    drop(rest);
                    places.iter_mut().for_each(|place| (place.line, place.column) = (None, None));
                    return Ok(());
                }
                // The second and further bytes of a character of UTF-8.
                0x80..0xc0 => {}
                _ => column += 1,
            }
            at += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and column of the places at these offsets.
    fn counted(text: &[u8], offsets: &[u64]) -> Vec<(Option<u64>, Option<u64>)> {
        let place = |&file_offset: &u64| Place { file_offset, length: 1, ..Place::default() };
        let mut places: Vec<Place> = offsets.iter().map(place).collect();
        let text = text.to_vec();
        let all = 0..u64::try_from(text.len()).unwrap();
        count(&text, &all, &mut places.iter_mut().collect::<Vec<_>>()).unwrap();
        places.iter().map(|place| (place.line, place.column)).collect()
    }

    #[test]
    fn lines_and_characters_are_counted_from_one() {
        let text = "ab\nä€x\n\n".as_bytes();
        let check = |offset, line, column| {
            assert_eq!(counted(text, &[offset]), [(Some(line), Some(column))], "{offset}");
        };
        check(0, 1, 1);
        check(1, 1, 2);
        check(3, 2, 1);
        check(5, 2, 2);
        check(8, 2, 3);
        check(10, 3, 1);
        assert_eq!(counted(text, &[0, 8, 8]), [(Some(1), Some(1)), (Some(2), Some(3)), (Some(2), Some(3))]);
    }

    #[test]
    fn a_long_text_is_read_in_pieces() {
        let text = b"0123456789abcde\n".repeat(200_000);
        let last = text.len() as u64 - 6;
        assert_eq!(counted(&text, &[last]), [(Some(200_000), Some(11))]);
    }

    #[test]
    fn what_holds_more_than_characters_has_no_lines() {
        assert_eq!(counted(b"a\nb\0c\nd", &[2, 5]), [(None, None); 2]);
        assert_eq!(counted(b"a\nb\x1b[1mc", &[7]), [(Some(2), Some(6))]);
    }
}
