//! Bundles of a crash: archives and uploads whose members are scrubbed as what they are, and as one.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::keys::RsaKey;
use coredact_trials::process::need;
use coredact_trials::secret::Secret;
use coredact_trials::synthetic::Synthetic;
use coredact_trials::{judge, random, say};
use serde_json::{Value, json};
use std::process::Command;

/// Memory of the core, in bytes.
const MEMORY: usize = 256 << 10;

/// What makes the bundles and reads them back: nothing of ours. `list` writes down names, kinds, rights and times, and
/// `all` every member's bytes, one after the other.
const TOOLS: &str = r#"
import io, os, sys, tarfile, zipfile, json
# The text first: what it says must not make a text of the archive.
names = ['hs_err_pid7.log', 'core', 'config.json', 'log.txt', 'notes.bin']
def tar(out, mode='w'):
    with tarfile.open(out, mode, format=tarfile.PAX_FORMAT) as archive:
        folder = tarfile.TarInfo('crash'); folder.type = tarfile.DIRTYPE; folder.mode = 0o750; folder.mtime = 1600000000
        archive.addfile(folder)
        for at, name in enumerate(names):
            info = archive.gettarinfo(name, 'crash/' + name); info.mode = 0o640; info.mtime = 1600000001 + at
            archive.addfile(info, open(name, 'rb'))
        link = tarfile.TarInfo('crash/latest'); link.type = tarfile.SYMTYPE; link.linkname = 'core'
        archive.addfile(link)
def pack(out):
    with zipfile.ZipFile(out, 'w') as archive:
        archive.comment = b'a crash'
        for at, name in enumerate(names):
            info = zipfile.ZipInfo('crash/' + name, (2020, 9, 13, 12, 26, 2 * at)); info.external_attr = 0o100640 << 16
            info.compress_type = zipfile.ZIP_STORED if at == 3 else zipfile.ZIP_DEFLATED
            archive.writestr(info, open(name, 'rb').read())
def upload(out):
    with open(out, 'wb') as body:
        for name in names:
            body.write(b'--------Boundary7\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
                       b'Content-Type: application/octet-stream\r\n\r\n' % (name.encode(), name.encode()))
            body.write(open(name, 'rb').read() + b'\r\n')
        body.write(b'--------Boundary7--\r\n')
def read(path):
    rows, all = [], b''
    if zipfile.is_zipfile(path) and path.endswith('.zip'):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            for one in archive.infolist():
                data = archive.read(one)
                rows.append([one.filename, one.date_time, one.external_attr, len(data)]); all += data + b'\n'
            rows.append(archive.comment.decode())
    elif path.endswith('.body'):
        data = open(path, 'rb').read()
        for part in data.split(b'--------Boundary7')[1:-1]:
            fields, _, own = part.partition(b'\r\n\r\n')
            rows.append([fields.decode(), len(own)]); all += own + b'\n'
    else:
        with tarfile.open(path) as archive:
            for one in archive:
                data = archive.extractfile(one).read() if one.isfile() else b''
                rows.append([one.name, one.type.decode(), one.mode, one.mtime, one.linkname, len(data)]); all += data + b'\n'
    open(path + '.list', 'w').write(json.dumps(rows)); open(path + '.all', 'wb').write(all)
"#;

