//! Tokens and credentials in the shapes that their issuers document.

use super::Keyring;
use super::encoded::{Encoded, base64url};
use crate::random::Random;
use crate::secret::{Place, Role, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const DIGITS: &[u8] = b"0123456789";
const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A credential: what is secret in it, and what stands before and after.
struct Credential {
    id: &'static str,
    kind: &'static str,
    before: String,
    secret: String,
    after: &'static str,
}

fn credential(
    id: &'static str,
    kind: &'static str,
    before: &str,
    secret: String,
    after: &'static str,
) -> Credential {
    Credential { id, kind, before: before.to_owned(), secret, after }
}

/// Tokens that stand for themselves.
fn tokens(random: &mut Random) -> Vec<Credential> {
    let token = |id, before: &str, secret| credential(id, "token", before, secret, "");
    let jwt = |random: &mut Random, header: &str, claims: String| {
        let signature = base64url(&random.bytes(32));
        (
            format!("{}.", base64url(header.as_bytes())),
            format!("{}.{signature}", base64url(claims.as_bytes())),
        )
    };
    let user = random.text(12, LOWER);
    let plain =
        jwt(random, r#"{"alg":"HS256","typ":"JWT"}"#, format!(r#"{{"sub":"{user}","iat":1763000000}}"#));
    let account = jwt(
        random,
        r#"{"alg":"RS256","kid":"synth"}"#,
        format!(
            r#"{{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/secret.name":"{user}"}}"#
        ),
    );
    let slack =
        format!("{}-{}-{}", random.text(12, DIGITS), random.text(12, DIGITS), random.text(24, ALPHANUMERIC));
    vec![
        token("jwt", &plain.0, plain.1),
        token("kubernetes", &account.0, account.1),
        token("github", "ghp_", checksummed(random)),
        token("npm", "npm_", checksummed(random)),
        token("slack", "xoxb-", slack),
        token("google", "AIza", random.text(35, URL_SAFE)),
        token("stripe", "sk_live_", random.text(24, ALPHANUMERIC)),
        token("pypi", "pypi-AgEIcHlwaS5vcmc", random.text(150, URL_SAFE)),
        token("vault", "hvs.CAESI", random.text(90, URL_SAFE)),
    ]
}

/// Thirty characters and six of their CRC-32 in base 62 (GitHub's blog of 2021-04-05, "Behind
/// GitHub's new authentication token formats"; npm's tokens have the same shape).
fn checksummed(random: &mut Random) -> String {
    let text = random.text(30, ALPHANUMERIC);
    let mut sum = u64::from(crc32fast::hash(text.as_bytes()));
    let mut tail = Vec::new();
    for _ in 0..6 {
        tail.push(char::from(ALPHANUMERIC[usize::try_from(sum % 62).unwrap_or(0)]));
        sum /= 62;
    }
    text + &tail.into_iter().rev().collect::<String>()
}

/// Credentials that the words around them give away.
fn credentials(random: &mut Random) -> Vec<Credential> {
    let named = |id, before: &str, secret, after| credential(id, "credential", before, secret, after);
    let key_id = random.text(16, BASE32);
    let aws = format!("[default]\naws_access_key_id = AKIA{key_id}\naws_secret_access_key = ");
    let basic = STANDARD.encode(format!("operator:{}", random.text(15, ALPHANUMERIC)));
    let signature =
        STANDARD.encode(random.bytes(32)).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let azure = "DefaultEndpointsProtocol=https;AccountName=synth;AccountKey=";
    let sas =
        "https://synth.blob.core.windows.net/c?sv=2022-11-02&ss=b&srt=co&sp=r&se=2027-01-01T00:00:00Z&sig=";
    vec![
        named("aws", &aws, STANDARD.encode(random.bytes(30)), "\n"),
        named("azure-storage", azure, STANDARD.encode(random.bytes(64)), ";EndpointSuffix=core.windows.net"),
        named("azure-sas", sas, signature, ""),
        named("bearer", "GET / HTTP/1.1\r\nAuthorization: Bearer ", random.text(40, URL_SAFE), "\r\n"),
        named("basic", "Host: a.example\r\nAuthorization: Basic ", basic, "\r\n"),
        named("cookie", "Accept: */*\r\nCookie: session=", random.text(32, LOWER), "; theme=dark\r\n"),
        named(
            "set-cookie",
            "HTTP/1.1 200 OK\r\nSet-Cookie: sid=",
            random.text(26, ALPHANUMERIC),
            "; HttpOnly\r\n",
        ),
        named("url", "postgres://app:", random.text(18, ALPHANUMERIC), "@db.internal:5432/app"),
        named(
            "connection",
            "Server=db.internal;User Id=app;Password=",
            random.text(17, ALPHANUMERIC),
            ";Encrypt=yes",
        ),
    ]
}

/// Plants every token in ASCII and UTF-16, at even and odd addresses, ended by NUL and by other bytes.
pub(super) fn plant(random: &mut Random, keyring: &mut Keyring) {
    let mut all = tokens(random);
    all.extend(credentials(random));
    for (number, credential) in all.iter().enumerate() {
        let secret = secret(keyring, credential);
        let text = format!("{}{}{}", credential.before, credential.secret, credential.after);
        let text = Encoded::holding(text.into_bytes(), [credential.secret.as_bytes()]);
        let shift = (number % 8) as u64;
        let (open, end) = [(b"\0", b"\0"), (b"\xff", b"\xff"), (b"\"", b"\""), (b" ", b"\n")][number % 4];
        let place = if number % 3 == 0 { Place::Border } else { Place::Heap(2 * shift + 1) };
        keyring.plant_encoded(secret, "text", "ascii", text.between(open, end), place);
        let wide = text.wide().between(b"\0\0", b"\0\0");
        keyring.plant_encoded(secret, "text", "utf-16", wide.clone(), Place::Heap(2 * shift));
        keyring.plant_encoded(secret, "text", "utf-16, odd address", wide, Place::Heap(2 * shift + 1));
    }
    nests(random, keyring);
    process(random, keyring);
}

/// Tokens that stand nowhere but in containers.
fn nests(random: &mut Random, keyring: &mut Keyring) {
    for (id, form) in
        [("nest-base64", "base64"), ("nest-gzip", "gzip"), ("nest-gzip-base64", "gzip in base64")]
    {
        let credential = credential(id, "token", "ghp_", checksummed(random), "");
        let secret = secret(keyring, &credential);
        let padding = random.text(300, b"etaoin shrdlu");
        let json = format!(r#"{{"note":"{padding}","token":"ghp_{}","kind":"bot"}}"#, credential.secret);
        let json = Encoded::holding(json.into_bytes(), [credential.secret.as_bytes()]);
        let encoded = match form {
            "base64" => json.base64(),
            "gzip" => json.gzip(),
            _ => json.gzip().base64(),
        };
        keyring.plant_encoded(secret, "text", form, encoded.between(b"\0", b"\0"), Place::Heap(4));
    }
}

/// Credentials in the environment and on the command line.
fn process(random: &mut Random, keyring: &mut Keyring) {
    let all = [
        ("DB_PASSWORD=", Place::Environment),
        ("API_SECRET_KEY=", Place::Environment),
        ("--password=", Place::Argument),
    ];
    for (number, (name, place)) in all.into_iter().enumerate() {
        let id = ["environment-password", "environment-key", "argument-password"][number];
        let credential = credential(id, "credential", name, random.text(20, ALPHANUMERIC), "");
        let secret = secret(keyring, &credential);
        let text = Encoded::holding(
            [name, &credential.secret].concat().into_bytes(),
            [credential.secret.as_bytes()],
        );
        keyring.plant_encoded(secret, "text", "ascii", text, place);
    }
}

fn secret(keyring: &mut Keyring, credential: &Credential) -> usize {
    let bytes = credential.secret.clone().into_bytes();
    let bits = bytes.len() * 8;
    let value = Value { name: "text", role: Role::Component, bytes };
    keyring.secret(format!("{}-{}", credential.kind, credential.id), credential.kind, bits, vec![value])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_six_characters_are_the_checksum_of_the_rest() {
        let text = checksummed(&mut Random::new(1));
        let (body, sum) = text.as_bytes().split_at(30);
        let digit = |byte: &u8| ALPHANUMERIC.iter().position(|other| other == byte).unwrap() as u64;
        let sum = sum.iter().fold(0, |sum, byte| sum * 62 + digit(byte));
        // CRC-32 bit by bit (ISO 3309, reflected).
        let crc = body.iter().fold(u32::MAX, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        });
        assert_eq!(sum, u64::from(!crc));
    }
}
