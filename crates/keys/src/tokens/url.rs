//! Passwords in URLs: `scheme://user:password@host` (RFC 3986, 3.2.1).

use super::value::stands_in;
use std::ops::Range;

/// The password of the URL whose `://` stands at `mark`.
pub(super) fn password(text: &[u8], mark: usize) -> Option<Range<usize>> {
    let scheme = text.get(mark.checked_sub(1)?)?;
    if !scheme.is_ascii_alphanumeric() {
        return None;
    }
    let start = mark + 3;
    let rest = text.get(start..)?;
    // The authority ends at a slash, question mark or hash; sloppy passwords hold
    // them unencoded, which no URL parser would read, and are not looked for.
    let authority = rest
        .iter()
        .take(AUTHORITY_BYTES_MAX)
        .position(|&b| ends_authority(b))
        .unwrap_or(rest.len().min(AUTHORITY_BYTES_MAX));
    let authority = rest.get(..authority)?;
    let at = memchr::memrchr(b'@', authority)?;
    let userinfo = authority.get(..at)?;
    let colon = memchr::memchr(b':', userinfo)?;
    let password = userinfo.get(colon + 1..)?;
    let host = authority.get(at + 1..)?;
    let hosted = host.first().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'[' | b'/' | b'_'));
    let user_fits = userinfo
        .get(..colon)?
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=|\\:".contains(b));
    (hosted && user_fits && worthy(password, userinfo.get(..colon)?, host))
        .then(|| start + colon + 1..start + at)
}

/// The bytes that a percent-encoded password stands for (RFC 3986, 2.1), if it is encoded.
pub(super) fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let [byte, after @ ..] = rest {
        let digit =
            |b: Option<&u8>| b.and_then(|&b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        if let (b'%', Some(high), Some(low)) = (byte, digit(after.first()), digit(after.get(1))) {
            out.push(high << 4 | low);
            rest = after.get(2..).unwrap_or_default();
            changed = true;
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    changed.then_some(out)
}

fn ends_authority(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
}

/// Not a word that stands for a password, and no documentation host.
fn worthy(password: &[u8], user: &[u8], host: &[u8]) -> bool {
    let lower = password.to_ascii_lowercase();
    let stands_for = [
        "password", "passwd", "pass", "pwd", "pw", "secret", "token", "port", "x", "xxx", "user", "username",
        "key",
    ];
    // `:pserver:user@host`: a CVS root.
    let method = user.is_empty() && password.contains(&b':');
    let named = stands_for.iter().any(|word| lower == word.as_bytes());
    let masked = password.iter().all(|b| *b == b'*' || *b == b'x' || *b == b'X');
    let documentation = host.starts_with(b"example.") && password.iter().all(u8::is_ascii_lowercase);
    // A port in front of a path with an `@`: digits alone after something like a host.
    let port = password.len() <= 5 && password.iter().all(u8::is_ascii_digit) && user.contains(&b'.');
    password.len() >= PASSWORD_BYTES_MIN
        && !method
        && !named
        && !masked
        && !documentation
        && !port
        && !stands_in(password)
}

/// Shorter ones stand in documentation only: `http://a:b@c`.
const PASSWORD_BYTES_MIN: usize = 4;
const AUTHORITY_BYTES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let mark = text.find("://").unwrap();
        assert_eq!(password(text.as_bytes(), mark).map(|range| &text[range]), expected, "{text}");
    }

    #[test]
    fn passwords_of_urls_are_found() {
        check("postgres://app:kq8Zp2Xw@db.internal:5432/main", Some("kq8Zp2Xw"));
        check("redis://:kq8Zp2Xw@127.0.0.1", Some("kq8Zp2Xw"));
        check("x=amqp://guest:kq%408Zp@[::1]/", Some("kq%408Zp"));
        check("mysql://root:postgres@db/x", Some("postgres"));
        check("https://deploy:p@ss@host", Some("p@ss"));
    }

    #[test]
    fn placeholders_ports_and_plain_urls_are_not() {
        for text in [
            "http://user:password@example.com/",
            "http://host:8080/@x",
            "http://user:${PASS}@h",
            "http://u:***@h",
            "http://user@host",
            "http://[::1]:80/a@b",
            "git+ssh://git@github.com:x/y",
            "://a:b@c",
            "http://%s:%s@%s",
            "http://user:<pass>@host",
            "http://a:@b",
            "cvs://:pserver:anoncvs@host",
            "https://a:b@host",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(percent_decoded(b"a%40b%2"), Some(b"a@b%2".to_vec()));
        assert_eq!(percent_decoded(b"ab"), None);
    }
}
