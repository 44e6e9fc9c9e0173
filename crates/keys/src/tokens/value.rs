//! Values: which of them are secrets, and which of those are strong enough to be
//! searched for elsewhere.

use super::name::{Claim, words_of};
use super::surprise::{half_bits, looks_random};

/// True if fragments of this text may be searched for, and removed, in the whole
/// dump: at least 8 characters that carry at least 40 bits under the model of
/// [`super::surprise`], and nothing but letters only if it looks random. Weaker
/// values (`postgres`, `hunter2`, `Summer24`) stand in a dump for other reasons
/// too, and are removed only where a name or a structure says that they are secret.
#[must_use]
pub fn sweepable(text: &[u8]) -> bool {
    let letters = text.iter().all(u8::is_ascii_alphabetic);
    text.len() >= 8 && half_bits(text) >= 80 && distinct(text) >= 5 && (!letters || looks_random(text))
}

/// What stands around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// In quotes.
    Quoted,
    /// `NAME=value` as a line or string of its own, a field of a form, an option.
    Field,
    /// `name = value` or `name: value` as a line of its own: settings, or source code.
    Line,
    /// Anything else: it may be source code or prose.
    Open,
}

/// True if `value` may be the secret that a name claims.
pub(super) fn worthy(value: &[u8], claim: Claim, setting: Setting) -> bool {
    // What a value is shows in its start; a long one must not cost its length again and again.
    let value = value.get(..SAMPLE_BYTES).unwrap_or(value);
    if value.len() < 4 || placeholder(value) || value.contains(&b' ') || path(value) || dotted_name(value) {
        return false;
    }
    let random = looks_random(value);
    let shuffled = is_shuffled(value);
    let digit = value.iter().any(u8::is_ascii_digit);
    let setting = match setting {
        // Settings, if it is nothing that code may have there.
        Setting::Line if claim == Claim::Surely && !identifier(value) && (random || digit) => Setting::Field,
        Setting::Line => Setting::Open,
        other => other,
    };
    match claim {
        Claim::Perhaps => {
            random && value.len() >= 12 && has_letter(value) && (shuffled || (digit && !wordy(value)))
        }
        Claim::Surely if setting == Setting::Open && wordy(value) && !shuffled => false,
        Claim::Surely if random && value.len() >= 8 => {
            setting != Setting::Open || digit || shuffled || symbols(value) > 1
        }
        Claim::Surely if setting == Setting::Quoted && wordy(value) && value.contains(&b'_') => false,
        Claim::Surely => setting != Setting::Open && mixed(value) && half_bits(value) >= 40,
    }
}

/// True for what stands in place of a secret: variables, masks, words.
pub(super) fn placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    stands_in(value)
        || WORDS.iter().any(|word| lower == word.as_bytes())
        || (!looks_random(value)
            && PARTS.iter().any(|part| memchr::memmem::find(&lower, part.as_bytes()).is_some()))
        || distinct(value) < 4
}

/// True for variables, masks and format strings.
pub(super) fn stands_in(value: &[u8]) -> bool {
    let name = |rest: &[u8]| !rest.is_empty() && rest.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let enclosed = matches!(value, [b'{', .., b'}'] | [b'<', .., b'>'] | [b'[', .., b']'] | [b'%', .., b'%']);
    let variable = matches!(value, [b'$' | b'%' | b'@' | b':', next, rest @ ..] if next.is_ascii_alphabetic() && name(rest));
    let lower = value.to_ascii_lowercase();
    enclosed || variable || MARKS.iter().any(|mark| memchr::memmem::find(&lower, mark).is_some())
}

/// A letter and something that is no letter and no joint of a name.
fn mixed(value: &[u8]) -> bool {
    let joint = |b: &u8| matches!(b, b'_' | b'-' | b'.' | b':' | b'/' | b',');
    value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(|b| !b.is_ascii_alphabetic() && !joint(b))
}

/// `Oauth2JwtBearer`, `google_oauth2_credentials`: an identifier whose words are
/// four characters long or more on average. Generated texts change between
/// capitals, small letters and digits after one or two.
pub(super) fn wordy(value: &[u8]) -> bool {
    let identifier = value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let letters = value.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    identifier && letters >= 4 * words_of(value).len()
}

/// A name of a program, or several with dots between.
fn identifier(value: &[u8]) -> bool {
    value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
}

fn has_letter(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic)
}

/// What generated texts have and words have not: a digit, or so many letters that chance may have left the digits out.
#[must_use]
pub fn digit_or_shuffled(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit) || is_shuffled(text)
}

/// True for many letters without a digit (one of 280 random texts of 32 letters and digits has none) whose capitals and small
/// letters are in an order that hardly any name has: 998 of 1,000 random texts of 32 letters, and 6 of 1,000 names in
/// system libraries that are as long as these may be.
fn is_shuffled(text: &[u8]) -> bool {
    let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let pairs =
        text.array_windows().filter(|[one, next]| one.is_ascii_alphabetic() && next.is_ascii_alphabetic());
    let turns = pairs.filter(|[one, next]| one.is_ascii_uppercase() != next.is_ascii_uppercase()).count();
    let tenths = || usize::try_from(half_bits(text)).unwrap_or(0).saturating_mul(10);
    letters >= SHUFFLED_MIN && turns * 4 >= letters && tenths() >= text.len().saturating_mul(SHUFFLED_TENTHS)
}

