//! RSAPrivateKey (RFC 8017 A.1.2) and the traditional DSA key, at a known offset.

use super::build::{self, Rsa};
use super::der::{self, Element};
use super::limits::{MAX_EXPONENT, MAX_MODULUS, MAX_OTHER_PRIMES, MIN_MODULUS};
use crate::material::Hit;
use std::ops::Range;

/// Names of the private numbers in their order.
const NAMES: [&str; 6] = ["d", "p", "q", "dp", "dq", "qinv"];

/// Names of the numbers of each further prime (OtherPrimeInfo).
const OTHER_NAMES: [&str; 3] = ["prime", "exponent", "coefficient"];

/// Reads the key whose version INTEGER stands at `at`. A key that ends before
/// its first private byte is public and gives nothing.
pub(super) fn at_version(window: &[u8], at: usize) -> Option<Hit> {
    let version = der::integer(window, at)?;
    let n = der::integer(window, version.next()?)?;
    if !is_modulus(window, &n) {
        return None;
    }
    let second = der::integer(window, n.next()?)?;
    if !second.complete() {
        return None;
    }
    dsa(window, &n, &second).or_else(|| rsa(window, Some(&n), &second))
}

/// Reads what follows a public exponent at `at` whose modulus was overwritten.
/// `None` unless a private exponent of plausible shape stands there.
pub(super) fn at_exponent(window: &[u8], at: usize) -> Option<Hit> {
    let e = der::integer(window, at)?;
    let d = der::integer(window, e.next()?)?;
    let known = d.declared > MIN_MODULUS / 2 && der::random_looking(d.bytes(window));
    known.then(|| rsa(window, None, &e)).flatten()
}

/// True if the element is a complete number of modulus shape.
pub(super) fn is_modulus(window: &[u8], n: &Element) -> bool {
    let bytes = n.bytes(window);
    let length = der::trimmed(bytes).len();
    n.complete()
        && (MIN_MODULUS..=MAX_MODULUS).contains(&length)
        && bytes.last().is_some_and(|last| last & 1 == 1)
}

/// True if the element is a complete number of public-exponent shape.
pub(super) fn is_exponent(window: &[u8], e: &Element) -> bool {
    let odd = e.bytes(window).last().is_some_and(|last| last & 1 == 1);
    e.complete() && e.declared <= MAX_EXPONENT && odd
}

/// Collects values as they are read, and the span of the private ones.
struct Reading<'a> {
    window: &'a [u8],
    rsa: Rsa<'a>,
    span: Range<usize>,
}

impl<'a> Reading<'a> {
    /// Takes a private number; returns where the next stands if this one is whole.
    fn take(&mut self, name: &'static str, number: &Element) -> Option<usize> {
        if self.span.is_empty() {
            self.span.start = number.content.start;
        }
        self.span.end = number.content.end;
        let bytes = number.bytes(self.window);
        if number.complete() {
            self.rsa.numbers.push((name, der::trimmed(bytes)));
        } else {
            self.rsa.fragments.push(bytes);
        }
        number.next()
    }
}

fn rsa(window: &[u8], n: Option<&Element>, e: &Element) -> Option<Hit> {
    if !is_exponent(window, e) {
        return None;
    }
    let mut reading = Reading {
        window,
        rsa: Rsa { n: n.map(|n| der::trimmed(n.bytes(window))), e: Some(e.bytes(window)), ..Rsa::default() },
        span: 0..0,
    };
    let mut longest = n.map_or(MAX_MODULUS, |n| n.declared) + 1;
    let mut at = e.next();
    for name in NAMES {
        let Some(number) = at.and_then(|at| der::integer(window, at)) else { break };
        if name == "d" && n.is_none() {
            longest = number.declared + 8;
        }
        let shortest = if name == "d" { longest / 4 } else { longest / 16 };
        if !(shortest..=longest).contains(&number.declared) {
            break;
        }
        at = reading.take(name, &number);
    }
    // What is nothing like random belongs to other data that happens to hold INTEGERs.
    if reading.span.is_empty() || !window.get(reading.span.clone()).is_some_and(der::random_looking) {
        return None;
    }
    if let Some(at) = at {
        other_primes(&mut reading, at, longest);
    }
    Some(build::hit(reading.span.clone(), "der-pkcs1", reading.rsa.material("der-pkcs1")))
}

/// OtherPrimeInfos: SEQUENCE OF SEQUENCE { prime, exponent, coefficient }.
fn other_primes(reading: &mut Reading<'_>, at: usize, limit: usize) {
    let Some(list) = der::expect(reading.window, at, der::SEQUENCE) else { return };
    let mut at = Some(list.content.start);
    for _ in 0..MAX_OTHER_PRIMES {
        let Some(info) = at.and_then(|at| der::expect(reading.window, at, der::SEQUENCE)) else { return };
        if info.content.start >= list.content.end {
            return;
        }
        at = Some(info.content.start);
        for name in OTHER_NAMES {
            let number = at.and_then(|at| der::integer(reading.window, at));
            let Some(number) = number.filter(|number| number.declared <= limit) else { return };
            at = reading.take(name, &number);
        }
    }
}

/// DSAPrivateKey as OpenSSL writes it: version, p, q, g, y, x.
fn dsa(window: &[u8], p: &Element, q: &Element) -> Option<Hit> {
    // FIPS 186-4 section 4.2: q of 160, 224 or 256 bits.
    if !(20..=33).contains(&q.declared) {
        return None;
    }
    let g = der::integer(window, q.next()?).filter(|g| g.declared <= p.declared)?;
    let y = der::integer(window, g.next()?).filter(|y| y.declared <= p.declared)?;
    let x = der::integer(window, y.next()?).filter(|x| x.declared <= q.declared && x.declared > 8)?;
    let public =
        [("p", p.bytes(window)), ("q", q.bytes(window)), ("g", g.bytes(window)), ("y", y.bytes(window))];
    let material = if x.complete() {
        build::finite_field(x.bytes(window), &public, "der-dsa")
    } else {
        build::fragments(crate::Kind::FiniteFieldPrivateKey, &[x.bytes(window)], "der-dsa")
    };
    Some(build::hit(x.content, "der-dsa", material))
}
