//! One pass over raw memory: anchors first, parsers where one is found.

use super::fragment::{self, Evidence};
use super::{
    encrypted, java, kerberos, microsoft, minisign, openpgp, openssh, pkcs1, pkcs8, sec1, sexp, tor,
};
use crate::material::Hit;
use aho_corasick::packed;
use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What an anchor is, and so which parser reads there.
#[derive(Clone, Copy, Debug)]
enum Anchor {
    /// Version of an RSAPrivateKey or DSA key and the tag of its first number.
    Rsa,
    /// Version and algorithm SEQUENCE of a PrivateKeyInfo.
    Pkcs8,
    /// Version and OCTET STRING of an ECPrivateKey.
    Sec1,
    /// Members of an ECPrivateKey that follow its scalar.
    EcMember,
    /// Public exponent 65537 and the tag of the private one.
    Exponent,
    /// Header of a number of prime size.
    Prime,
    /// End of the length of a prime that is cut off, in the encoding of SSH, and the zeros where it stood.
    Cut,
    /// The two OCTET STRING headers of an Edwards or Montgomery key.
    Octets,
    /// Password-based encryption.
    Scheme,
    /// OpenSSH container.
    Container,
    /// SSH key type.
    KeyType,
    /// A named number of an S-expression.
    Parameter,
    /// Blob of Windows.
    Blob,
    /// Keytab or credential cache.
    Kerberos,
    /// Key file of an onion service.
    Onion,
    /// Key of minisign or signify.
    Minisign,
    /// Password-based encryption of a Java key store.
    JavaScheme,
    /// Array of bytes in a serialized object of Java.
    JavaArray,
}

/// Every anchor. None begins with a zero byte or with one that is frequent in
/// memory, so that empty pages and pointers are passed over at full speed.
const ANCHORS: &[(&[u8], Anchor)] = &[
    (b"\x02\x01\x00\x02", Anchor::Rsa),
    (b"\x02\x01\x01\x02", Anchor::Rsa),
    (b"\x02\x01\x00\x30", Anchor::Pkcs8),
    (b"\x02\x01\x01\x30", Anchor::Pkcs8),
    (b"\x02\x01\x01\x04", Anchor::Sec1),
    (b"\x02\x03\x01\x00\x01\x02", Anchor::Exponent),
    (b"\x02\x81\x81\x00", Anchor::Prime),
    (b"\x02\x81\xc1\x00", Anchor::Prime),
    (b"\x02\x82\x01\x01\x00", Anchor::Prime),
    (b"\x81\x00\x00\x00\x00\x00\x00\x00\x00", Anchor::Cut),
    (b"\xc1\x00\x00\x00\x00\x00\x00\x00\x00", Anchor::Cut),
    (b"\xa1\x44\x03\x42\x00", Anchor::EcMember),
    (b"\xa1\x64\x03\x62\x00", Anchor::EcMember),
    (b"\xa1\x81\x89\x03\x81\x86\x00", Anchor::EcMember),
    (b"\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d", Anchor::EcMember),
    (b"\xa0\x07\x06\x05\x2b\x81\x04\x00", Anchor::EcMember),
    (b"\x04\x22\x04\x20", Anchor::Octets),
    (b"\x04\x3b\x04\x39", Anchor::Octets),
    (b"\x04\x3a\x04\x38", Anchor::Octets),
    (encrypted::SCHEMES[0], Anchor::Scheme),
    (encrypted::SCHEMES[1], Anchor::Scheme),
    (openssh::MAGIC, Anchor::Container),
    (b"ssh-rsa", Anchor::KeyType),
    (b"ssh-ed25519", Anchor::KeyType),
    (b"ecdsa-sha2-nistp", Anchor::KeyType),
    (b"ssh-dss", Anchor::KeyType),
    (sexp::CANONICAL, Anchor::Parameter),
    (sexp::INTERNAL, Anchor::Parameter),
    (microsoft::MAGICS[0], Anchor::Blob),
    (microsoft::MAGICS[1], Anchor::Blob),
    (microsoft::MAGICS[2], Anchor::Blob),
    (microsoft::MAGICS[3], Anchor::Blob),
    (microsoft::MAGICS[4], Anchor::Blob),
    (microsoft::MAGICS[5], Anchor::Blob),
    (microsoft::MAGICS[6], Anchor::Blob),
    (microsoft::MAGICS[7], Anchor::Blob),
    (kerberos::MAGICS[0], Anchor::Kerberos),
    (kerberos::MAGICS[1], Anchor::Kerberos),
    (tor::TAG, Anchor::Onion),
    (minisign::MAGICS[0], Anchor::Minisign),
    (minisign::MAGICS[1], Anchor::Minisign),
    (minisign::MAGICS[2], Anchor::Minisign),
    (encrypted::JAVA_SCHEMES[0], Anchor::JavaScheme),
    (encrypted::JAVA_SCHEMES[1], Anchor::JavaScheme),
    (java::FIRST_ARRAY, Anchor::JavaArray),
];

