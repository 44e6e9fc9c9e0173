//! Names that say: my value is secret.

/// How much a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Claim {
    /// The value may be secret (`auth`, `session`, `token`): it must look random.
    Perhaps,
    /// The value is secret (`password`, `client_secret`): it must not look like code or prose.
    Surely,
}

/// True if a value under this name (an environment variable, a command-line
/// option, a key in a file) is a secret. Case and the style of joining words do
/// not matter: `DB_PASSWORD`, `dbPassword`, `--db-password`.
///
/// The last word decides, after words like `value`, `prod` or a number:
/// `PASSWORD_FILE`, `token_type`, `secretName`, `auth_url` name something else.
/// `PWD` and `OLDPWD` are working directories.
#[must_use]
pub fn secret_name(name: &str) -> bool {
    claim(name.as_bytes()).is_some()
}

/// What `name` claims; `None` if its value is no secret.
pub(super) fn claim(name: &[u8]) -> Option<Claim> {
    if NEVER.iter().any(|never| never.as_bytes() == name) {
        return None;
    }
    let words = words_of(name);
    let mut rest = words.as_slice();
    while let [before @ .., last] = rest {
        if rest.len() > 1 && (last.bytes().all(|b| b.is_ascii_digit()) || TRAILING.contains(&last.as_str())) {
            rest = before;
        } else {
            break;
        }
    }
    let (last, before) = rest.split_last()?;
    if before.last().is_some_and(|word| PUBLIC.contains(&word.as_str())) {
        return None;
    }
    if last == "id" || last == "uuid" {
        // A session's identifier is what opens it.
        let session = before.last().is_some_and(|word| matches!(word.as_str(), "session" | "sess" | "sid"));
        let desktop = before.first().is_some_and(|word| matches!(word.as_str(), "xdg" | "term" | "audit"));
        return (session && !desktop).then_some(Claim::Perhaps);
    }
    if last == "key" {
        return before.last().and_then(|word| key_claim(word));
    }
    word_claim(last)
}

fn word_claim(word: &str) -> Option<Claim> {
    if SURE.contains(&word) || SURE_ENDINGS.iter().any(|end| word.len() > end.len() && word.ends_with(end)) {
        return Some(Claim::Surely);
    }
    (PERHAPS.contains(&word)
        || PERHAPS_ENDINGS.iter().any(|end| word.len() > end.len() && word.ends_with(end)))
    .then_some(Claim::Perhaps)
}

fn key_claim(before: &str) -> Option<Claim> {
    if SURE_KEYS.contains(&before) || SURE.contains(&before) {
        return Some(Claim::Surely);
    }
    (PERHAPS_KEYS.contains(&before) || PERHAPS.contains(&before)).then_some(Claim::Perhaps)
}

/// Words of a name in lower case: split at everything that is no letter or digit, and in camelCase.
pub(super) fn words_of(name: &[u8]) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut previous = b' ';
    for (at, &byte) in name.iter().enumerate() {
        let next_is_lower = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let hump = byte.is_ascii_uppercase()
            && (previous.is_ascii_lowercase() || (previous.is_ascii_uppercase() && next_is_lower));
        if (hump || !byte.is_ascii_alphanumeric() || byte.is_ascii_digit() != previous.is_ascii_digit())
            && !word.is_empty()
        {
            words.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        previous = byte;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Names whose value is known to be harmless.
const NEVER: &[&str] = &["PWD", "OLDPWD", "GPG_KEY"];

/// Words whose value is secret.
const SURE: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "passw",
    "secret",
    "secrets",
    "pw",
    "userpass",
    "apikey",
    "apitoken",
    "authtoken",
    "accesskey",
    "secretkey",
    "privatekey",
    "credential",
    "credentials",
    "creds",
    "pswd",
    "contrasena",
    "motdepasse",
    "senha",
    "kennwort",
];
const SURE_ENDINGS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "apikey", "secretkey", "accesskey", "privatekey", "pwd"];
/// Words whose value may be secret.
const PERHAPS: &[&str] = &[
    "token",
    "tokens",
    "auth",
    "session",
    "sess",
    "sid",
    "sessionid",
    "sessid",
    "jwt",
    "bearer",
    "authorization",
    "cookie",
    "otp",
    "pin",
    "sas",
    "csrf",
    "xsrf",
    "salt",
    "pat",
    "cred",
    "dsn",
    "authkey",
    "sessionkey",
];
const PERHAPS_ENDINGS: &[&str] = &["token", "sessionid", "sessid", "authtoken"];
/// Words that make `... key` secret.
const SURE_KEYS: &[&str] =
    &["api", "secret", "private", "access", "account", "encryption", "signing", "master", "shared", "app"];
