//! X.509 certificates in memory: they look random and are public.

use super::der::{self, BIT_STRING, SEQUENCE};
use memchr::memmem::Finder;
use std::ops::Range;
use std::sync::LazyLock;

/// A SEQUENCE with a two-byte length, as every certificate of 256 bytes and more begins.
static BEGINNING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(&[SEQUENCE, 0x82]));

/// `[0] { INTEGER 2 }` and the tag of the serial number: version 3
/// (RFC 5280, section 4.1).
const VERSION_3: &[u8] = &[0xa0, 3, 2, 1, 2, 2];

/// Appends the ranges of whole certificates of version 3: SEQUENCE { SEQUENCE {
/// version 3, ... }, SEQUENCE, BIT STRING } whose lengths agree.
pub fn certificates(window: &[u8], out: &mut Vec<Range<usize>>) {
    let mut end_before = 0;
    for start in BEGINNING.find_iter(window) {
        if start < end_before {
            continue;
        }
        if let Some(end) = end_of_certificate(window, start) {
            end_before = end;
            out.push(start..end);
        }
    }
}

/// Where the certificate that begins at `start` ends, if there is one.
fn end_of_certificate(window: &[u8], start: usize) -> Option<usize> {
    let whole = der::expect(window, start, SEQUENCE).filter(der::Element::complete)?;
    let to_be_signed = der::expect(window, whole.content.start, SEQUENCE)?;
    if !to_be_signed.bytes(window).starts_with(VERSION_3) {
        return None;
    }
    let algorithm = der::expect(window, to_be_signed.next()?, SEQUENCE)?;
    let signature = der::expect(window, algorithm.next()?, BIT_STRING)?;
    (signature.next()? == whole.content.end).then_some(whole.content.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate's outline: all that the search looks at.
    fn outline() -> Vec<u8> {
        let body = der::write(SEQUENCE, &[VERSION_3, &[1, 7], &[9; 300]]);
        let algorithm = der::write(SEQUENCE, &[&[6, 1, 42]]);
        let signature = der::write(BIT_STRING, &[&[0; 65]]);
        der::write(SEQUENCE, &[&body, &algorithm, &signature])
    }

    fn found(bytes: &[u8]) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        certificates(bytes, &mut out);
        out
    }

    #[test]
    fn whole_certificate_is_found_where_it_stands() {
        let certificate = outline();
        let mut bytes = vec![0x30; 5];
        bytes.extend_from_slice(&certificate);
        bytes.push(0x30);
        let places = found(&bytes);
        assert_eq!(places.len(), 1);
        assert_eq!((places[0].start, places[0].end), (5, 5 + certificate.len()));
    }

    #[test]
    fn cut_or_inconsistent_certificate_is_none() {
        let certificate = outline();
        assert!(found(&certificate[..certificate.len() - 1]).is_empty());
        for at in [0, 4, 9, certificate.len() - 67] {
            let mut wrong = certificate.clone();
            wrong[at] ^= 1;
            assert!(found(&wrong).is_empty(), "byte {at}");
        }
    }
}
