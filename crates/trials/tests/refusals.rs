//! Bad input gets a clear refusal: the right exit status, a message that names
//! what and where, nothing published, the input as it was.

use anyhow::{Context, Result, ensure};
use coredact_engine::container::Compression;
use coredact_trials::coredact::{self, Done};
use coredact_trials::folder::{Folder, sha256};
use coredact_trials::process::need;
use coredact_trials::synthetic::Synthetic;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

/// Memory of the cores, in bytes.
const MEMORY: usize = 256 << 10;

/// A folder with a good core in it, and the core's bytes.
fn good_core() -> Result<(Folder, Vec<u8>)> {
    let folder = Folder::new()?;
    let core = Synthetic::new(&folder, MEMORY)?;
    core.write(&folder, MEMORY as u64)?;
    Ok((folder, core.bytes))
}

/// `coredact scrub INPUT -o OUTPUT` in the folder, with further arguments.
fn scrub(folder: &Folder, input: &str, output: &str, more: &[&str]) -> Result<Command> {
    let mut command = coredact::command()?;
    command.args(["scrub", input, "-o", output, "--no-debugger"]).args(more).current_dir(folder.path());
    Ok(command)
}

fn run(command: &mut Command) -> Result<Done> {
    coredact::done(command.output().context("start coredact")?)
}

/// Bad bytes as `core`: the exit status, and words of the message.
fn check(name: &str, bytes: &[u8], code: i32, words: &[&str]) -> Result<()> {
    let folder = Folder::new()?;
    folder.put("core", bytes)?;
    let done = run(&mut scrub(&folder, "core", "clean", &[])?)?;
    ensure!(done.code == code, "{name}: exit status {}, not {code}: {}", done.code, done.said);
    for word in words {
        ensure!(done.said.contains(word), "{name}: the message does not say {word:?}: {}", done.said);
    }
    ensure!(!done.said.contains("panicked"), "{name}: {}", done.said);
    ensure!(folder.names()? == ["core"], "{name}: left {:?}", folder.names()?);
    ensure!(folder.get("core")? == bytes, "{name}: the input was changed");
    Ok(())
}

/// The core with bytes replaced at an offset.
fn with(core: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut core = core.to_vec();
    core[at..at + bytes.len()].copy_from_slice(bytes);
    core
}

#[test]
fn what_is_no_core_is_refused() -> Result<()> {
    let program = std::fs::read("/proc/self/exe").context("read this program")?;
    let text = b"no dump at all, but a text. ".repeat(1000);
    // A zstd frame that asks for a window of 2 GiB (RFC 8878, 3.1.1.1.2), and a gzip header alone.
    let wide = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x03, 0x00, 0x10, 0x41];
    let cut = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3];
    check("empty file", b"", 3, &["empty"])?;
    check("text", &text, 3, &["ELF header", "0x0"])?;
    check("program", &program, 3, &["ELF header", "e_type"])?;
    check("zstd memory bomb", &wide, 3, &["zstd", "memory"])?;
    check("cut gzip", &cut, 3, &["gzip"])
}

#[test]
fn truncated_core_is_refused_and_released_only_when_asked() -> Result<()> {
    let (folder, core) = good_core()?;
    for (length, words) in [
        (4096 + 1000, "segment 1 at offset 0x1000: 1,000 of 262,144 bytes are there".to_owned()),
        (core.len() - 1, "262,143 of 262,144 bytes".to_owned()),
        (4096 - 1, "segment 1 at offset 0x1000: 0 of 262,144 bytes".to_owned()),
    ] {
        let name = format!("{length} bytes");
        check(&name, &core[..length], 4, &["headers promise", "ELF core", &words, "--allow-truncated"])?;
        folder.put("core", &core[..length])?;
        let done = run(&mut scrub(&folder, "core", "clean", &["--allow-truncated"])?)?;
        ensure!(done.code == 4 && done.said.contains(&words), "{name}: {}: {}", done.code, done.said);
        ensure!(folder.get("clean")?.len() == length, "{name}: the clean core has another length");
        folder.remove("clean")?;
    }
    Ok(())
}

