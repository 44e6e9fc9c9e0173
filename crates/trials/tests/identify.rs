//! Which key it is: keys and documents made by openssl, ssh-keygen and gpg, and what coredact says of them.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::keys::RsaKey;
use coredact_trials::process::output;
use num_bigint::BigUint;
use serde_json::Value;
use std::process::Command;

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// The identities that `coredact identify --json` prints.
fn identities(folder: &Folder, arguments: &[&str]) -> Result<Vec<Value>> {
    let done = run(folder, &[&["identify", "--json"], arguments].concat())?;
    ensure!(done.code == 0 || done.code == 1, "exit status {}: {}", done.code, done.said);
    done.out.lines().map(|line| serde_json::from_str(line).context("read an identity")).collect()
}

fn name<'a>(names: &'a Value, wanted: &str) -> &'a str {
    let names = names.as_array().into_iter().flatten();
    names.filter(|one| one["name"] == wanted).find_map(|one| one["value"].as_str()).unwrap_or_default()
}

fn openssl(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    output(Command::new("openssl").args(arguments), input)
}

fn text(bytes: Vec<u8>) -> Result<String> {
    Ok(String::from_utf8(bytes)?.trim().to_owned())
}

/// The names are those that the ecosystem's own programs print.
#[test]
fn names_of_a_key_are_those_of_the_other_programs() -> Result<()> {
    let folder = Folder::new()?;
    RsaKey::fresh(&folder, "key", 2048)?;
    std::fs::create_dir(folder.at("inventory")).context("make a folder")?;
    let certificate = folder.get("key.crt")?;
    folder.put("inventory/chain.pem", &certificate)?;
    let public = openssl(&["pkey", "-pubout", "-outform", "DER", "-in", &path(&folder, "key.pem")], b"")?;
    let spki = text(openssl(&["dgst", "-sha256", "-r"], &public)?)?;
    let der = openssl(&["x509", "-outform", "DER"], &certificate)?;
    let digest = text(openssl(&["dgst", "-sha1", "-r"], &der)?)?;
    let end = text(openssl(&["x509", "-noout", "-enddate", "-dateopt", "iso_8601"], &certificate)?)?;

    let found = identities(&folder, &["key.pem", "--inventory", "inventory"])?;
    ensure!(found.len() == 1, "{found:?}");
    let identity = &found[0];
    ensure!(identity["private"] == true);
    ensure!(spki.starts_with(name(&identity["names"], "spki-sha256")), "{identity} and {spki}");
    let publication = &identity["published"][0];
    ensure!(
        publication["kind"] == "certificate" && publication["subject"] == "CN=localhost",
        "{publication}"
    );
    ensure!(publication["expired"] == false, "{publication}");
    ensure!(
        digest.starts_with(name(&publication["names"], "certificate-sha1")),
        "{publication} and {digest}"
    );
    let stated = publication["not_after"].as_str().unwrap_or_default().replace('T', " ");
    ensure!(end.ends_with(&stated), "{end} and {stated}");
    let chain = folder.get("inventory/chain.pem")?;
    let pkcs7 = openssl(&["crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", "/dev/stdin"], &chain)?;
    folder.put("chain.p7b", pkcs7)?;
    let again = identities(&folder, &["key.pem", "--inventory", "chain.p7b"])?;
    ensure!(again[0]["published"][0]["subject"] == "CN=localhost", "{again:?}");
    ensure!(identity["next"][0].as_str().is_some_and(|next| next.contains("revoke")), "{identity}");
    Ok(())
}

fn path(folder: &Folder, name: &str) -> String {
    folder.at(name).to_string_lossy().into_owned()
}

/// The dump holds one prime and nothing else of the key, not even the modulus: only who knows the modulus can say
/// that these bytes are a key, and whose.
#[test]
fn lone_prime_is_found_by_the_certificate_that_publishes_its_modulus() -> Result<()> {
    let folder = Folder::new()?;
    let key = RsaKey::fresh(&folder, "key", 2048)?;
    let secret = key.secret("key");
    let prime = secret.components.iter().find(|one| one.name == "p").context("find p")?;
    let mut memory: Vec<u8> = (0..1_u32 << 16).map(|i| if i % 8 == 0 { 1 } else { 0 }).collect();
    let bytes = BigUint::from_bytes_be(&prime.bytes).to_bytes_le();
    memory[0x4000..0x4000 + bytes.len()].copy_from_slice(&bytes);
    folder.put("memory", memory)?;

    let done = run(&folder, &["scan", "memory"])?;
    ensure!(done.code == 0, "without an inventory: {}", done.said);
    let done = run(&folder, &["scan", "--json", "memory", "--inventory", "key.crt"])?;
    ensure!(done.code == 1, "with the certificate: {}", done.said);
    let report: Value = serde_json::from_str(&done.out)?;
    let finding = &report["findings"][0];
    ensure!(finding["kind"] == "rsa-private-key" && finding["certainty"] == "proven", "{finding}");
    ensure!(finding["published"][0]["subject"] == "CN=localhost", "{finding}");

    // A report is enough for whoever holds another inventory.
    folder.put("report.json", done.out)?;
    let found = identities(&folder, &["report.json", "--inventory", "key.crt"])?;
    ensure!(found.len() == 1 && found[0]["published"][0]["subject"] == "CN=localhost", "{found:?}");
    Ok(())
}

