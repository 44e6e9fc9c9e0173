//! Crash artefacts that are text, made by the programs that make them: after a scrub no key is left in them in any writing,
//! and they read as before.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coredact_trials::folder::Folder;
use coredact_trials::keys::RsaKey;
use coredact_trials::process::{Running, need, output};
use coredact_trials::secret::{Kind, Secret};
use coredact_trials::{coredact, judge, random, say, texts};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const CHARACTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Fresh secrets, each in a file of its own.
struct Made {
    secrets: Vec<Secret>,
    password: String,
    token: String,
    key: Vec<u8>,
}

fn make(folder: &Folder) -> Result<Made> {
    let rsa = RsaKey::fresh(folder, "key", 2048)?.secret("RSA key");
    let key = random::bytes(32)?;
    folder.put("aes.key", &key)?;
    // Any eight characters of it look chosen.
    let mut password = random::text(24, CHARACTERS)?;
    while !password.as_bytes().windows(8).all(is_chosen) {
        password = random::text(24, CHARACTERS)?;
    }
    folder.put("password", &password)?;
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signature = URL_SAFE_NO_PAD.encode(random::bytes(32)?);
    let header = part(json!({"alg": "HS256", "typ": "JWT"}));
    let claims = part(json!({"sub": "1234", "exp": 2_000_000_000}));
    let token = format!("{header}.{claims}.{signature}");
    folder.put("token", &token)?;
    let mut secrets = vec![rsa, Secret::bytes("key", Kind::Bare, &key), Secret::text("token", &signature)];
    secrets.push(Secret { kind: Kind::Bare, ..Secret::text("password", &password) });
    Ok(Made { secrets, password, token, key })
}

/// Whether characters change three times between letters of either case and digits, and hardly one stands twice.
fn is_chosen(characters: &[u8]) -> bool {
    let class = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
    let changes = characters.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    let distinct: std::collections::BTreeSet<&u8> = characters.iter().collect();
    changes >= 3 && distinct.len() >= 6
}

/// All that a text holds of secrets, as it stands and as it is read.
fn held(text: &[u8], secrets: &[Secret]) -> Vec<judge::Survivor> {
    let (mut found, _) = judge::judge(text, secrets);
    found.extend(judge::judge(&texts::said(text), secrets).0);
    found
}

fn scrub(folder: &Folder, path: &Path, options: &[&str]) -> Result<(coredact::Done, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let clean = folder.at(&format!("clean.{}.{name}", options.join("")));
    let arguments = [Path::new("scrub"), path, Path::new("-o"), &clean];
    let options: Vec<&Path> = options.iter().map(Path::new).collect();
    Ok((coredact::run(&[&arguments[..], &options].concat())?, clean))
}

/// Scrubs a text under the policies that there are for it; `same` is told of both texts.
fn check(
    folder: &Folder,
    path: &Path,
    secrets: &[Secret],
    named: &[&str],
    same: impl Fn(&[u8], &[u8]) -> Result<()>,
) -> Result<()> {
    check_as(folder, path, secrets, named, &[], same)
}

fn check_as(
    folder: &Folder,
    path: &Path,
    secrets: &[Secret],
    named: &[&str],
    options: &[&str],
    same: impl Fn(&[u8], &[u8]) -> Result<()>,
) -> Result<()> {
    let original = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let present = held(&original, secrets);
    for name in named {
        ensure!(present.iter().any(|one| one.secret == *name), "{name} is not in the text");
    }
    for (policy, all) in [("strict", true), ("proven", false)] {
        let (done, clean) = scrub(folder, path, &[options, &["--policy", policy]].concat())?;
        ensure!(done.code == 0, "{policy}: scrub ended with {}:\n{}{}", done.code, done.out, done.said);
        let clean = std::fs::read(&clean)?;
        let left: Vec<_> = held(&clean, secrets).into_iter().filter(|left| all || left.is_proven).collect();
        ensure!(left.is_empty(), "{policy}: {left:?}");
        ensure!(clean.len() == original.len(), "{policy}: the length changed");
        same(&original, &clean).with_context(|| policy.to_owned())?;
        let changed = clean.iter().zip(&original).filter(|(one, other)| one != other).count();
        say(&format!("{}: {policy}: {changed} of {} bytes changed", path.display(), original.len()));
    }
    let (done, clean) = scrub(folder, path, &[options, &["--policy", "skeleton"]].concat())?;
    ensure!(done.code != 0 && !clean.exists(), "a text has no skeleton");
    ensure!(done.said.contains("--policy strict"), "does not name the next step: {}", done.said);
    Ok(())
}