/// Nothing is left of which the release would help anyone.
#[test]
fn core_cut_off_before_its_first_thread_is_refused_always() -> Result<()> {
    let (folder, core) = good_core()?;
    for length in [1, 16, 63] {
        check(&format!("{length} bytes"), &core[..length], 3, &["ELF"])?;
    }
    for (length, words) in [
        (64, "program headers at offset 0x40: 0 of 112"),
        (100, "36 of 112 bytes"),
        (64 + 2 * 56 + 100, "note segment 0 at offset 0xb0: 100 of 356 bytes"),
    ] {
        check(&format!("{length} bytes"), &core[..length], 4, &["debugger", words])?;
        folder.put("core", &core[..length])?;
        let done = run(&mut scrub(&folder, "core", "clean", &["--allow-truncated"])?)?;
        ensure!(done.code == 4 && done.said.contains(words), "{length}: {}: {}", done.code, done.said);
        ensure!(folder.names()? == ["core"], "left {:?}", folder.names()?);
    }
    Ok(())
}

/// gcore writes notes and section headers behind the memory: what is cut off is what debuggers start from.
#[test]
fn core_that_lost_the_notes_at_its_end_is_released_when_asked() -> Result<()> {
    let (folder, core) = good_core()?;
    let notes = &core[64 + 2 * 56..][..356];
    let mut moved = with(&core, 64 + 8, &(core.len() as u64).to_le_bytes());
    // One section header, behind the notes.
    moved = with(&moved, 40, &(core.len() as u64 + 356).to_le_bytes());
    moved = with(&moved, 58, &64_u16.to_le_bytes());
    moved = with(&moved, 60, &1_u16.to_le_bytes());
    moved.extend(notes);
    moved.extend([0; 64]);
    for length in [core.len() - 4096, core.len(), core.len() + 5, core.len() + 100, core.len() + 356] {
        folder.put("core", &moved[..length])?;
        let done = run(&mut scrub(&folder, "core", "clean", &[])?)?;
        ensure!(done.code == 4 && done.said.contains("section headers"), "{length}: {}", done.said);
        let done = run(&mut scrub(&folder, "core", "clean", &["--allow-truncated"])?)?;
        ensure!(
            done.code == 4 && done.said.contains("section headers"),
            "{length}: {}: {}",
            done.code,
            done.said
        );
        ensure!(folder.get("clean")?.len() == length, "{length}: the clean core has another length");
        folder.remove("clean")?;
    }
    Ok(())
}

/// A structure that cannot be is not understood (3); one that is merely not there is cut off (4).
#[test]
fn lying_headers_are_refused() -> Result<()> {
    let (_, core) = good_core()?;
    let huge = u64::MAX.to_le_bytes();
    let far = (1_u64 << 40).to_le_bytes();
    // Offsets are those of the ELF-64 header, and of its program headers at 64 (notes) and 120 (memory).
    check("32-bit class", &with(&core, 4, &[1]), 3, &["EI_CLASS", "0x4"])?;
    check("big-endian", &with(&core, 5, &[2]), 3, &["EI_DATA", "0x5"])?;
    check("size of a program header", &with(&core, 54, &[7, 0]), 3, &["e_phentsize", "0x36"])?;
    check("place of the program headers", &with(&core, 32, &huge), 3, &["the program headers", "0x20"])?;
    check("program headers over the header", &with(&core, 32, &[8]), 3, &["e_phoff", "0x8"])?;
    check("program headers in memory", &with(&core, 32, &4096_u64.to_le_bytes()), 3, &["memory or notes"])?;
    check("no program headers", &with(&core, 56, &[0, 0]), 3, &["e_phnum"])?;
    check("count of program headers", &with(&core, 56, &[0xff, 0x7f]), 3, &["segment 0", "overlap"])?;
    check("count that is elsewhere", &with(&core, 56, &[0xff, 0xff]), 3, &["e_phnum", "section header 0"])?;
    check("place of a segment", &with(&core, 120 + 8, &huge), 3, &["segment 1", "0x78", "no core can fill"])?;
    check("size of a segment", &with(&core, 120 + 32, &huge), 3, &["segment 1", "no core can fill"])?;
    check("segment longer than its memory", &with(&core, 120 + 32, &far), 3, &["segment 1", "p_memsz"])?;
    check("segment over the notes", &with(&core, 120 + 8, &[200, 0]), 3, &["overlap another segment"])?;
    check("alignment of notes", &with(&core, 64 + 48, &[16]), 3, &["note segment 0", "p_align"])?;
    check("length of a note", &with(&core, 64 + 112 + 4, &[0xff, 0xff]), 3, &["a note", "0xb0"])?;
    check("program headers far off", &with(&core, 32, &far), 4, &["0x10000000000: 0 of 112 bytes"])?;
    check("segment far off", &with(&core, 120 + 8, &far), 4, &["segment 1 at offset 0x10000000000: 0 of"])
}

