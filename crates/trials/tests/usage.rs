//! The command line as scripts use it: what is checked before the work, what goes
//! to which stream, what the exit status says.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::synthetic::Synthetic;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

/// A folder with a good core in it.
fn good_core() -> Result<Folder> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    Ok(folder)
}

/// `coredact` with arguments, in the folder.
fn coredact(folder: &Folder, arguments: &[&str]) -> Result<Command> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    Ok(command)
}

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    coredact::done(coredact(folder, arguments)?.output().context("start coredact")?)
}

/// Runs it; the exit status, and words of what it says on standard error.
fn check(folder: &Folder, arguments: &[&str], code: i32, words: &[&str]) -> Result<Done> {
    let done = run(folder, arguments)?;
    ensure!(done.code == code, "{arguments:?}: exit status {}, not {code}: {}", done.code, done.said);
    for word in words {
        ensure!(done.said.contains(word), "{arguments:?}: does not say {word:?}: {}", done.said);
    }
    ensure!(!done.said.contains("panicked"), "{arguments:?}: {}", done.said);
    Ok(done)
}

#[test]
fn program_that_is_none_is_refused_before_the_work() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("script", "#!/bin/sh\n")?;
    folder.put("clean", "x")?;
    std::fs::create_dir(folder.at("folder")).context("make a folder")?;
    // The dump is missing too: it is not asked for.
    for (program, word) in [("missing", "find the program"), ("script", "no ELF"), ("folder", "no file")] {
        check(&folder, &["scrub", "core", "-o", "new", "--exe", program], 2, &["--exe", word, program])?;
        let verify = ["verify", "core", "clean", "--report", "report.json", "--exe", program];
        check(&folder, &verify, 2, &["--exe", word, program])?;
    }
    Ok(())
}

/// A debugger that is installed says what it saw; none that saw nothing is said to agree.
#[test]
fn debuggers_that_saw_nothing_are_not_said_to_agree() -> Result<()> {
    let folder = good_core()?;
    let done = check(&folder, &["scrub", "core", "-o", "clean", "--json"], 0, &[])?;
    let report: Value = serde_json::from_str(&done.out).context("read the report")?;
    let runs = report["verdict"]["debugger"].as_array().context("find the debuggers")?;
    for run in runs {
        let seen = ["threads", "frames"].iter().all(|name| run[name].as_u64() > Some(0));
        let compared = run["not_run"].is_null() && run["not_comparable"].is_null();
        ensure!(compared == seen, "{run}");
        ensure!(seen || run["same"] == false, "{run}");
        // The path was relative: neither debugger's text differs by it.
        let lines = run["differing"].as_array().context("find the lines")?;
        ensure!(!lines.iter().any(|line| line["after"].to_string().contains("CORE")), "{run}");
    }
    let answers = report["verdict"]["answers"].as_array().context("find the answers")?;
    let answer = answers.iter().find(|answer| answer["name"] == "debugger shows the same");
    let answer = answer.context("find the debuggers' answer")?;
    let some = runs.iter().any(|run| run["not_run"].is_null() && run["not_comparable"].is_null());
    ensure!(answer["not_applicable"].is_null() == some, "{answer}");
    Ok(())
}

