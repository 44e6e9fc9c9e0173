//! Archives of the usual programs: what they hold is scanned as what it is.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::Folder;
use coredact_trials::process::need;
use coredact_trials::synthetic::Synthetic;
use serde_json::Value;
use std::process::Command;

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

fn run(folder: &Folder, arguments: &[&str]) -> Result<Done> {
    let mut command = coredact::command()?;
    command.args(arguments).current_dir(folder.path());
    coredact::done(command.output().context("start coredact")?)
}

/// Runs a program in the folder.
fn make(folder: &Folder, program: &str, package: &str, arguments: &[&str]) -> Result<()> {
    let mut command = Command::new(need(program, package)?);
    let status = command.args(arguments).current_dir(folder.path()).status();
    ensure!(status.with_context(|| format!("start {program}"))?.success(), "{program} {arguments:?} failed");
    Ok(())
}

fn python(folder: &Folder, script: &str) -> Result<()> {
    make(folder, "python3", "python3", &["-c", script])
}

/// The reports of a scan.
fn reports(done: &Done) -> Result<Vec<Value>> {
    done.out.lines().map(|line| serde_json::from_str(line).context("read a report")).collect()
}

/// Kinds, sizes and places of what was found in a core.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let row = |one: &Value| format!("{} {} {}", one["kind"], one["bits"], one["places"][0]["file_offset"]);
    findings.iter().map(row).collect()
}

/// A core, and what a scan of it alone finds.
fn core() -> Result<(Folder, Vec<String>)> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, MEMORY as u64)?;
    let done = run(&folder, &["scan", "core", "--json"])?;
    let expected = found(reports(&done)?.first().context("a report")?);
    ensure!(done.code == 1 && expected.len() >= 4, "{}: {}", done.code, done.said);
    Ok((folder, expected))
}

/// The member is scanned as a core, with what is in the core found where it is.
fn is_opened(folder: &Folder, archive: &str, member: &str, expected: &[String]) -> Result<()> {
    let done = run(folder, &["scan", archive, "--json"])?;
    ensure!(done.code == 1, "{archive}: exit status {}: {}", done.code, done.said);
    let reports = reports(&done)?;
    let mut named = reports.iter().filter(|report| report["input"]["name"] == member);
    let report =
        named.next().with_context(|| format!("{archive}: no report about {member}: {}", done.said))?;
    ensure!(report["input"]["format"] == "elf-core", "{member}: {}", report["input"]);
    ensure!(found(report) == expected, "{member}: {:?}, not {expected:?}", found(report));
    ensure!(done.said.contains(" 0 files not searched whole"), "{archive}: {}", done.said);
    Ok(())
}

#[test]
fn cores_in_tars_of_every_format_are_scanned_as_cores() -> Result<()> {
    let (folder, expected) = core()?;
    // A long name needs the extensions of each format; a hole in the core those for sparse files.
    let long = "n".repeat(120);
    std::fs::create_dir(folder.at(&long)).context("make a folder")?;
    let name = format!("{long}/{}", "core".repeat(20));
    make(&folder, "cp", "coreutils", &["--sparse=always", "core", &name])?;
    for (file, options) in [
        ("ustar.tar", &["--format=ustar"][..]),
        ("pax.tar", &["--format=pax"]),
        ("gnu.tar", &["--format=gnu"]),
        ("old.tar", &["--format=v7"]),
        ("packed.tar.gz", &["--gzip"]),
        ("packed.tar.xz", &["--xz"]),
    ] {
        let core = if file == "old.tar" { "core" } else { name.as_str() };
        make(&folder, "tar", "tar", &[options, &["-cf", file, core]].concat())?;
        is_opened(&folder, file, &format!("{file}!{core}"), &expected)?;
    }
    for (file, options) in [
        ("sparse-gnu.tar", &["--format=gnu"][..]),
        ("sparse-1.tar", &["--format=pax", "--sparse-version=1.0"]),
        ("sparse-01.tar", &["--format=pax", "--sparse-version=0.1"]),
        ("sparse-00.tar", &["--format=pax", "--sparse-version=0.0"]),
    ] {
        make(&folder, "tar", "tar", &[&["--sparse"], options, &["-cf", file, &name]].concat())?;
        is_opened(&folder, file, &format!("{file}!{name}"), &expected)?;
    }
    Ok(())
}

#[test]
fn cores_in_zips_are_scanned_as_cores() -> Result<()> {
    let (folder, expected) = core()?;
    python(
        &folder,
        "import zipfile\n\
         for name, method in [('stored.zip', zipfile.ZIP_STORED), ('packed.zip', zipfile.ZIP_DEFLATED)]:\n\
         \x20 with zipfile.ZipFile(name, 'w', method) as out: out.write('core', 'a/core')\n\
         with zipfile.ZipFile('long.zip', 'w', zipfile.ZIP_DEFLATED) as out:\n\
         \x20 with out.open('a/core', 'w', force_zip64=True) as member: member.write(open('core', 'rb').read())\n\
         \x20 out.comment = b'PK\\x05\\x06 is no end' * 99\n\
         open('program.zip', 'wb').write(b'#!/bin/sh\\nexit\\n' + open('packed.zip', 'rb').read())\n",
    )?;
    for name in ["stored.zip", "packed.zip", "long.zip"] {
        is_opened(&folder, name, &format!("{name}!a/core"), &expected)?;
    }
    Ok(())
}

