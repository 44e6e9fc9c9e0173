//! Credentials as programs get them: a settings file, an environment, options.

use crate::random::{self, LETTERS};
use crate::secret::Secret;
use anyhow::Result;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

/// Fresh credentials in the places where programs keep them.
#[derive(Debug)]
pub struct Settings {
    /// Lines of `NAME=value`, as in a `.env` file.
    pub file: String,
    /// Environment variables.
    pub environment: Vec<(String, String)>,
    /// Command-line options.
    pub options: Vec<String>,
    /// What of it is secret.
    pub secrets: Vec<Secret>,
}

impl Settings {
    /// Makes fresh credentials.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn fresh() -> Result<Self> {
        let password = format!("{}/{}@{}", letters(6)?, letters(7)?, letters(6)?);
        let (token, body) = jwt()?;
        let (github, github_body) = github()?;
        let aws_id = format!("AKIA{}", random::text(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?);
        let aws_secret = letters(40)?;
        let cookie = letters(32)?;
        let api_secret = letters(32)?;
        let option = letters(24)?;
        let file = format!(
            "DATABASE_URL=postgres://app:{}@db.internal:5432/orders\nDATABASE_PASSWORD={password}\n\
             AUTHORIZATION=Bearer {token}\nAWS_ACCESS_KEY_ID={aws_id}\nAWS_SECRET_ACCESS_KEY={aws_secret}\n\
             SESSION_COOKIE=sessionid={cookie}; Path=/; HttpOnly\nGREETING=hello\n",
            password.replace('/', "%2F").replace('@', "%40")
        );
        let environment =
            vec![("GITHUB_TOKEN".to_owned(), github), ("APP_API_SECRET".to_owned(), api_secret.clone())];
        let secrets = vec![
            Secret::text("database password", &password),
            Secret::text("bearer token", &body),
            Secret::text("AWS secret key", &aws_secret),
            Secret::text("session cookie", &cookie),
            Secret::text("GitHub token", &github_body),
            Secret::text("environment variable", &api_secret),
            Secret::text("command-line option", &option),
        ];
        Ok(Self { file, environment, options: vec![format!("--password={option}")], secrets })
    }
}

fn letters(count: usize) -> Result<String> {
    random::text(count, LETTERS)
}

/// A JWT, and the part of it that is not the same in every JWT.
fn jwt() -> Result<(String, String)> {
    let header = BASE64_URL_SAFE_NO_PAD.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = format!(r#"{{"jti":"{}","sub":"{}","exp":4102444800}}"#, letters(24)?, letters(12)?);
    // "exp" and the brace are the same everywhere: the secret ends with the signature instead.
    let signature = BASE64_URL_SAFE_NO_PAD.encode(random::bytes(32)?);
    Ok((format!("{header}.{}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(claims)), signature))
}

/// A classic GitHub token with its checksum, and the part after its prefix.
fn github() -> Result<(String, String)> {
    let mut body = letters(30)?;
    let mut checksum = crc32fast::hash(body.as_bytes());
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(char::from(LETTERS[usize::try_from(checksum % 62)?]));
        checksum /= 62;
    }
    body.extend(digits.iter().rev());
    Ok((format!("ghp_{body}"), body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_secret_stands_in_the_settings() {
        let settings = Settings::fresh().unwrap();
        let everywhere = format!("{}{:?}{:?}", settings.file, settings.environment, settings.options);
        for secret in &settings.secrets {
            let text = std::str::from_utf8(&secret.components[0].bytes).unwrap();
            assert!(everywhere.contains(text), "{}", secret.name);
        }
    }
}
