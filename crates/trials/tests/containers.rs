//! A real process that holds unencrypted containers of keys, and keys that people write down: whatever the container is,
//! nothing of the key is left after a scrub.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bech32::{Bech32, Hrp};
use coredact_trials::check::{Specimen, check};
use coredact_trials::dump::Taker;
use coredact_trials::folder::{Folder, sha256};
use coredact_trials::keys::RsaKey;
use coredact_trials::process::{Running, need, output};
use coredact_trials::random;
use coredact_trials::secret::Secret;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};
use std::process::Command;

#[test]
fn process_with_unencrypted_containers_keeps_nothing() -> Result<()> {
    check(|folder| {
        let (pkcs12, openpgp, ppk) = (
            RsaKey::fresh(folder, "pkcs12", 2048)?,
            RsaKey::fresh(folder, "openpgp", 2048)?,
            RsaKey::fresh(folder, "ppk", 2048)?,
        );
        put_pkcs12(folder)?;
        folder.put("key.gpg", secret_key_packet(&openpgp))?;
        folder.put("key.ppk", putty(&ppk))?;
        let secrets = vec![pkcs12.secret("PKCS#12"), openpgp.secret("OpenPGP"), ppk.secret("PuTTY")];
        hold(folder, &["key.p12", "key.gpg", "key.ppk"], secrets)
    })
}

#[test]
fn process_with_written_keys_keeps_nothing() -> Result<()> {
    check(|folder| {
        let (bitcoin, age) = (wif(&random::bytes(32)?), age(&random::bytes(32)?)?);
        // As the string of a wallet: nothing but its checksum tells such a key, so that it is read only where it stands alone.
        folder.put("key.wif", &bitcoin)?;
        folder.put("key.age", format!("# created: 2026-11-22T12:00:00Z\n{age}\n"))?;
        // What an identity of age begins with is no secret.
        let digits = age.strip_prefix("AGE-SECRET-KEY-1").context("find the digits of the identity")?;
        let secrets = vec![Secret::text("Bitcoin", &bitcoin), Secret::text("age", digits)];
        hold(folder, &["key.wif", "key.age"], secrets)
    })
}

/// Starts a process that holds the files and proves it by their digests; then only it has them.
fn hold(folder: &Folder, files: &[&str], secrets: Vec<Secret>) -> Result<Specimen> {
    let program = folder.put("containers.py", include_str!("../programs/containers.py"))?;
    let mut command = Command::new(need("python3", "python3")?);
    command.arg(program).args(files).current_dir(folder.path());
    let mut process = Running::start(&command)?;
    let ready = process.wait_for("READY")?;
    for file in files {
        ensure!(ready.contains(&sha256(&folder.at(file))?), "the process does not hold {file}");
    }
    Ok(Specimen { process, clients: Vec::new(), secrets, taker: Taker::Gcore })
}

/// A PKCS#12 file without any encryption.
fn put_pkcs12(folder: &Folder) -> Result<()> {
    let options =
        "pkcs12 -export -keypbe NONE -certpbe NONE -nomac -passout pass: -inkey pkcs12.pem -in pkcs12.crt";
    let made = output(Command::new("openssl").args(options.split(' ')).current_dir(folder.path()), b"");
    folder.put("key.p12", made.context("make a PKCS#12 file")?)?;
    Ok(())
}

/// A secret key packet of version 4 (RFC 9580, sections 5.5.1.3, 5.5.3 and 5.5.5.1) without a passphrase.
fn secret_key_packet(key: &RsaKey) -> Vec<u8> {
    let [n, e, d, p, q, ..] = key.numbers();
    let number = |value: &BigUint| {
        let bits = u16::try_from(value.bits()).unwrap_or(0);
        [&bits.to_be_bytes()[..], &value.to_bytes_be()].concat()
    };
    // p < q, and u = 1/p mod q.
    let (p, q) = if p < q { (p, q) } else { (q, p) };
    let u = inverse(p, q);
    let secret = [d, p, q, &u].map(number).concat();
    let sum = secret.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let body =
        [&[4, 0x65, 0, 0, 0, 1][..], &number(n), &number(e), &[0], &secret, &sum.to_be_bytes()].concat();
    let length = u32::try_from(body.len()).unwrap_or(0).to_be_bytes();
    [&[0xc5, 0xff][..], &length, &body].concat()
}

fn inverse(value: &BigUint, modulus: &BigUint) -> BigUint {
    value.modinv(modulus).unwrap_or_default()
}

/// A key file of PuTTY, version 3, without encryption (PuTTY's manual, appendix C): its code is made with an empty key.
fn putty(key: &RsaKey) -> String {
    let [n, e, d, p, q, _, _, inverse] = key.numbers();
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes()[..], bytes].concat();
    let number = |value: &BigUint| {
        // A number with its highest bit set gets a zero before it.
        let zero = if value.bits().is_multiple_of(8) { &[0][..] } else { &[] };
        string(&[zero, &value.to_bytes_be()].concat())
    };
    let public = [string(b"ssh-rsa"), number(e), number(n)].concat();
    let private = [d, p, q, inverse].map(number).concat();
    let parts: [&[u8]; 5] = [b"ssh-rsa", b"none", b"trial", &public, &private];
    let code = parts.map(string).concat();
    let block = |pad: u8| [pad; 64];
    let inner = Sha256::new().chain_update(block(0x36)).chain_update(code).finalize();
    let outer = Sha256::new().chain_update(block(0x5c)).chain_update(inner).finalize();
    let lines = |bytes: &[u8]| {
        let text = STANDARD.encode(bytes);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("{}\n{}", lines.len(), lines.join("\n"))
    };
    format!(
        "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: trial\nPublic-Lines: {}\nPrivate-Lines: {}\n\
         Private-MAC: {}\n",
        lines(&public),
        lines(&private),
        coredact_trials::folder::hex(&outer),
    )
}

/// Wallet import format of a compressed key on the main network: Base58Check.
fn wif(key: &[u8]) -> String {
    let bytes = [&[0x80][..], key, &[1]].concat();
    let check = Sha256::digest(Sha256::digest(&bytes));
    bs58::encode([&bytes[..], &check[..4]].concat()).into_string()
}

/// An identity of age: Bech32, in capitals.
fn age(key: &[u8]) -> Result<String> {
    Ok(bech32::encode::<Bech32>(Hrp::parse("AGE-SECRET-KEY-")?, key)?.to_uppercase())
}
