//! JSON Web Keys with private members (RFC 7517, 7518, 8037), whole or cut off,
//! members in any order, quotes escaped or not.

use super::base64::Digits;
use super::build::{self, Rsa};
use super::curve::{self, BYTE_CURVES};
use super::limits::{MAX_OBJECT, MIN_FRAGMENT};
use crate::material::{Hit, Kind, Material};
use std::ops::Range;
use zeroize::Zeroizing;

/// JWK member and the component's name.
const RSA_MEMBERS: [(&[u8], &str); 6] =
    [(b"d", "d"), (b"p", "p"), (b"q", "q"), (b"dp", "dp"), (b"dq", "dq"), (b"qi", "qinv")];

/// Longest member name read.
const MAX_NAME: usize = 32;

/// Shortest value taken for hexadecimal if all its digits are: 22 of 64 digits are
/// hexadecimal, and (22/64)^43 < 2^-66.
const MIN_HEXADECIMAL: usize = 43;

/// Shortest base64url value of a private member: 128 bits.
const MIN_VALUE: usize = 22;

/// Reads the object around the member whose opening quote stands at `at`, not
/// before `floor`. Returns where reading ended.
pub(super) fn at_member(text: &[u8], at: usize, floor: usize, out: &mut Vec<Hit>) -> usize {
    let slashes =
        text.get(floor..at).unwrap_or_default().iter().rev().take(8).take_while(|&&b| b == b'\\').count();
    let quote = text.get(at - slashes..=at).unwrap_or_default();
    let Some(member) = Member::read(text, at - slashes, quote) else { return at + 1 };
    if member.value.len() < MIN_VALUE || !is_private(member.name) {
        return at + 1;
    }
    let start = object_start(text, at, floor);
    let (members, end) = members(text, start, quote);
    report(text, &members, out);
    end.max(at + 1)
}

/// A member whose value is a string.
struct Member<'a> {
    name: &'a [u8],
    value: Range<usize>,
    /// True if the closing quote is there.
    closed: bool,
    /// Behind the value and its quote.
    end: usize,
    /// How many objects inside the key's own it stands.
    depth: usize,
}

impl<'a> Member<'a> {
    /// Reads `"name": "value"` at `at`.
    fn read(text: &'a [u8], at: usize, quote: &[u8]) -> Option<Self> {
        let name_start = at + quote.len();
        let (name, next) = string(text, name_start, quote, MAX_NAME)?;
        let colon = blank(text, next?);
        if text.get(colon) != Some(&b':') {
            return None;
        }
        let open = blank(text, colon + 1);
        if !text.get(open..)?.starts_with(quote) {
            return None;
        }
        let (mut value, mut next) = string(text, open + quote.len(), quote, MAX_OBJECT)?;
        // Source code breaks long values into several literals.
        while let Some(more) = next.map(|next| blank(text, next))
            && text.get(more..)?.starts_with(quote)
            && let Some((literal, after)) = string(text, more + quote.len(), quote, MAX_OBJECT)
            && literal.end - value.start < MAX_OBJECT
        {
            value.end = literal.end;
            next = after;
        }
        let end = next.unwrap_or(value.end);
        Some(Self { name: text.get(name)?, value, closed: next.is_some(), end, depth: 0 })
    }
}

/// The string that starts at `start`, and where text goes on behind its quote
/// (`None` if the quote is missing).
fn string(text: &[u8], start: usize, quote: &[u8], longest: usize) -> Option<(Range<usize>, Option<usize>)> {
    let limit = text.len().min(start.checked_add(longest)?);
    let inside = text.get(start..limit)?;
    match memchr::memmem::find(inside, quote) {
        Some(length) => Some((start..start + length, Some(start + length + quote.len()))),
        None => Some((start..limit, None)),
    }
}

fn blank(text: &[u8], mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        at += match rest {
            [b' ' | b'\t' | b'\r' | b'\n', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            _ => return at,
        };
    }
}