fn python(folder: &Folder, script: &str) -> Result<()> {
    let mut command = Command::new(need("python3", "python3")?);
    command.args(["-c", &format!("{TOOLS}\n{script}")]).current_dir(folder.path());
    ensure!(command.status().context("start python3")?.success(), "python3 failed: {script}");
    Ok(())
}

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// Members with one key among them: in the core and beside it a prime alone, elsewhere its PEM.
fn make(folder: &Folder) -> Result<Vec<Secret>> {
    Synthetic::new(folder, MEMORY)?.write(folder, MEMORY as u64)?;
    let key = RsaKey::fresh(folder, "key", 2048)?;
    // At the end of the memory.
    let mut core = std::fs::read(folder.at("core")).context("read the core")?;
    let prime = key.numbers()[3].to_bytes_le();
    let at = core.len().checked_sub(2000).context("the core is too short")?;
    core[at..at + prime.len()].copy_from_slice(&prime);
    folder.put("core", core)?;
    let pem = std::fs::read_to_string(folder.at("key.pem")).context("read the key")?;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = URL_SAFE_NO_PAD.encode(random::bytes(32)?);
    let token = format!(
        "{}.{}.{signature}",
        part(json!({"alg": "HS256", "typ": "JWT"})),
        part(json!({"sub": "1234", "exp": 2_000_000_000}))
    );
    folder.put("config.json", json!({"tls": {"key": pem}, "workers": 4}).to_string())?;
    folder.put(
        "log.txt",
        format!("12:00:01 request\n12:00:02 Authorization: Bearer {token}\n12:00:03 done\n"),
    )?;
    folder.put(
        "hs_err_pid7.log",
        format!(
            "#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV\n#\n\
             Environment Variables:\nJAVA_TOKEN={token}\nPATH=/usr/bin\n"
        ),
    )?;
    // The signature stands once more where no rule would look for it.
    folder.put("notes.bin", [b"\0\x01\x02", signature.as_bytes(), &[0; 40], &prime].concat())?;
    Ok(vec![key.secret("RSA key"), Secret::text("token", &signature)])
}

fn scrubbed(folder: &Folder, secrets: &[Secret], bundle: &str, policy: &str) -> Result<()> {
    let clean = format!("clean-{policy}-{bundle}");
    let report = format!("{clean}.json");
    let done = run(
        folder,
        &["scrub", bundle, "-o", &clean, "--policy", policy, "--no-debugger", "--report", &report],
    )?;
    ensure!(done.code == 0, "{bundle}, {policy}: exit status {}: {}{}", done.code, done.out, done.said);
    let [from, to] = [bundle, &clean].map(|name| name.trim_end_matches(".zst").to_owned());
    if bundle.ends_with(".zst") {
        for name in [bundle, &clean] {
            let status =
                Command::new(need("zstd", "zstd")?).args(["-dqf", name]).current_dir(folder.path()).status();
            ensure!(status.context("start zstd")?.success(), "zstd refuses {name}");
        }
    }
    python(folder, &format!("read('{from}'); read('{to}')"))?;
    let list = |name: &str| std::fs::read_to_string(folder.at(&format!("{name}.list")));
    ensure!(list(&from)? == list(&to)?, "{bundle}: members changed:\n{}\n{}", list(&from)?, list(&to)?);
    let (present, _) = judge::judge(&std::fs::read(folder.at(&format!("{from}.all")))?, secrets);
    ensure!(
        secrets.iter().all(|one| present.iter().any(|hit| hit.secret == one.name)),
        "{bundle} has no secrets"
    );
    let (left, _) = judge::judge(&std::fs::read(folder.at(&format!("{to}.all")))?, secrets);
    ensure!(left.is_empty(), "{bundle}, {policy}: {left:?}");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.at(&report))?)?;
    let members = report["input"]["members"].as_array().context("no members")?;
    let formats: Vec<&str> = members.iter().filter_map(|one| one["format"].as_str()).collect();
    ensure!(formats == ["hs-err", "elf-core", "text", "text", "raw"], "{formats:?}");
    let again =
        run(folder, &["verify", bundle, &clean, "--report", &format!("{clean}.json"), "--no-debugger"])?;
    ensure!(again.code == 0, "{bundle}: verify ended with {}: {}{}", again.code, again.out, again.said);
    say(&format!("{bundle}, {policy}: {} members, none of {} secrets left", members.len(), secrets.len()));
    Ok(())
}