/// The same graph: all but strings is equal, and as many strings are there.
fn same_graph(original: &[u8], clean: &[u8]) -> Result<()> {
    let (mut before, mut after): (Value, Value) =
        (serde_json::from_slice(original)?, serde_json::from_slice(clean)?);
    let take = |value: &mut Value| value.get_mut("strings").map(Value::take).context("no strings");
    let (old, new) = (take(&mut before)?, take(&mut after)?);
    ensure!(before == after, "nodes or edges changed");
    let (old, new) = (old.as_array().context("no array")?, new.as_array().context("no array")?);
    ensure!(old.len() == new.len(), "{} strings became {}", old.len(), new.len());
    for (old, new) in old.iter().zip(new).filter(|(old, new)| old != new) {
        let text = new.as_str().context("no string")?;
        ensure!(
            text.contains('#') || text.contains("00") || text.contains("11"),
            "{old} changed without a fill"
        );
    }
    Ok(())
}

/// The same lines, but for what is written in them; lines of frames stay.
fn same_lines(original: &[u8], clean: &[u8]) -> Result<()> {
    let (before, after) = (String::from_utf8(original.to_vec())?, String::from_utf8(clean.to_vec())?);
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    ensure!(before.len() == after.len(), "{} lines became {}", before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        ensure!(before.len() == after.len(), "a line has another length");
        let is_frame = ["C  [", "V  [", "j  "].iter().any(|start| before.starts_with(start));
        ensure!(!is_frame || before == after, "a frame changed: {after}");
    }
    Ok(())
}

fn snapshot_program(folder: &Folder) -> Result<PathBuf> {
    folder.put("snapshot.js", include_str!("../programs/snapshot.js"))
}

#[test]
fn heap_snapshot_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let program = snapshot_program(&folder)?;
    let path = folder.at("own.heapsnapshot");
    let mut command = Command::new(need("node", "nodejs")?);
    command.arg(program).args([folder.path(), path.as_path()]);
    Running::start(&command)?.wait_for("ready")?;
    check(&folder, &path, &made.secrets, &["RSA key", "key", "token", "password"], same_graph)?;
    let whole = std::fs::read(&path)?;
    for length in [whole.len() - 1, whole.len() / 2, 100] {
        let cut = folder.put("cut.heapsnapshot", &whole[..length])?;
        let (done, clean) = scrub(&folder, &cut, &[])?;
        ensure!(done.code == 3 && !clean.exists(), "{length} bytes: {} {}", done.code, done.said);
        ensure!(!done.said.contains("panicked"), "{}", done.said);
    }
    // Half of a document is text still.
    let (done, clean) =
        scrub(&folder, &folder.put("half.txt", &whole[..whole.len() / 2])?, &["--as", "text"])?;
    ensure!(done.code == 0, "{}", done.said);
    ensure!(held(&std::fs::read(clean)?, &made.secrets).is_empty(), "half a snapshot holds a secret");
    Ok(())
}

#[test]
fn heap_snapshot_on_a_signal_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let program = snapshot_program(&folder)?;
    let mut command = Command::new(need("node", "nodejs")?);
    command.arg("--heapsnapshot-signal=SIGUSR2").arg(program).arg(folder.path()).current_dir(folder.path());
    let mut process = Running::start(&command)?;
    process.wait_for("ready")?;
    process.signal(rustix::process::Signal::USR2)?;
    let path = wait_for_json(&folder)?;
    check(&folder, &path, &made.secrets, &["RSA key", "key", "token", "password"], same_graph)
}