#[test]
fn report_is_held_to_the_seal() -> Result<()> {
    let folder = good_core()?;
    folder.put("key", run(&folder, &["generate", "signing-key"])?.out)?;
    let key = std::fs::File::open(folder.at("key"))?;
    let public = coredact(&folder, &["generate", "public-key"])?.stdin(key).output()?;
    folder.put("pub", coredact::done(public)?.out)?;
    let scrub = ["scrub", "core", "-o", "clean", "--no-debugger", "--sign-key", "key"];
    check(&folder, &[&scrub[..], &["--report", "r.json"]].concat(), 0, &[])?;
    let report = String::from_utf8(folder.get("r.json")?)?;
    // Still a valid report of the same plan, with another detector's name in it.
    folder.put("tampered.json", report.replacen("\"aes-schedule\"", "\"aes-schedulE\"", 1))?;
    ensure!(folder.get("tampered.json")? != report.as_bytes(), "the report was not changed");
    folder.put("garbage.json", "{")?;

    let sealed = ["--seal", "clean.seal.json", "--key", "pub"];
    let gate = [&["verify", "clean"][..], &sealed].concat();
    let all = [&["verify", "core", "clean", "--no-debugger"][..], &sealed].concat();
    for base in [&gate, &all] {
        check(&folder, &[&base[..], &["--report", "r.json"]].concat(), 0, &[])?;
        for wrong in ["tampered.json", "garbage.json"] {
            let words = ["accept clean", "report's SHA-256"];
            check(&folder, &[&base[..], &["--report", wrong]].concat(), 5, &words)?;
        }
        check(&folder, &[&base[..], &["--report", "none.json"]].concat(), 2, &["none.json"])?;
    }
    check(&folder, &gate, 0, &[])?;
    check(&folder, &all, 2, &["--report"])?;
    let done = check(&folder, &[&all[..], &["--report", "r.json", "--json"]].concat(), 0, &[])?;
    ensure!(done.out.contains("sealed by this key"), "{}", done.out);

    folder.put("other", run(&folder, &["generate", "signing-key"])?.out)?;
    let wrong = ["verify", "clean", "--seal", "clean.seal.json", "--key", "other"];
    check(&folder, &wrong, 2, &["use the key other", "public key"])?;
    let mut clean = folder.get("clean")?;
    clean[5000] ^= 1;
    folder.put("clean", clean)?;
    for base in [&gate, &all] {
        check(&folder, &[&base[..], &["--report", "r.json"]].concat(), 5, &["file's SHA-256"])?;
    }
    Ok(())
}

#[test]
fn signing_key_that_cannot_be_used_is_refused_before_the_work() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("garbage", "no key at all")?;
    folder.put(
        "locked",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )?;
    // The dump is missing too: it is not asked for.
    for (key, word) in
        [("missing", "No such file"), ("garbage", "generate signing-key"), ("locked", "decrypt")]
    {
        check(&folder, &["scrub", "core", "-o", "clean", "--sign-key", key], 2, &["signing key", key, word])?;
    }
    let mut command = coredact(&folder, &["scrub", "core", "-o", "clean"])?;
    let done = coredact::done(command.env("COREDACT_SIGN_KEY", "garbage").output()?)?;
    ensure!(done.code == 2 && done.said.contains("COREDACT_SIGN_KEY"), "{}: {}", done.code, done.said);
    ensure!(!done.said.contains("garbage"), "the key was printed: {}", done.said);
    Ok(())
}

#[test]
fn rules_that_are_worth_nothing_are_named() -> Result<()> {
    let folder = Folder::new()?;
    let rule = |id: &str, regex: &str| {
        format!("[[rules]]\nid = \"{id}\"\nregex = '''{regex}'''\nkeywords = [\"kw\"]\n")
    };
    let faulty = [
        ("empty", String::new(), "holds no rule"),
        ("comment", "# nothing\ntitle = \"none\"\n".to_owned(), "holds no rule"),
        ("all", rule("takes-all", ".*"), "takes-all"),
        ("any", rule("takes-any", ".+"), "matches any text"),
        ("broken", rule("look", "a(?<!b)c"), "look: rule: not used"),
        ("path", "[[rules]]\nid = \"by-path\"\npath = '''x$'''\n".to_owned(), "by-path: rule: not used"),
    ];
    folder.put("good", rule("good-one", "kw-([a-z0-9]{20})"))?;
    check(&folder, &["rules", "check", "--rules", "good"], 0, &["0 faults"])?;
    for (name, text, word) in &faulty {
        folder.put(name, text)?;
        let done = check(&folder, &["rules", "check", "--rules", name], 5, &["1 faults"])?;
        ensure!(done.out.contains(word) && done.out.contains(name), "{name}: {}", done.out);
        let done = check(&folder, &["rules", "check", "--rules", name, "--json"], 5, &[])?;
        let told: Value = serde_json::from_str(&done.out).context("read what is wrong")?;
        ensure!(told["faults"][0]["file"] == **name, "{told}");
    }
    let done = check(&folder, &["rules", "check", "--rules", "good", "--rules", "good"], 5, &[])?;
    ensure!(done.out.contains("good-one: id: not used"), "{}", done.out);
    folder.put("no-toml", "[[rules")?;
    check(&folder, &["rules", "check", "--rules", "no-toml"], 2, &["no-toml", "line 1"])?;
    let done = check(&folder, &["rules", "list", "--json"], 0, &[])?;
    let listed: Value = serde_json::from_str(&done.out).context("read the list")?;
    ensure!(listed[0]["id"].is_string() && listed[0]["description"].is_string(), "{listed}");
    Ok(())
}

