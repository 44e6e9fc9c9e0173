//! Allowlists of gitleaks.

use super::rule::{Allow, Target};
use std::ops::Range;

/// True if the list says that this is no secret.
pub(super) fn allows(list: &Allow, text: &[u8], secret: &Range<usize>, whole: &Range<usize>) -> bool {
    let get = |range: Range<usize>| text.get(range).unwrap_or_default();
    let target = match list.target {
        Target::Secret => get(secret.clone()),
        Target::Match => get(whole.clone()),
        Target::Line => get(line(text, whole)),
    };
    let by_regex = list.regexes.iter().any(|regex| regex.is_match(target));
    let lower = get(secret.clone()).to_ascii_lowercase();
    let by_word = list.stopwords.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some());
    if list.all { by_regex && by_word } else { by_regex || by_word }
}

fn line(text: &[u8], whole: &Range<usize>) -> Range<usize> {
    let reach =
        whole.start.saturating_sub(LINE_BYTES_MAX)..text.len().min(whole.end.saturating_add(LINE_BYTES_MAX));
    let before = text.get(reach.start..whole.start).unwrap_or_default();
    let after = text.get(whole.end..reach.end).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(reach.start, |at| reach.start + at + 1);
    let end = memchr::memchr(b'\n', after).map_or(reach.end, |at| whole.end + at);
    start..end
}

const LINE_BYTES_MAX: usize = 4096;