/// Words that make `... key` perhaps secret.
const PERHAPS_KEYS: &[&str] = &[
    "auth",
    "session",
    "service",
    "deploy",
    "ssh",
    "ssl",
    "tls",
    "aes",
    "hmac",
    "rsa",
    "jwt",
    "client",
    "server",
    "storage",
    "license",
    "crypto",
    "cipher",
    "cookie",
    "subscription",
    "functions",
    "function",
    "connection",
    "admin",
    "write",
    "root",
    "preshared",
    "psk",
    "fernet",
    "decryption",
    "crypt",
    "token",
    "consumer",
    "application",
    "integration",
    "rest",
    "webhook",
    "ingest",
    "instrumentation",
    "vault",
    "unseal",
    "recovery",
    "user",
    "wireguard",
    "wg",
    "priv",
    "age",
    "gpg",
    "pgp",
];
/// Words behind a secret's name that change nothing.
const TRAILING: &[&str] = &[
    "value",
    "val",
    "text",
    "txt",
    "plain",
    "plaintext",
    "raw",
    "str",
    "string",
    "current",
    "new",
    "old",
    "confirm",
    "confirmation",
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "staging",
    "stage",
    "live",
    "sandbox",
    "b",
    "base",
    "hex",
    "encoded",
    "default",
    "primary",
    "secondary",
    "main",
    "backup",
    "again",
    "repeat",
    "bytes",
    "data",
];
/// Words before the last that make it public.
const PUBLIC: &[&str] = &[
    "public",
    "pub",
    "no",
    "without",
    "forgot",
    "reset",
    "lost",
    "next",
    "page",
    "continuation",
    "publishable",
    "has",
    "is",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], expected: bool) {
        for name in names {
            assert_eq!(secret_name(name), expected, "{name} in words {:?}", words_of(name.as_bytes()));
        }
    }

    #[test]
    fn names_of_secrets_are_known_in_every_style() {
        check(
            &[
                "password",
                "DB_PASSWORD",
                "dbPassword",
                "--db-password",
                "PGPASSWORD",
                "MYSQL_PWD",
                "spring.datasource.password",
                "AWS_SECRET_ACCESS_KEY",
                "aws_session_token",
                "GITHUB_TOKEN",
                "client_secret",
                "clientSecret",
                "X-Api-Key",
                "apikey",
                "API_KEY_PROD",
                "SECRET_KEY_BASE",
                "OPENAI_API_KEY",
                "Ocp-Apim-Subscription-Key",
                "sessionid",
                "session_id",
                "PHPSESSID",
                "JSESSIONID",
                "PASSWORD1",
                "_auth",
                "RABBITMQ_DEFAULT_PASS",
                "wifi.psk.passphrase",
                "AccountKey",
                "SharedAccessKey",
                "jwt_secret",
                "REDISCLI_AUTH",
                "user_password_confirmation",
                "VAULT_TOKEN",
            ],
            true,
        );
    }

    #[test]
    fn names_of_other_things_are_not() {
        check(
            &[
                "PWD",
                "OLDPWD",
                "HOME",
                "PASSWORD_FILE",
                "token_type",
                "secretName",
                "auth_url",
                "SSH_AUTH_SOCK",
                "XDG_SESSION_ID",
                "DBUS_SESSION_BUS_ADDRESS",
                "SESSION_MANAGER",
                "key",
                "keyboard",
                "author",
                "public_key",
                "AWS_ACCESS_KEY_ID",
                "tokenizer",
                "passwordless",
                "max_tokens_per_second",
                "compass_direction",
                "primary_id",
                "next_token",
                "XDG_SESSION_TYPE",
                "",
            ],
            false,
        );
    }
}