/// As `docker save` writes it: a tar of layers that are tars, and one of them compressed, as registries have them.
#[test]
fn layers_of_container_images_are_opened() -> Result<()> {
    let (folder, expected) = core()?;
    python(
        &folder,
        "import tarfile, io, gzip, json\n\
         def tar(files):\n\
         \x20 out = io.BytesIO()\n\
         \x20 with tarfile.open(fileobj=out, mode='w') as archive:\n\
         \x20   for name, data in files:\n\
         \x20     info = tarfile.TarInfo(name); info.size = len(data); archive.addfile(info, io.BytesIO(data))\n\
         \x20 return out.getvalue()\n\
         core = open('core', 'rb').read()\n\
         layer = tar([('var/crash/core', core), ('etc/.wh.passwd', b'')])\n\
         second = gzip.compress(tar([('srv/core.gz', gzip.compress(core))]))\n\
         manifest = json.dumps([{'Layers': ['one/layer.tar', 'blobs/sha256/two']}]).encode()\n\
         open('image.tar', 'wb').write(tar([('one/layer.tar', layer), ('blobs/sha256/two', second),\n\
         \x20 ('manifest.json', manifest)]))\n",
    )?;
    is_opened(&folder, "image.tar", "image.tar!one/layer.tar!var/crash/core", &expected)?;
    is_opened(&folder, "image.tar", "image.tar!blobs/sha256/two!srv/core.gz", &expected)
}

#[test]
fn debian_packages_and_git_objects_are_opened() -> Result<()> {
    let (folder, expected) = core()?;
    std::fs::create_dir_all(folder.at("package/DEBIAN")).context("make a folder")?;
    folder.put(
        "package/DEBIAN/control",
        "Package: trial\nVersion: 1\nArchitecture: all\nMaintainer: a <a@b.c>\nDescription: trial\n",
    )?;
    make(&folder, "cp", "coreutils", &["core", "package/core"])?;
    make(&folder, "dpkg-deb", "dpkg", &["-Zxz", "--build", "package", "trial.deb"])?;
    is_opened(&folder, "trial.deb", "trial.deb!data.tar.xz!./core", &expected)?;
    // A loose object of git is a zlib stream with a header before the file.
    python(
        &folder,
        "import zlib\n\
         core = open('core', 'rb').read()\n\
         open('object', 'wb').write(zlib.compress(b'blob %d\\0' % len(core) + core))\n",
    )?;
    let done = run(&folder, &["scan", "object", "--json"])?;
    let reports = reports(&done)?;
    ensure!(done.code == 1 && found(&reports[0]).len() == expected.len(), "{}: {}", done.code, done.said);
    ensure!(reports[0]["input"]["compression"] == "zlib" && reports[0]["unread"] == Value::Array(vec![]));
    Ok(())
}

#[test]
fn members_that_hide_what_they_hold_are_named() -> Result<()> {
    let (folder, _) = core()?;
    folder.put("dull", "nothing to see here\n".repeat(100))?;
    python(
        &folder,
        "import zipfile, struct\n\
         with zipfile.ZipFile('bzip2.zip', 'w', zipfile.ZIP_BZIP2) as out: out.write('core')\n\
         with zipfile.ZipFile('plain.zip', 'w', zipfile.ZIP_DEFLATED) as out: out.write('dull')\n\
         data = bytearray(open('plain.zip', 'rb').read())\n\
         directory = data.rindex(b'PK\\x01\\x02')\n\
         data[6] |= 1; data[directory + 8] |= 1\n\
         open('encrypted.zip', 'wb').write(data)\n\
         open('cut.zip', 'wb').write(open('plain.zip', 'rb').read()[:-30])\n\
         wrong = bytearray(open('plain.zip', 'rb').read())\n\
         wrong[directory + 16] ^= 1\n\
         open('wrong.zip', 'wb').write(wrong)\n",
    )?;
    for (name, words) in [
        ("encrypted.zip", "member dull is encrypted"),
        ("bzip2.zip", "member core is packed in a way that is not opened (bzip2)"),
        ("cut.zip", "without a directory"),
        ("wrong.zip", "member dull: its length or checksum"),
    ] {
        for format in ["human", "json", "sarif", "html"] {
            let done = run(&folder, &["scan", name, "--format", format])?;
            ensure!(done.code == 4, "{name} as {format}: exit status {}: {}", done.code, done.said);
            ensure!(done.said.contains(words), "{name}: {}", done.said);
        }
    }
    let done = run(&folder, &["scan", "plain.zip"])?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    Ok(())
}

/// Folders and archives, cut anywhere: told, never taken for clean, and no fault of the program.
#[test]
fn archives_that_are_cut_off_are_never_clean() -> Result<()> {
    let folder = Folder::new()?;
    folder.put("dull", "nothing to see here\n".repeat(300))?;
    make(&folder, "tar", "tar", &["-cf", "a.tar", "dull"])?;
    make(&folder, "tar", "tar", &["-czf", "a.tgz", "dull"])?;
    python(&folder, "import zipfile\nzipfile.ZipFile('a.zip', 'w', 8).write('dull')")?;
    for (name, from) in [("a.tar", 512), ("a.tgz", 20), ("a.zip", 4)] {
        let whole = folder.get(name)?;
        let end = whole.len().min(512 + 6000);
        for cut in (from..end).step_by((end - from).div_ceil(7)) {
            let file = format!("cut-{cut}-{name}");
            folder.put(&file, &whole[..cut])?;
            let done = run(&folder, &["scan", &file])?;
            let expected = if name == "a.tar" && cut == 512 { 4 } else { done.code };
            ensure!(done.code == 4 && expected == 4, "{file}: {}: {}", done.code, done.said);
        }
    }
    Ok(())
}