#[test]
fn number_of_threads_is_bounded() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("file", "nothing in it")?;
    for wrong in ["0", "257", "4294967296", "-1", "many"] {
        check(&folder, &["scan", "file", &format!("--threads={wrong}")], 2, &["--threads"])?;
    }
    for right in ["1", "3", "256"] {
        check(&folder, &["scan", "file", "--threads", right], 0, &[])?;
    }
    Ok(())
}

#[test]
fn clean_dump_goes_to_standard_output_after_it_was_verified() -> Result<()> {
    let folder = good_core()?;
    check(&folder, &["scrub", "core", "-o", "clean", "--no-debugger"], 0, &[])?;
    let core = folder.get("core")?;
    let stream = ["scrub", "core", "-o", "-", "--no-debugger"];
    let output = coredact(&folder, &[&stream[..], &["--report", "r.json"]].concat())?.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(0) && said.contains("VERIFIED"), "{said}");
    ensure!(output.stdout == folder.get("clean")?, "another dump than into a file");
    let report: Value = serde_json::from_slice(&folder.get("r.json")?).context("read the report")?;
    ensure!(report["output"]["name"] == "-", "{}", report["output"]);

    // Compressed as the input, and through pipes on both sides.
    folder.put("core.gz", gzip(&folder, "core")?)?;
    let input = std::fs::File::open(folder.at("core.gz"))?;
    let output = coredact(&folder, &["scrub", "-", "-o", "-", "--no-debugger"])?.stdin(input).output()?;
    ensure!(output.stdout.starts_with(&[0x1f, 0x8b]), "{}", String::from_utf8_lossy(&output.stderr));
    let plain = ["scrub", "core.gz", "-o", "-", "--no-debugger", "--compress", "none"];
    let output = coredact(&folder, &plain)?.output()?;
    ensure!(output.stdout == folder.get("clean")?, "another dump than from the plain core");

    // A compressed output is verified by its report as the plain one is.
    let packed =
        ["scrub", "core", "-o", "clean.zst", "--compress", "zst", "--no-debugger", "--report", "z.json"];
    check(&folder, &packed, 0, &[])?;
    check(&folder, &["verify", "core", "clean.zst", "--report", "z.json", "--no-debugger"], 0, &[])?;
    check(&folder, &["verify", "clean.zst", "--report", "z.json"], 0, &[])?;
    folder.remove("clean.zst")?;
    folder.remove("z.json")?;

    // Nothing at all when it is refused.
    folder.put("half", &core[..core.len() / 2])?;
    let done = check(&folder, &["scrub", "half", "-o", "-"], 4, &["--allow-truncated"])?;
    ensure!(done.out.is_empty(), "bytes of a dump that was refused");
    check(&folder, &[&stream[..], &["--json"]].concat(), 2, &["--json", "--report"])?;
    folder.put("key", run(&folder, &["generate", "signing-key"])?.out)?;
    check(&folder, &[&stream[..], &["--sign-key", "key"]].concat(), 2, &["--seal"])?;
    folder.remove("clean")?;
    folder.remove("half")?;
    ensure!(folder.names()? == ["core", "core.gz", "key", "r.json"], "left {:?}", folder.names()?);
    ensure!(folder.get("core")? == core, "the input was changed");
    Ok(())
}

