//! RSAKeyValue with private members, as .NET writes it.

use super::base64::Digits;
use super::build::Rsa;
use super::limits::{MAX_OBJECT, MIN_FRAGMENT};
use crate::material::Hit;
use std::ops::Range;
use zeroize::Zeroizing;

/// Element, component, and whether it is private.
const ELEMENTS: [(&[u8], &str, bool); 8] = [
    (b"Modulus", "n", false),
    (b"Exponent", "e", false),
    (b"D", "d", true),
    (b"P", "p", true),
    (b"Q", "q", true),
    (b"DP", "dp", true),
    (b"DQ", "dq", true),
    (b"InverseQ", "qinv", true),
];

/// Reads the elements around the private one whose `<` stands at `at`.
pub(super) fn at_member(text: &[u8], at: usize, floor: usize, out: &mut Vec<Hit>) -> usize {
    if element(text, at).is_none() {
        return at + 1;
    }
    let from = floor.max(at.saturating_sub(MAX_OBJECT));
    let before = text.get(from..at).unwrap_or_default();
    let start = memchr::memmem::rfind(before, b"RSAKeyValue").map_or(from, |offset| from + offset);
    let limit = text.len().min(start + 2 * MAX_OBJECT);
    let mut found = Vec::new();
    let mut next = start;
    let mut end = at + 1;
    while let Some(offset) = text.get(next..limit).and_then(|rest| memchr::memchr(b'<', rest)) {
        next += offset;
        if text.get(next..).is_some_and(|rest| rest.starts_with(b"</RSAKeyValue")) {
            break;
        }
        if let Some(member) = element(text, next) {
            end = end.max(member.value.end);
            next = member.value.end;
            found.push(member);
        } else {
            next += 1;
        }
    }
    report(&found, out);
    end
}

struct Member {
    component: &'static str,
    private: bool,
    value: Range<usize>,
    bytes: Zeroizing<Vec<u8>>,
    closed: bool,
}

fn element(text: &[u8], at: usize) -> Option<Member> {
    let name_start = at + 1;
    let length = text.get(name_start..name_start + 9.min(text.len().saturating_sub(name_start)))?;
    let length = memchr::memchr(b'>', length)?;
    let name = text.get(name_start..name_start + length)?;
    let (_, component, private) = ELEMENTS.iter().find(|(element, ..)| *element == name)?;
    let digits = Digits::read(text, name_start + length + 1, MAX_OBJECT);
    let enough = if *private { digits.len() >= 11 } else { digits.len() >= 4 };
    let closed = text.get(digits.end) == Some(&b'<');
    let cut = digits.end == text.len();
    (enough && (closed || cut)).then(|| Member {
        component,
        private: *private,
        value: digits.whole(),
        bytes: digits.decode(0),
        closed,
    })
}

fn report(found: &[Member], out: &mut Vec<Hit>) {
    // One short element is anything; a key has several, and they look random.
    let random = found.iter().any(|member| {
        member.private && member.bytes.len() >= 16 && super::der::random_looking(&member.bytes)
    });
    if found.len() < 2 || !random {
        return;
    }
    for member in found.iter().filter(|member| member.private && member.bytes.len() >= MIN_FRAGMENT) {
        let get = |name| {
            found.iter().find(|other| other.component == name && other.closed).map(|other| &other.bytes[..])
        };
        let mut rsa = Rsa { n: get("n"), e: get("e"), ..Rsa::default() };
        let closed = found.iter().filter(|member| member.private && member.closed);
        rsa.numbers = closed.map(|member| (member.component, &member.bytes[..])).collect();
        if !member.closed {
            rsa.fragments.push(&member.bytes);
        }
        let material = rsa.material("xml");
        out.push(Hit { range: member.value.clone(), component: member.component, form: "xml", material });
    }
}
