//! A service that signs tokens: the keys of HMAC, a passphrase among them, are proven by the tokens beside them.

use anyhow::{Context, Result};
use coredact_trials::check::{Specimen, check};
use coredact_trials::dump::Taker;
use coredact_trials::folder::Folder;
use coredact_trials::process::{Running, need};
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