#[test]
fn standard_output_that_is_the_input_or_full_is_told() -> Result<()> {
    let folder = good_core()?;
    let core = folder.get("core")?;
    let stream = ["scrub", "core", "-o", "-", "--no-debugger"];
    #[expect(clippy::disallowed_methods, reason = "a shell's `1<> core` and a full device")]
    let open = |path: &Path| std::fs::OpenOptions::new().read(true).write(true).open(path);
    let done = coredact::done(coredact(&folder, &stream)?.stdout(open(&folder.at("core"))?).output()?)?;
    ensure!(done.code == 2 && done.said.contains("it is the input"), "{}: {}", done.code, done.said);
    ensure!(folder.get("core")? == core, "the input was changed");
    let full = |arguments: &[&str]| -> Result<Done> {
        coredact::done(coredact(&folder, arguments)?.stdout(open(Path::new("/dev/full"))?).output()?)
    };
    let done = full(&stream)?;
    ensure!(done.code == 70 && done.said.contains("only a part"), "{}: {}", done.code, done.said);
    let done = full(&["scrub", "core", "-o", "clean", "--no-debugger", "--json"])?;
    ensure!(done.code == 70 && done.said.contains("published all the same"), "{}: {}", done.code, done.said);
    ensure!(folder.at("clean").exists(), "what was verified was not published");
    let done = full(&["scan", "core"])?;
    ensure!(done.code == 70 && done.said.contains("standard output"), "{}: {}", done.code, done.said);
    Ok(())
}

/// A dump may take hours: an output that cannot be written is said before its first byte is read.
#[test]
fn outputs_that_cannot_be_written_are_told_before_the_work() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("key", run(&folder, &["generate", "signing-key"])?.out)?;
    folder.put("there.json", "precious")?;
    folder.put("sealed.seal.json", "precious")?;
    let long = "x".repeat(300);
    // The dump is missing: it is not asked for.
    let cases: [(&[&str], &[&str]); 7] = [
        (&["-o", "clean", "--report", "nowhere/r.json"], &["nowhere", "make it first"]),
        (&["-o", "clean", "--report", "there.json"], &["there.json", "--force"]),
        (&["-o", "there.json"], &["there.json", "--force"]),
        (&["-o", "sealed", "--sign-key", "key"], &["sealed.seal.json", "--force"]),
        (&["-o", "x", "--sign-key", "key", "--report", "x.seal.json", "--force"], &["two outputs"]),
        (&["-o", &long], &["choose another name"]),
        (&["-o", "/dev/stdout"], &["- for standard output"]),
    ];
    for (arguments, words) in cases {
        check(&folder, &[&["scrub", "core", "--no-debugger"], arguments].concat(), 2, words)?;
    }
    // What has no end is not read to it.
    for option in ["--sign-key", "--rules"] {
        check(
            &folder,
            &["scrub", "core", "-o", "clean", option, "/dev/zero"],
            2,
            &["/dev/zero", "longer than"],
        )?;
    }
    ensure!(folder.names()? == ["key", "sealed.seal.json", "there.json"], "left {:?}", folder.names()?);
    Ok(())
}

