//! Small programs in many languages that hold keys through their libraries.
//!
//! A holder runs in the folder of the trial. It reads `key.pem` (or `key.der`),
//! `aes.key`, `block` and the settings file `.env`, signs `message` into
//! `signature` (PKCS#1 1.5, SHA-256), encrypts `block` into `sealed` (one AES
//! block), uses the settings as such programs do, says READY and waits until
//! its standard input ends.

use crate::check::Specimen;
use crate::dump::Taker;
use crate::folder::Folder;
use crate::keys::{AesKey, RsaKey, Settings};
use crate::process::{Running, find, need, output};
use crate::random;
use crate::secret::Kind;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::Command;

/// Where the programs lie, and what they include.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/programs");

/// How a holder keeps its AES key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// It has none.
    None,
    /// A cipher with its schedule.
    Schedule,
    /// The key's bytes alone: its cipher lives for one call.
    Bytes,
}

/// How a holder is built and run.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// Its text and file name; none for a program that is built already.
    pub source: Option<(&'static str, &'static str)>,
    /// Compiler and what follows the source in its command; none if the language needs none.
    pub compiler: Option<(&'static str, &'static [&'static str])>,
    /// The program and its first arguments; `./program` is what the compiler made.
    pub run: &'static [&'static str],
    /// How it holds its AES key.
    pub cipher: Cipher,
    /// Debian package with what it needs, for messages.
    pub package: &'static str,
    /// Who dumps it.
    pub taker: Taker,
}

impl Holder {
    /// The program with libgcrypt.
    #[must_use]
    pub const fn libgcrypt(taker: Taker) -> Self {
        Self {
            source: Some(("gcrypt.c", include_str!("../programs/gcrypt.c"))),
            compiler: Some(("gcc", &["-O1", "-g", "-w", "-o", "program", "-I", PROGRAMS, "-lgcrypt"])),
            run: &["./program"],
            cipher: Cipher::Schedule,
            package: "libgcrypt20-dev",
            taker,
        }
    }

    /// True if the program that runs it is on this machine.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.run.first().is_some_and(|program| program.contains('/') || find(program).is_some())
    }

    /// Builds and starts the holder and has it prove its keys.
    ///
    /// # Errors
    /// If anything is missing or the program does not use the keys that it was given.
    pub fn start(&self, folder: &Folder) -> Result<Specimen> {
        let rsa = RsaKey::fresh(folder, "key", 2048)?;
        let aes = AesKey::fresh()?;
        let settings = Settings::fresh()?;
        let (message, block) = (random::bytes(64)?, random::bytes(16)?);
        for (name, bytes) in [("aes.key", aes.bytes()), ("message", &message), ("block", &block)] {
            folder.put(name, bytes)?;
        }
        folder.put(".env", &settings.file)?;
        self.build(folder)?;
        let (program, first) = self.run.split_first().context("name a program to run")?;
        let program =
            if program.contains('/') { folder.path().join(program) } else { need(program, self.package)? };
        let mut command = Command::new(program);
        command.args(first).args(&settings.options).envs(settings.environment).current_dir(folder.path());
        let mut process = Running::start(&command)?;
        process.wait_for("READY")?;
        rsa.prove(&message, &folder.get("signature")?)?;
        let mut secrets = settings.secrets;
        secrets.push(rsa.secret("RSA key"));
        if self.cipher != Cipher::None {
            aes.prove(&block, &folder.get("sealed")?)?;
            let mut secret = aes.secret("AES key");
            if self.cipher == Cipher::Bytes {
                secret.kind = Kind::Bare;
            }
            secrets.push(secret);
        }
        Ok(Specimen { process, clients: Vec::new(), secrets, taker: self.taker })
    }

    fn build(&self, folder: &Folder) -> Result<()> {
        let Some((name, text)) = self.source else { return Ok(()) };
        let source: PathBuf = folder.put(name, text)?;
        if let Some((compiler, rest)) = self.compiler {
            let mut command = Command::new(compiler);
            command.arg(source).args(rest).current_dir(folder.path());
            output(&mut command, b"")
                .with_context(|| format!("build {name}: it needs the package {}", self.package))?;
        }
        Ok(())
    }
}
