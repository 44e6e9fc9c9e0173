//! Arguments and environment as texts: `name=value`, `--option`.

use crate::limits::NAME_BYTES_MAX;

/// Name before the first `=`, and where the value starts; no name and zero if there is none.
pub(crate) fn split(text: &[u8]) -> (Option<&str>, usize) {
    let Some(at) = text.iter().position(|byte| *byte == b'=').filter(|at| *at <= NAME_BYTES_MAX) else {
        return (None, 0);
    };
    match text.get(..at).map(std::str::from_utf8) {
        Some(Ok(name)) if is_name(name) => (Some(name), at.saturating_add(1)),
        _ => (None, 0),
    }
}

/// The option that an argument is in full, to which the next one may belong: `-p`, `--password`. What is joined to a
/// value is none.
pub(crate) fn option(text: &[u8]) -> Option<&str> {
    let is_option = |text: &&str| text.len() <= NAME_BYTES_MAX && text.starts_with('-') && is_name(text);
    std::str::from_utf8(text).ok().filter(is_option)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}