fn symbols(value: &[u8]) -> usize {
    value.iter().filter(|b| b.is_ascii_punctuation() && !matches!(b, b'_' | b'-' | b'.' | b':')).count()
}

/// A file path: starts like one and is made of names.
fn path(value: &[u8]) -> bool {
    let starts = matches!(value, [b'/' | b'~', ..] | [b'.', b'/' | b'.', ..])
        || matches!(value, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
    let scheme = memchr::memmem::find(value, b"://").is_some();
    starts && value.iter().filter(|b| matches!(b, b'/' | b'\\')).count() >= 2 && !looks_random(value)
        || scheme
}

/// `settings.SECRET_KEY`, `self.password1`: names joined by dots, none of which looks random.
fn dotted_name(value: &[u8]) -> bool {
    let mut parts = value.split(|&b| b == b'.');
    value.contains(&b'.')
        && parts.all(|part| {
            part.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
                && part.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
                && !looks_random(part)
        })
}

fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in value {
        if let Some(seen) = seen.get_mut(usize::from(byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Letters in which capitals and small ones may be out of order: among 16 random letters and digits there is no digit in one
/// case of 17.
const SHUFFLED_MIN: usize = 16;
/// Tenths of half bits that a character of them carries.
const SHUFFLED_TENTHS: usize = 104;
/// How much of a value is judged.
const SAMPLE_BYTES: usize = 256;
/// Parts of variables, masks and format strings.
const MARKS: &[&[u8]] = &[
    b"${",
    b"{{",
    b"$(",
    b"%(",
    b"<%",
    b"***",
    b"...",
    b"%s",
    b"%d",
    b"%v",
    b"%q",
    b"@{",
    b"#{",
    b"{}",
    b"[redacted",
    b"\\u2022",
];
/// Values that are no secrets.
const WORDS: &[&str] = &[
    "null",
    "none",
    "true",
    "false",
    "undefined",
    "required",
    "optional",
    "string",
    "changeme",
    "password",
    "secret",
    "token",
    "redacted",
    "unset",
    "empty",
    "default",
    "anonymous",
    "guest",
    "nil",
    "n/a",
    "todo",
    "xxx",
    "bool",
    "text",
    "bytes",
    "password1",
    "password123",
    "passw0rd",
    "p4ssw0rd",
    "secret123",
    "abc123",
    "base64",
    "sha256",
    "sha1",
    "md5",
    "aws4-hmac-sha256",
    "aws4-ecdsa-p256-sha256",
    "int32",
    "int64",
    "uint8",
    "utf-8",
];
/// Words inside values that are no secrets.
const PARTS: &[&str] = &[
    "example",
    "changeme",
    "placeholder",
    "your_",
    "your-",
    "yourpass",
    "redacted",
    "dummy",
    "sample",
    "foobar",
    "my_pass",
    "mypass",
    "my-secret",
    "mysecret",
    "insert",
    "replace",
    "xxxx",
    "todo",
    "lorem",
    "asdf",
];

#[cfg(test)]
mod tests {
    use super::super::template::expand;
    use super::*;

    #[test]
    fn weak_values_are_not_swept() {
        for weak in [
            "postgres",
            "hunter2",
            "password",
            "12345678",
            "Summer24",
            "abcabcabcabc",
            "localhost",
            "administrator",
            "MyDatabasePass",
        ] {
            assert!(!sweepable(weak.as_bytes()), "{weak} carries {} half bits", half_bits(weak.as_bytes()));
        }
        for strong in ["V6z1v9q2Kcsk04btH1", "tR7$kq9!Lz2#", "f3b0c44298fc1c14", "kq8Zp2Xw"] {
            assert!(
                sweepable(strong.as_bytes()),
                "{strong} carries {} half bits",
                half_bits(strong.as_bytes())
            );
        }
    }

    /// One generated text of 32 letters and digits in 280 has no digit.
    #[test]
    fn generated_texts_without_a_digit_are_values() {
        let is_worthy = |seed: &u64| {
            let text = expand("{letters:32}", *seed).text;
            worthy(&text, Claim::Perhaps, Setting::Field) && digit_or_shuffled(&text)
        };
        let count = (0..2000).filter(is_worthy).count();
        assert!(count >= 1985, "{count}");
        for name in
            ["SessionCookieFilterRegistrationBean", "xmlSecNssKeyDataDsaXmlRead", "GetDIBitsFromHBITMAP"]
        {
            assert!(!digit_or_shuffled(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn code_and_placeholders_are_no_values() {
        for value in [
            "${DB_PASSWORD}",
            "{{ vault.secret }}",
            "$PASSWORD",
            "%s",
            "********",
            "<password>",
            "your_password_1",
            "settings.SECRET1",
            "/run/secrets/db1",
            "None",
            "string",
        ] {
            assert!(!worthy(value.as_bytes(), Claim::Surely, Setting::Field), "{value}");
        }
        for value in
            ["hunter2!", "tR7$kq9!Lz2#", "V6z1v9q2Kcsk04btH1", "Tr0ub4dor&3", "$2b$12$KIXQ8w7rLz1vT9mN5cJ0pO"]
        {
            assert!(worthy(value.as_bytes(), Claim::Surely, Setting::Field), "{value}");
        }
    }
}
