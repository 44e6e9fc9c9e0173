//! Tokens and passwords, in the encodings that texts have in memory; and what other cases need of texts.

use super::Matrix;
use crate::folder::Folder;
use crate::process::output;
use crate::random::{self, LETTERS};
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::process::Command;

const KINDS: &[&str] = &["token", "credential"];

pub(super) fn cases(out: &mut Matrix<'_>) -> Result<()> {
    for (name, text) in tokens()? {
        out.put(&format!("tok_{name}_ascii"), KINDS, &[text.as_bytes()])?;
        out.put(&format!("tok_{name}_utf16le"), KINDS, &[&utf16(&text)])?;
        out.put(&format!("tok_{name}_base64"), KINDS, &[base64(text.as_bytes()).as_bytes()])?;
    }
    Ok(())
}

/// One token of each kind.
fn tokens() -> Result<Vec<(&'static str, String)>> {
    let letters = |count| random::text(count, LETTERS);
    let digits = |count| random::text(count, b"0123456789");
    let identifier = random::text(16, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")?;
    let claims = base64url(format!("{{\"sub\":\"{}\",\"iat\":1516239022}}", digits(10)?).as_bytes());
    let signature = base64url(&random::bytes(32)?);
    Ok(vec![
        ("github", checked("ghp_")?),
        ("aws", format!("aws_access_key_id = AKIA{identifier}\naws_secret_access_key = {}\n", letters(40)?)),
        ("jwt", format!("{}.{claims}.{signature}", base64url(br#"{"alg":"HS256","typ":"JWT"}"#))),
        ("slack", format!("xoxb-{}-{}-{}", digits(12)?, digits(12)?, letters(24)?)),
        ("stripe", format!("sk_live_{}", letters(24)?)),
        ("gcp", format!("AIza{}", letters(35)?)),
        ("pgurl", format!("postgres://app:{}@db.internal:5432/app", letters(20)?)),
        ("npm", checked("npm_")?),
        ("bearer", format!("Authorization: Bearer {}", letters(40)?)),
    ])
}

/// A token of thirty characters that ends in its checksum, six digits in base 62.
fn checked(prefix: &str) -> Result<String> {
    let body = random::text(30, LETTERS)?;
    let mut sum = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = LETTERS[usize::try_from(sum % 62)?];
        sum /= 62;
    }
    Ok(format!("{prefix}{body}{}", String::from_utf8_lossy(&digits)))
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A fresh key by ssh-keygen: its file, and what is encoded in it.
pub(super) fn ssh_keygen(folder: &Folder, kind: &[&str]) -> Result<(Vec<u8>, Vec<u8>)> {
    folder.remove("ssh")?;
    folder.remove("ssh.pub")?;
    let rest = ["-q", "-N", "", "-C", "trial", "-f"];
    output(Command::new("ssh-keygen").args(kind).args(rest).arg(folder.at("ssh")), b"")
        .context("make a key: it needs the package openssh-client")?;
    let pem = folder.get("ssh")?;
    let lines = pem.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"-"));
    let binary = STANDARD.decode(lines.collect::<Vec<_>>().concat()).context("read the key of ssh-keygen")?;
    Ok((pem, binary))
}
