//! A program for Windows that holds keys in CNG, run and dumped by Wine.

use crate::check::Specimen;
use crate::dump::Taker;
use crate::folder::Folder;
use crate::keys::{AesKey, RsaKey};
use crate::process::{Running, find, need, output};
use crate::random;
use crate::secret::Kind;
use anyhow::{Context, Result};
use num_bigint::BigUint;
use std::path::{Path, PathBuf};
use std::process::Command;

const SOURCE: &str = include_str!("../programs/cng.c");

/// Name of the dump in the folder.
const DUMP: &str = "memory.dmp";

/// `BCRYPT_RSAFULLPRIVATE_MAGIC` of `bcrypt.h`.
const RSA_FULL_PRIVATE: u32 = 0x3341_5352;

/// Starts the program, and has a second one dump it: `kind` is its `MINIDUMP_TYPE`.
///
/// # Errors
/// If the compiler or Wine is missing, or the program does not use the keys that it was given.
pub fn start(folder: &Folder, kind: u32) -> Result<Specimen> {
    let rsa = RsaKey::fresh(folder, "key", 2048)?;
    let aes = AesKey::fresh()?;
    let (message, block) = (random::bytes(64)?, random::bytes(16)?);
    for (name, bytes) in [("aes.key", aes.bytes()), ("message", &message), ("block", &block)] {
        folder.put(name, bytes)?;
    }
    folder.put("key.blob", blob(&rsa))?;
    let source = folder.put("cng.c", SOURCE)?;
    let compiler = need("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64-win32")?;
    let mut build = Command::new(compiler);
    build.arg(source).args(["-O1", "-o", "cng.exe", "-lbcrypt", "-ldbghelp"]).current_dir(folder.path());
    output(&mut build, b"").context("build the program for Windows")?;
    let mut process = Running::start(&wine(folder, &[])?)?;
    let ready = process.wait_for("READY")?;
    rsa.prove(&message, &folder.get("signature")?)?;
    aes.prove(&block, &folder.get("sealed")?)?;
    let id = ready.split(['\u{20}', ',']).nth(1).context("the program does not say its number")?;
    output(&mut wine(folder, &[id, DUMP, &kind.to_string()])?, b"").context("dump the program")?;
    // Wine keeps schedules and numbers outside of what Windows would call the process; the key itself stays in it.
    let mut key = aes.secret("AES key");
    key.kind = Kind::Bare;
    let secrets = vec![rsa.secret("RSA key"), key];
    Ok(Specimen { process, clients: Vec::new(), secrets, taker: Taker::Taken(DUMP) })
}

/// The program in a Wine that knows nothing but this folder.
fn wine(folder: &Folder, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(loader()?);
    command.arg(folder.at("cng.exe")).args(arguments).current_dir(folder.path());
    command.env("WINEPREFIX", folder.at("prefix")).env("WINEDEBUG", "-all").env_remove("DISPLAY");
    // No browser and no .NET are installed for it.
    command.env("WINEDLLOVERRIDES", "mscoree,mshtml=");
    Ok(command)
}

/// Debian keeps it away from the search path.
fn loader() -> Result<PathBuf> {
    let debian = Path::new("/usr/lib/wine/wine64");
    let found = if debian.is_file() { Some(debian.to_owned()) } else { find("wine64") };
    found.context("find wine64: install the package wine64")
}

/// `BCRYPT_RSAFULLPRIVATE_BLOB` of a key: header, e, n, p, q, dp, dq, qinv, d.
fn blob(key: &RsaKey) -> Vec<u8> {
    let [n, e, d, p, q, dp, dq, qinv] = key.numbers();
    let bytes = |number: &BigUint| u32::try_from(number.bits().div_ceil(8)).unwrap_or(u32::MAX);
    let bits = u32::try_from(n.bits()).unwrap_or(u32::MAX);
    let header = [RSA_FULL_PRIVATE, bits, bytes(e), bytes(n), bytes(p), bytes(q)];
    let mut out: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
    let half = bytes(p).max(bytes(q));
    for (number, length) in [
        (e, bytes(e)),
        (n, bytes(n)),
        (p, bytes(p)),
        (q, bytes(q)),
        (dp, half),
        (dq, half),
        (qinv, half),
        (d, bytes(n)),
    ] {
        let digits = number.to_bytes_be();
        let zeros = usize::try_from(length).unwrap_or(0).saturating_sub(digits.len());
        out.extend(std::iter::repeat_n(0, zeros));
        out.extend(digits);
    }
    out
}