/// The brace that opens the object of `at`, or `floor` if it is cut off.
fn object_start(text: &[u8], at: usize, floor: usize) -> usize {
    let from = floor.max(at.saturating_sub(MAX_OBJECT));
    let mut depth = 0usize;
    for (offset, byte) in text.get(from..at).unwrap_or_default().iter().enumerate().rev() {
        match byte {
            b'}' => depth += 1,
            b'{' if depth == 0 => return from + offset + 1,
            b'{' => depth -= 1,
            _ => {}
        }
    }
    from
}

/// Every member from `start` to the brace that closes the object.
fn members<'a>(text: &'a [u8], start: usize, quote: &[u8]) -> (Vec<Member<'a>>, usize) {
    let limit = text.len().min(start + 2 * MAX_OBJECT);
    let mut members = Vec::new();
    let mut depth = 0usize;
    let mut at = start;
    while at < limit {
        let rest = text.get(at..limit).unwrap_or_default();
        match rest.first() {
            Some(b'{') => depth += 1,
            Some(b'}') if depth == 0 => return (members, at + 1),
            Some(b'}') => depth -= 1,
            _ if rest.starts_with(quote) => {
                // Every quote may be the first of a name: which one opens a string
                // is unknown where the head is cut off.
                if let Some(mut member) = Member::read(text, at, quote) {
                    member.depth = depth;
                    at = member.end;
                    members.push(member);
                } else {
                    at += quote.len();
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    (members, limit)
}

fn is_private(name: &[u8]) -> bool {
    name == b"k" || RSA_MEMBERS.iter().any(|(member, _)| *member == name)
}

/// The members of one object, decoded.
struct Object<'a> {
    text: &'a [u8],
    members: &'a [Member<'a>],
}

impl Object<'_> {
    fn find(&self, name: &[u8]) -> Option<&Member<'_>> {
        self.members.iter().find(|member| member.name == name && member.depth == 0)
    }

    fn plain(&self, name: &[u8]) -> &[u8] {
        self.find(name).and_then(|member| self.text.get(member.value.clone())).unwrap_or_default()
    }

    /// The bytes of a member, if its value is complete base64url.
    fn bytes(&self, name: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let member = self.find(name).filter(|member| member.closed)?;
        decoded(self.text, member).filter(|bytes| !bytes.is_empty())
    }
}

fn decoded(text: &[u8], member: &Member<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let value = text.get(member.value.clone())?;
    // Test vectors hold the same members in hexadecimal. Among so many base64
    // digits one that is no hexadecimal digit cannot fail to appear.
    if value.len() >= MIN_HEXADECIMAL && value.iter().all(u8::is_ascii_hexdigit) {
        return Some(hexadecimal(value));
    }
    let digits = Digits::read(value, 0, MAX_OBJECT);
    let complete = digits.end == value.len() || !member.closed;
    complete.then(|| digits.decode(0))
}

fn hexadecimal(digits: &[u8]) -> Zeroizing<Vec<u8>> {
    let value =
        |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0);
    Zeroizing::new(
        digits
            .rchunks(2)
            .rev()
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | value(digit)))
            .collect(),
    )
}

