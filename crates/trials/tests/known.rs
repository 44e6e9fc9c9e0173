//! Secrets that only their owner recognises: a real process holds them, the index is made elsewhere, and nothing of them
//! is left after a scrub that removes what is proven.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::dump::{Taker, take};
use coredact_trials::folder::Folder;
use coredact_trials::judge::judge;
use coredact_trials::process::{Running, need, output};
use coredact_trials::random;
use coredact_trials::secret::{Kind, Secret};
use serde_json::Value;
use std::process::Command;

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

fn sound(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let done = run(folder, arguments)?;
    ensure!(done.code == 0, "{arguments:?} ended with {}: {}", done.code, done.said);
    Ok(done)
}

/// What HMAC makes of a key.
fn pad(key: &[u8], pad: u8) -> Vec<u8> {
    key.iter().map(|byte| byte ^ pad).collect()
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/&";

#[test]
fn secrets_of_an_index_are_removed_from_a_process_that_holds_them() -> Result<()> {
    let (owner, host) = (Folder::new()?, Folder::new()?);
    let (key, password) = (random::bytes(32)?, random::text(20, LETTERS)?);
    for folder in [&owner, &host] {
        folder.put("hmac.key", &key)?;
        folder.put("password", &password)?;
    }
    owner.put("index.key", random::bytes(32)?)?;
    sound(
        &owner,
        &[
            "known",
            "add",
            "known.json",
            "hmac.key",
            "--as",
            "raw",
            "--label",
            "billing hmac",
            "--key-file",
            "index.key",
        ],
    )?;
    sound(&owner, &["known", "add", "known.json", "password", "--label", "ann", "--key-file", "index.key"])?;
    let index = owner.get("known.json")?;
    let secrets = [
        Secret::bytes("inner pad", Kind::Bare, &pad(&key, 0x36)),
        Secret::bytes("outer pad", Kind::Bare, &pad(&key, 0x5c)),
        Secret::text("password", &password),
    ];
    ensure!(judge(&index, &secrets).0.is_empty(), "the index holds part of a secret");

    host.put("known.json", &index)?;
    host.put("index.key", owner.get("index.key")?)?;
    let program = host.put("known.py", include_str!("../programs/known.py"))?;
    let mut command = Command::new(need("python3", "python3")?);
    command.arg(program).current_dir(host.path());
    let mut process = Running::start(&command)?;
    process.wait_for("READY")?;
    let core = take(process, &host, Taker::Gcore)?;
    let (present, _) = judge(&std::fs::read(&core).context("read the core")?, &secrets);
    for secret in &secrets {
        ensure!(present.iter().any(|one| one.secret == secret.name), "{} is not in the core", secret.name);
    }
    for policy in ["proven", "strict"] {
        let known = ["--known", "known.json", "--known-key", "index.key"];
        let clean = format!("clean.{policy}");
        let scrub = ["scrub", "core", "-o", &clean, "--policy", policy, "--report", "report.json", "--force"];
        sound(&host, &[&scrub[..], &known].concat())?;
        let (left, _) = judge(&host.get(&clean)?, &secrets);
        ensure!(left.is_empty(), "{policy}: {left:?}");
        let report: Value = serde_json::from_slice(&host.get("report.json")?)?;
        let findings = report["findings"].as_array().context("read the findings")?;
        for label in ["billing hmac", "ann"] {
            let is_it =
                |one: &&Value| one["kind"] == "known-secret" && one["public_ids"][0]["value"] == label;
            let finding = findings.iter().find(is_it).with_context(|| format!("{policy}: find {label}"))?;
            ensure!(finding["certainty"] == "proven" && finding["removed"] == true, "{finding}");
        }
    }
    Ok(())
}

/// A password may be made of words: its owner says that it is one, and it goes wherever it stands whole.
#[test]
fn password_of_words_is_removed_whole_and_its_words_stay() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("index.key", random::bytes(32)?)?;
    folder.put("password", "correct horse battery staple\n")?;
    sound(&folder, &["known", "add", "known.json", "password", "--key-file", "index.key"])?;
    let memory =
        b"\0\x01the battery of the horse\0\x02\x03PASS=correct horse battery staple\0\x07staple".repeat(3);
    folder.put("memory", memory)?;
    let done = run(
        &folder,
        &["scan", "--copies", "--json", "memory", "--known", "known.json", "--known-key", "index.key"],
    )?;
    ensure!(done.code == 1, "{}", done.said);
    let report: Value = serde_json::from_str(&done.out)?;
    let known = |one: &&Value| one["kind"] == "known-secret";
    let finding = report["findings"].as_array().into_iter().flatten().find(known).context("find it")?;
    let places = finding["places"].as_array().context("read the places")?;
    let lengths: Vec<_> = places.iter().map(|place| place["length"].as_u64()).collect();
    ensure!(lengths == [Some(28); 3], "{places:?}");
    Ok(())
}

