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

#[test]
fn scrub_of_a_sparse_gibibyte_stays_under_512_mib() -> Result<()> {
    let folder = Folder::new()?;
    let core = Synthetic::new(&folder, 16 << 20)?;
    core.write(&folder, MEMORY)?;
    let mut command = Command::new("python3");
    command.args(["-c", MEASURE]).arg(coredact::binary()?).args([
        "scrub",
        "core",
        "-o",
        "clean",
        "--no-debugger",
    ]);
    let output = command.current_dir(folder.path()).output().context("start python3")?;
    let done = coredact::done(output)?;
    ensure!(done.code == 0, "{}: {}", done.code, done.said);
    let peak: u64 = done.out.trim().parse().context("read the peak")?;
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
