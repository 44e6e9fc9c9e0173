//! Words that open what lies beside them: the keys of HMAC that signed a token, the passphrase of an encrypted key.

use anyhow::{Context, Result};
use coredact_trials::check::{Specimen, check};
use coredact_trials::dump::Taker;
use coredact_trials::folder::Folder;
use coredact_trials::process::{Running, need, output};
use coredact_trials::random::{self, LETTERS};
use coredact_trials::secret::{Kind, Secret};
use std::process::Command;

fn service(folder: &Folder) -> Result<Specimen> {
    let (key, passphrase) = (random::bytes(48)?, random::text(22, LETTERS)?);
    folder.put("hmac.key", &key)?;
    folder.put("passphrase", &passphrase)?;
    let program = folder.put("tokens.py", include_str!("../programs/tokens.py"))?;
    let mut command = Command::new(need("python3", "python3")?);
    let mut process = Running::start(command.arg(program).current_dir(folder.path()))?;
    process.wait_for("READY")?;
    let tokens = String::from_utf8(folder.get("tokens")?).context("read the tokens")?;
    let mut secrets = vec![Secret::bytes("key", Kind::Aes, &key), Secret::text("passphrase", &passphrase)];
    for token in tokens.lines() {
        // The header says nothing secret.
        let (_, rest) = token.split_once('.').context("find the claims of a token")?;
        secrets.push(Secret::text("token", rest));
    }
    Ok(Specimen { process, clients: Vec::new(), secrets, taker: Taker::Gcore })
}

#[test]
fn service_that_signs_tokens_keeps_nothing() -> Result<()> {
    check(service)
}

/// A service that reads an encrypted key and the passphrase of it, as servers do that are not asked at their start.
fn encrypted(folder: &Folder) -> Result<Specimen> {
    let passphrase = format!("{}-{}", random::text(6, LETTERS)?, random::text(5, LETTERS)?);
    folder.put("passphrase.conf", format!("tls.key.passphrase = {passphrase}\n"))?;
    let option = format!("pass:{passphrase}");
    let mut make = Command::new(need("openssl", "openssl")?);
    make.args(["genpkey", "-algorithm", "RSA", "-aes-256-cbc", "-pass", &option, "-out", "key.pem"]);
    output(make.current_dir(folder.path()), b"")?;
    let key = String::from_utf8(folder.get("key.pem")?).context("read the key")?;
    let line = key.lines().nth(7).context("find the middle of the key")?;
    let program = folder.put("containers.py", include_str!("../programs/containers.py"))?;
    let mut command = Command::new(need("python3", "python3")?);
    command.arg(program).args(["key.pem", "passphrase.conf"]).current_dir(folder.path());
    let mut process = Running::start(&command)?;
    process.wait_for("READY")?;
    let secrets = vec![Secret::text("passphrase", &passphrase), Secret::text("encrypted key", line)];
    Ok(Specimen { process, clients: Vec::new(), secrets, taker: Taker::Gcore })
}

#[test]
fn encrypted_key_beside_its_passphrase_keeps_nothing() -> Result<()> {
    check(encrypted)
}
