//! Taking cores of running programs.

use crate::folder::Folder;
use crate::process::{Running, output};
use anyhow::{Context, Result, ensure};
use minidump_writer::app_memory::AppMemory;
use minidump_writer::minidump_writer::MinidumpWriterConfig;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Who writes the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// gdb's gcore: all that is readable.
    Gcore,
    /// The kernel, on SIGABRT: only pages that were touched. Where the kernel
    /// hands cores to a program, gcore takes its place.
    Kernel,
    /// The `minidump-writer` crate, as crash reporters in Rust use it: stacks, registers, environment, and with them all
    /// memory that the process could write, as full dumps have it.
    Minidump,
    /// Somebody else, while the program ran: the name of the dump in the folder.
    Taken(&'static str),
}

/// Longest mapping that goes into a minidump: of the runtimes' reservations only what they use is worth it.
const MINIDUMP_MAPPING_BYTES_MAX: usize = 64 << 20;

/// Writes a minidump of a running process.
///
/// # Errors
/// If it cannot be attached to, or its memory not read.
pub fn minidump(id: i32, file: &Path) -> Result<()> {
    let maps = std::fs::read_to_string(format!("/proc/{id}/maps")).context("read what is mapped")?;
    let memory = maps.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next()?, words.next()?);
        let (start, end) = range.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        let (ptr, end) = (number(start)?, number(end)?);
        let length = end.checked_sub(ptr).filter(|length| *length <= MINIDUMP_MAPPING_BYTES_MAX)?;
        // The stacks are written as such.
        (rights.starts_with("rw") && !line.contains("[stack")).then_some(AppMemory { ptr, length })
    });
    let mut config = MinidumpWriterConfig::new(id, id);
    config.set_app_memory(memory.collect());
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    let mut out = std::fs::File::create(file).context("create the minidump")?;
    config.write(&mut out).context("write the minidump")?;
    Ok(())
}

/// Dumps the program into `core` and ends it.
///
/// # Errors
/// If no core could be taken.
pub fn take(mut process: Running, folder: &Folder, taker: Taker) -> Result<PathBuf> {
    if let Taker::Taken(name) = taker {
        return Ok(folder.at(name));
    }
    let core = folder.at("core");
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let into_folder = pattern.starts_with("core") && !pattern.contains('/');
    if taker == Taker::Kernel && into_folder {
        let cwd = std::fs::read_link(format!("/proc/{}/cwd", process.id()))
            .context("ask for the process's folder")?;
        ensure!(cwd.starts_with(folder.path()), "the core would be written to {}", cwd.display());
        process.signal(rustix::process::Signal::ABORT)?;
        process.wait()?;
        let made = newest_core(&cwd)?;
        #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
        std::fs::rename(&made, &core).context("name the kernel's core")?;
        return Ok(core);
    }
    if taker == Taker::Minidump {
        let id = i32::try_from(process.id()).context("name the process")?;
        minidump(id, &core)?;
        return Ok(core);
    }
    let id = process.id().to_string();
    output(Command::new("gcore").arg("-o").arg(&core).arg(&id), b"")
        .context("dump a process with gcore (without root: sysctl kernel.yama.ptrace_scope=0)")?;
    #[expect(clippy::disallowed_methods, reason = "test files are not evidence")]
    std::fs::rename(format!("{}.{id}", core.display()), &core).context("name gcore's core")?;
    Ok(core)
}

/// The core that the kernel wrote into a folder.
fn newest_core(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).context("look for the kernel's core")?;
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .find(|path| {
            path.is_file() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))
        })
        .with_context(|| format!("find the kernel's core in {}", folder.display()))
}