/// The same for a curve: of the key pair only the private number stands in the dump.
#[test]
fn lone_scalar_is_found_by_the_certificate_that_publishes_its_point() -> Result<()> {
    let folder = Folder::new()?;
    for (options, length, kind) in [
        (&["EC", "-pkeyopt", "ec_paramgen_curve:P-384"][..], 48, "ec-private-key"),
        (&["ED25519"], 32, "edwards-private-key"),
        (&["ED448"], 57, "edwards-private-key"),
    ] {
        let make = [&["genpkey", "-outform", "DER", "-out", "key.der", "-algorithm"], options].concat();
        output(Command::new("openssl").args(make).current_dir(folder.path()), b"")?;
        let issue = [
            "req",
            "-x509",
            "-new",
            "-days",
            "2",
            "-subj",
            "/CN=curve",
            "-keyform",
            "DER",
            "-key",
            "key.der",
        ];
        let certificate = output(Command::new("openssl").args(issue).current_dir(folder.path()), b"")?;
        folder.put("curve.crt", certificate)?;
        let der = folder.get("key.der")?;
        let start = der.windows(2).position(|two| two == [4, length]).context("find the number")?;
        let length = usize::from(length);
        let mut memory: Vec<u8> = (0..1_u32 << 16).map(|i| if i % 8 == 0 { 1 } else { 0 }).collect();
        memory[0x3f00..0x4100].fill(0);
        memory[0x4000..0x4000 + length].copy_from_slice(&der[start + 2..start + 2 + length]);
        folder.put("memory", memory)?;
        let done = run(&folder, &["scan", "memory"])?;
        ensure!(done.code == 0, "{kind} without an inventory: {}", done.said);
        let done = run(&folder, &["scan", "--json", "memory", "--inventory", "curve.crt"])?;
        ensure!(done.code == 1, "{kind} with the certificate: {}", done.said);
        let report: Value = serde_json::from_str(&done.out)?;
        let finding = &report["findings"][0];
        ensure!(finding["kind"] == kind && finding["certainty"] == "proven", "{finding}");
        ensure!(finding["published"][0]["subject"] == "CN=curve", "{finding}");
    }
    Ok(())
}

#[test]
fn keys_of_ssh_are_recognised_by_their_lines() -> Result<()> {
    let folder = Folder::new()?;
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let file = path(&folder, kind);
        let make = ["-q", "-t", kind, "-N", "", "-C", "ann@host", "-f", &file];
        output(Command::new("ssh-keygen").args(make), b"")?;
        let shown = text(output(Command::new("ssh-keygen").args(["-l", "-f", &file]), b"")?)?;
        let line = text(folder.get(&format!("{kind}.pub"))?)?;
        let (kind_and_key, _) = line.rsplit_once(' ').context("find the comment")?;
        folder.put("known_hosts", format!("# hosts\nhost.example,10.1.2.3 {kind_and_key}\n"))?;
        output(Command::new("ssh-keygen").args(["-q", "-H", "-f", &path(&folder, "known_hosts")]), b"")?;
        folder.put("authorized_keys", format!("restrict,command=\"echo a\" {line}\n"))?;
        let found =
            identities(&folder, &[kind, "--inventory", "known_hosts", "--inventory", "authorized_keys"])?;
        let identity = found.first().with_context(|| format!("identify the {kind} key"))?;
        ensure!(shown.contains(name(&identity["names"], "ssh-sha256")), "{shown} and {identity}");
        let labels: Vec<&str> = identity["published"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one["label"].as_str())
            .collect();
        ensure!(labels.iter().any(|label| label.starts_with("|1|")), "{labels:?}");
        ensure!(labels.iter().any(|label| label.contains("ann@host")), "{labels:?}");
    }
    Ok(())
}

#[test]
fn inventory_that_cannot_be_read_is_an_error() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("memory", [7; 100])?;
    let done = run(&folder, &["scan", "memory", "--inventory", "missing"])?;
    ensure!(done.code == 2 && done.said.contains("missing"), "exit status {}: {}", done.code, done.said);
    Ok(())
}