/// The heap snapshot that appears in a folder, once it is whole.
fn wait_for_json(folder: &Folder) -> Result<PathBuf> {
    let began = std::time::Instant::now();
    loop {
        let names = folder.names()?;
        if let Some(name) = names.iter().find(|name| name.ends_with(".heapsnapshot"))
            && serde_json::from_slice::<Value>(&folder.get(name)?).is_ok()
        {
            return Ok(folder.at(name));
        }
        ensure!(began.elapsed().as_secs() < 120, "no heap snapshot appeared");
        std::thread::yield_now();
    }
}

#[test]
fn log_of_a_crashed_virtual_machine_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    folder.put("Crash.java", include_str!("../programs/Crash.java"))?;
    let path = folder.at("hs_err.log");
    let mut command = Command::new(need("java", "default-jdk-headless")?);
    command
        .current_dir(folder.path())
        .env("_JAVA_OPTIONS", format!("-Dapi.token={}", made.token))
        .arg(format!("-Ddb.password={}", made.password))
        .arg(format!("-XX:ErrorFile={}", path.display()))
        .args(["Crash.java", "--password", &made.password, &hex(&made.key)]);
    let ended = command.output().context("run java")?;
    ensure!(!ended.status.success() && path.exists(), "java did not crash");
    check(&folder, &path, &made.secrets, &["key", "token", "password"], same_lines)
}

#[test]
fn output_of_a_debugger_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let number = |name: &str| {
        let components = made.secrets.iter().flat_map(|secret| &secret.components);
        components
            .into_iter()
            .find(|one| one.name == name)
            .map(|one| one.bytes.clone())
            .context("no such number")
    };
    let (p, q) = (number("p")?, number("q")?);
    let big = |bytes: &[u8]| num_bigint::BigUint::from_bytes_be(bytes);
    let n = (big(&p) * big(&q)).to_bytes_be();
    let numbers = folder.put("numbers", [p, q, n].concat())?;
    let program = folder.at("crash");
    let source = folder.put("crash.c", include_str!("../programs/crash.c"))?;
    output(Command::new(need("cc", "gcc")?).args(["-g", "-O0", "-o"]).arg(&program).arg(source), b"")?;
    let mut command = Command::new(&program);
    command.arg(numbers).arg(folder.at("aes.key")).env("DB_PASSWORD", &made.password);
    let mut process = Running::start(&command)?;
    process.wait_for("ready")?;
    let mut gdb = Command::new(need("gdb", "gdb")?);
    gdb.args(["-nx", "-batch", "-p", &process.id().to_string(), "-iex", "set debuginfod enabled off"]);
    for command in [
        "thread apply all bt full",
        "info registers",
        "x/64gx words",
        "frame function stop",
        "info locals",
        "x/32xb key",
        "x/8xw key",
        "p password",
        "frame function main",
        "p key",
        "p/x key",
        "info registers",
    ] {
        gdb.args(["-ex", command]);
    }
    let text = output(&mut gdb, b"")?;
    let path = folder.put("gdb.txt", &text)?;
    check(&folder, &path, &made.secrets, &["RSA key", "key", "password"], same_lines)?;
    check_as(&folder, &path, &made.secrets, &["RSA key", "key", "password"], &["--as", "text"], same_lines)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Dumps of memory as xxd and others print them, in both groupings.
#[test]
fn dumps_in_hexadecimal_keep_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let memory =
        [&random::bytes(5)?[..], &[0; 43], &made.key, &[0; 16], made.password.as_bytes(), &[0; 8]].concat();
    let mut text = String::from("a dump of memory\n");
    for (at, row) in memory.chunks(16).enumerate() {
        let groups: Vec<String> = row.chunks(2).map(hex).collect();
        text.push_str(&format!("{:08x}: {:<39}  {}\n", at * 16, groups.join(" "), characters(row)));
    }
    text.push_str("another one\n");
    for (at, row) in memory.chunks(16).enumerate() {
        let groups: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{:08x}  {:<48}  |{}|\n", at * 16, groups.join(" "), characters(row)));
    }
    let list: Vec<String> = made.key.iter().map(ToString::to_string).collect();
    text.push_str(&format!("key = [{}]\n{}\n", list.join(", "), list.join(",\n")));
    let path = folder.put("dump.txt", &text)?;
    check_as(&folder, &path, &made.secrets, &["key", "password"], &["--as", "text"], same_lines)
}

