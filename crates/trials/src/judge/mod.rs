//! Searches a dump for secrets that are known, in every form that programs
//! write them in. Shares nothing with coredact.

mod forms;
mod search;

pub use forms::{Form, forms};
pub use search::{Hit, search};

use crate::secret::Secret;
use serde::{Deserialize, Serialize};

/// A fragment of a secret that is in a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survivor {
    /// The secret's name.
    pub secret: String,
    /// True if policy `proven` must remove it.
    pub is_proven: bool,
    /// The component's name.
    pub component: String,
    /// The form's name.
    pub form: String,
    /// Offset in the file, in bytes.
    pub at: usize,
    /// Length of the fragment in the dump, in bytes.
    pub length: usize,
}

/// What a dump holds of `secrets`: the longest fragment of each component, and
/// how many fragments there are in all.
#[must_use]
pub fn judge(dump: &[u8], secrets: &[Secret]) -> (Vec<Survivor>, usize) {
    let found = fragments(dump, secrets);
    let count = found.len();
    let mut longest: Vec<Survivor> = Vec::new();
    for found in found {
        match longest.iter_mut().find(|one| one.secret == found.secret && one.component == found.component) {
            Some(known) if known.length < found.length => *known = found,
            Some(_) => {}
            None => longest.push(found),
        }
    }
    (longest, count)
}

/// The places where a dump holds `secrets`, in order. Fragments that touch or overlap are one place,
/// which is as long as they are together and named after the longest of them.
#[must_use]
pub fn places(dump: &[u8], secrets: &[Secret]) -> Vec<Survivor> {
    let mut found = fragments(dump, secrets);
    found.sort_by_key(|one| (one.at, std::cmp::Reverse(one.length)));
    let mut places: Vec<(Survivor, usize)> = Vec::new();
    for next in found {
        match places.last_mut() {
            Some((place, longest)) if next.at <= place.at + place.length => {
                let (at, end) = (place.at, (place.at + place.length).max(next.at + next.length));
                if next.length > *longest {
                    (*place, *longest) = (next.clone(), next.length);
                }
                (place.at, place.length) = (at, end - at);
            }
            _ => places.push((next.clone(), next.length)),
        }
    }
    places.into_iter().map(|(place, _)| place).collect()
}

/// Every fragment, in the order of the search.
fn fragments(dump: &[u8], secrets: &[Secret]) -> Vec<Survivor> {
    let mut owners = Vec::new();
    let mut patterns = Vec::new();
    for secret in secrets {
        for component in &secret.components {
            for form in forms(component, secret.kind) {
                owners.push((secret, component));
                patterns.push(form);
            }
        }
    }
    let named = |hit: Hit| {
        let (secret, component) = owners[hit.form];
        Survivor {
            secret: secret.name.clone(),
            is_proven: secret.kind.is_proven(),
            component: component.name.clone(),
            form: patterns[hit.form].name.clone(),
            at: hit.at,
            length: hit.length,
        }
    };
    search(dump, &patterns).into_iter().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use crate::secret::Kind;

    /// A dump of random bytes with `planted` at an odd offset.
    fn dump_with(planted: &[u8]) -> Vec<u8> {
        let mut dump = random::bytes(4099).unwrap();
        dump[1021..1021 + planted.len()].copy_from_slice(planted);
        dump
    }

    #[test]
    fn every_form_is_found_whole_and_as_its_smallest_fragment() {
        let number = [&[0xc3][..], &random::bytes(127).unwrap()].concat();
        let secret = Secret::bytes("key", Kind::Rsa, &number);
        for form in forms(&secret.components[0], Kind::Rsa) {
            for piece in [&form.bytes[..], &form.bytes[8..8 + form.least.max(24)]] {
                let (found, _) = judge(&dump_with(piece), std::slice::from_ref(&secret));
                assert_eq!(found.len(), 1, "{}: {} bytes", form.name, piece.len());
                assert!(found[0].at >= 1021 - 8 && found[0].length >= piece.len(), "{}", form.name);
            }
        }
    }

    #[test]
    fn dump_without_the_secret_is_clean() {
        let secret = Secret::bytes("key", Kind::Aes, &random::bytes(32).unwrap());
        assert_eq!(judge(&dump_with(&random::bytes(64).unwrap()), &[secret]), (Vec::new(), 0));
    }

    #[test]
    fn fragments_of_one_copy_are_one_place() {
        let key = random::bytes(32).unwrap();
        let secret = [Secret::bytes("key", Kind::Curve, &key)];
        let mut dump = dump_with(&key);
        dump[3000..3010].copy_from_slice(&key[5..15]);
        let found = places(&dump, &secret);
        let told: Vec<_> = found.iter().map(|one| (one.at, one.length, one.form.as_str())).collect();
        assert_eq!(told, [(1021, 32, "plain"), (3000, 10, "plain")]);
    }

    #[test]
    fn seven_bytes_are_no_fragment_and_eight_are() {
        let key = random::bytes(32).unwrap();
        let secret = [Secret::bytes("key", Kind::Aes, &key)];
        let mut dump = vec![0; 100];
        dump[40..47].copy_from_slice(&key[3..10]);
        assert_eq!(judge(&dump, &secret).1, 0);
        dump[47] = key[10];
        let (found, count) = judge(&dump, &secret);
        assert_eq!((found[0].at, found[0].length, count), (40, 8, 1));
    }

    #[test]
    fn base64_is_followed_over_line_breaks() {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let key = random::bytes(96).unwrap();
        let text = BASE64_STANDARD.encode(&key);
        let (first, second) = text.split_at(64);
        let dump = dump_with(format!("{first}\r\n{second}").as_bytes());
        let (found, _) = judge(&dump, &[Secret::bytes("key", Kind::Aes, &key)]);
        assert_eq!((found[0].at, found[0].length), (1021, 130));
    }

    #[test]
    fn text_is_found_in_utf16_percent_escapes_and_base64() {
        use base64::prelude::{BASE64_STANDARD, Engine};
        let password = "k3/uQ@9zz+Lr7w==x";
        let secret = [Secret::text("password", password)];
        let utf16: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let basic = BASE64_STANDARD.encode(format!("user:{password}"));
        for planted in [&utf16, &b"k3%2FuQ%409zz%2BLr7w%3D%3Dx"[..], &basic.into_bytes()] {
            assert_eq!(judge(&dump_with(planted), &secret).0.len(), 1, "{planted:?}");
        }
    }
}