/// What a shell's `>&-` does: nobody would ever see the dump.
#[test]
fn clean_dump_into_a_closed_standard_output_is_refused() -> Result<()> {
    let folder = good_core()?;
    let shell = |redirection: &str, arguments: &str| -> Result<Done> {
        let script = format!("exec \"$0\" {arguments} {redirection}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(coredact::binary()?).current_dir(folder.path());
        coredact::done(command.output().context("start a shell")?)
    };
    let stream = "scrub core -o - --no-debugger";
    let done = shell(">&-", stream)?;
    ensure!(done.code == 2 && done.said.contains("it is closed"), "{}: {}", done.code, done.said);
    ensure!(!done.said.contains("VERIFIED"), "said only after the long work: {}", done.said);
    // Whoever asks for nothing gets nothing.
    let done = shell("> /dev/null", stream)?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    // A scan answers by its exit status too.
    for redirection in [">&-", "> /dev/null", ">&- 2>&-", "<&-"] {
        let done = shell(redirection, "scan core --json")?;
        ensure!(done.code == 1, "{redirection}: {}: {}", done.code, done.said);
    }
    Ok(())
}

#[test]
fn reader_that_has_seen_enough_ends_a_scan() -> Result<()> {
    let folder = good_core()?;
    let core = folder.get("core")?;
    for name in ["core2", "core3", "core4"] {
        folder.put(name, &core)?;
    }
    for (arguments, code) in
        [(&["scan", ".", "--json"][..], 1), (&["scan", "."], 1), (&["scan", ".", "--format=html"], 1)]
    {
        let (reader, writer) = std::io::pipe().context("make a pipe")?;
        drop(reader);
        let done = coredact::done(coredact(&folder, arguments)?.stdout(writer).output()?)?;
        ensure!(
            done.code == code && !done.said.contains("panicked"),
            "{arguments:?}: {}: {}",
            done.code,
            done.said
        );
        ensure!(
            done.said.contains("4 files, ") && done.said.contains("3 files not searched whole"),
            "{arguments:?}: {}",
            done.said
        );
        ensure!(done.said.contains("nobody reads"), "{arguments:?}: {}", done.said);
    }
    let (reader, writer) = std::io::pipe().context("make a pipe")?;
    drop(reader);
    let done = coredact::done(
        coredact(&folder, &["scrub", "core", "-o", "-", "--no-debugger"])?.stdout(writer).output()?,
    )?;
    ensure!(done.code == 70 && done.said.contains("only a part"), "{}: {}", done.code, done.said);
    Ok(())
}

fn gzip(folder: &Folder, name: &str) -> Result<Vec<u8>> {
    let input = std::fs::File::open(folder.at(name))?;
    let output = Command::new("gzip").arg("-c").stdin(input).stderr(Stdio::inherit()).output();
    Ok(output.context("start gzip")?.stdout)
}

/// What `formats` lists is what the documents name, and what scripts read is a list of objects.
#[test]
fn formats_are_listed_as_the_documents_name_them() -> Result<()> {
    let folder = Folder::new()?;
    let listed = check(&folder, &["formats"], 0, &[])?;
    let done = check(&folder, &["formats", "--json"], 0, &[])?;
    let rows: Value = serde_json::from_str(&done.out)?;
    let rows = rows.as_array().context("read the list")?;
    let docs = include_str!("../../../docs/formats.md").to_lowercase();
    let text = listed.out;
    for name in ["elf-core", "minidump", "macho-core", "hprof", "goheap", "lime", "kdump", "dump64", "raw"] {
        let row = rows.iter().find(|row| row["name"] == name).with_context(|| format!("find {name}"))?;
        // Memory without headers has no structure to compare.
        let is_scrubbed = row["scrubbed"].is_string() && name != "raw";
        ensure!(
            is_scrubbed == row["verified"].is_string(),
            "{name} is scrubbed or verified, not both: {row}"
        );
        ensure!(text.lines().any(|line| line == name), "{name} is not in the text:\n{text}");
        let word = name.split('-').next().unwrap_or_default();
        ensure!(word == "raw" || docs.contains(word), "{name} is not in the documents");
    }
    Ok(())
}