fn characters(row: &[u8]) -> String {
    row.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect()
}

/// A field of a journal with its length before its value.
fn long_field(name: &str, value: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", &(value.len() as u64).to_le_bytes(), value, b"\n"].concat()
}

/// Names, lengths and forms of the fields of a journal.
fn fields(journal: &[u8]) -> Result<Vec<(String, usize)>> {
    let mut out = Vec::new();
    let mut rest = journal;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').context("a line does not end")?;
        let (line, behind) = (&rest[..end], &rest[end + 1..]);
        if let Some(name) = line.iter().position(|byte| *byte == b'=') {
            out.push((String::from_utf8(line[..name].to_vec())?, end - name));
            rest = behind;
        } else if line.is_empty() {
            out.push((String::new(), 0));
            rest = behind;
        } else {
            let length = usize::try_from(u64::from_le_bytes(behind[..8].try_into()?))?;
            out.push((String::from_utf8(line.to_vec())?, length));
            ensure!(behind.get(8 + length) == Some(&b'\n'), "a field is longer than its length");
            rest = &behind[9 + length..];
        }
    }
    Ok(out)
}

fn same_fields(original: &[u8], clean: &[u8]) -> Result<()> {
    ensure!(fields(original)? == fields(clean)?, "names or lengths of fields changed");
    Ok(())
}

/// What systemd-coredump writes of a crash, exported: the core itself is a field.
#[test]
fn exported_journal_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let Made { password, token, key, .. } = &made;
    let pem = folder.get("key.pem")?;
    let memory =
        [&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0][..], &[0; 4096], key, &[0; 4096], &pem, &[0; 512]].concat();
    let mut journal = b"__CURSOR=s=0f0e0d;i=1\n__REALTIME_TIMESTAMP=1700000000000000\n".to_vec();
    journal.extend(b"PRIORITY=2\n_PID=812\nCOREDUMP_SIGNAL_NAME=SIGSEGV\nCOREDUMP_EXE=/usr/bin/vault\n");
    journal.extend(format!("COREDUMP_CMDLINE=/usr/bin/vault --password {password} --port 80\n").bytes());
    let environment = format!("HOME=/root\nAPI_TOKEN={token}\nDB_PASSWORD={password}\nPATH=/usr/bin");
    journal.extend(long_field("COREDUMP_ENVIRON", environment.as_bytes()));
    let message =
        format!("Process 812 (vault) dumped core.\n\n#0  0x00007f3c5be5b26e raise (libc.so.6)\n{}", hex(key));
    journal.extend(long_field("MESSAGE", message.as_bytes()));
    journal.extend(long_field("COREDUMP", &memory));
    journal.extend(b"\n__CURSOR=s=0f0e0d;i=2\nMESSAGE=the next entry\n\n");
    let path = folder.put("journal.export", &journal)?;
    check(&folder, &path, &made.secrets, &["RSA key", "key", "token", "password"], same_fields)?;
    for length in [journal.len() - 20, journal.len() / 2, 70] {
        let cut = folder.put("cut.export", &journal[..length])?;
        let (done, clean) = scrub(&folder, &cut, &[])?;
        ensure!(done.code == 3 && !clean.exists(), "{length} bytes: {} {}", done.code, done.said);
    }
    // A length that no file has.
    let mut hostile = b"__CURSOR=a\nCOREDUMP\n".to_vec();
    hostile.extend([0xff; 8]);
    let (done, clean) = scrub(&folder, &folder.put("hostile.export", &hostile)?, &[])?;
    ensure!(done.code == 3 && !clean.exists() && !done.said.contains("panicked"), "{}", done.said);
    Ok(())
}

