//! The index of known secrets.

use super::{check_hits, text_of};
use coredact_keys::known::{Blind, Index, Key, SALT_BYTES};

/// Length of the secret.
const SECRET: usize = 24;

/// Makes an index of a secret that the input begins with, behind the salt, and looks for it in the rest: hits lie in it, and
/// where the secret is planted it is found.
///
/// # Panics
/// If a promise is broken.
pub fn known_index(input: &[u8]) {
    let Some((salt, rest)) = input.split_first_chunk::<SALT_BYTES>() else { return };
    let Some((secret, window)) = rest.split_first_chunk::<SECRET>() else { return };
    let key = Key::from_salt(salt);
    let Ok(blind) = Blind::new("secret", secret, &key, true) else { return };
    let index = Index::new(key, vec![blind]);
    let mut hits = Vec::new();
    index.scan(window, &mut hits);
    check_hits(window, &hits);
    let text = text_of(window);
    hits.clear();
    index.scan_text(&text, &mut hits);
    check_hits(&text, &hits);

    let at = window.len() / 2;
    let planted = [&window[..at], secret, &window[at..]].concat();
    hits.clear();
    index.scan(&planted, &mut hits);
    check_hits(&planted, &hits);
    let covers = hits.iter().any(|hit| hit.range.start <= at && hit.range.end >= at + SECRET);
    assert!(covers, "a known secret was not found");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_the_index_knows_is_found(input in proptest::collection::vec(any::<u8>(), 0..512)) {
            known_index(&input);
        }
    }
}