#[test]
fn secrets_of_one_member_are_gone_from_all() -> Result<()> {
    let folder = Folder::new()?;
    let secrets = make(&folder)?;
    python(&folder, "tar('crash.tar'); pack('crash.zip'); upload('crash.body')")?;
    let status =
        Command::new(need("zstd", "zstd")?).args(["-qk", "crash.tar"]).current_dir(folder.path()).status();
    ensure!(status.context("start zstd")?.success(), "zstd failed");
    for bundle in ["crash.tar.zst", "crash.zip", "crash.body"] {
        for policy in ["proven", "strict"] {
            scrubbed(&folder, &secrets, bundle, policy)?;
        }
    }
    let done = run(&folder, &["scrub", "crash.tar", "-o", "never", "--policy", "skeleton"])?;
    ensure!(done.code == 3 && !folder.at("never").exists(), "{}: {}", done.code, done.said);
    ensure!(done.said.contains("crash/hs_err_pid7.log"), "names no member: {}", done.said);
    Ok(())
}

#[test]
fn what_cannot_be_searched_is_refused_by_name() -> Result<()> {
    let folder = Folder::new()?;
    make(&folder)?;
    python(
        &folder,
        "import gzip\n\
         pack('plain.zip'); tar('plain.tar'); upload('plain.body')\n\
         data = bytearray(open('plain.zip', 'rb').read()); at = data.rindex(b'PK\\x01\\x02')\n\
         local = int.from_bytes(data[at + 42:at + 46], 'little'); data[at + 8] |= 1; data[local + 6] |= 1\n\
         open('encrypted.zip', 'wb').write(data)\n\
         open('cut.zip', 'wb').write(open('plain.zip', 'rb').read()[:-30])\n\
         open('before.zip', 'wb').write(b'PK\\x03\\x04 something' * 9 + open('plain.zip', 'rb').read())\n\
         open('cut.tar', 'wb').write(open('plain.tar', 'rb').read()[:200000])\n\
         open('cut.body', 'wb').write(open('plain.body', 'rb').read()[:-40])\n\
         open('core.gz', 'wb').write(gzip.compress(open('core', 'rb').read()))\n\
         with tarfile.open('packed.tar', 'w') as out: out.add('core.gz')\n\
         with tarfile.open('nested.tar', 'w') as out: out.add('plain.zip')\n",
    )?;
    for (name, words) in [
        ("encrypted.zip", "crash/notes.bin is encrypted"),
        ("cut.zip", "no directory"),
        ("before.zip", "belong to no member"),
        ("cut.tar", "cut off"),
        ("cut.body", "does not end"),
        ("packed.tar", "core.gz"),
        ("nested.tar", "zip archive in an archive"),
    ] {
        let done = run(&folder, &["scrub", name, "-o", "never"])?;
        ensure!(done.code == 3, "{name}: exit status {}: {}", done.code, done.said);
        ensure!(done.said.contains(words), "{name}: {}", done.said);
        ensure!(!folder.at("never").exists(), "{name}: something was released");
    }
    Ok(())
}

#[test]
fn a_token_in_a_members_name_is_never_released() -> Result<()> {
    let folder = Folder::new()?;
    make(&folder)?;
    let token = std::fs::read_to_string(folder.at("log.txt"))?;
    let token = token
        .split("Bearer ")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .context("find the token")?;
    python(
        &folder,
        &format!(
            "with tarfile.open('named.tar', 'w', format=tarfile.PAX_FORMAT) as archive:\n\
             \x20   archive.add('log.txt', 'crash/log.txt'); archive.add('notes.bin', 'crash/{token}')"
        ),
    )?;
    let done = run(
        &folder,
        &["scrub", "named.tar", "-o", "clean.tar", "--no-debugger", "--report", "report.json", "--json"],
    )?;
    ensure!(done.code == 5 && !folder.at("clean.tar").exists(), "{}: {}", done.code, done.said);
    ensure!(done.said.contains("no survivor of a removed secret"), "{}", done.said);
    // Nor do report and messages hold it: the member is named by its number.
    let report = folder.get("report.json").unwrap_or_default();
    let said = [done.out.as_bytes(), done.said.as_bytes(), &report].concat();
    ensure!(
        !said.windows(16).any(|part| token.as_bytes().windows(16).any(|secret| secret == part)),
        "it is told"
    );
    let said = String::from_utf8_lossy(&said);
    ensure!(said.contains("(member 2: its name holds a secret)") && said.contains("crash/log.txt"), "{said}");
    Ok(())
}