fn report(text: &[u8], members: &[Member<'_>], out: &mut Vec<Hit>) {
    let object = Object { text, members };
    let Some(kind) = Type::of(&object) else { return };
    for member in members {
        let component = match kind {
            Type::Symmetric if member.name == b"k" => "k",
            Type::Curve | Type::Bytes if member.name == b"d" => "d",
            Type::Rsa if member.depth > 0 => match member.name {
                b"r" => "prime",
                b"d" => "exponent",
                b"t" => "coefficient",
                _ => continue,
            },
            Type::Rsa => match RSA_MEMBERS.iter().find(|(name, _)| *name == member.name) {
                Some((_, component)) => component,
                None => continue,
            },
            _ => continue,
        };
        let Some(value) = decoded(text, member) else { continue };
        if value.len() < MIN_FRAGMENT {
            continue;
        }
        let material = kind.material(&object, member, &value);
        out.push(Hit { range: member.value.clone(), component, form: "jwk", material });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Rsa,
    Curve,
    Bytes,
    Symmetric,
}

impl Type {
    /// Decides by `kty`; where it is cut off, by the members that go with it.
    fn of(object: &Object<'_>) -> Option<Self> {
        let byte_curve = BYTE_CURVES.iter().any(|curve| curve.name.as_bytes() == object.plain(b"crv"));
        match object.plain(b"kty") {
            b"RSA" => Some(Self::Rsa),
            b"EC" => Some(Self::Curve),
            b"OKP" => Some(Self::Bytes),
            b"oct" => Some(Self::Symmetric),
            b"" if byte_curve => Some(Self::Bytes),
            b"" if curve::by_name(object.plain(b"crv")).is_some() => Some(Self::Curve),
            b"" => Self::of_members(object),
            _ => None,
        }
    }

    fn of_members(object: &Object<'_>) -> Option<Self> {
        let long = |name: &[u8]| object.find(name).is_some_and(|member| member.value.len() >= 43);
        let rsa: usize = RSA_MEMBERS.iter().filter(|(name, _)| long(name)).count();
        if (long(b"n") && rsa >= 1) || rsa >= 2 {
            return Some(Self::Rsa);
        }
        if long(b"x") && long(b"y") && long(b"d") {
            return Some(Self::Curve);
        }
        if long(b"x") && long(b"d") {
            return Some(Self::Bytes);
        }
        let algorithm = object.plain(b"alg");
        let named = [&b"HS"[..], b"A1", b"A2", b"dir"].iter().any(|prefix| algorithm.starts_with(prefix));
        (named && object.find(b"k").is_some()).then_some(Self::Symmetric)
    }

    fn material(self, object: &Object<'_>, member: &Member<'_>, value: &[u8]) -> Material {
        if !member.closed && self != Self::Rsa {
            let kind = match self {
                Self::Symmetric => Kind::SymmetricKey,
                Self::Bytes => Kind::EdwardsPrivateKey,
                _ => Kind::EcPrivateKey,
            };
            return build::fragments(kind, &[value], "jwk");
        }
        match self {
            Self::Symmetric => build::bytes(Kind::SymmetricKey, "k", value, "jwk"),
            Self::Rsa => rsa(object, member, value),
            Self::Curve => {
                let point =
                    object.bytes(b"x").zip(object.bytes(b"y")).map(|(x, y)| [&[4], &x[..], &y[..]].concat());
                build::ec(curve::by_name(object.plain(b"crv")), value, point.as_deref(), "jwk")
            }
            Self::Bytes => {
                let name = object.plain(b"crv");
                let by_name = BYTE_CURVES.iter().find(|curve| curve.name.as_bytes() == name);
                let public = object.bytes(b"x");
                match by_name.or_else(|| BYTE_CURVES.iter().find(|curve| curve.size == value.len())) {
                    Some(curve) => build::byte_curve(curve, value, public.as_ref().map(|x| &x[..]), "jwk"),
                    None => build::bytes(Kind::OtherPrivateKey, "key", value, "jwk"),
                }
            }
        }
    }
}

fn rsa(object: &Object<'_>, member: &Member<'_>, value: &[u8]) -> Material {
    let (n, e) = (object.bytes(b"n"), object.bytes(b"e"));
    let numbers: Vec<_> =
        RSA_MEMBERS.iter().filter_map(|(name, component)| Some((*component, object.bytes(name)?))).collect();
    let mut rsa = Rsa { n: n.as_ref().map(|n| &n[..]), e: e.as_ref().map(|e| &e[..]), ..Rsa::default() };
    rsa.numbers = numbers.iter().map(|(name, bytes)| (*name, &bytes[..])).collect();
    if !member.closed {
        rsa.fragments.push(value);
    } else if member.depth > 0 {
        rsa.numbers.push((if member.name == b"r" { "prime" } else { "exponent" }, value));
    }
    rsa.material("jwk")
}