/// The same tokens of JSON but for strings and digits.
fn same_json(original: &[u8], clean: &[u8]) -> Result<()> {
    fn bare(value: &mut Value) {
        match value {
            Value::String(text) => text.clear(),
            Value::Number(number) => *number = 1.into(),
            Value::Array(list) => list.iter_mut().for_each(bare),
            Value::Object(map) => map.values_mut().for_each(bare),
            Value::Null | Value::Bool(_) => {}
        }
    }
    let documents = |text: &[u8]| -> Result<Vec<Value>> {
        let read = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
        let mut values = read.collect::<Result<Vec<Value>, _>>()?;
        values.iter_mut().for_each(bare);
        Ok(values)
    };
    ensure!(documents(original)? == documents(clean)?, "the document has another shape");
    Ok(())
}

/// A crash report of Apple's, by the documented names: registers in decimal, a list of bytes, texts of the program.
#[test]
fn report_of_apple_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let words: Vec<u64> =
        made.key.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default())).collect();
    let register = |value: &u64| json!({ "value": value });
    let header = json!({"app_name": "vault", "timestamp": "2023-06-01 10:00:00.00 +0000", "bug_type": "309", "os_version": "macOS 13.4"});
    let pem = String::from_utf8(folder.get("key.pem")?)?;
    let body = json!({
        "procPath": "/Applications/Vault.app/Contents/MacOS/vault",
        "exception": {"type": "EXC_BAD_ACCESS", "codes": "0x0000000000000001, 0x0000000000000000"},
        "asi": {"libsystem_c.dylib": [format!("abort() called, authorization: Bearer {}", made.token), pem]},
        "threads": [{"id": 1234, "triggered": true,
            "threadState": {"flavor": "ARM_THREAD_STATE64", "x": words.iter().map(register).collect::<Vec<_>>(), "pc": {"value": 4_340_121_600_u64}},
            "frames": [{"imageOffset": 16_000, "symbol": "main", "imageIndex": 0}]}],
        "instructionByteStream": {"beforePC": "AAAAAAAAAAA="},
        "notes": [made.key, format!("password={}", made.password)],
    });
    let text = format!("{header}\n{}\n", serde_json::to_string_pretty(&body)?);
    let path = folder.put("vault.ips", text)?;
    check(&folder, &path, &made.secrets, &["RSA key", "key", "token", "password"], same_json)
}

/// A crash report of .NET's, by the names of its writer.
#[test]
fn report_of_dotnet_keeps_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let made = make(&folder)?;
    let report = json!({"payload": {
        "protocol_version": "1.0.0",
        "configuration": {"architecture": "amd64", "version": "8.0.1"},
        "process_name": "vault",
        "threads": [{
            "is_managed": "true", "crashed": "true", "native_thread_id": "0x9a2",
            "managed_exception_type": "System.InvalidOperationException",
            "exception_message": format!("cannot open postgres://app:{}@db.internal:5432/app with {} and {}", made.password, made.token, hex(&made.key)),
            "ctx": {"IP": "0x7f0e2c01a2b4", "SP": "0x7ffd3c8e1f10", "BP": "0x7ffd3c8e1f40"},
            "stack_frames": [{"is_managed": "true", "module_address": "0x7f0e2c000000", "method_name": "Vault.Program.Main", "native_address": "0x7f0e2c01a2b4"}],
        }],
    }, "parameters": {"ExceptionType": "0x20000000"}});
    let path = folder.put("core.crashreport.json", serde_json::to_string_pretty(&report)?)?;
    check(&folder, &path, &made.secrets, &["key", "token", "password"], |original, clean| {
        same_json(original, clean)?;
        let frames = |text: &[u8]| -> Result<Value> {
            let mut value: Value = serde_json::from_slice(text)?;
            Ok(value["payload"]["threads"][0]["stack_frames"].take())
        };
        ensure!(frames(original)? == frames(clean)?, "a frame changed");
        Ok(())
    })
}