/// Finds every encoded private key in `window`, at any offset, whole or cut.
///
/// Ranges are offsets into `window` and cover the private values; headers and
/// public numbers stay. Each anchor costs a bounded number of header reads and
/// accepted keys are skipped over, so that the work grows with the window only.
pub fn scan_binary(window: &[u8], out: &mut Vec<Hit>) {
    let mut covered = 0;
    let mut at = 0;
    while let Some((start, anchor)) = SEARCH.find(window, at) {
        at = start + 1;
        // The members of a key that was read stand right behind its scalar.
        let explained = start < covered || (start == covered && matches!(anchor, Anchor::EcMember));
        if explained && covered > 0 {
            continue;
        }
        if matches!(anchor, Anchor::Parameter) {
            covered = sexp::at_parameter(window, start, out).max(covered);
            continue;
        }
        if matches!(anchor, Anchor::Kerberos) {
            covered = kerberos::at_magic(window, start, out).max(covered);
            continue;
        }
        // A header at the very end promises a key of which nothing is there, or the zero before it.
        let is_there = |hit: &Hit| {
            window.get(hit.range.clone()).is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0))
        };
        if let Some(hit) = read(window, start, anchor).filter(is_there) {
            covered = hit.range.end.max(covered);
            out.push(hit);
        }
    }
    openpgp::scan(window, out);
}

fn read(window: &[u8], at: usize, anchor: Anchor) -> Option<Hit> {
    match anchor {
        Anchor::Rsa => pkcs1::at_version(window, at),
        Anchor::Pkcs8 => pkcs8::at_version(window, at),
        Anchor::Sec1 => sec1::at_version(window, at, None),
        Anchor::EcMember => sec1::before_member(window, at),
        Anchor::Exponent => pkcs1::at_exponent(window, at),
        Anchor::Prime => fragment::chain(window, at, Evidence::Memory),
        Anchor::Cut => fragment::before_cut(window, at),
        Anchor::Octets => pkcs8::inner_octets(window, at),
        Anchor::Scheme => encrypted::at_scheme(window, at),
        Anchor::Container => openssh::at_magic(window, at),
        Anchor::KeyType => openssh::at_type(window, at),
        Anchor::Blob => microsoft::at_magic(window, at),
        Anchor::Onion => tor::at_tag(window, at),
        Anchor::Minisign => minisign::at_magic(window, at),
        Anchor::JavaScheme => encrypted::at_java_scheme(window, at),
        Anchor::JavaArray => java::at_array(window, at),
        Anchor::Parameter | Anchor::Kerberos => None,
    }
}

/// The multi-literal search: vectors where the processor has them.
///
/// The vectors look for what the literals begin with, each beginning once: the search for 32
/// patterns takes twice the bytes a step that the one for more takes.
pub(super) struct Search {
    packed: Option<packed::Searcher>,
    automaton: Option<AhoCorasick>,
    /// The literals of each beginning with their indices, the first to be preferred first.
    groups: Vec<Vec<(usize, Vec<u8>)>>,
}

/// Bytes of a beginning: the shortest literal has so many.
const BEGINNING: usize = 3;

impl Search {
    /// Builds the search for these literals, at most 64.
    pub(super) fn new(literals: &[&[u8]]) -> Self {
        let mut beginnings: Vec<&[u8]> = Vec::new();
        let mut groups: Vec<Vec<(usize, Vec<u8>)>> = Vec::new();
        for (index, literal) in literals.iter().enumerate() {
            let beginning = literal.get(..BEGINNING).unwrap_or(literal);
            let place = beginnings.iter().position(|known| *known == beginning).unwrap_or_else(|| {
                beginnings.push(beginning);
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(place) {
                group.push((index, literal.to_vec()));
            }
        }
        let mut config = packed::Config::new();
        config.match_kind(packed::MatchKind::LeftmostFirst);
        let packed = config.builder().extend(&beginnings).build();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&beginnings).ok();
        Self { packed, automaton, groups }
    }

    /// First literal at or after `at`: where it starts and its index.
    pub(super) fn find(&self, window: &[u8], at: usize) -> Option<(usize, usize)> {
        let mut from = at;
        loop {
            let (start, group) = self.beginning(window, from)?;
            let here = window.get(start..)?;
            let mut literals = self.groups.get(group)?.iter();
            if let Some((index, _)) = literals.find(|(_, literal)| here.starts_with(literal)) {
                return Some((start, *index));
            }
            from = start + 1;
        }
    }

    /// First beginning at or after `at`: where it stands and which it is.
    fn beginning(&self, window: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = window.get(at..)?;
        let long_enough = self.packed.as_ref().filter(|packed| rest.len() >= packed.minimum_len());
        let found = match long_enough {
            Some(packed) => packed.find(rest).map(|found| (found.start(), found.pattern().as_usize())),
            None => {
                self.automaton.as_ref()?.find(rest).map(|found| (found.start(), found.pattern().as_usize()))
            }
        };
        found.map(|(start, group)| (at + start, group))
    }
}

struct Anchors(Search);

impl Anchors {
    fn find(&self, window: &[u8], at: usize) -> Option<(usize, Anchor)> {
        let (start, index) = self.0.find(window, at)?;
        ANCHORS.get(index).map(|(_, anchor)| (start, *anchor))
    }
}

static SEARCH: LazyLock<Anchors> = LazyLock::new(|| {
    let literals: Vec<&[u8]> = ANCHORS.iter().map(|(literal, _)| *literal).collect();
    Anchors(Search::new(&literals))
});
