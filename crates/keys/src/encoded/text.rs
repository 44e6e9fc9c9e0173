//! One pass over a run of printable characters: anchors first, then base64
//! that no anchor explains.

use super::base64::Digits;
use super::binary::Search;
use super::moduli::{self, Modulus};
use super::{bare, jwk, pem, ppk, sexp_text, xml};
use crate::material::Hit;
use crate::wallet;
use std::ops::Range;
use std::sync::LazyLock;

/// Finds every encoded private key in `text`, a run of printable ASCII
/// characters (with line breaks and tabs).
///
/// Ranges are offsets into `text`: the body of an armour between its BEGIN and
/// END lines, the private members of a JWK, the private part of bare base64.
/// One armour with several keys gives several hits with the same range.
pub fn scan_text(text: &[u8], out: &mut Vec<Hit>) {
    scan(text, out, |_, _, _| ());
}

/// The same, and the public keys beside them that [`super::public_keys_text`] finds. Base64 is decoded once for both.
pub fn scan_text_and_public(
    text: &[u8],
    out: &mut Vec<Hit>,
    moduli: &mut Vec<Modulus>,
    points: &mut Vec<Vec<u8>>,
) {
    let first = out.len();
    scan(text, out, |digits, skip, bytes| moduli::decoded_keys(text, digits, skip, bytes, moduli, points));
    // Of a key under a password, the public one is not encrypted.
    for hit in out.iter().skip(first) {
        moduli::public_keys_text(text.get(hit.range.clone()).unwrap_or_default(), moduli, points);
    }
}

fn scan(text: &[u8], out: &mut Vec<Hit>, also: impl FnMut(&Digits, usize, &[u8])) {
    let first = out.len();
    let mut at = 0;
    let mut floor = 0;
    while let Some((start, index)) = SEARCH.find(text, at) {
        at = start + 1;
        if start < floor {
            continue;
        }
        let end = match LITERALS.get(index) {
            Some(&pem::LABEL) => pem::at_label(text, start, floor, out),
            Some(&sexp_text::OPENING) => sexp_text::at_opening(text, start, out),
            Some(&ppk::PRIVATE_LINES) => ppk::at_private_lines(text, start, out),
            Some(literal) if literal.first() == Some(&b'<') => xml::at_member(text, start, floor, out),
            _ => jwk::at_member(text, start, floor, out),
        };
        floor = floor.max(end);
    }
    let mut covered: Vec<Range<usize>> = out.iter().skip(first).map(|hit| hit.range.clone()).collect();
    covered.sort_by_key(|range| range.start);
    bare::scan(text, &covered, out, also);
    wallet::phrases(text, out);
}

/// What a key's text cannot be without.
const LITERALS: &[&[u8]] = &[
    pem::LABEL,
    ppk::PRIVATE_LINES,
    sexp_text::OPENING,
    b"<D>",
    b"<P>",
    b"<InverseQ>",
    b"\"d\"",
    b"\"k\"",
    b"\"p\"",
    b"\"q\"",
    b"\"dp\"",
    b"\"dq\"",
    b"\"qi\"",
    b"\"d\\",
    b"\"k\\",
    b"\"p\\",
    b"\"q\\",
    b"'d'",
    b"'k'",
];

static SEARCH: LazyLock<Search> = LazyLock::new(|| Search::new(LITERALS));