#[test]
fn secrets_are_refused_with_a_reason_and_never_shown() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("weak", "hunter2-hunter2\nshort\n")?;
    let check = |arguments: &[&str], code: i32, said: &str| -> Result<()> {
        let done = run(&folder, arguments)?;
        ensure!(done.code == code && done.said.contains(said), "{arguments:?}: {} {}", done.code, done.said);
        ensure!(
            !done.said.contains("hunter2") && !done.out.contains("hunter2"),
            "{arguments:?}: {}",
            done.said
        );
        Ok(())
    };
    check(&["known", "add", "known.json", "weak"], 2, "with a key file")?;
    ensure!(!folder.at("known.json").exists());
    folder.put("strong", random::text(40, LETTERS)?)?;
    check(
        &["known", "add", "known.json", "weak", "strong", "--skip-refused"],
        0,
        "1 secrets added, 0 there already, 2 refused",
    )?;
    check(&["known", "add", "known.json", "strong"], 0, "1 there already")?;
    check(&["known", "add", "known.json", "-"], 2, "--label")?;
    check(&["known", "add", "known.json", "missing"], 2, "missing")?;
    let listed = sound(&folder, &["known", "list", "known.json"])?;
    ensure!(listed.out.starts_with("strong ") && listed.out.lines().count() == 1, "{}", listed.out);
    check(&["known", "remove", "known.json", "other"], 2, "no such label")?;
    check(&["known", "remove", "known.json", "strong"], 0, "holds 0")
}

#[test]
fn index_that_cannot_be_used_is_an_error_that_says_why() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("memory", [7; 100])?;
    folder.put("secret", random::bytes(32)?)?;
    folder.put("index.key", random::bytes(32)?)?;
    sound(&folder, &["known", "add", "known.json", "secret", "--as", "raw"])?;
    sound(&folder, &["known", "add", "apart.json", "secret", "--as", "raw", "--key-file", "index.key"])?;
    let text = String::from_utf8(folder.get("known.json")?)?;
    let apart = String::from_utf8(folder.get("apart.json")?)?;
    let check = |index: &str, more: &[&str], said: &str| -> Result<()> {
        folder.put("bad.json", index)?;
        let done = run(&folder, &[&["scan", "memory", "--known", "bad.json"], more].concat())?;
        ensure!(done.code == 2 && done.said.contains(said), "{said}: {} {}", done.code, done.said);
        Ok(())
    };
    check(&text[..text.len() / 2], &[], "ends in the middle")?;
    check("", &[], "ends in the middle")?;
    check("Tr0ub4dor&3", &[], "line 1 is not as")?;
    check(&text.replace("known-v1", "known-v2"), &[], "version 2")?;
    check(&text.replace("\"length\": 32", "\"length\": 4294967295"), &[], "out of range")?;
    check(&text.replace("\"length\": 32", "\"length\": 99999999999999999999"), &[], "is not as")?;
    check(
        &apart.replace("\"passes\": 3", "\"passes\": 4000000000"),
        &["--known-key", "index.key"],
        "no index of ours",
    )?;
    check(&apart, &[], "--known-key")?;
    check(&apart, &["--known-key", "secret"], "another one")?;
    let entry = text.find("    {\n").context("find the first secret")?;
    let end = text.rfind("    }\n").context("find its end")? + 5;
    let many = vec![&text[entry..end]; 17_000].join(",\n");
    check(&[&text[..entry], &many, "\n  ]\n}\n"].concat(), &[], "at most 16384")?;
    let done = run(&folder, &["scrub", "memory", "-o", "known.json", "--known", "known.json", "--force"])?;
    ensure!(done.code == 2 && done.said.contains("it is an input"), "{}", done.said);
    Ok(())
}

/// The files of the ecosystem: settings, JSON, Kubernetes, and keys that stand in a file in hexadecimal but in memory as bytes.
#[test]
fn secrets_are_taken_from_settings_and_documents() -> Result<()> {
    let folder = Folder::new()?;
    let key = random::bytes(32)?;
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let token = random::text(40, LETTERS)?;
    folder.put(".env", format!("# settings\nPORT=8080\nSIGNING_KEY={hex}\n"))?;
    sound(&folder, &["known", "add", "known.json", ".env", "--as", "env", "--skip-refused"])?;
    let encoded = output(Command::new("base64").arg("-w0"), token.as_bytes())?;
    let secret = serde_json::json!({
        "kind": "Secret", "metadata": { "name": "db" }, "data": { "token": String::from_utf8(encoded)? }
    });
    folder.put("secret.json", secret.to_string())?;
    sound(&folder, &["known", "add", "known.json", "secret.json", "--as", "json"])?;
    let listed = sound(&folder, &["known", "list", "known.json", "--json"])?;
    let listed: Value = serde_json::from_str(&listed.out)?;
    ensure!(listed[0]["label"] == "SIGNING_KEY" && listed[1]["label"] == "db/token", "{listed}");
    folder.put("memory", [&[1; 99], &key[..], &[2; 50], token.as_bytes(), &[3; 9]].concat())?;
    let done = run(&folder, &["scan", "memory", "--known", "known.json"])?;
    ensure!(
        done.code == 1 && done.out.contains("SIGNING_KEY") && done.out.contains("db/token"),
        "{}",
        done.out
    );
    Ok(())
}