/// A few kilobytes that expand without end: the limit is named, and how to raise it.
#[test]
fn bomb_of_zeros_is_refused_at_the_limit() -> Result<()> {
    let folder = Folder::new()?;
    for compression in Compression::ALL {
        let mut encoder = compression.encoder(Vec::new())?;
        std::io::copy(&mut std::io::repeat(0).take(32 << 20), &mut encoder)?;
        let bomb = encoder.finish()?;
        for verb in ["scrub", "scan"] {
            folder.put("core", &bomb)?;
            let mut command = if verb == "scrub" {
                scrub(&folder, "core", "clean", &[])?
            } else {
                let mut command = coredact::command()?;
                command.args(["scan", "core"]).current_dir(folder.path());
                command
            };
            let done = run(command.args(["--max-expanded", "16M"]))?;
            let code = if verb == "scrub" { 3 } else { 4 };
            ensure!(done.code == code, "{verb} {compression}: {}: {}", done.code, done.said);
            for words in ["--max-expanded", "compressed offset"] {
                ensure!(done.said.contains(words), "{verb} {compression}: {}", done.said);
            }
            ensure!(folder.names()? == ["core"], "left {:?}", folder.names()?);
        }
    }
    Ok(())
}

/// The holes of the input are read by nobody, and are holes of the output.
#[test]
fn sparse_core_stays_sparse() -> Result<()> {
    let folder = Folder::new()?;
    Synthetic::new(&folder, MEMORY)?.write(&folder, 1 << 30)?;
    let done = run(&mut scrub(&folder, "core", "clean", &[])?)?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    let there = std::fs::metadata(folder.at("clean"))?;
    ensure!(there.len() == (1 << 30) + 4096, "the clean core has another length");
    ensure!(there.blocks() * 512 < 4 << 20, "{} bytes on the disk", there.blocks() * 512);
    Ok(())
}

#[test]
fn output_that_exists_is_replaced_only_by_force() -> Result<()> {
    let (folder, _) = good_core()?;
    folder.put("clean", "precious")?;
    let done = run(&mut scrub(&folder, "core", "clean", &[])?)?;
    ensure!(done.code == 2 && done.said.contains("--force"), "{}: {}", done.code, done.said);
    ensure!(folder.get("clean")? == b"precious", "the file was replaced");
    let done = run(&mut scrub(&folder, "core", "clean", &["--force"])?)?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    ensure!(folder.get("clean")?.len() == folder.get("core")?.len(), "the file was not replaced");
    ensure!(folder.names()? == ["clean", "core"], "left {:?}", folder.names()?);
    Ok(())
}

#[test]
fn output_that_is_the_input_is_refused_under_every_name() -> Result<()> {
    let (folder, core) = good_core()?;
    std::fs::hard_link(folder.at("core"), folder.at("hard")).context("link")?;
    std::os::unix::fs::symlink("core", folder.at("soft")).context("link")?;
    for output in ["core", "./core", "hard", "soft"] {
        for more in [&[][..], &["--force"]] {
            let done = run(&mut scrub(&folder, "core", output, more)?)?;
            ensure!(done.code == 2, "{output} {more:?}: {}: {}", done.code, done.said);
            ensure!(folder.get("core")? == core, "{output} {more:?}: the input was changed");
        }
    }
    ensure!(folder.names()? == ["core", "hard", "soft"], "left {:?}", folder.names()?);
    Ok(())
}

#[test]
fn places_that_cannot_be_read_or_written_are_refused() -> Result<()> {
    let (folder, _) = good_core()?;
    std::fs::create_dir(folder.at("folder")).context("make a folder")?;
    for (input, output, code, words) in [
        ("missing", "clean", 3, "missing"),
        ("folder", "clean", 3, "folder"),
        ("core", "nowhere/clean", 2, "nowhere"),
        ("core", "folder", 2, "folder"),
    ] {
        let done = run(&mut scrub(&folder, input, output, &[])?)?;
        ensure!(done.code == code, "{input} to {output}: {}, not {code}: {}", done.code, done.said);
        ensure!(done.said.contains(words), "{input} to {output}: {}", done.said);
    }
    ensure!(folder.names()? == ["core", "folder"], "left {:?}", folder.names()?);
    Ok(())
}

