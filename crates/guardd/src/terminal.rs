//! Standard output is data, standard error is talk.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_record::text::visible;
use std::io::{self, Write as _};

/// A sentence on standard error. What is of hostile origin in it cannot move the cursor or begin a line of its own.
pub(crate) fn say(line: &str) {
    // Whoever closed standard error does not want to hear it.
    drop(writeln!(io::stderr(), "coredact-guard: {}", visible(line)));
}

/// An error with its causes, in one line.
pub(crate) fn error(error: &anyhow::Error) {
    say(&without_tokens(&format!("failed to {error:#}"), words()));
}

/// Data on standard output. A reader that has seen enough, as `head` has, is no error.
pub(crate) fn data(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

/// What the command line's parser has to say.
pub(crate) fn usage(message: &clap::Error) {
    if message.use_stderr() {
        let text = without_tokens(&message.render().to_string(), words());
        let lines: Vec<_> = text.lines().map(visible).collect();
        drop(writeln!(io::stderr(), "{}", lines.join("\n")));
    } else {
        // A closed pipe while help is printed is nobody's fault.
        drop(message.print());
    }
}

/// Whether a word on the command line may be a token: three parts of base64url with dots between, the beginning of one (`{"` in base64url),
/// or longer than the name of a file can be.
pub(crate) fn may_be_token(word: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let parts: Vec<&str> = word.split('.').collect();
    let three = parts.len() == 3 && word.bytes().all(|byte| letter(byte) || byte == b'.');
    three || is_token(word) || word.split_ascii_whitespace().any(is_token)
}

/// What no name of a file is like: it begins with an object in base64url, or a part of the path is too long.
fn is_token(word: &str) -> bool {
    let first = word.split('.').next().unwrap_or_default();
    let object =
        || URL_SAFE_NO_PAD.decode(first).is_ok_and(|bytes| bytes.trim_ascii_start().starts_with(b"{"));
    let too_long = |part: &str| part.len() > NAME_BYTES_MAX;
    word.starts_with("eyJ") || word.split('/').any(too_long) || (word.contains('.') && object())
}

/// A message without the words of the command line that are tokens.
fn without_tokens(text: &str, words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words
        .flat_map(|word| word.split([' ', '=', '\t', '\n']).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| is_token(word))
        .collect();
    // One may be the beginning of another.
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    words.iter().fold(text.to_owned(), |text, word| text.replace(word.as_str(), HIDDEN))
}

fn words() -> impl Iterator<Item = String> {
    std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// What stands for a token in a message.
const HIDDEN: &str = "(not shown; a token is read from a file or standard input, -)";
/// Longest name of a file, in bytes (`NAME_MAX` of Linux).
const NAME_BYTES_MAX: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_be_tokens_are_told_from_files() {
        let long = "a".repeat(256);
        for (word, token, may_be) in [
            ("eyJhbGciOiJub25lIn0", true, true),
            ("eyJhbGciOiJub25lIn0.e30.", true, true),
            ("ewogImFsZyI6ICJub25lIn0.e30.AA", true, true),
            (long.as_str(), true, true),
            ("a.b.c", false, true),
            ("guard.prod.toml", false, true),
            ("token.txt", false, false),
            ("/run/guard.d/token", false, false),
        ] {
            assert_eq!((is_token(word), may_be_token(word)), (token, may_be), "{word}");
            let said = without_tokens(&format!("open {word}: no"), [format!("--config={word}")].into_iter());
            assert_eq!(said.contains(word), !token, "{said}");
        }
        assert!(may_be_token("Bearer eyJhbGciOiJub25lIn0.e30."));
    }
}
