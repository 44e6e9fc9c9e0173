//! Memory does not grow with the dump.

use anyhow::{Context, Result, ensure};
use coredact_trials::coredact;
use coredact_trials::folder::Folder;
use coredact_trials::judge::judge;
use coredact_trials::say;
use coredact_trials::synthetic::Synthetic;
use std::io::Read;
use std::process::Command;

/// Memory of the core, in bytes: most of it a hole in the file.
const MEMORY: u64 = 1 << 30;

/// What a scrub may use, in KiB: the promise for a dump of any size.
const PEAK_MAX: u64 = 512 << 10;

/// Runs its arguments and prints the peak of their memory in KiB (`ru_maxrss` of getrusage(2)).
const MEASURE: &str = "import resource, subprocess, sys\n\
    code = subprocess.call(sys.argv[1:])\n\
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n\
    sys.exit(code)";

/// What a scan of a folder may use, in KiB, however many files are in it and however long they are.
const SCAN_PEAK_MAX: u64 = 128 << 10;

/// Small files, and bytes of a disk image that is a hole but for its end.
const FILES: usize = 5000;
const IMAGE: u64 = 8 << 30;

/// Runs coredact in the folder and gives the peak of its memory, in KiB.
fn peak(folder: &Folder, arguments: &[&str]) -> Result<(coredact::Done, u64)> {
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE]).arg(coredact::binary()?).args(arguments);
    let output = command.current_dir(folder.path()).output().context("start python3")?;
    let done = coredact::done(output)?;
    let last = done.out.lines().last().context("there is no peak")?;
    let peak = last.trim().parse().context("read the peak")?;
    Ok((done, peak))
}

#[test]
fn scan_of_many_files_and_of_a_long_image_stays_under_128_mib() -> Result<()> {
    let folder = Folder::new()?;
    let core = Synthetic::new(&folder, 256 << 10)?;
    std::fs::create_dir_all(folder.at("many/deep")).context("make a folder")?;
    for file in 0..FILES {
        let text =
            format!("file {file} of many, in which a service says what it does\n").repeat(1 + file % 40);
        folder.put(&format!("many/{}{file}.log", ["", "deep/"][file % 2]), text)?;
    }
    folder.put("many/deep/last.core", &core.bytes)?;
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    let image = std::fs::File::create(folder.at("disk.img")).context("make the image")?;
    image.set_len(IMAGE)?;
    std::os::unix::fs::FileExt::write_all_at(&image, &core.bytes, IMAGE - (1 << 20))?;
    for (path, said) in [("many", format!("{} files, ", FILES + 1)), ("disk.img", "1 files, ".to_owned())] {
        let (done, peak) = peak(&folder, &["scan", path])?;
        ensure!(done.code == 1 && done.said.contains(&said), "{path}: {}: {}", done.code, done.said);
        ensure!(done.said.contains(" 0 files not searched whole"), "{path}: {}", done.said);
        ensure!(done.out.contains("rsa-private-key"), "{path}: {}", done.out);
        say(&format!("{path} scanned in {peak} KiB"));
        ensure!(peak < SCAN_PEAK_MAX, "the scan of {path} took {peak} KiB");
    }
    Ok(())
}

#[test]
fn scrub_of_a_sparse_gibibyte_stays_under_512_mib() -> Result<()> {
    let folder = Folder::new()?;
    let core = Synthetic::new(&folder, 16 << 20)?;
    core.write(&folder, MEMORY)?;
    let (done, peak) = peak(&folder, &["scrub", "core", "-o", "clean", "--no-debugger"])?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    say(&format!("{MEMORY} bytes of memory scrubbed in {peak} KiB"));
    ensure!(peak < PEAK_MAX, "the scrub took {peak} KiB");
    let mut start = Vec::new();
    let clean = std::fs::File::open(folder.at("clean")).context("open the clean core")?;
    ensure!(clean.metadata()?.len() == MEMORY + 4096, "the clean core has another length");
    clean.take(32 << 20).read_to_end(&mut start)?;
    let (left, _) = judge(&start, &core.secrets);
    ensure!(left.is_empty(), "survivors: {left:?}");
    Ok(())
}