/// As nobody, if the test runs as root, to whom everything is permitted.
#[test]
fn missing_permission_is_refused() -> Result<()> {
    let (folder, _) = good_core()?;
    std::fs::create_dir(folder.at("closed")).context("make a folder")?;
    let allow =
        |name: &str, mode: u32| std::fs::set_permissions(folder.at(name), PermissionsExt::from_mode(mode));
    // One fault at a time: `clean` itself could be written.
    allow(".", 0o777)?;
    let is_root = rustix::process::geteuid().is_root();
    // Root's own program may lie where nobody may look.
    std::fs::copy(coredact::binary()?, folder.at("program")).context("copy coredact")?;
    allow("program", 0o755)?;
    for (closed, mode, output, code) in [("core", 0o000, "clean", 3), ("closed", 0o555, "closed/clean", 2)] {
        allow("core", 0o644)?;
        allow(closed, mode)?;
        let mut command = if is_root {
            let mut command = Command::new(need("setpriv", "util-linux")?);
            command
                .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
                .arg(folder.at("program"));
            command
        } else {
            Command::new(folder.at("program"))
        };
        command.args(["scrub", "core", "-o", output, "--no-debugger"]).current_dir(folder.path());
        let done = run(&mut command)?;
        ensure!(done.code == code, "{closed}: {}, not {code}: {}", done.code, done.said);
        ensure!(done.said.contains("ermission denied"), "{closed}: {}", done.said);
        ensure!(!folder.at(output).exists(), "{closed}: published all the same");
        allow(closed, 0o755)?;
    }
    Ok(())
}

/// The dump is verified and published; only the words about it found no reader.
#[test]
fn closed_standard_output_does_not_spoil_the_result() -> Result<()> {
    let (folder, _) = good_core()?;
    run(&mut scrub(&folder, "core", "clean", &[])?)?;
    let expected = sha256(&folder.at("clean"))?;
    for sink in ["/dev/full", "closed pipe"] {
        folder.remove("clean")?;
        let mut command = scrub(&folder, "core", "clean", &["--json"])?;
        let stdout = if sink == "/dev/full" {
            #[expect(clippy::disallowed_methods, reason = "a device that refuses every byte")]
            std::fs::OpenOptions::new().write(true).open(sink)?.into()
        } else {
            let (reader, writer) = std::io::pipe().context("make a pipe")?;
            drop(reader);
            Stdio::from(writer)
        };
        let done = run(command.stdout(stdout))?;
        ensure!(!done.said.contains("panicked"), "{sink}: {}", done.said);
        let published = folder.at("clean").exists();
        // Whoever closes a pipe has read enough; a device that is full has not taken the report.
        ensure!(sha256(&folder.at("clean"))? == expected, "{sink}: another output was published");
        let code = if sink == "/dev/full" { 70 } else { 0 };
        ensure!(published && done.code == code, "{sink}: {}, not {code}: {}", done.code, done.said);
    }
    Ok(())
}

#[test]
fn limit_on_file_sizes_publishes_nothing() -> Result<()> {
    let (folder, core) = good_core()?;
    let limit = format!("--fsize={}", core.len() / 2);
    let mut limited = Command::new(need("prlimit", "util-linux")?);
    limited.arg(limit).arg(coredact::binary()?).args(["scrub", "core", "-o", "clean", "--no-debugger"]);
    let output = limited.current_dir(folder.path()).output().context("start prlimit")?;
    ensure!(!output.status.success(), "the limit was not noticed");
    ensure!(folder.names()? == ["core"], "left {:?}", folder.names()?);
    Ok(())
}

#[test]
fn pipe_that_ends_early_publishes_nothing() -> Result<()> {
    let (folder, core) = good_core()?;
    folder.put("half", &core[..core.len() / 2])?;
    let half = std::fs::File::open(folder.at("half")).context("open the half")?;
    let done = run(scrub(&folder, "-", "clean", &[])?.stdin(half))?;
    ensure!(done.code == 4, "{}: {}", done.code, done.said);
    ensure!(!Path::new(&folder.at("clean")).exists(), "half a dump was published");
    Ok(())
}
