//! Files whose content coredact does not open are never called clean.

use anyhow::{Context, Result, ensure};
use coredact_engine::container::Compression;
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::synthetic::Synthetic;
use serde_json::Value;
use std::io::Write;

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// A core, packed by Python's standard library as `name` says.
fn packed(folder: &Folder, name: &str) -> Result<()> {
    let script = "import sys, bz2, lzma, zlib, zipfile, tarfile\n\
                  core = open('core', 'rb').read()\n\
                  name = sys.argv[1]\n\
                  if name == 'zip': zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED).write('core')\n\
                  elif name == 'tar': tarfile.open(name, 'w').add('core')\n\
                  else: open(name, 'wb').write({\n\
                      'bzip2': bz2.compress, 'zlib': zlib.compress,\n\
                      'lzma': lambda core: lzma.compress(core, lzma.FORMAT_ALONE)}[name](core))\n";
    let mut python = std::process::Command::new(coredact_trials::process::need("python3", "python3")?);
    let status =
        python.args(["-c", script, name]).current_dir(folder.path()).status().context("start python3")?;
    ensure!(status.success(), "{name} was not made");
    Ok(())
}

/// A scan that says what was not read, in every format, and with the exit status for it.
fn is_told(folder: &Folder, name: &str, words: &[&str]) -> Result<()> {
    for format in ["human", "json", "sarif", "html"] {
        let done = run(folder, &["scan", name, "--format", format])?;
        ensure!(done.code == 4, "{name} as {format}: exit status {}: {}", done.code, done.said);
        for word in words {
            ensure!(done.said.contains(word), "{name} as {format} does not say {word:?}: {}", done.said);
            ensure!(done.out.contains(word), "{name} as {format} does not report {word:?}: {}", done.out);
        }
        ensure!(!done.out.contains("every byte was read"), "{name} as {format} claims all: {}", done.out);
    }
    let done = run(folder, &["scan", name, "--json"])?;
    let report: Value = serde_json::from_str(&done.out).context("read the report")?;
    let length = report["input"]["length"].as_u64();
    ensure!(report["unread"][0]["length"].as_u64() == length && length > Some(0), "{}", report["unread"]);
    Ok(())
}

#[test]
fn content_that_is_not_opened_is_told_as_not_read() -> Result<()> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    for (name, word) in [("bzip2", "bzip2 file"), ("lzma", "LZMA file")] {
        packed(&folder, name)?;
        is_told(&folder, name, &[word, "was not read", "lay it open first"])?;
        let done = run(&folder, &["scrub", name, "-o", "clean", "--no-debugger"])?;
        ensure!(done.code == 3 && done.said.contains(word), "{name}: {}: {}", done.code, done.said);
        ensure!(!folder.at("clean").exists(), "{name}: published");
    }
    // What has no packer everywhere: the beginnings that their specifications give, and noise behind.
    for (word, head) in [
        ("7z file", &b"7z\xbc\xaf\x27\x1c\0\x04"[..]),
        ("RAR file", b"Rar!\x1a\x07\x01\0"),
        ("lzip file", b"LZIP\x01\x0c"),
    ] {
        folder.put("head", [head, &[0xd7; 900]].concat())?;
        is_told(&folder, "head", &[word])?;
    }
    Ok(())
}

/// Every layer of compression is opened, down to one that is not.
#[test]
fn compression_inside_compression_is_opened_or_told_as_not_read() -> Result<()> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    packed(&folder, "zip")?;
    packed(&folder, "bzip2")?;
    packed(&folder, "zlib")?;
    let gzip = |bytes: &[u8]| -> Result<Vec<u8>> {
        let mut encoder = Compression::Gzip.encoder(Vec::new())?;
        encoder.write_all(bytes)?;
        Ok(encoder.finish()?)
    };
    let once = gzip(&folder.get("core")?)?;
    for (name, inner) in [("gzip", once), ("zip", folder.get("zip")?), ("zlib", folder.get("zlib")?)] {
        folder.put("twice", gzip(&inner)?)?;
        let done = run(&folder, &["scan", "twice", "--json"])?;
        ensure!(done.code == 1 && done.out.contains("elf-core"), "{name}: {}: {}", done.code, done.said);
        ensure!(done.said.contains(" 0 files not searched whole"), "{name}: {}", done.said);
    }
    folder.put("twice", gzip(&folder.get("bzip2")?)?)?;
    is_told(&folder, "twice", &["bzip2 file", "was not read"])
}

/// What is scrubbed is one dump, not an archive of some.
#[test]
fn archives_of_code_are_not_scrubbed() -> Result<()> {
    let folder = Folder::new()?;
    let header = format!("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "core/", 0, 0, 0, 644, 6);
    folder.put("library.a", format!("!<arch>\n{header}hello\n"))?;
    let done = run(&folder, &["scrub", "library.a", "-o", "clean", "--no-debugger"])?;
    ensure!(done.code == 3, "{}: {}", done.code, done.said);
    ensure!(done.said.contains("(ar)") && done.said.contains("ar x"), "says nothing of ar: {}", done.said);
    ensure!(!done.said.contains("ELF"), "{}", done.said);
    ensure!(!folder.at("clean").exists(), "published");
    Ok(())
}
