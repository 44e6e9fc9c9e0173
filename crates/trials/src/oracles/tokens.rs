//! Tokens and credentials.

use super::{check_hits, text_of};
use coredact_keys::tokens::Rules;
use std::sync::OnceLock;

/// Scans a run of text with the built-in rules.
///
/// # Panics
/// If a promise is broken.
pub fn tokens(bytes: &[u8]) {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules = RULES.get_or_init(|| match Rules::builtin() {
        Ok(rules) => rules,
        Err(error) => panic!("the built-in rules are not valid: {error}"),
    });
    let text = text_of(bytes);
    let mut hits = Vec::new();
    rules.scan(&text, &mut hits);
    check_hits(&text, &hits);
    assert!(hits.is_sorted_by_key(|hit| hit.range.start));
}
